/** A lazy frame: a plan node and the database it will run on. Verbs make new frames, actions (see `actions.ts`) run them. */
import type { Database } from "./database.js";
import { encodePlan, type PlanNode } from "./plan.js";

export class DataFrame {
  /** Made by a database (`db.table`, `db.sql`, readers) and by verbs. */
  constructor(
    readonly database: Database,
    readonly node: PlanNode,
  ) {}

  /** The wire form of this frame's plan as JSON text. */
  planJson(): string {
    return encodePlan(this.node);
  }
}
