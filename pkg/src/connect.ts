// `connect`: from a target to a database.

import { pathOf } from "./bytes.js";
import type { DatabaseOptions } from "./connection.js";
import { init, type WasmSource } from "./core.js";
import { Database } from "./database.js";
import { watchDeadlines } from "./deadline.js";
import { invalid } from "./errors.js";
import { LocalChannel } from "./local.js";
import { imageBytes, openEngine, type Target } from "./open.js";
import { Pool } from "./pool.js";
import { RemoteChannel } from "./remote.js";
import { connectionFailed, opened } from "./telemetry.js";

export type { Target } from "./open.js";

export interface ConnectOptions extends DatabaseOptions {
  /** URL, bytes, Response or compiled module, for unusual hosting. */
  wasm?: WasmSource;
}

/** Each replica is a Worker with a module of its own. */
const MOST_REPLICAS = 64;

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
  const where = isFileUrl(given) ? await pathOf(given) : given;
  const name = typeof where === "string" ? where : ":memory:";
  if (rest.worker === true) {
    // Not everything that bytes come from can be sent to a Worker.
    const sent = typeof where === "string" ? where : await imageBytes(given as Exclude<Target, string>);
    return ready(new Database(await opening(RemoteChannel.open(sent, rest)), name, rest));
  }
  return ready(new Database(new LocalChannel(await opening(openEngine(where as Target, rest))), name, rest));
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

async function ready(db: Database): Promise<Database> {
  const { slowQuery, poolSize } = db.options;
  opened(db);
  if (slowQuery !== undefined) void db.channelCall("setSlowThreshold", slowQuery);
  if (poolSize) {
    try {
      db.pool = await Pool.open(db, db.options);
    } catch (error) {
      await db.close();
      connectionFailed();
      throw error;
    }
  }
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
  const { poolSize = 0, maxOverflow = 0, poolTimeout = 30 } = options;
  for (const [name, n] of Object.entries({ poolSize, maxOverflow })) {
    if (!Number.isInteger(n) || n < 0 || n > MOST_REPLICAS) throw invalid(`connect: ${name} is a whole number from 0 to ${MOST_REPLICAS}`);
  }
  if (!(typeof poolTimeout === "number" && poolTimeout > 0)) throw invalid("connect: poolTimeout is a number of seconds above 0");
  return options;
}
