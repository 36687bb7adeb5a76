import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

const missing = (what: string) => moltresError("unsupported", `${what} is not part of this build`);

export function createDataFrame(_db: Database, ..._args: any[]): any {
  throw missing("createDataFrame");
}
export function recursive(_db: Database, ..._args: any[]): any {
  throw missing("recursive");
}
