import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

const missing = (what: string) => moltresError("unsupported", `${what} is not part of this build`);

export function migrate(_db: Database, ..._args: any[]): any {
  throw missing("migrate");
}
