// `Database`: what `connect` gives. Thin methods that hand over to one module per area.

import type { ActionOptions, FieldInfo, Row, Rows } from "./action-types.js";
import { report } from "./actions.js";
import * as alerting from "./alerts.js";
import * as backups from "./backup.js";
import { firstRow, runSql, streamSql } from "./client.js";
import { call, inCall } from "./core.js";
import * as creation from "./create.js";
import { DataFrame } from "./dataframe.js";
import type { Engine } from "./engine.js";
import { invalid, moltresError } from "./errors.js";
import * as healthy from "./health.js";
import { History } from "./history.js";
import { isMaintainer, runAsMaintainer } from "./maintainer.js";
import * as maintain from "./maintenance.js";
import { migrate, migrationStatus } from "./migrate.js";
import * as mutations from "./mutations.js";
import { batch } from "./operation-batch.js";
import { PlanNode } from "./plan.js";
import { Reader } from "./read/reader.js";
import { csvSink } from "./read/sink.js";
import { type ResultOptions, Shapes } from "./result.js";
import type { SchemaArgument } from "./schema-argument.js";
import { currentScope, Scope } from "./scope.js";
import { sqlParams } from "./sql-params.js";
import * as table from "./table.js";
import * as telemetry from "./telemetry.js";
import { type TransactionOptions, transaction } from "./transaction.js";
import * as udf from "./udf.js";

/** Options of `connect` that the database keeps. */
export interface DatabaseOptions extends ResultOptions {
  readOnly?: boolean;
  worker?: boolean | "auto";
  /** Seconds until a statement is interrupted. */
  queryTimeout?: number;
  /** Seconds from which a query is slow: 1. */
  slowQuery?: number;
  poolSize?: number;
  maxOverflow?: number;
  poolTimeout?: number;
  create?: boolean;
  /** Of files: locks that other SQLite programs respect (the default), or `"none"` where no other process uses the file. */
  locking?: "fcntl" | "none";
}

/** Where calls go: into this thread's module, or to a Worker that holds the database. */
export interface Channel {
  /** The engine of this thread; undefined when the database lives in a Worker. */
  readonly engine?: Engine;
  /** What events name as their source: the engine, or the channel itself. */
  readonly source: object;
  call(method: string, args: unknown[], signal?: AbortSignal): Promise<any>;
  close(): Promise<void>;
}

type Methods = Engine;
/** The arguments of an area's function after the database. */
type Rest<F extends (db: Database, ...args: any[]) => any> = F extends (db: Database, ...args: infer A) => any ? A : never;

/** Parameters of a statement: in order for `?`, or by name for `:name`, `$name`, `@name`. */
export type SqlParams = readonly unknown[] | Readonly<Record<string, unknown>>;

export class Database {
  /** Where it came from: `:memory:`, a path, `opfs:…`. */
  readonly name: string;
  readonly options: DatabaseOptions;
  /** Decoders of result shapes, kept per database. */
  readonly shapes: Shapes;
  /** Which part of the connection's time is this object's: all of it, or a transaction. */
  readonly scope: Scope;
  #channel: Channel | undefined;
  /** Inside a transaction: the database itself. */
  readonly #root: Database | undefined;
  /** May it write during maintenance? */
  readonly #maintainer: boolean;
  /** How many bodies of `maintenance` run. */
  #maintenances = 0;
  #history: History | undefined;

  /** Use `connect`. */
  constructor(channel: Channel, name: string, options: DatabaseOptions = {}, root?: Database, scope = new Scope(), maintainer = false) {
    this.#channel = channel;
    this.#root = root;
    this.#maintainer = maintainer;
    this.name = name;
    this.options = options;
    this.scope = scope;
    this.shapes = root?.shapes ?? new Shapes();
  }

  /** The same database inside a transaction. */
  within(scope: Scope): Database {
    return new Database(this.channel, this.name, this.options, this.root, scope, this.#maintainer);
  }

  /** The same database, allowed to write during maintenance. */
  asMaintainer(): Database {
    return new Database(this.channel, this.name, this.options, this.root, this.scope, true);
  }

  /** The database itself, also from inside a transaction. */
  get root(): Database {
    return this.#root ?? this;
  }

  // ---- the seam to the engine, for the modules of this package

  /** The engine, when it lives in this thread; otherwise `unsupported`. */
  get engine(): Engine {
    const channel = this.channel;
    if (channel.engine) return channel.engine;
    throw moltresError("unsupported", "the database lives in a Worker, where nothing can be called synchronously", {
      hint: "use the method without Sync, or connect with {worker: false}",
    });
  }

  get channel(): Channel {
    const channel = this.root.#channel;
    if (channel) return channel;
    throw moltresError("database_closed", "the database is closed");
  }

  get isClosed(): boolean {
    return this.root.#channel === undefined;
  }

  /** Does a statement issued now belong to a transaction? */
  get inTransaction(): boolean {
    return !currentScope(this.scope).isRoot;
  }

  /** From now on others may not write; gives the function that ends it. */
  enterMaintenance(): () => void {
    const { root } = this;
    root.#maintenances++;
    return () => {
      root.#maintenances--;
      if (root.#maintenances === 0 && !root.isClosed) root.#refuseWrites(false);
    };
  }

  /** Runs `body`, whose statements are maintenance. */
  runAsMaintainer<T>(body: (db: Database) => T): T {
    const maintainer = this.asMaintainer();
    return runAsMaintainer(this.root, () => body(maintainer));
  }

  /** Before every statement: during maintenance, may who runs it write? */
  arm(): void {
    const { root } = this;
    if (root.#maintenances > 0) root.#refuseWrites(!this.#maintainer && !isMaintainer(root));
  }

  #refuseWrites(refuse: boolean): void {
    if (this.isLocal) call(this.engine, (engine) => engine.setMaintenance(refuse));
    else void this.channel.call("setMaintenance", [refuse]);
  }

  /** Waits while a transaction of others has the connection; undefined when a statement may run at once. Ask again after waiting. */
  admit(): Promise<void> | undefined {
    return currentScope(this.scope).enter();
  }

  /** Seconds that the transaction around has left; 0 for any time. */
  get remaining(): number {
    return currentScope(this.scope).remaining;
  }

  /** Remembers work as begun in the transaction around, whose commit waits for it. */
  track<T>(work: Promise<T>): Promise<T> {
    return currentScope(this.scope).track(work);
  }

  /** Is the database in this thread, so that synchronous actions work? */
  get isLocal(): boolean {
    return this.root.#channel?.engine !== undefined;
  }

  /** Calls a method of the engine, wherever it lives, when it is this object's turn. Arguments and results are strings, numbers and byte arrays. */
  async call<M extends keyof Methods & string>(method: M, ...args: Parameters<Methods[M]>): Promise<Awaited<ReturnType<Methods[M]>>> {
    for (let wait = this.admit(); wait; wait = this.admit()) await wait;
    return this.channelCall(method, ...args);
  }

  /** The same without waiting for a turn: for the ends of transactions. */
  async channelCall<M extends keyof Methods & string>(
    method: M,
    ...args: Parameters<Methods[M]>
  ): Promise<Awaited<ReturnType<Methods[M]>>> {
    const { channel } = this;
    this.arm();
    if (channel.engine) return this.#callWithin(channel.engine, method, args) as Awaited<ReturnType<Methods[M]>>;
    return channel.call(method, args);
  }

  /** The same at once; `unsupported` in a Worker, `busy` while a transaction of others has the connection. */
  callSync<M extends keyof Methods & string>(method: M, ...args: Parameters<Methods[M]>): ReturnType<Methods[M]> {
    const { engine } = this;
    currentScope(this.scope).enterSync();
    this.arm();
    return this.#callWithin(engine, method, args);
  }

  /** The same at once and whoever has the connection: for what only looks. */
  callNow<M extends keyof Methods & string>(method: M, ...args: Parameters<Methods[M]>): ReturnType<Methods[M]> {
    return call(this.engine, (engine) => engine[method](...args));
  }

  #callWithin<M extends keyof Methods & string>(engine: Engine, method: M, args: Parameters<Methods[M]>): ReturnType<Methods[M]> {
    const seconds = this.remaining;
    return call(engine, (engine) => {
      if (!seconds) return engine[method](...args);
      engine.setDeadline(seconds);
      try {
        return engine[method](...args);
      } finally {
        engine.setDeadline(0);
      }
    });
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
  sql(text: string | TemplateStringsArray, ...rest: unknown[]): DataFrame {
    if (typeof text === "string") {
      const params = rest[0] as SqlParams | undefined;
      return new DataFrame(this, new PlanNode("sql", { sql: text, params: params === undefined ? undefined : sqlParams(params) }));
    }
    const sql = text.reduce((before, part, i) => `${before}?${i}${part}`);
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

  /** Brings the schema to a version; recorded, checksummed, each step in its transaction. */
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
    options.signal?.throwIfAborted();
    if (params === undefined) return this.track(this.call("executeScript", sql));
    return this.track(this.call("execute", sql, JSON.stringify(sqlParams(params))));
  }

  executeSync(sql: string, params?: SqlParams): number {
    if (params === undefined) return this.callSync("executeScript", sql);
    return this.callSync("execute", sql, JSON.stringify(sqlParams(params)));
  }

  /** How SQLite would run a statement, in plain words. */
  async explain(sql: string, params?: SqlParams): Promise<string> {
    return (await report(this.sql(sql, params), "explain")) as string;
  }

  /** Adds a JavaScript function to SQL: scalar, aggregate `{init, step, finish}` or window (with `inverse` and `value`). */
  registerFunction(name: string, fn: udf.UserFunction, options?: udf.UserFunctionOptions): void {
    udf.registerFunction(this, name, fn, options);
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

  async describeColumns({
    table: name,
  }: {
    table: string;
    schema?: string;
  }): Promise<{ name: string; type: string; databaseType: string; nullable: boolean }[]> {
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
    return telemetry.metrics(this);
  }
  memory() {
    return telemetry.memory(this);
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
  restore(...args: Rest<typeof backups.restore>): ReturnType<typeof backups.restore> {
    return backups.restore(this, ...args);
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
    if (this.#root)
      throw moltresError("unsupported", "close: a transaction ends when its callback returns or throws", {
        hint: "close the database after it",
      });
    const channel = this.#channel;
    if (!channel) return;
    if (inCall()) throw moltresError("unsupported", "close: a statement is running");
    this.#channel = undefined;
    this.scope.close(moltresError("database_closed", "the database is closed"));
    telemetry.closed(this);
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
