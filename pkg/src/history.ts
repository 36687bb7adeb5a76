import type { Database } from "./database.js";
import { moltresError } from "./errors.js";

/** Point-in-time recovery from recorded change sets. */
export class History {
  constructor(readonly database: Database) {}

  /** Use `db.restore({to})`. */
  async restore(_to: Date | number): Promise<string> {
    throw moltresError("unsupported", "restore: this build records no history");
  }
}
