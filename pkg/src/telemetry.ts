import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

const missing = (what: string) => moltresError("unsupported", `${what} is not part of this build`);

export function on(_db: Database, ..._args: any[]): any {
  throw missing("on");
}
export function metrics(_db: Database, ..._args: any[]): any {
  throw missing("metrics");
}
export function memory(_db: Database, ..._args: any[]): any {
  throw missing("memory");
}
/** A database was closed: its hooks go. */
export function closed(_db: Database): void {}
