/**
 * Actions: what runs a frame. The only place where a plan meets a database; `DataFrame` composes its other actions
 * (`first`, `take`, `show`, …) from these. A frame gives its plan as JSON text by `frame.planJson()` and its database by `frame.database`.
 */
import type { ActionOptions, CollectOptions, Columns, FieldInfo, Row, Rows, SqlOptions, StreamOptions } from "./action-types.js";
import type { DataFrame } from "./dataframe.js";

const pending = (): never => {
  throw new Error("this action is not connected to an engine");
};

export function collectSync(_frame: DataFrame, _options?: CollectOptions): Rows | unknown[][] | Columns | unknown {
  return pending();
}
export async function collect(frame: DataFrame, options?: CollectOptions): Promise<Rows | unknown[][] | Columns | unknown> {
  return collectSync(frame, options);
}
export function countSync(_frame: DataFrame, _options?: ActionOptions): number {
  return pending();
}
export async function count(frame: DataFrame, options?: ActionOptions): Promise<number> {
  return countSync(frame, options);
}
export function schemaSync(_frame: DataFrame, _options?: ActionOptions): FieldInfo[] {
  return pending();
}
export async function schema(frame: DataFrame, options?: ActionOptions): Promise<FieldInfo[]> {
  return schemaSync(frame, options);
}
export function toSQLSync(_frame: DataFrame, _options?: SqlOptions): string {
  return pending();
}
export async function toSQL(frame: DataFrame, options?: SqlOptions): Promise<string> {
  return toSQLSync(frame, options);
}
/** Batches of rows, memory bounded by a batch. */
export function stream(_frame: DataFrame, _options?: StreamOptions): AsyncIterableIterator<Row[] | unknown[][]> {
  return pending();
}
/** Text reports over the plan: the names of `DataFrame`'s methods. */
export type Report = "explain" | "planSummary" | "visualizePlan" | "validate" | "performanceHints";
export function reportSync(_frame: DataFrame, _report: Report, _options?: object): unknown {
  return pending();
}
export async function report(frame: DataFrame, name: Report, options?: object): Promise<unknown> {
  return reportSync(frame, name, options);
}
