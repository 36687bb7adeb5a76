import type { Database } from "../database.js";

/** Readers of files: `db.read.csv(…)`. */
export class Reader {
  constructor(readonly database: Database) {}
}
