// A JavaScript function into an engine, in whichever thread that is.

import { call, rememberCause } from "./core.js";
import type { Engine } from "./engine.js";
import { invalid } from "./errors.js";
import { jsonText, timestampText } from "./sql-params.js";

/** An aggregate: `init` makes a state, `step` takes a row and gives the new state (or changes it), `finish` gives the result. */
export interface AggregateFunction<S = any> {
  init?: () => S;
  step: (state: S, ...args: any[]) => S | undefined | void;
  finish?: (state: S) => unknown;
  /** With `inverse` the function can slide over a window frame: it takes a row back out. */
  inverse?: (state: S, ...args: any[]) => S | undefined | void;
}

export type LocalFunction = ((...args: any[]) => unknown) | ({ aggregate: AggregateFunction } & UserFunctionOptions);

/** A function, or an aggregate, that a module exports. A Worker imports the module for itself. */
export interface ModuleFunction {
  /** An absolute URL: `new URL("./functions.js", import.meta.url)`. */
  module: string | URL;
  /** `default` unless given. */
  export?: string;
}

export type UserFunction = LocalFunction | ModuleFunction;

export interface UserFunctionOptions {
  /** Equal arguments give equal results: SQLite may call it less often and use it in indexes. */
  deterministic?: boolean;
  /** The logical type of its results, `string` or `array<int>`; unknown unless given. */
  returns?: string;
  /** An aggregate; the function beside it is null then. */
  aggregate?: AggregateFunction;
}

/** An aggregate's state for one group; Rust hands it through. */
class State {
  constructor(public state: unknown) {}
}

/** Registers a function, or an aggregate; `settings` is JSON. */
export function install(
  engine: Engine,
  name: string,
  fn: ((...args: any[]) => unknown) | AggregateFunction | undefined,
  settings: string,
): void {
  if (typeof fn === "function") {
    call(engine, (engine) => engine.registerScalar(name, settings, guarded(fn)));
    return;
  }
  if (typeof fn?.step !== "function") {
    throw invalid("registerFunction: the function must be a function or {aggregate: {init, step, finish}}");
  }
  const { init, step, finish, inverse } = fn;
  const change = (by: (state: any, ...args: any[]) => unknown) =>
    guarded((box: State, ...args: unknown[]) => {
      const next = by(box.state, ...args);
      if (next !== undefined) box.state = next;
    });
  const callbacks = {
    init: guarded(() => new State(init?.())),
    step: change(step),
    finish: guarded((box: State) => (finish ? finish(box.state) : box.state)),
    inverse: inverse && change(inverse),
  };
  call(engine, (engine) => engine.registerAggregate(name, settings, callbacks));
}

/** The same for what a module exports: a function, or an aggregate `{init, step, finish}`. */
export async function installModule(engine: Engine, name: string, url: string, exported: string, settings: string): Promise<void> {
  const module = await import(url).catch((cause: unknown) => {
    throw invalid(`registerFunction: the module ${url} cannot be imported: ${(cause as Error)?.message ?? cause}`, { cause });
  });
  const found = module[exported];
  if (found === undefined) {
    throw invalid(`registerFunction: the module ${url} exports no "${exported}"`, { hint: `it exports ${Object.keys(module).join(", ")}` });
  }
  install(engine, name, found?.aggregate ?? found, settings);
}

/** Dates as ISO text, structures as JSON text; the rest Rust takes as it is. */
function storable(value: unknown): unknown {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array || value instanceof State) return value;
  if (value instanceof Date) return timestampText(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof (value as PromiseLike<unknown>).then === "function") {
    throw invalid("a user function gave a Promise; functions inside a statement cannot wait");
  }
  return jsonText(value);
}

/** What a function throws is kept as the cause of the statement's error; Rust sees only that it failed. */
function guarded<F extends (...args: any[]) => unknown>(fn: F): F {
  return ((...args: unknown[]) => {
    try {
      return storable(fn(...args));
    } catch (error) {
      rememberCause(error);
      throw error;
    }
  }) as F;
}
