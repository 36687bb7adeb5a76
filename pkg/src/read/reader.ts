// `db.read`: one method per format.

import type { Row } from "../action-types.js";
import type { Database } from "../database.js";
import { load } from "./load.js";
import type { CsvOptions, JsonOptions, ReadFrame, StreamReadOptions, TextOptions } from "./options.js";
import { loadParquet, type ParquetOptions, streamParquet } from "./parquet.js";
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
    return this.#read("csv", source, options);
  }

  /** Reads a JSON array of objects (or objects one after the other) as a stream: a column per key, nested values as arrays and structs. */
  json(source: ReadSource, options: JsonOptions & StreamReadOptions & { stream: true }): AsyncGenerator<Row[], void, undefined>;
  json(source: ReadSource, options?: JsonOptions & { stream?: false }): Promise<ReadFrame>;
  json(source: ReadSource, options: JsonOptions & StreamReadOptions & { stream?: boolean } = {}): any {
    return this.#read("json", source, options);
  }

  /** The same for one JSON value per line. */
  jsonl(source: ReadSource, options: JsonOptions & StreamReadOptions & { stream: true }): AsyncGenerator<Row[], void, undefined>;
  jsonl(source: ReadSource, options?: JsonOptions & { stream?: false }): Promise<ReadFrame>;
  jsonl(source: ReadSource, options: JsonOptions & StreamReadOptions & { stream?: boolean } = {}): any {
    return this.#read("jsonl", source, options);
  }

  /** Reads lines of text into the column `value`. */
  text(source: ReadSource, options: TextOptions & StreamReadOptions & { stream: true }): AsyncGenerator<Row[], void, undefined>;
  text(source: ReadSource, options?: TextOptions & { stream?: false }): Promise<ReadFrame>;
  text(source: ReadSource, options: TextOptions & StreamReadOptions & { stream?: boolean } = {}): any {
    return this.#read("text", source, options);
  }

  /** Reads Parquet through the package hyparquet, which has to be installed beside this one. What is nested is JSON. */
  parquet(source: ReadSource, options: ParquetOptions & StreamReadOptions & { stream: true }): AsyncGenerator<Row[], void, undefined>;
  parquet(source: ReadSource, options?: ParquetOptions & { stream?: false }): Promise<ReadFrame>;
  parquet(source: ReadSource, options: ParquetOptions & StreamReadOptions & { stream?: boolean } = {}): any {
    return options?.stream ? streamParquet(source, options as any) : loadParquet(this.database, source, options as any);
  }

  #read(format: string, source: ReadSource, options: any): any {
    if (options?.stream) return streamRows(format, source, options);
    return load(this.database, format, source, options);
  }
}
