import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

const missing = (what: string) => moltresError("unsupported", `${what} is not part of this build`);

export function vacuum(_db: Database, ..._args: any[]): any {
  throw missing("vacuum");
}
export function analyze(_db: Database, ..._args: any[]): any {
  throw missing("analyze");
}
export function optimize(_db: Database, ..._args: any[]): any {
  throw missing("optimize");
}
export function integrityCheck(_db: Database, ..._args: any[]): any {
  throw missing("integrityCheck");
}
export function maintenance(_db: Database, ..._args: any[]): any {
  throw missing("maintenance");
}
