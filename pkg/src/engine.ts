// The methods of the WASM class `Engine` (src/wasm), by area. They are synchronous and throw wire errors: go through
// `call` in core.ts, or `db.call`, which also works when the database lives in a Worker.

export interface Engine {
  close(): void;
  free(): void;
  eventsWait(): boolean;
  drainEvents(): string;

  // ---- queries: src/wasm/query.rs
  /** Runs a plan and gives the address of its first batch (see result.ts). `options`: bit 0, integers as BigInt always; bit 1, all batches are gathered; bit 2, integers wrap around from the start. */
  openPlan(plan: string, options: number, deadline: number): number;
  /** The same for one statement; `params` is JSON as in the wire form of plans, or undefined. */
  openSql(sql: string, params: string | undefined, options: number, deadline: number): number;
  /** The statement as JSON for another engine, if it only reads and calls nothing of JavaScript. */
  movable(plan: string | undefined, sql?: string, params?: string): string | undefined;
  /** Runs what `movable` gave: on a copy, or here for a while, without telemetry if the time is not enough. */
  openMoved(query: string, options: number, deadline: number): number;
  openTrial(query: string, options: number, deadline: number): number;
  /** Tells telemetry of a statement that ran elsewhere. */
  movedEnded(query: string, rows: number, elapsed: number, code: string | undefined): void;
  /** The image of a schema, uncommitted changes included. */
  snapshot(schema: string): Uint8Array;
  attachImage(name: string, image: Uint8Array): void;
  nextBatch(cursor: number): number;
  closeCursor(cursor: number): void;
  /** The schema behind a shape number, as JSON. */
  shape(shape: number): string;
  /** `[{name, type, nullable}]` of a plan, as JSON. */
  planSchema(plan: string): string;
  /** `{sql, params, columns}` as JSON; options: `{"pretty": true, "inline": true, "dialect": "…"}`. */
  compilePlan(plan: string, options: string | undefined): string;
  /** Runs several statements separated by semicolons; the number of rows changed. */
  executeScript(sql: string): number;
  /** Runs one statement with parameters; the number of rows changed. */
  execute(sql: string, params: string | undefined): number;
  setQueryTimeout(seconds: number): void;
  setReadOnly(readOnly: boolean): void;
  /** A function that is asked every few milliseconds while a statement runs; true stops it. For Workers. */
  setCancelCheck(check: (() => boolean) | undefined): void;

  // ---- user functions: src/wasm/udf.rs
  registerScalar(name: string, options: string, fn: (...args: any[]) => unknown): void;
  registerAggregate(name: string, options: string, callbacks: object): void;

  // ---- further areas
  [method: string]: any;
}
