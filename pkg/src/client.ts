// Statements run directly, without a plan: what Observable's DatabaseClient asks for.

import type { ActionOptions, FieldInfo, Row, Rows } from "./action-types.js";
import { text } from "./arguments.js";
import type { Database, SqlParams } from "./database.js";
import { ObjectSink } from "./result.js";
import { batches, run, type Source } from "./run.js";
import { sqlParams } from "./sql-params.js";

function source(sql: string, params?: SqlParams): Source {
  text("query", sql, "SQL text");
  return { sql, params: params === undefined ? undefined : JSON.stringify(sqlParams(params)) };
}

export async function runSql(db: Database, sql: string, params?: SqlParams, options: ActionOptions = {}): Promise<Rows> {
  return run(db, source(sql, params), new ObjectSink(db.options), options);
}

/** The first row; the statement ends there. */
export async function firstRow(db: Database, sql: string, params?: SqlParams, options: ActionOptions = {}): Promise<Row | null> {
  const sink = new ObjectSink(db.options);
  for await (const rows of batches(db, source(sql, params), sink, options)) {
    if (rows > 0) return sink.out[0];
  }
  return null;
}

export async function streamSql(db: Database, sql: string, params?: SqlParams, options: ActionOptions = {}) {
  const sink = new ObjectSink(db.options);
  const steps = batches(db, source(sql, params), sink, options);
  // The first batch tells the schema.
  let next = await steps.next();
  async function* readRows(): AsyncGenerator<Row[]> {
    try {
      while (!next.done) {
        if (sink.out.length) yield sink.drain();
        next = await steps.next();
      }
    } finally {
      await steps.return(undefined);
    }
  }
  return { schema: sink.fields as FieldInfo[], readRows };
}
