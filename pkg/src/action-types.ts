/**
 * Shapes that actions take and give. `actions.ts` implements them over a database, `dataframe.ts` offers them as methods.
 */

/** A column of a result, in the words of `DataFrame.schema()`. */
export interface FieldInfo {
  readonly name: string;
  /** PySpark's simple string: `bigint`, `array<string>`. */
  readonly type: string;
  readonly nullable: boolean;
}

/** One row: own properties in column order. */
export type Row = Record<string, unknown>;

/** What `collect()` gives: an array of rows that knows its columns, as Observable and D3 expect (both non-enumerable). */
export type Rows<T = Row> = T[] & { readonly columns: string[]; readonly schema: FieldInfo[] };

/** One array per column: typed where the type allows and no value is NULL. */
export type Columns = Record<string, ArrayLike<unknown>>;

export interface ActionOptions {
  /** Aborting rejects with `signal.reason`; the database stays usable. */
  signal?: AbortSignal;
  /** Called with rows so far and seconds elapsed, for actions that may take long. */
  onProgress?: (progress: { rows: number; elapsed: number }) => void;
}

export interface CollectOptions extends ActionOptions {
  format?: "rows" | "arrays" | "columns" | "arrow";
  bigint?: "auto" | "always" | "number";
  dates?: "string" | "Date";
}

export interface StreamOptions extends ActionOptions {
  /** Rows per batch, 1,024 unless given. */
  batchSize?: number;
  format?: "rows" | "arrays";
  bigint?: "auto" | "always" | "number";
  dates?: "string" | "Date";
}

export interface SqlOptions extends ActionOptions {
  /** Several lines, indented. */
  pretty?: boolean;
  /** Values written into the text instead of `?1`: for reading, not for running. */
  inline?: boolean;
  dialect?: "sqlite" | "postgres" | "duckdb" | "spark";
}

export interface ShowOptions extends ActionOptions {
  /** true: cells of at most 20 characters (the default); false: whole; a number: that many. */
  truncate?: boolean | number;
  vertical?: boolean;
  /** Where the text goes instead of `console.log`. */
  print?: (text: string) => void;
}

/** Options of `explain` and the other reports over a plan. */
export interface ReportOptions extends ActionOptions {
  /** `explain`: run the statement and count what it did. */
  analyze?: boolean;
  /** `visualizePlan`: a tree in text, or Mermaid's flowchart language. */
  format?: "text" | "mermaid";
}

/** The shape of a plan in numbers. */
export interface PlanSummary {
  /** The verbs, first to last. */
  readonly operations: string[];
  readonly totalOperations: number;
  /** Verbs on the longest way from a table to the result. */
  readonly depth: number;
  readonly tables: string[];
  readonly tableScans: number;
  readonly joins: number;
  readonly filters: number;
  readonly aggregations: number;
  readonly sorts: number;
  readonly setOperations: number;
  /** Names and types of the result. */
  readonly columns: FieldInfo[];
}

export interface Problem {
  readonly type: "error" | "warning" | "info";
  readonly message: string;
  readonly suggestion?: string;
  /** Of an error: its code. */
  readonly code?: string;
}

export interface Validation {
  /** No problem is an error. */
  readonly valid: boolean;
  readonly problems: Problem[];
}

export interface PerformanceHint {
  readonly kind: "index" | "plan";
  readonly message: string;
  readonly suggestion?: string;
  /** The statement that would help. */
  readonly sql?: string;
  readonly table?: string;
  readonly columns?: string[];
  /** SQLite's plan without and with it. */
  readonly before?: string[];
  readonly after?: string[];
}
