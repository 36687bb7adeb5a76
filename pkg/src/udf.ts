// Functions written in JavaScript, called from SQL.

import type { Database } from "./database.js";
import { invalid, moltresError } from "./errors.js";
import {
  install,
  installModule,
  type LocalFunction,
  type ModuleFunction,
  type UserFunction,
  type UserFunctionOptions,
} from "./udf-install.js";

export type { AggregateFunction, LocalFunction, ModuleFunction, UserFunction, UserFunctionOptions } from "./udf-install.js";

/**
 * Registers a function under a name on one connection. Registering the name again replaces it. A function that a module exports is there when the
 * promise resolves; that way is the only one for a database in a Worker, to which the text of a function, without what it closes over, is not sent.
 */
export function registerFunction(db: Database, name: string, fn: LocalFunction | null, options?: UserFunctionOptions): void;
export function registerFunction(db: Database, name: string, fn: ModuleFunction, options?: UserFunctionOptions): Promise<void>;
export function registerFunction(
  db: Database,
  name: string,
  fn: UserFunction | null,
  given: UserFunctionOptions = {},
): void | Promise<void> {
  if (typeof name !== "string" || name === "") throw invalid("registerFunction: the name must be a text that is not empty");
  // An aggregate may stand in either place, and the options beside it.
  const options = { ...(typeof fn === "object" ? (fn as UserFunctionOptions) : undefined), ...given };
  const settings = JSON.stringify({ deterministic: options.deterministic === true, returns: options.returns ?? "any" });
  if (typeof fn === "object" && fn !== null && "module" in fn) {
    const url = moduleUrl(fn.module);
    const exported = fn.export ?? "default";
    return db.isLocal
      ? installModule(db.engine, name, url, exported, settings)
      : db.channel.call("registerModule", [name, url, exported, settings]);
  }
  if (!db.isLocal) {
    throw moltresError("unsupported", "registerFunction: a function cannot be sent to the Worker that holds the database", {
      hint: 'give the module that exports it, {module: new URL("./functions.js", import.meta.url), export: "name"}, or connect with {worker: false}',
    });
  }
  install(db.engine, name, typeof fn === "function" ? fn : options.aggregate, settings);
}

function moduleUrl(where: unknown): string {
  try {
    return new URL(String(where), typeof location === "undefined" ? undefined : location.href).href;
  } catch (cause) {
    throw invalid("registerFunction: module is an absolute URL", { hint: 'new URL("./functions.js", import.meta.url)', cause });
  }
}
