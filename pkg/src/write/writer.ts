// `df.write`: a frame into a file, a stream or a text. Rows are read batch by batch; memory does not grow with the result.

import type { ActionOptions, FieldInfo } from "../action-types.js";
import * as actions from "../actions.js";
import type { DataFrame } from "../dataframe.js";
import { invalid, moltresError } from "../errors.js";
import { unlessAborted } from "../read/source.js";
import { type CsvWriteOptions, checkOptions, csvFormat, FILE_OPTIONS, type Format, jsonFormat } from "./format.js";
import { insertInto, saveAsTable } from "./table.js";
import { type Compression, endOf, type FileMode, isNodeWritable, openTarget, type WriteTarget } from "./target.js";

export interface FileOptions extends ActionOptions {
  /** `"gzip"` compresses what goes to a path or stream. */
  compression?: Compression;
}

/** Text is handed on in pieces of about this many characters. */
const PIECE = 256 << 10;

export class Writer {
  constructor(
    protected readonly frame: DataFrame,
    protected readonly how: FileMode = "error",
  ) {}

  /** What if the target exists: `"error"` unless given. */
  mode(mode: FileMode): Writer {
    if (!["error", "append", "overwrite", "ignore"].includes(mode)) {
      throw invalid(`write.mode: ${JSON.stringify(mode)} is none of "error", "append", "overwrite", "ignore"`);
    }
    return new Writer(this.frame, mode);
  }

  /** A table of the frame's columns and rows. The number of rows written. */
  saveAsTable(name: string): Promise<number> {
    return saveAsTable(this.frame, this.how, name);
  }

  /** Rows into a table that exists, by the places of columns; `"overwrite"` empties it first. The number of rows written. */
  insertInto(name: string): Promise<number> {
    return insertInto(this.frame, this.how, name);
  }

  /** CSV by RFC 4180, which `db.read.csv` reads back exactly. Without a target the text comes back. */
  csv(options?: CsvWriteOptions & FileOptions): Promise<string>;
  csv(target: WriteTarget, options?: CsvWriteOptions & FileOptions): Promise<void>;
  async csv(target?: any, options?: any): Promise<any> {
    const [to, given] = split(target, options);
    // Appended rows need no second header.
    return this.#write("write.csv", to, given, (fields, isNew) =>
      csvFormat(fields, isNew ? given : { ...given, header: false, bom: false }),
    );
  }

  /** A JSON array of objects, one per line. */
  json(options?: ActionOptions): Promise<string>;
  json(target: WriteTarget, options?: FileOptions): Promise<void>;
  async json(target?: any, options?: any): Promise<any> {
    const [to, given] = split(target, options);
    checkOptions("write.json", given, FILE_OPTIONS);
    if (this.how === "append" && to !== undefined)
      throw invalid('write.json: mode "append" is not possible with one array', { hint: "jsonl appends" });
    return this.#write("write.json", to, given, (fields) => jsonFormat(distinct("write.json", fields), false));
  }

  /** One JSON object per line. */
  jsonl(options?: ActionOptions): Promise<string>;
  jsonl(target: WriteTarget, options?: FileOptions): Promise<void>;
  async jsonl(target?: any, options?: any): Promise<any> {
    const [to, given] = split(target, options);
    checkOptions("write.jsonl", given, FILE_OPTIONS);
    return this.#write("write.jsonl", to, given, (fields) => jsonFormat(distinct("write.jsonl", fields), true));
  }

  async #write(
    verb: string,
    target: WriteTarget | undefined,
    options: FileOptions,
    formatOf: (fields: Awaited<ReturnType<typeof actions.schema>>, isNew: boolean) => Format,
  ): Promise<string | undefined> {
    const { signal, onProgress } = options;
    signal?.throwIfAborted();
    const fields = await actions.schema(this.frame);
    const { isNew, isCut } = this.how === "append" ? await endOf(verb, target, options.compression) : { isNew: true, isCut: false };
    const format = formatOf(fields, isNew);
    const output = await openTarget(verb, target, this.how, options.compression);
    if (!output) return undefined;
    try {
      // The last line of what is there may lack its end.
      let piece = (isCut ? ((options as CsvWriteOptions).lineEnd ?? "\n") : "") + format.start();
      const reading = { format: "arrays", bigint: "auto", dates: "string", signal, onProgress } as const;
      const batches = actions.stream(this.frame, reading, "wrap");
      for await (const batch of batches) {
        piece += format.rows(batch as unknown[][]);
        if (piece.length >= PIECE) {
          await unlessAborted(Promise.resolve(output.write(piece)), signal);
          piece = "";
        }
      }
      piece += format.end();
      if (piece) await unlessAborted(Promise.resolve(output.write(piece)), signal);
      return await output.close();
    } catch (error) {
      await output.abort(error);
      throw error;
    }
  }
}

/** Options alone, or a target and options. */
function split(target: unknown, options: unknown): [WriteTarget | undefined, any] {
  const isTarget =
    typeof target === "string" ||
    target instanceof URL ||
    isNodeWritable(target) ||
    (target !== null && typeof target === "object" && ("getWriter" in target || "createWritable" in target));
  if (isTarget) return [target as WriteTarget, options ?? {}];
  if (target !== undefined && target !== null && (typeof target !== "object" || options !== undefined)) {
    throw invalid("write: the target must be a path, a WritableStream or a file handle");
  }
  return [undefined, target ?? options ?? {}];
}

/** An object with two keys of one name would lose the first when it is read. */
function distinct(verb: string, fields: readonly FieldInfo[]): readonly FieldInfo[] {
  const names = fields.map((field) => field.name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice === undefined) return fields;
  throw moltresError("duplicate_column", `${verb}: the frame has two columns named "${twice}"`, { hint: "give one an alias, or drop it" });
}
