/**
 * Actions: what runs a frame. The only place where a plan meets a database; `DataFrame` composes its other actions
 * (`first`, `take`, `show`, …) from these. A frame gives its plan as JSON text by `frame.planJson()` and its database by `frame.database`.
 */
import type { ActionOptions, CollectOptions, Columns, FieldInfo, Row, Rows, SqlOptions, StreamOptions } from "./action-types.js";
import { toArrow } from "./arrow.js";
import type { DataFrame } from "./dataframe.js";
import { invalid } from "./errors.js";
import { ArraySink, ColumnSink, CountSink, ObjectSink, type ResultOptions, type Sink } from "./result.js";
import { batches, run, runSync } from "./run.js";
import { wireCount } from "./wire-count.js";

type Collected = Rows | unknown[][] | Columns | unknown;

/** The database's choices, with those of one action over them. */
function resultOptions(frame: DataFrame, options: CollectOptions): ResultOptions {
  const { bigint = frame.database.options.bigint, dates = frame.database.options.dates } = options;
  return { bigint, dates };
}

function sinkOf(frame: DataFrame, options: CollectOptions): Sink<any> {
  const chosen = resultOptions(frame, options);
  switch (options.format ?? "rows") {
    case "rows":
      return new ObjectSink(chosen);
    case "arrays":
      return new ArraySink(chosen);
    case "columns":
    case "arrow":
      return new ColumnSink(chosen);
    default:
      throw invalid(`collect: there is no format "${options.format}"`, { hint: "formats are rows, arrays, columns, arrow" });
  }
}

export function collectSync(frame: DataFrame, options: CollectOptions = {}): Collected {
  options.signal?.throwIfAborted();
  if (options.format === "arrow") throw invalid('collectSync: the format "arrow" is loaded asynchronously', { hint: "use await collect" });
  return runSync(frame.database, { plan: frame.planJson() }, sinkOf(frame, options));
}

export async function collect(frame: DataFrame, options: CollectOptions = {}): Promise<Collected> {
  const sink = sinkOf(frame, options);
  const result = await run(frame.database, { plan: frame.planJson() }, sink, options);
  return options.format === "arrow" ? toArrow(result as Columns, sink.fields) : result;
}

export function countSync(frame: DataFrame, options: ActionOptions = {}): number {
  options.signal?.throwIfAborted();
  return runSync(frame.database, { plan: wireCount(frame) }, new CountSink({}));
}

export async function count(frame: DataFrame, options: ActionOptions = {}): Promise<number> {
  return run(frame.database, { plan: wireCount(frame) }, new CountSink({}), options);
}

export function schemaSync(frame: DataFrame, options: ActionOptions = {}): FieldInfo[] {
  options.signal?.throwIfAborted();
  return JSON.parse(frame.database.callSync("planSchema", frame.planJson()));
}

export async function schema(frame: DataFrame, options: ActionOptions = {}): Promise<FieldInfo[]> {
  options.signal?.throwIfAborted();
  return JSON.parse(await frame.database.call("planSchema", frame.planJson()));
}

const compileOptions = ({ pretty, inline, dialect }: SqlOptions) => JSON.stringify({ pretty, inline, dialect });

export function toSQLSync(frame: DataFrame, options: SqlOptions = {}): string {
  return JSON.parse(frame.database.callSync("compilePlan", frame.planJson(), compileOptions(options))).sql;
}

export async function toSQL(frame: DataFrame, options: SqlOptions = {}): Promise<string> {
  options.signal?.throwIfAborted();
  return JSON.parse(await frame.database.call("compilePlan", frame.planJson(), compileOptions(options))).sql;
}

/** Batches of rows, memory bounded by a batch. Leaving the loop early ends the statement. */
export async function* stream(
  frame: DataFrame,
  options: StreamOptions = {},
  onOverflow: "refuse" | "wrap" = "refuse",
): AsyncGenerator<Row[] | unknown[][], void, undefined> {
  const { batchSize = 1024 } = options;
  if (!Number.isInteger(batchSize) || batchSize < 1) throw invalid("stream: batchSize is a whole number of rows, at least 1");
  const sink = (
    options.format === "arrays" ? new ArraySink(resultOptions(frame, options)) : new ObjectSink(resultOptions(frame, options))
  ) as ObjectSink;
  sink.onOverflow = onOverflow;
  let rest: Row[] = [];
  for await (const _ of batches(frame.database, { plan: frame.planJson() }, sink, options)) {
    rest = rest.length ? rest.concat(sink.drain()) : sink.drain();
    let from = 0;
    for (; rest.length - from >= batchSize; from += batchSize) yield rest.slice(from, from + batchSize);
    if (from) rest = rest.slice(from);
  }
  if (rest.length) yield rest;
}

/** Text reports over the plan: the names of `DataFrame`'s methods. */
export type Report = "explain" | "planSummary" | "visualizePlan" | "validate" | "performanceHints";

export function reportSync(frame: DataFrame, report: Report, options?: object): unknown {
  return JSON.parse(frame.database.callSync("planReport", frame.planJson(), report, options && JSON.stringify(options)));
}

export async function report(frame: DataFrame, name: Report, options?: object): Promise<unknown> {
  return JSON.parse(await frame.database.call("planReport", frame.planJson(), name, options && JSON.stringify(options)));
}
