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

export type PlanSummary = Record<string, unknown>;

export interface Validation {
  readonly valid: boolean;
  readonly [fact: string]: unknown;
}

export interface PerformanceHint {
  readonly message: string;
  /** A statement that would help, where there is one. */
  readonly sql?: string;
  readonly [fact: string]: unknown;
}
