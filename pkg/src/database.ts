// `Database`: what `connect` gives. Thin methods that hand over to one module per area.

import type { ActionOptions, FieldInfo, Row, Rows } from "./action-types.js";
import { report } from "./actions.js";
import * as alerting from "./alerts.js";
import { text } from "./arguments.js";
import * as backups from "./backup.js";
import { firstRow, runSql, streamSql } from "./client.js";
import { Connection } from "./connection.js";
import { inCall } from "./core.js";
import * as creation from "./create.js";
import { DataFrame } from "./dataframe.js";
import { invalid, moltresError } from "./errors.js";
import * as healthy from "./health.js";
import { History } from "./history.js";
import * as maintain from "./maintenance.js";
import { memory, metrics } from "./metrics.js";
import { migrate, migrationStatus } from "./migrate.js";
import * as mutations from "./mutations.js";
import { batch } from "./operation-batch.js";
import { PlanNode } from "./plan.js";
import { Reader } from "./read/reader.js";
import { csvSink } from "./read/sink.js";
import { restore } from "./restore.js";
import type { SchemaArgument } from "./schema-argument.js";
import type { Scope } from "./scope.js";
import { sqlParams } from "./sql-params.js";
import * as table from "./table.js";
import * as telemetry from "./telemetry.js";
import { type TransactionOptions, transaction } from "./transaction.js";
import * as udf from "./udf.js";

/** The arguments of an area's function after the database. */
type Rest<F extends (db: Database, ...args: any[]) => any> = F extends (db: Database, ...args: infer A) => any ? A : never;

/** Parameters of a statement: in order for `?`, or by name for `:name`, `$name`, `@name`. */
export type SqlParams = readonly unknown[] | Readonly<Record<string, unknown>>;

export class Database extends Connection {
  #history: History | undefined;

  /** The same database inside a transaction. */
  override within(scope: Scope): Database {
    return new Database(this.channel, this.name, this.options, this.root, scope, this.maintainer);
  }

  /** The same database, allowed to write during maintenance. */
  override asMaintainer(): Database {
    return new Database(this.channel, this.name, this.options, this.root, this.scope, true);
  }

  // ---- frames

  /** The table or view of this name. */
  table(name: string): DataFrame {
    if (typeof name !== "string" || name === "") throw invalid("table: the name must be a text that is not empty");
    return new DataFrame(this, new PlanNode("table", { name }));
  }

  /** A frame over SQL text; also a template tag that binds its values. */
  sql(text: string, params?: SqlParams): DataFrame;
  sql(strings: TemplateStringsArray, ...values: unknown[]): DataFrame;
  sql(given: string | TemplateStringsArray, ...rest: unknown[]): DataFrame {
    if (!Array.isArray(given) || given.length === 0) {
      const params = rest[0] as SqlParams | undefined;
      const sql = text("sql", given, "SQL text");
      return new DataFrame(this, new PlanNode("sql", { sql, params: params === undefined ? undefined : sqlParams(params) }));
    }
    const sql = (given as readonly string[]).reduce((before, part, i) => `${before}?${i}${part}`);
    return new DataFrame(this, new PlanNode("sql", { sql, params: sqlParams(rest) }));
  }

  /** Readers of files. */
  get read(): Reader {
    return new Reader(this);
  }

  /** A WritableStream of CSV into a table: `await response.body.pipeTo(db.csvSink("t"))`. */
  csvSink(...args: Rest<typeof csvSink>): ReturnType<typeof csvSink> {
    return csvSink(this, ...args);
  }

  /** Rows and columns of JavaScript as a frame; types follow from the values or from `schema`. An async iterable gives a Promise. */
  createDataFrame(data: AsyncIterable<unknown>, options?: creation.CreateOptions | SchemaArgument): Promise<DataFrame>;
  createDataFrame(data: creation.FrameData, options?: creation.CreateOptions | SchemaArgument): DataFrame;
  createDataFrame(data: any, options?: creation.CreateOptions | SchemaArgument): DataFrame | Promise<DataFrame> {
    return creation.createDataFrame(this, data, options);
  }

  /** A recursive frame: rows of `base`, then rows that `step` makes of the rows before, until there are none. */
  recursive(name: string, base: DataFrame, step: (frame: DataFrame) => DataFrame): DataFrame {
    return creation.recursive(this, name, base, step);
  }

  // ---- tables and rows

  createTable(...args: Rest<typeof table.createTable>): ReturnType<typeof table.createTable> {
    return table.createTable(this, ...args);
  }
  dropTable(...args: Rest<typeof table.dropTable>): ReturnType<typeof table.dropTable> {
    return table.dropTable(this, ...args);
  }
  alterTable(...args: Rest<typeof table.alterTable>): ReturnType<typeof table.alterTable> {
    return table.alterTable(this, ...args);
  }
  createIndex(...args: Rest<typeof table.createIndex>): ReturnType<typeof table.createIndex> {
    return table.createIndex(this, ...args);
  }
  dropIndex(...args: Rest<typeof table.dropIndex>): ReturnType<typeof table.dropIndex> {
    return table.dropIndex(this, ...args);
  }
  createView(...args: Rest<typeof table.createView>): ReturnType<typeof table.createView> {
    return table.createView(this, ...args);
  }
  dropView(...args: Rest<typeof table.dropView>): ReturnType<typeof table.dropView> {
    return table.dropView(this, ...args);
  }
  insert(...args: Rest<typeof table.insert>): ReturnType<typeof table.insert> {
    return table.insert(this, ...args);
  }
  update(...args: Rest<typeof mutations.update>): ReturnType<typeof mutations.update> {
    return mutations.update(this, ...args);
  }
  delete(...args: Rest<typeof mutations.remove>): ReturnType<typeof mutations.remove> {
    return mutations.remove(this, ...args);
  }
  merge(...args: Rest<typeof mutations.merge>): ReturnType<typeof mutations.merge> {
    return mutations.merge(this, ...args);
  }
  /** Runs operations, or the body of a function, all or nothing. */
  batch<T>(work: (tx: Database) => Promise<T> | T): Promise<T>;
  batch(work: readonly { collect(): Promise<unknown> }[]): Promise<unknown[]>;
  batch(work: any): Promise<any> {
    return batch(this, work);
  }
  tables(...args: Rest<typeof table.tables>): ReturnType<typeof table.tables> {
    return table.tables(this, ...args);
  }
  views(...args: Rest<typeof table.views>): ReturnType<typeof table.views> {
    return table.views(this, ...args);
  }
  schema(...args: Rest<typeof table.schema>): ReturnType<typeof table.schema> {
    return table.schema(this, ...args);
  }
  foreignKeys(...args: Rest<typeof table.foreignKeys>): ReturnType<typeof table.foreignKeys> {
    return table.foreignKeys(this, ...args);
  }
  indexes(...args: Rest<typeof table.indexes>): ReturnType<typeof table.indexes> {
    return table.indexes(this, ...args);
  }

  /** Runs `body` in a transaction; what it throws rolls back. */
  transaction<T>(body: (tx: Database) => Promise<T> | T, options?: TransactionOptions): Promise<T> {
    return transaction(this, body, options);
  }

  /** Brings the schema to a version; recorded, checksummed, all steps or none. */
  migrate(...args: Rest<typeof migrate>): ReturnType<typeof migrate> {
    return migrate(this, ...args);
  }

  /** What is migrated, what is pending, and what has drifted. */
  migrationStatus(...args: Rest<typeof migrationStatus>): ReturnType<typeof migrationStatus> {
    return migrationStatus(this, ...args);
  }

  // ---- SQL

  /** Runs SQL text, several statements too (then without parameters). The number of rows changed. */
  async execute(sql: string, params?: SqlParams, options: ActionOptions = {}): Promise<number> {
    text("execute", sql, "SQL text");
    options?.signal?.throwIfAborted();
    if (params === undefined) return this.track(this.call("executeScript", sql));
    return this.track(this.call("execute", sql, JSON.stringify(sqlParams(params))));
  }

  executeSync(sql: string, params?: SqlParams): number {
    text("executeSync", sql, "SQL text");
    if (params === undefined) return this.callSync("executeScript", sql);
    return this.callSync("execute", sql, JSON.stringify(sqlParams(params)));
  }

  /** How SQLite would run a statement, in plain words. */
  async explain(sql: string, params?: SqlParams): Promise<string> {
    return (await report(this.sql(sql, params), "explain")) as string;
  }

  /** Adds a JavaScript function to SQL: a scalar one, or `{aggregate: {init, step, finish}}`, which with `inverse` slides over window frames. */
  registerFunction(name: string, fn: udf.ModuleFunction, options?: udf.UserFunctionOptions): Promise<void>;
  registerFunction(name: string, fn: udf.LocalFunction | null, options?: udf.UserFunctionOptions): void;
  registerFunction(name: string, fn: any, options?: udf.UserFunctionOptions): void | Promise<void> {
    return udf.registerFunction(this, name, fn, options);
  }

  // ---- Observable's DatabaseClient

  get dialect(): string {
    return "sqlite";
  }

  /** All rows of a statement, with `columns` and `schema` as non-enumerable properties. */
  query(sql: string, params?: SqlParams, options?: ActionOptions): Promise<Rows> {
    return runSql(this, sql, params, options);
  }

  /** The first row, or null. */
  queryRow(sql: string, params?: SqlParams, options?: ActionOptions): Promise<Row | null> {
    return firstRow(this, sql, params, options);
  }

  /** `{schema, readRows()}`; `readRows` yields arrays of rows. */
  queryStream(
    sql: string,
    params?: SqlParams,
    options?: ActionOptions,
  ): Promise<{ schema: FieldInfo[]; readRows(): AsyncGenerator<Row[]> }> {
    return streamSql(this, sql, params, options);
  }

  /** The tag by which Observable's SQL cells build their statement. */
  queryTag(strings: TemplateStringsArray, ...values: unknown[]): [string, unknown[]] {
    return [strings.reduce((before, part, i) => `${before}?${i}${part}`), values];
  }

  /** `[{name}]` of tables and views. */
  async describeTables(_options?: { schema?: string }): Promise<{ name: string }[]> {
    const names: string[] = [...((await this.tables()) as string[]), ...((await this.views()) as string[])];
    return names.map((name) => ({ name }));
  }

  async describeColumns(options: {
    table: string;
    schema?: string;
  }): Promise<{ name: string; type: string; databaseType: string; nullable: boolean }[]> {
    const name = text("describeColumns", options?.table, "a table's name");
    const fields = (await this.schema(name)) as FieldInfo[];
    return fields.map(({ name, type, nullable }) => ({ name, type: observableType(type), databaseType: type, nullable }));
  }

  /** An identifier, quoted for SQL. */
  escape(name: string): string {
    return `"${String(name).replaceAll('"', '""')}"`;
  }

  // ---- telemetry, health, operations

  on(...args: Rest<typeof telemetry.on>): ReturnType<typeof telemetry.on> {
    return telemetry.on(this, ...args);
  }
  metrics() {
    return metrics(this);
  }
  memory() {
    return memory(this);
  }
  health(options?: healthy.HealthOptions) {
    return healthy.health(this, options);
  }
  alerts(...args: Rest<typeof alerting.alerts>): ReturnType<typeof alerting.alerts> {
    return alerting.alerts(this, ...args);
  }
  vacuum() {
    return maintain.vacuum(this);
  }
  analyze() {
    return maintain.analyze(this);
  }
  optimize() {
    return maintain.optimize(this);
  }
  integrityCheck() {
    return maintain.integrityCheck(this);
  }
  /** The values of these columns that stand in more than one row, with how often: `count`. */
  duplicates(...args: Rest<typeof maintain.duplicates>): DataFrame {
    return maintain.duplicates(this, ...args);
  }
  maintenance<T>(body: (db: Database) => Promise<T> | T): Promise<T> {
    return maintain.maintenance(this, body);
  }

  // ---- backup

  backup(...args: Rest<typeof backups.backup>): ReturnType<typeof backups.backup> {
    return backups.backup(this, ...args);
  }
  restore(...args: Rest<typeof restore>): ReturnType<typeof restore> {
    return restore(this, ...args);
  }
  dump(...args: Rest<typeof backups.dump>): ReturnType<typeof backups.dump> {
    return backups.dump(this, ...args);
  }
  export(...args: Rest<typeof backups.exportTo>): ReturnType<typeof backups.exportTo> {
    return backups.exportTo(this, ...args);
  }
  get history(): History {
    this.#history ??= new History(this);
    return this.#history;
  }

  // ---- the end

  /** Closes the connection; closing twice is harmless. Afterwards everything fails with `database_closed`. */
  async close(): Promise<void> {
    if (this.root !== this)
      throw moltresError("unsupported", "close: a transaction ends when its callback returns or throws", {
        hint: "close the database after it",
      });
    if (this.isClosed) return;
    if (inCall()) throw moltresError("unsupported", "close: a statement is running");
    const channel = this.detach();
    telemetry.closed(this);
    await this.pool?.close();
    await channel.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** `using db = …`: closes without waiting. */
  [Symbol.dispose](): void {
    void this.close();
  }
}

/** Observable's words for column types. */
function observableType(type: string): string {
  if (type === "string" || type === "boolean" || type === "date") return type;
  if (type === "timestamp") return "date";
  if (/^(tinyint|smallint|int|bigint)$/.test(type)) return "integer";
  if (/^(float|double|decimal)/.test(type)) return "number";
  if (type.startsWith("array")) return "array";
  if (/^(struct|map|json)/.test(type)) return "object";
  return type === "binary" ? "buffer" : "other";
}
