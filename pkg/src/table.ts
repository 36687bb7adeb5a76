import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

const missing = (what: string) => moltresError("unsupported", `${what} is not part of this build`);

export function createTable(_db: Database, ..._args: any[]): any {
  throw missing("createTable");
}
export function dropTable(_db: Database, ..._args: any[]): any {
  throw missing("dropTable");
}
export function alterTable(_db: Database, ..._args: any[]): any {
  throw missing("alterTable");
}
export function createIndex(_db: Database, ..._args: any[]): any {
  throw missing("createIndex");
}
export function dropIndex(_db: Database, ..._args: any[]): any {
  throw missing("dropIndex");
}
export function createView(_db: Database, ..._args: any[]): any {
  throw missing("createView");
}
export function dropView(_db: Database, ..._args: any[]): any {
  throw missing("dropView");
}
export function insert(_db: Database, ..._args: any[]): any {
  throw missing("insert");
}
export function update(_db: Database, ..._args: any[]): any {
  throw missing("update");
}
export function remove(_db: Database, ..._args: any[]): any {
  throw missing("remove");
}
export function merge(_db: Database, ..._args: any[]): any {
  throw missing("merge");
}
export function batch(_db: Database, ..._args: any[]): any {
  throw missing("batch");
}
export function indexes(_db: Database, ..._args: any[]): any {
  throw missing("indexes");
}

export async function tables(db: Database): Promise<string[]> {
  return JSON.parse(await db.call("tables"));
}
export async function views(db: Database): Promise<string[]> {
  return JSON.parse(await db.call("views"));
}
export async function schema(db: Database, name: string): Promise<any[]> {
  return JSON.parse(await db.call("tableSchema", name));
}
