// `db.read`: one method per format.

import type { Row } from "../action-types.js";
import type { Database } from "../database.js";
import { load } from "./load.js";
import type { CsvOptions, ReadFrame, StreamReadOptions } from "./options.js";
import type { ReadSource } from "./source.js";
import { streamRows } from "./stream.js";

/** Readers of files: `db.read.csv(…)`. */
export class Reader {
  constructor(readonly database: Database) {}

  /**
   * Reads CSV. The rows are streamed into a table, the types inferred; what was irregular is in the frame's `readReport`.
   * With `stream: true` nothing is loaded: an async iterator of row batches comes back.
   */
  csv(source: ReadSource, options: CsvOptions & StreamReadOptions & { stream: true }): AsyncGenerator<Row[], void, undefined>;
  csv(source: ReadSource, options?: CsvOptions & { stream?: false }): Promise<ReadFrame>;
  csv(source: ReadSource, options: CsvOptions & StreamReadOptions & { stream?: boolean } = {}): any {
    if (options?.stream) return streamRows("csv", source, options as any);
    return load(this.database, "csv", source, options as any);
  }
}
