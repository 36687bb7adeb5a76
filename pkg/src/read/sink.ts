// `db.csvSink(table)`: a WritableStream into a table, so that `stream.pipeTo` gives back-pressure and abort for nothing.

import type { Database } from "../database.js";
import { load } from "./load.js";
import type { CsvOptions, ReadReport } from "./options.js";

export interface CsvSink extends WritableStream<Uint8Array | string> {
  /** What the reading came to, once the stream is closed. */
  readonly report: Promise<ReadReport>;
}

/** The table is there when the stream has closed; an aborted or failed stream leaves none behind. */
export function csvSink(db: Database, table: string, options: Omit<CsvOptions, "table"> = {}): CsvSink {
  const pipe = new TransformStream<Uint8Array | string, Uint8Array | string>(undefined, { highWaterMark: 1 }, { highWaterMark: 1 });
  const writer = pipe.writable.getWriter();
  const loading = load(db, "csv", pipe.readable as ReadableStream<Uint8Array | string>, { ...options, table } as any);
  loading.catch(() => {});
  const report = loading.then((frame) => frame.readReport);
  report.catch(() => {});
  const sink = new WritableStream<Uint8Array | string>({
    async write(chunk) {
      // Either the chunk is taken, or the load has failed, or it wants no more.
      const taken = writer.ready.then(() => writer.write(chunk));
      await Promise.race([taken.catch(() => loading), loading]);
    },
    async close() {
      await writer.close().catch(() => {});
      await loading;
    },
    async abort(reason) {
      await writer.abort(reason).catch(() => {});
      await loading.catch(() => {});
    },
  });
  return Object.defineProperty(sink, "report", { value: report }) as CsvSink;
}
