/** Tables: definitions as lazy operations, rows in and out of tables, and what the catalogue knows. */

import { describe, flatten, isPlainObject } from "./arguments.js";
import { Column } from "./column.js";
import { computed } from "./computed.js";
import type { Database } from "./database.js";
import { DataFrame } from "./dataframe.js";
import { type ColumnDefinition, type ColumnOptions, type Constraint, column, exprText, nameOf } from "./definitions.js";
import { invalid } from "./errors.js";
import { columnBatches, type RowBatch, RowBatcher } from "./rows.js";
import { atomically } from "./transaction.js";

/** A definition that has not run yet: data until `collect`. */
export class Operation<T = []> {
  constructor(
    readonly database: Database,
    readonly definition: Readonly<Record<string, unknown>>,
    private readonly result: (db: Database) => T,
  ) {
    Object.freeze(this);
  }

  /** The same operation on another object of the database: a transaction. */
  on(db: Database): Operation<T> {
    return new Operation(db, this.definition, this.result);
  }

  /** The SQL that `collect` would run; several statements are separated by `;`. */
  async toSQL(): Promise<string> {
    return (JSON.parse(await this.database.call("ddlSql", JSON.stringify(this.definition))) as string[]).join(";\n");
  }

  toSQLSync(): string {
    return (JSON.parse(this.database.callSync("ddlSql", JSON.stringify(this.definition))) as string[]).join(";\n");
  }

  /** Runs it. */
  async collect(): Promise<T> {
    await this.database.track(this.database.call("runDdl", JSON.stringify(this.definition)));
    return this.result(this.database);
  }

  collectSync(): T {
    this.database.callSync("runDdl", JSON.stringify(this.definition));
    return this.result(this.database);
  }
}

const none = (): [] => [];

export interface CreateTableOptions {
  /** An existing table of this name is left as it is: true unless given. */
  ifNotExists?: boolean;
  temporary?: boolean;
  constraints?: readonly Constraint[];
  /** SQLite checks the type of every value, also of those that other programs write. */
  strict?: boolean;
}

/** A table of these columns; collecting gives it as a frame. */
export function createTable(
  db: Database,
  name: string,
  columns: readonly (ColumnDefinition | Constraint)[],
  options: CreateTableOptions = {},
): Operation<DataFrame> {
  nameOf("createTable", name);
  if (!Array.isArray(columns))
    throw invalid(`createTable: columns are an array, not ${describe(columns)}`, { hint: 'as in [column("id", "INTEGER")]' });
  const parts = flatten(columns).map((part) => {
    if (isPlainObject(part) && ("kind" in part || ("name" in part && "type" in part))) return part as Record<string, unknown>;
    throw invalid(`createTable: ${describe(part)} is not a column`, { hint: 'column("id", "INTEGER") makes one' });
  });
  const { ifNotExists = true, temporary = false, strict = false, constraints = [] } = options;
  const definition = {
    op: "createTable",
    name,
    ifNotExists,
    temporary,
    strict,
    columns: parts.filter((part) => !("kind" in part)).map((part) => column(part.name as string, part.type as string) && part),
    constraints: [...parts.filter((part) => "kind" in part), ...constraints],
  };
  return new Operation(db, definition, (db) => db.table(name));
}

export function dropTable(db: Database, name: string, options?: { ifExists?: boolean }): Operation {
  const ifExists = options?.ifExists ?? true;
  return new Operation(db, { op: "dropTable", name: nameOf("dropTable", name), ifExists }, none);
}

export interface CreateIndexOptions {
  unique?: boolean;
  /** A condition: only rows that meet it are in the index. */
  where?: string | Column;
  ifNotExists?: boolean;
}

/** `columns` are names, or `expr("lower(name)")`; `.desc()` reverses one. */
export function createIndex(
  db: Database,
  name: string,
  table: string,
  columns: string | Column | readonly (string | Column)[],
  options: CreateIndexOptions = {},
): Operation {
  const { unique = false, ifNotExists = true, where } = options;
  const definition = {
    op: "createIndex",
    name: nameOf("createIndex", name),
    table: nameOf("createIndex: table", table),
    unique,
    ifNotExists,
    columns: flatten([columns]).map((item) => indexedColumn(item)),
    where: where instanceof Column ? exprText("createIndex: where", where) : where,
  };
  return new Operation(db, definition, none);
}

function indexedColumn(item: unknown): object {
  if (typeof item === "string") return { name: nameOf("createIndex", item) };
  if (!(item instanceof Column)) throw invalid(`createIndex: ${describe(item)} is neither a name nor a Column`);
  let { node } = item;
  let descending = false;
  if (node.op === "sort") {
    descending = Boolean(node.fields.descending);
    node = node.fields.arg as typeof node;
  }
  if (node.op === "column") return { name: node.fields.name, descending };
  return { expression: exprText("createIndex", new Column(node)), descending };
}

export function dropIndex(db: Database, name: string, options?: { ifExists?: boolean }): Operation {
  const ifExists = options?.ifExists ?? true;
  return new Operation(db, { op: "dropIndex", name: nameOf("dropIndex", name), ifExists }, none);
}

/** Changes to a table, in order; all happen or none. */
export class AlterTable extends Operation {
  constructor(db: Database, table: string, changes: readonly object[] = []) {
    super(db, { op: "alterTable", name: table, changes }, none);
  }

  #with(change: object): AlterTable {
    const { name, changes } = this.definition as { name: string; changes: readonly object[] };
    return new AlterTable(this.database, name, [...changes, change]);
  }

  /** `addColumn(column("note", "TEXT"))` or `addColumn("note", "TEXT", {default: ""})`. */
  addColumn(definition: ColumnDefinition | string, type?: string, options?: ColumnOptions): AlterTable {
    const given = typeof definition === "string" ? column(definition, type as string, options) : definition;
    if (!isPlainObject(given)) throw invalid(`addColumn: ${describe(given)} is not a column`);
    return this.#with({ change: "addColumn", column: given });
  }
  dropColumn(name: string): AlterTable {
    return this.#with({ change: "dropColumn", name: nameOf("dropColumn", name) });
  }
  renameColumn(from: string, to: string): AlterTable {
    return this.#with({ change: "renameColumn", from: nameOf("renameColumn", from), to: nameOf("renameColumn", to) });
  }
  renameTo(name: string): AlterTable {
    return this.#with({ change: "renameTo", name: nameOf("renameTo", name) });
  }
}

export function alterTable(db: Database, name: string): AlterTable {
  return new AlterTable(db, nameOf("alterTable", name));
}

export interface CreateViewOptions {
  /** An existing view is replaced. */
  replace?: boolean;
  ifNotExists?: boolean;
  temporary?: boolean;
}

/** A view over a frame, or over a SELECT as text; collecting gives it as a frame. */
export function createView(db: Database, name: string, query: DataFrame | string, options: CreateViewOptions = {}): Operation<DataFrame> {
  const { replace = false, ifNotExists = false, temporary = false } = options ?? {};
  nameOf("createView", name);
  if (typeof query !== "string" && !(query instanceof DataFrame))
    throw invalid(`createView: a frame or a SELECT is expected, not ${describe(query)}`);
  const source = typeof query === "string" ? { sql: query } : { plan: query.planJson() };
  return new Operation(db, { op: "createView", name, ...source, replace, ifNotExists, temporary }, (db) => db.table(name));
}

export function dropView(db: Database, name: string, options?: { ifExists?: boolean }): Operation {
  const ifExists = options?.ifExists ?? true;
  return new Operation(db, { op: "dropView", name: nameOf("dropView", name), ifExists }, none);
}

// ---- rows

/** What `insert` and `merge` take: rows as objects or arrays, one by one or as columns, at once or over time, or a frame. */
export type RowSource = Iterable<unknown> | AsyncIterable<unknown> | Readonly<Record<string, ArrayLike<unknown>>> | DataFrame;

export interface WriteOptions {
  signal?: AbortSignal;
  onProgress?: (progress: { rows: number; elapsed: number }) => void;
}

/** Inserts rows; all or none. Columns that a row does not name get their defaults. The number of rows. */
export function insert(db: Database, name: string, rows: RowSource, options: WriteOptions = {}): Promise<number> {
  return db.track(insertRows(db, name, rows, options ?? {}));
}

async function insertRows(db: Database, name: string, rows: RowSource, options: WriteOptions): Promise<number> {
  nameOf("insert", name);
  options.signal?.throwIfAborted();
  if (rows instanceof DataFrame) return db.call("insertPlan", name, rows.planJson());
  return sendBatches(db, "insert", name, rows, options, (db, batch, first) => insertBatch(db, name, batch, first));
}

function insertBatch(db: Database, name: string, batch: RowBatch, first: number): Promise<number> {
  return db.call("insertRows", name, JSON.stringify(batch.names), batch.nRows, batch.kinds, batch.numbers, batch.text, batch.bytes, first);
}

/** Sends rows; expressions among their values are computed first. */
export async function sendBatches(...args: Parameters<typeof sendValues>): Promise<number> {
  try {
    return await sendValues(...args);
  } catch (error) {
    const [db, verb, table, rows, ...rest] = args;
    // Looked for only now, as hardly any rows have them. Nothing has been written.
    if (!(error as { isExpression?: boolean }).isExpression || !(Array.isArray(rows) || isColumns(rows))) throw error;
    return sendValues(db, verb, table, await computed(db, rows), ...rest);
  }
}

/** Sends rows batch by batch; more than one batch in a savepoint of their own. */
async function sendValues(
  db: Database,
  verb: string,
  table: string,
  rows: RowSource,
  options: WriteOptions,
  send: (db: Database, batch: RowBatch, firstRow: number) => Promise<number>,
): Promise<number> {
  const started = performance.now();
  const positional = hasArrayRows(rows) ? await writableColumns(db, verb, table) : undefined;
  const batches = batchesOf(verb, rows, positional ?? (() => writableColumns(db, verb, table)));
  const first = await batches.next();
  if (first.done) return 0;
  const second = await batches.next();
  if (second.done) return send(db, first.value, 0);
  return atomically(db, async (db) => {
    let total = 0;
    let sent = 0;
    for (let next: IteratorResult<RowBatch> = first, queued: IteratorResult<RowBatch> | undefined = second; !next.done; ) {
      options.signal?.throwIfAborted();
      total += await send(db, next.value, sent);
      sent += next.value.nRows;
      options.onProgress?.({ rows: sent, elapsed: (performance.now() - started) / 1000 });
      next = queued ?? (await batches.next());
      queued = undefined;
    }
    return total;
  });
}

const hasArrayRows = (rows: unknown): boolean => Array.isArray(rows) && Array.isArray(rows[0]);

/** The columns that a row of values in order stands for. */
async function writableColumns(db: Database, verb: string, table: string): Promise<readonly string[]> {
  nameOf(verb, table);
  const columns = await schema(db, table);
  return columns.filter((column) => !column.generated).map((column) => column.name);
}

type Positional = readonly string[] | (() => Promise<readonly string[]>);

async function* batchesOf(verb: string, rows: RowSource, positional: Positional): AsyncGenerator<RowBatch> {
  if (isColumns(rows)) {
    yield* columnBatches(verb, rows);
    return;
  }
  let names: readonly string[] | undefined = typeof positional === "function" ? undefined : positional;
  const batcher = new RowBatcher(verb, () => names!);
  const take = async (row: unknown): Promise<RowBatch | undefined> => {
    if (Array.isArray(row) && !names) names = await (positional as () => Promise<readonly string[]>)();
    return batcher.push(row);
  };
  if (isIterable(rows)) {
    for (const row of rows) {
      const batch = Array.isArray(row) && !names ? await take(row) : batcher.push(row);
      if (batch) yield batch;
    }
  } else if (isAsyncIterable(rows)) {
    for await (const item of rows) {
      // A stream of batches of rows is a stream of rows.
      const several = Array.isArray(item) && item.every((row) => isPlainObject(row)) ? item : [item];
      for (const row of several) {
        const batch = await take(row);
        if (batch) yield batch;
      }
    }
  } else {
    const hint = isPlainObject(rows)
      ? "one row is written as [{…}], columns as {name: […]}"
      : "an array of objects, an iterable, columns or a frame";
    throw invalid(`${verb}: rows are expected, not ${describe(rows)}`, { hint });
  }
  const batch = batcher.end();
  if (batch) yield batch;
}

const isIterable = (value: unknown): value is Iterable<unknown> => typeof value === "object" && value !== null && Symbol.iterator in value;
const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  typeof value === "object" && value !== null && Symbol.asyncIterator in value;
const isColumns = (value: unknown): value is Record<string, ArrayLike<unknown>> =>
  isPlainObject(value) &&
  !isIterable(value) &&
  !isAsyncIterable(value) &&
  Object.keys(value).length > 0 &&
  Object.values(value).every((column) => Array.isArray(column) || (ArrayBuffer.isView(column) && !(column instanceof DataView)));

// ---- the catalogue

/** A column in the words of `db.schema(name)`. */
export interface TableColumn {
  readonly name: string;
  /** PySpark's simple string: `bigint`. */
  readonly type: string;
  readonly nullable: boolean;
  /** The value, or the SQL text of an expression; null without a default. */
  readonly default: unknown;
  readonly primaryKey: boolean;
  readonly generated?: boolean;
}

export interface IndexInfo {
  readonly name: string;
  readonly table: string;
  /** Null where an expression is indexed. */
  readonly columns: readonly (string | null)[];
  readonly unique: boolean;
  readonly origin: "index" | "unique" | "primaryKey";
  readonly where: string | null;
  readonly sql: string | null;
}

export interface ForeignKeyInfo {
  readonly columns: readonly string[];
  readonly table: string;
  /** Empty: the other table's primary key. */
  readonly references: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
}

export async function tables(db: Database): Promise<string[]> {
  return JSON.parse(await db.call("tableNames"));
}
export async function views(db: Database): Promise<string[]> {
  return JSON.parse(await db.call("viewNames"));
}
export async function schema(db: Database, name: string): Promise<TableColumn[]> {
  return JSON.parse(await db.call("tableColumns", nameOf("schema", name)));
}
export async function indexes(db: Database, name: string): Promise<IndexInfo[]> {
  return JSON.parse(await db.call("tableIndexes", nameOf("indexes", name)));
}

export async function foreignKeys(db: Database, name: string): Promise<ForeignKeyInfo[]> {
  return JSON.parse(await db.call("foreignKeys", nameOf("foreignKeys", name)));
}
