// `connect`: from a target to a database.

import type { DatabaseOptions } from "./connection.js";
import { init, type WasmSource } from "./core.js";
import { Database } from "./database.js";
import { watchDeadlines } from "./deadline.js";
import { invalid } from "./errors.js";
import { LocalChannel } from "./local.js";
import { imageBytes, openEngine, type Target } from "./open.js";
import { RemoteChannel } from "./remote.js";
import { connectionFailed, opened } from "./telemetry.js";

export type { Target } from "./open.js";

export interface ConnectOptions extends DatabaseOptions {
  /** URL, bytes, Response or compiled module, for unusual hosting. */
  wasm?: WasmSource;
}

const KNOWN = [
  "slowQuery",
  "readOnly",
  "worker",
  "queryTimeout",
  "poolSize",
  "maxOverflow",
  "poolTimeout",
  "bigint",
  "dates",
  "create",
  "locking",
  "wasm",
];

/** Opens a database. */
export async function connect(target: Target = ":memory:", options: ConnectOptions = {}): Promise<Database> {
  const { wasm, ...rest } = checked(options);
  watchDeadlines();
  await init(wasm);
  const given = await target;
  const name = typeof given === "string" ? given : ":memory:";
  if (rest.worker === true) {
    // Not everything that bytes come from can be sent to a Worker.
    const sent = typeof given === "string" ? given : isFileUrl(given) ? decodeURIComponent(given.pathname) : await imageBytes(given);
    return ready(new Database(await opening(RemoteChannel.open(sent, rest)), name, rest));
  }
  return ready(new Database(new LocalChannel(await opening(openEngine(given, rest))), name, rest));
}

/** A connection that fails is counted. */
async function opening<T>(connection: Promise<T>): Promise<T> {
  try {
    return await connection;
  } catch (error) {
    connectionFailed();
    throw error;
  }
}

function ready(db: Database): Database {
  opened(db);
  if (db.options.slowQuery !== undefined) void db.channelCall("setSlowThreshold", db.options.slowQuery);
  return db;
}

function isFileUrl(target: Target): target is URL {
  return target instanceof URL && target.protocol === "file:";
}

function checked(options: ConnectOptions): ConnectOptions {
  if (options === null || typeof options !== "object") throw invalid("connect: options must be an object");
  for (const name of Object.keys(options)) {
    if (!KNOWN.includes(name))
      throw invalid(`connect: there is no option "${name}"`, { hint: `options are ${KNOWN.join(", ")}`, details: { option: name } });
  }
  const { queryTimeout, bigint, dates } = options;
  if (queryTimeout !== undefined && !(typeof queryTimeout === "number" && queryTimeout >= 0))
    throw invalid("connect: queryTimeout is a number of seconds, 0 or more");
  if (bigint !== undefined && !["auto", "always", "number"].includes(bigint))
    throw invalid('connect: bigint is "auto", "always" or "number"');
  if (options.locking !== undefined && !["fcntl", "none"].includes(options.locking)) throw invalid('connect: locking is "fcntl" or "none"');
  if (dates !== undefined && !["string", "Date"].includes(dates)) throw invalid('connect: dates is "string" or "Date"');
  if (options.slowQuery !== undefined && !(typeof options.slowQuery === "number" && options.slowQuery >= 0))
    throw invalid("connect: slowQuery is a number of seconds, 0 or more");
  return options;
}
