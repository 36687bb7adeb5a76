import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

const missing = (what: string) => moltresError("unsupported", `${what} is not part of this build`);

export function transaction(_db: Database, ..._args: any[]): any {
  throw missing("transaction");
}

let savepoints = 0;

/** Runs `work` in a savepoint: all of it happens or none. */
export async function atomically<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  const name = `moltres_${++savepoints}`;
  await db.call("savepoint", name);
  try {
    const result = await work(db);
    await db.call("releaseSavepoint", name);
    return result;
  } catch (error) {
    await db.call("undoSavepoint", name);
    throw error;
  }
}
