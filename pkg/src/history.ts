import type { Database } from "./database.js";

/** Point-in-time recovery from recorded change sets. */
export class History {
  constructor(readonly database: Database) {}
}
