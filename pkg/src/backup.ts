import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

const missing = (what: string) => moltresError("unsupported", `${what} is not part of this build`);

export function backup(_db: Database, ..._args: any[]): any {
  throw missing("backup");
}
export function restore(_db: Database, ..._args: any[]): any {
  throw missing("restore");
}
export function dump(_db: Database, ..._args: any[]): any {
  throw missing("dump");
}
export function exportTo(_db: Database, ..._args: any[]): any {
  throw missing("exportTo");
}
