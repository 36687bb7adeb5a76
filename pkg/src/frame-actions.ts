/** What runs a frame, as methods: compositions of the few actions of `actions.ts`. Every one has a synchronous twin for databases in this thread. */
import type {
  ActionOptions,
  CollectOptions,
  Columns,
  FieldInfo,
  PerformanceHint,
  PlanSummary,
  ReportOptions,
  Row,
  Rows,
  ShowOptions,
  SqlOptions,
  StreamOptions,
  Validation,
} from "./action-types.js";
import * as actions from "./actions.js";
import { count as checkCount, describe, invalid } from "./arguments.js";
import type { DataFrame } from "./dataframe.js";
import * as display from "./display.js";

export abstract class FrameActions {
  abstract limit(n: number): DataFrame;
  /** The last rows, as a frame. */
  protected abstract last(n: number): DataFrame;

  /** This, as what it always is. */
  get #frame(): DataFrame {
    return this as unknown as DataFrame;
  }

  #limited(where: string, n: number): DataFrame {
    checkCount(where, n);
    return this.limit(n);
  }

  collect(options?: CollectOptions & { format?: "rows" }): Promise<Rows>;
  collect(options: CollectOptions & { format: "arrays" }): Promise<Rows<unknown[]>>;
  collect(options: CollectOptions & { format: "columns" }): Promise<Columns>;
  collect(options: CollectOptions): Promise<unknown>;
  collect(options?: CollectOptions): Promise<unknown> {
    return actions.collect(this.#frame, options);
  }
  collectSync(options?: CollectOptions & { format?: "rows" }): Rows;
  collectSync(options: CollectOptions & { format: "arrays" }): Rows<unknown[]>;
  collectSync(options: CollectOptions & { format: "columns" }): Columns;
  collectSync(options: CollectOptions): unknown;
  collectSync(options?: CollectOptions): unknown {
    return actions.collectSync(this.#frame, options);
  }

  /** The first row, or null. */
  async first(options?: CollectOptions): Promise<Row | null> {
    return (await this.take(1, options))[0] ?? null;
  }
  firstSync(options?: CollectOptions): Row | null {
    return this.takeSync(1, options)[0] ?? null;
  }
  /** Without a number the first row or null, with one an array. */
  head(): Promise<Row | null>;
  head(n: number, options?: CollectOptions): Promise<Rows>;
  head(n?: number, options?: CollectOptions): Promise<Rows | Row | null> {
    return n === undefined ? this.first(options) : this.#limited("head", n).collect({ ...options, format: "rows" });
  }
  headSync(): Row | null;
  headSync(n: number, options?: CollectOptions): Rows;
  headSync(n?: number, options?: CollectOptions): Rows | Row | null {
    return n === undefined ? this.firstSync(options) : this.#limited("head", n).collectSync({ ...options, format: "rows" });
  }
  async take(n: number, options?: CollectOptions): Promise<Rows> {
    return this.#limited("take", n).collect({ ...options, format: "rows" });
  }
  takeSync(n: number, options?: CollectOptions): Rows {
    return this.#limited("take", n).collectSync({ ...options, format: "rows" });
  }
  /** The last rows, in order. */
  async tail(n: number, options?: CollectOptions): Promise<Rows> {
    return this.last(n).collect({ ...options, format: "rows" });
  }
  tailSync(n: number, options?: CollectOptions): Rows {
    return this.last(n).collectSync({ ...options, format: "rows" });
  }
  count(options?: ActionOptions): Promise<number> {
    return actions.count(this.#frame, options);
  }
  countSync(options?: ActionOptions): number {
    return actions.countSync(this.#frame, options);
  }
  async isEmpty(options?: ActionOptions): Promise<boolean> {
    return (await this.#limited("isEmpty", 1).count(options)) === 0;
  }
  isEmptySync(options?: ActionOptions): boolean {
    return this.#limited("isEmpty", 1).countSync(options) === 0;
  }
  /** Arrays by column: typed where the type allows. */
  toColumns(options?: CollectOptions): Promise<Columns> {
    return this.collect({ ...options, format: "columns" });
  }
  toColumnsSync(options?: CollectOptions): Columns {
    return this.collectSync({ ...options, format: "columns" });
  }
  toArrow(options?: CollectOptions): Promise<unknown> {
    return this.collect({ ...options, format: "arrow" } as CollectOptions);
  }
  toArrowSync(options?: CollectOptions): unknown {
    return this.collectSync({ ...options, format: "arrow" } as CollectOptions);
  }
  /** Batches of rows as they are read; memory stays bounded by a batch. */
  stream(options: StreamOptions & { format: "arrays" }): AsyncIterableIterator<unknown[][]>;
  stream(options?: StreamOptions): AsyncIterableIterator<Row[]>;
  stream(options?: StreamOptions): AsyncIterableIterator<Row[] | unknown[][]> {
    return actions.stream(this.#frame, options);
  }
  /** Calls `fn` for each row, in order, waiting for the promises it gives. */
  async forEach(fn: (row: Row, index: number) => unknown, options?: StreamOptions): Promise<void> {
    if (typeof fn !== "function") throw invalid("forEach", `a function is expected, not ${describe(fn)}`);
    let index = 0;
    for await (const batch of this.stream(options)) {
      for (const row of batch) {
        const result = fn(row, index++);
        if (result instanceof Promise) await result;
      }
    }
  }
  forEachSync(fn: (row: Row, index: number) => unknown, options?: CollectOptions): void {
    if (typeof fn !== "function") throw invalid("forEach", `a function is expected, not ${describe(fn)}`);
    this.collectSync({ ...options, format: "rows" }).forEach((row, index) => void fn(row, index));
  }

  // ---- what the frame is

  async columns(options?: ActionOptions): Promise<string[]> {
    return (await this.schema(options)).map((field) => field.name);
  }
  columnsSync(): string[] {
    return this.schemaSync().map((field) => field.name);
  }
  /** Names and types, known without running anything. */
  schema(options?: ActionOptions): Promise<FieldInfo[]> {
    return actions.schema(this.#frame, options);
  }
  schemaSync(): FieldInfo[] {
    return actions.schemaSync(this.#frame);
  }
  async dtypes(options?: ActionOptions): Promise<[string, string][]> {
    return (await this.schema(options)).map(({ name, type }) => [name, type]);
  }
  dtypesSync(): [string, string][] {
    return this.schemaSync().map(({ name, type }) => [name, type]);
  }
  /** The one statement that an action will run. */
  toSQL(options?: SqlOptions): Promise<string> {
    return actions.toSQL(this.#frame, options);
  }
  toSQLSync(options?: SqlOptions): string {
    return actions.toSQLSync(this.#frame, options);
  }
  explain(options?: ReportOptions): Promise<string> {
    return actions.report(this.#frame, "explain", options) as Promise<string>;
  }
  explainSync(options?: ReportOptions): string {
    return actions.reportSync(this.#frame, "explain", options) as string;
  }
  planSummary(options?: ReportOptions): Promise<PlanSummary> {
    return actions.report(this.#frame, "planSummary", options) as Promise<PlanSummary>;
  }
  planSummarySync(options?: ReportOptions): PlanSummary {
    return actions.reportSync(this.#frame, "planSummary", options) as PlanSummary;
  }
  visualizePlan(options?: ReportOptions): Promise<string> {
    return actions.report(this.#frame, "visualizePlan", options) as Promise<string>;
  }
  visualizePlanSync(options?: ReportOptions): string {
    return actions.reportSync(this.#frame, "visualizePlan", options) as string;
  }
  validate(options?: ReportOptions): Promise<Validation> {
    return actions.report(this.#frame, "validate", options) as Promise<Validation>;
  }
  validateSync(options?: ReportOptions): Validation {
    return actions.reportSync(this.#frame, "validate", options) as Validation;
  }
  performanceHints(options?: ReportOptions): Promise<PerformanceHint[]> {
    return actions.report(this.#frame, "performanceHints", options) as Promise<PerformanceHint[]>;
  }
  performanceHintsSync(options?: ReportOptions): PerformanceHint[] {
    return actions.reportSync(this.#frame, "performanceHints", options) as PerformanceHint[];
  }

  // ---- display

  /** Prints the first rows as a table. */
  async show(n: number | ShowOptions = 20, options: ShowOptions | boolean | number = {}): Promise<void> {
    const [limit, opts] = display.showArguments(n, options);
    display.print(display.table(await this.#limited("show", limit + 1).collect({ ...opts, format: "arrays" }), limit, opts), opts);
  }
  showSync(n: number | ShowOptions = 20, options: ShowOptions | boolean | number = {}): void {
    const [limit, opts] = display.showArguments(n, options);
    display.print(display.table(this.#limited("show", limit + 1).collectSync({ ...opts, format: "arrays" }), limit, opts), opts);
  }
  /** Prints names and types as a tree. */
  async printSchema(options: ShowOptions = {}): Promise<void> {
    display.print(display.schemaTree(await this.schema(options)), options);
  }
  printSchemaSync(options: ShowOptions = {}): void {
    display.print(display.schemaTree(this.schemaSync()), options);
  }
  /** A self-contained, escaped HTML table of the first rows. */
  async toHTML(n = 20, options: CollectOptions = {}): Promise<string> {
    const limit = checkCount("toHTML", n);
    return display.htmlTable(await this.#limited("toHTML", limit + 1).collect({ ...options, format: "arrays" }), limit);
  }
  toHTMLSync(n = 20, options: CollectOptions = {}): string {
    const limit = checkCount("toHTML", n);
    return display.htmlTable(this.#limited("toHTML", limit + 1).collectSync({ ...options, format: "arrays" }), limit);
  }
  get [Symbol.toStringTag](): string {
    return "DataFrame";
  }
  toString(): string {
    return display.summary(this.#frame);
  }
  /** JupyterLite and IJavascript. */
  inspect(): string {
    return display.inspect(this.#frame);
  }
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return display.inspect(this.#frame);
  }
  /** Deno. Only HTML and text: some front ends show nothing at all for richer kinds. */
  [Symbol.for("Jupyter.display")](): Promise<Record<string, string>> {
    return display.mimeBundle(this.#frame);
  }
  _toMime(): Record<string, string> {
    return display.mimeBundleSync(this.#frame);
  }
  _toHtml(): string {
    return display.previewHtml(this.#frame);
  }
  /** An element for Observable and for pages; needs a DOM. */
  toElement(): HTMLElement {
    return display.element(this.#frame);
  }

  // ---- iteration: notebooks and plots take any iterable

  *[Symbol.iterator](): IterableIterator<Row> {
    yield* this.collectSync();
  }
  async *[Symbol.asyncIterator](): AsyncIterableIterator<Row> {
    for await (const batch of this.stream()) yield* batch;
  }
}
