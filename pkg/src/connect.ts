// `connect`: from a target to a database.

import { callStatic, init, type WasmSource } from "./core.js";
import { Database, type DatabaseOptions } from "./database.js";
import { watchDeadlines } from "./deadline.js";
import type { Engine } from "./engine.js";
import { invalid, moltresError } from "./errors.js";
import { LocalChannel } from "./local.js";
import { openFile } from "./storage-node.js";

/** `":memory:"`, a path, `opfs:name`, `idb:name`, or the bytes of a SQLite image. */
export type Target = string | URL | Uint8Array | ArrayBuffer | Blob | Response | { arrayBuffer(): Promise<ArrayBuffer> };

export interface ConnectOptions extends DatabaseOptions {
  /** URL, bytes, Response or compiled module, for unusual hosting. */
  wasm?: WasmSource;
}

const KNOWN = ["readOnly", "worker", "queryTimeout", "poolSize", "maxOverflow", "poolTimeout", "bigint", "dates", "create", "locking", "wasm"];

/** Opens a database. */
export async function connect(target: Target = ":memory:", options: ConnectOptions = {}): Promise<Database> {
  const { wasm, ...rest } = checked(options);
  watchDeadlines();
  await init(wasm);
  const engine = await open(await target, rest);
  try {
    if (rest.queryTimeout !== undefined) engine.setQueryTimeout(rest.queryTimeout);
    if (rest.readOnly) engine.setReadOnly(true);
  } catch (error) {
    engine.close();
    throw error;
  }
  return new Database(new LocalChannel(engine), typeof target === "string" ? target : ":memory:", rest);
}

async function open(target: Target, options: DatabaseOptions): Promise<Engine> {
  if (target === ":memory:" || target === "") return callStatic((cls) => cls.openInMemory());
  if (typeof target === "string" || (target instanceof URL && target.protocol === "file:")) {
    if (typeof target === "string" && /^(opfs|idb):/.test(target)) {
      throw moltresError("storage_unavailable", `connect: "${target}" needs a browser's storage`, { hint: "use a path in Node, or \":memory:\"" });
    }
    const path = typeof target === "string" ? target : decodeURIComponent(target.pathname);
    return openFile(path, { readOnly: options.readOnly, create: options.create, locking: options.locking });
  }
  const bytes = await imageBytes(target);
  return callStatic((cls) => cls.openImage(bytes));
}

async function imageBytes(target: Exclude<Target, string>): Promise<Uint8Array> {
  if (target instanceof Uint8Array) return target;
  if (target instanceof ArrayBuffer) return new Uint8Array(target);
  if (target instanceof URL) {
    const response = await fetch(target);
    if (!response.ok) throw moltresError("storage_unavailable", `connect: ${target.href} answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  if (typeof target?.arrayBuffer === "function") return new Uint8Array(await target.arrayBuffer());
  throw invalid("connect: the target must be a text, URL, Uint8Array, ArrayBuffer, Blob or Response");
}

function checked(options: ConnectOptions): ConnectOptions {
  if (options === null || typeof options !== "object") throw invalid("connect: options must be an object");
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name)) throw invalid(`connect: there is no option "${name}"`, { hint: `options are ${KNOWN.join(", ")}`, details: { option: name } });
  }
  const { queryTimeout, bigint, dates } = options;
  if (queryTimeout !== undefined && !(typeof queryTimeout === "number" && queryTimeout >= 0)) throw invalid("connect: queryTimeout is a number of seconds, 0 or more");
  if (bigint !== undefined && !["auto", "always", "number"].includes(bigint)) throw invalid('connect: bigint is "auto", "always" or "number"');
  if (options.locking !== undefined && !["fcntl", "none"].includes(options.locking)) throw invalid('connect: locking is "fcntl" or "none"');
  if (dates !== undefined && !["string", "Date"].includes(dates)) throw invalid('connect: dates is "string" or "Date"');
  return options;
}
