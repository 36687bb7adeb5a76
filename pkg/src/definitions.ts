/** Parts of a table's definition: `column`, `unique`, `check`, `foreignKey`, `primaryKey`. Plain frozen data. */
import { describe, flatten, isPlainObject } from "./arguments.js";
import { Column } from "./column.js";
import { invalid } from "./errors.js";
import { toLiteral } from "./literal.js";

export type ReferenceAction = "cascade" | "set null" | "set default" | "restrict" | "no action";

export interface ReferenceOptions {
  onDelete?: ReferenceAction;
  onUpdate?: ReferenceAction;
  /** Checked at commit instead of at once. */
  deferred?: boolean;
}

export interface References extends ReferenceOptions {
  table: string;
  /** The other table's column; its primary key unless given. */
  column?: string;
}

export interface ColumnOptions {
  /** May it be NULL? Yes unless given. */
  nullable?: boolean;
  /** A value, or `expr("…")` for an expression such as CURRENT_TIMESTAMP. */
  default?: unknown;
  primaryKey?: boolean;
  /** Numbers are never used again (AUTOINCREMENT). */
  autoIncrement?: boolean;
  unique?: boolean;
  /** An SQL condition on the row. */
  check?: string;
  /** A table, `"table(column)"`, or `{table, column, onDelete, onUpdate}`. */
  references?: string | References;
  /** An SQL expression over the row's other columns, or `{as, stored}`. */
  generated?: string | { as: string; stored?: boolean };
  /** `NOCASE`, `RTRIM` or `BINARY`. */
  collate?: string;
}

/** One column of a table. */
export interface ColumnDefinition {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly primaryKey: boolean;
  readonly unique: boolean;
  readonly autoIncrement: boolean;
  readonly default?: object;
  readonly check?: string;
  readonly references?: object;
  readonly generated?: object;
  readonly collate?: string;
}

export type Constraint = Readonly<{ kind: "primaryKey" | "unique" | "check" | "foreignKey"; [field: string]: unknown }>;

const OPTIONS = ["nullable", "default", "primaryKey", "autoIncrement", "unique", "check", "references", "generated", "collate"];

/** `column("id", "INTEGER", {primaryKey: true})`. Types are SQL's or PySpark's spellings. */
export function column(name: string, type: string, options: ColumnOptions = {}): ColumnDefinition {
  const where = `column ${typeof name === "string" ? `"${name}"` : ""}`.trim();
  nameOf(where, name);
  if (typeof type !== "string" || type === "")
    throw invalid(`${where}: the type is ${describe(type)}`, { hint: 'as in column("id", "INTEGER")' });
  if (!isPlainObject(options)) throw invalid(`${where}: options are an object, not ${describe(options)}`);
  const odd = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (odd !== undefined) throw invalid(`${where}: there is no option "${odd}"`, { hint: `options are ${OPTIONS.join(", ")}` });
  const { nullable = true, primaryKey = false, unique = false, autoIncrement = false } = options;
  const definition: ColumnDefinition = {
    name,
    type,
    nullable: Boolean(nullable),
    primaryKey: Boolean(primaryKey),
    unique: Boolean(unique),
    autoIncrement: Boolean(autoIncrement),
    ...(options.default === undefined ? {} : { default: defaultOf(where, options.default) }),
    ...(options.check === undefined ? {} : { check: sqlText(`${where}: check`, options.check) }),
    ...(options.references === undefined ? {} : { references: referencesOf(where, options.references) }),
    ...(options.generated === undefined ? {} : { generated: generatedOf(where, options.generated) }),
    ...(options.collate === undefined ? {} : { collate: nameOf(`${where}: collate`, options.collate) }),
  };
  return Object.freeze(definition);
}

/** `unique(["a", "b"])`. */
export function unique(columns: string | readonly string[], options: { name?: string } = {}): Constraint {
  return Object.freeze({ kind: "unique", columns: namesOf("unique", columns), name: options.name });
}

/** `primaryKey(["a", "b"])`. */
export function primaryKey(columns: string | readonly string[], options: { name?: string } = {}): Constraint {
  return Object.freeze({ kind: "primaryKey", columns: namesOf("primaryKey", columns), name: options.name });
}

/** `check("amount >= 0")`: SQL text over the row's columns. */
export function check(expression: string, options: { name?: string } = {}): Constraint {
  return Object.freeze({ kind: "check", expression: sqlText("check", expression), name: options.name });
}

/** `foreignKey(["order_id"], "orders", ["id"], {onDelete: "cascade"})`. Without the third argument: the primary key. */
export function foreignKey(
  columns: string | readonly string[],
  table: string,
  references: string | readonly string[] | undefined = undefined,
  options: ReferenceOptions & { name?: string } = {},
): Constraint {
  const { name, onDelete, onUpdate, deferred } = options;
  return Object.freeze({
    kind: "foreignKey",
    columns: namesOf("foreignKey", columns),
    references: {
      table: nameOf("foreignKey: table", table),
      columns: references === undefined ? [] : namesOf("foreignKey: references", references),
      onDelete,
      onUpdate,
      deferred: Boolean(deferred),
    },
    name,
  });
}

/** The text of an `expr("…")` without parameters; what the engine gets in place of a value. */
export function exprText(where: string, value: Column): string {
  const { op, fields } = value.node;
  const params = fields.params as unknown[] | undefined;
  if (op !== "text" || (params && params.length > 0)) {
    throw invalid(`${where}: a Column must be expr("…") here`, { hint: 'for instance expr("CURRENT_TIMESTAMP")' });
  }
  return fields.sql as string;
}

function defaultOf(where: string, value: unknown): object {
  if (value instanceof Column) {
    if (value.node.op === "literal") return value.node.fields as object;
    return { sql: exprText(`${where}: default`, value) };
  }
  return toLiteral(value, `${where}: default`);
}

function referencesOf(where: string, value: unknown): object {
  if (typeof value === "string") {
    const match = /^(.*?)\s*\(([^()]+)\)$/s.exec(value);
    const columns = match ? match[2].split(",").map((part) => part.trim()) : [];
    return { table: nameOf(`${where}: references`, match ? match[1] : value), columns };
  }
  if (!isPlainObject(value)) throw invalid(`${where}: references is a table's name or {table, column}, not ${describe(value)}`);
  const { table, column: other, onDelete, onUpdate, deferred } = value as unknown as References;
  return {
    table: nameOf(`${where}: references`, table),
    columns: other === undefined ? [] : [nameOf(`${where}: references`, other)],
    onDelete,
    onUpdate,
    deferred: Boolean(deferred),
  };
}

function generatedOf(where: string, value: unknown): object {
  if (value instanceof Column) return { as: exprText(`${where}: generated`, value), stored: false };
  if (typeof value === "string") return { as: value, stored: false };
  const { as, stored = false } = value as { as: string; stored?: boolean };
  return { as: sqlText(`${where}: generated`, as), stored: Boolean(stored) };
}

export function nameOf(where: string, value: unknown): string {
  if (typeof value !== "string" || value === "") throw invalid(`${where}: a name is expected, not ${describe(value)}`);
  return value;
}

export function namesOf(where: string, value: unknown): string[] {
  const names = flatten([value]).map((item) => nameOf(where, item));
  if (names.length === 0) throw invalid(`${where}: no columns are named`);
  return names;
}

function sqlText(where: string, value: unknown): string {
  if (value instanceof Column) return exprText(where, value);
  if (typeof value !== "string" || value.trim() === "") throw invalid(`${where}: SQL text is expected, not ${describe(value)}`);
  return value;
}
