/** `db.createDataFrame`: rows and columns of JavaScript as a frame. The types follow from the values, or from a schema. */
import { name as checkName, describe, invalid, isPlainObject } from "./arguments.js";
import type { Database } from "./database.js";
import { DataFrame } from "./dataframe.js";
import { moltresError } from "./errors.js";
import { bytesOf, isNumberArray, mergeTypes, timestampText, toWire, typeOf } from "./literal.js";
import { PlanNode, Raw } from "./plan.js";
import { RowEncoder } from "./rows.js";
import { readSchema, type SchemaArgument, type SchemaField } from "./schema-argument.js";

/** Rows as objects, arrays or single values, one by one or as columns. */
export type FrameData = Iterable<unknown> | ArrayLike<unknown> | Readonly<Record<string, ArrayLike<unknown>>>;

export interface CreateOptions {
  /** Names and types: `{id: "bigint"}`, a list of names or of `column(…)`, or a text such as `"id BIGINT, name STRING"`. */
  schema?: SchemaArgument;
  /** An alias for the frame. */
  name?: string;
}

/** Rows in column order, ready for the plan. */
interface Table {
  readonly names: string[];
  readonly rows: unknown[][];
}

export function createDataFrame(db: Database, data: AsyncIterable<unknown>, options?: CreateOptions | SchemaArgument): Promise<DataFrame>;
export function createDataFrame(db: Database, data: FrameData, options?: CreateOptions | SchemaArgument): DataFrame;
export function createDataFrame(
  db: Database,
  data: FrameData | AsyncIterable<unknown>,
  options?: CreateOptions | SchemaArgument,
): DataFrame | Promise<DataFrame> {
  const { schema, name } = readOptions(options);
  const fields = schema === undefined ? undefined : readSchema("createDataFrame: schema", schema);
  const build = (rows: unknown): DataFrame => {
    const frame = makeFrame(db, toTable(rows, fields), fields);
    return name === undefined ? frame : frame.alias(name);
  };
  if (isAsyncIterable(data)) return gather(data).then(build);
  return build(data);
}

/** The second argument is options, or PySpark's schema itself. */
function readOptions(options: CreateOptions | SchemaArgument | undefined): CreateOptions {
  if (options === undefined || options === null) return {};
  if (isPlainObject(options) && Object.keys(options).every((key) => key === "schema" || key === "name")) {
    const given = options as CreateOptions;
    if (given.name !== undefined && typeof given.name !== "string")
      throw invalid("createDataFrame: name", `a text is expected, not ${describe(given.name)}`);
    return given;
  }
  return { schema: options as SchemaArgument };
}

const isAsyncIterable = (value: unknown): value is AsyncIterable<unknown> =>
  value !== null && typeof value === "object" && Symbol.asyncIterator in value && !(value instanceof DataFrame);

/** Rows of an async iterable; batches (arrays of objects) are taken apart. */
async function gather(data: AsyncIterable<unknown>): Promise<unknown[]> {
  const rows: unknown[] = [];
  for await (const item of data) {
    if (Array.isArray(item) && item.length > 0 && item.every(isPlainObject)) rows.push(...(item as unknown[]));
    else rows.push(item);
  }
  return rows;
}

function toTable(data: unknown, fields: readonly SchemaField[] | undefined): Table {
  if (isColumns(data)) return columnsTable(data, fields);
  if (data === null || typeof data !== "object" || !(Symbol.iterator in data)) {
    throw invalid(
      "createDataFrame",
      `rows are expected, not ${describe(data)}`,
      "an array of objects, an object of arrays, or an iterable",
    );
  }
  const rows = Array.isArray(data) ? (data as unknown[]) : [...(data as Iterable<unknown>)];
  if (rows.length === 0) {
    if (!fields)
      throw moltresError("empty_input", "createDataFrame: there are no rows to infer types from", {
        hint: 'give a schema, for instance {schema: {id: "bigint"}}',
      });
    return { names: fields.map((field) => field.name), rows: [] };
  }
  if (rows.every(isRowObject)) return objectsTable(rows, fields);
  if (rows.every(Array.isArray)) return arraysTable(rows as unknown[][], fields);
  const odd = rows.findIndex((row) => isRowObject(row) !== isRowObject(rows[0]) || Array.isArray(row) !== Array.isArray(rows[0]));
  if (odd >= 0)
    throw invalid("createDataFrame", `row ${odd} is ${describe(rows[odd])}, row 0 is ${describe(rows[0])}`, "all rows have one form");
  return { names: [fields?.[0]?.name ?? "value"], rows: rows.map((value) => [value]) };
}

const isRowObject = (value: unknown): value is Record<string, unknown> =>
  value !== null &&
  typeof value === "object" &&
  !Array.isArray(value) &&
  !(value instanceof Date) &&
  !ArrayBuffer.isView(value) &&
  !(value instanceof ArrayBuffer);

const isColumns = (data: unknown): data is Record<string, ArrayLike<unknown>> =>
  isPlainObject(data) &&
  !(Symbol.iterator in data) &&
  Object.values(data).every((column) => Array.isArray(column) || ArrayBuffer.isView(column));

function columnsTable(data: Record<string, ArrayLike<unknown>>, fields: readonly SchemaField[] | undefined): Table {
  const names = fields?.map((field) => field.name) ?? Object.keys(data);
  if (names.length === 0) throw moltresError("empty_input", "createDataFrame: there are no columns");
  const columns = names.map((name) => {
    const column = Object.hasOwn(data, name) ? data[name] : undefined;
    if (!column)
      throw invalid("createDataFrame", `column "${name}" of the schema is not among the columns ${Object.keys(data).join(", ")}`);
    return column;
  });
  const length = columns[0]?.length ?? 0;
  const other = columns.findIndex((column) => column.length !== length);
  if (other >= 0)
    throw invalid("createDataFrame", `column "${names[other]}" has ${columns[other]?.length} values, "${names[0]}" has ${length}`);
  if (length === 0 && !fields && columns.every(Array.isArray)) {
    throw moltresError("empty_input", "createDataFrame: there are no rows to infer types from", { hint: "give a schema" });
  }
  return { names, rows: Array.from({ length }, (_, i) => columns.map((column) => column[i])) };
}

function objectsTable(rows: Record<string, unknown>[], fields: readonly SchemaField[] | undefined): Table {
  let names: string[];
  if (fields) names = fields.map((field) => field.name);
  else {
    const found = new Set<string>();
    for (const row of rows) for (const key of Object.keys(row)) found.add(key);
    names = [...found];
  }
  if (names.length === 0) throw moltresError("empty_input", "createDataFrame: the rows have no properties");
  return { names, rows: rows.map((row) => names.map((name) => (isProperty(row, name) ? row[name] : null))) };
}

/** Own, or of its class; what every object inherits ("constructor") is none of its columns. */
const isProperty = (row: Record<string, unknown>, name: string): boolean =>
  Object.hasOwn(row, name) || (name in row && !(name in Object.prototype));

function arraysTable(rows: unknown[][], fields: readonly SchemaField[] | undefined): Table {
  const n = fields?.length ?? rows[0]?.length ?? 0;
  const odd = rows.findIndex((row) => row.length !== n);
  if (odd >= 0) throw invalid("createDataFrame", `row ${odd} has ${rows[odd]?.length} values, ${n} are expected`);
  return { names: fields?.map((field) => field.name) ?? Array.from({ length: n }, (_, i) => `_${i + 1}`), rows };
}

/** More cells than this do not travel in the plan but wait in a hidden temporary table. */
const PLAN_CELLS = 400;
let loaded = 0;

function makeFrame(db: Database, { names, rows }: Table, fields: readonly SchemaField[] | undefined): DataFrame {
  const schema = names.map((name, i) => ({
    name,
    type: fields?.[i]?.type ?? inferType(name, i, rows),
    nullable: fields?.[i]?.nullable ?? rows.some((row) => row[i] === null || row[i] === undefined || Number.isNaN(row[i])),
  }));
  const inPlan =
    rows.length * names.length <= PLAN_CELLS || !db.isLocal || db.options.readOnly === true || hasTwins(names) || names.includes("");
  if (!inPlan) return new DataFrame(db, new PlanNode("table", { name: loadTable(db, schema, rows) }));
  const wire = rows.map((row, r) =>
    schema.map(({ name, type, nullable }, i) => {
      const where = `createDataFrame: row ${r}, column "${name}"`;
      if (!nullable && (row[i] ?? null) === null) throw moltresError("constraint_not_null", `${where}: the column may not be null`);
      return toTyped(row[i] ?? null, type, where);
    }),
  );
  return new DataFrame(db, new PlanNode("values", { schema: new Raw(schema), rows: new Raw(wire) }));
}

/** SQLite's tables do not tell names apart that differ in case only. */
const hasTwins = (names: readonly string[]): boolean => new Set(names.map((name) => name.toLowerCase())).size < names.length;

function loadTable(db: Database, schema: readonly { name: string; type: string; nullable: boolean }[], rows: readonly unknown[][]): string {
  const table = `__moltres_frame_${++loaded}_${Math.random().toString(36).slice(2, 8)}`;
  const columns = schema.map(({ name, type, nullable }) => ({ name, type, nullable }));
  db.callSync(
    "runDdl",
    JSON.stringify({ op: "createTable", name: table, ifNotExists: false, temporary: true, strict: false, columns, constraints: [] }),
  );
  try {
    const encoder = new RowEncoder(
      schema.map((field) => field.name),
      "createDataFrame",
    );
    let sent = 0;
    const send = (): void => {
      const { names, nRows, kinds, numbers, text, bytes } = encoder.take();
      db.callSync("insertRows", table, JSON.stringify(names), nRows, kinds, numbers, text, bytes, sent);
      sent += nRows;
    };
    rows.forEach((row, r) => {
      if (encoder.isFull) send();
      for (const [i, { name, type }] of schema.entries())
        encoder.put(toCell(row[i] ?? null, type, `createDataFrame: row ${r}, column "${name}"`));
      encoder.endRow();
    });
    send();
  } catch (error) {
    db.callSync("runDdl", JSON.stringify({ op: "dropTable", name: table, ifExists: true }));
    throw error;
  }
  return table;
}

/** The value as `RowEncoder` takes it: as in the plan, but without its text forms of bytes, large integers and NaN. */
function toCell(value: unknown, type: string, where: string): unknown {
  const wire = toTyped(value, type, where);
  if (wire === null || bytesOf(value) || (typeof wire === "object" && typeof value === "object")) return value;
  if (typeof value === "number" && typeof wire === "string" && /^(double|float|real|decimal|numeric)/i.test(type)) return value;
  return typeof wire === "string" && /^(tinyint|smallint|int|bigint|long|short|byte)/i.test(type) ? BigInt(wire) : wire;
}

function inferType(name: string, index: number, rows: readonly unknown[][]): string {
  let type = "void";
  for (let r = 0; r < rows.length; r++) {
    const value = rows[r]?.[index] ?? null;
    if (value === null) continue;
    const next = typeOf(value, `createDataFrame: row ${r}, column "${name}"`);
    if (next === type) continue;
    const merged = mergeTypes(type, next);
    if (merged === null) {
      throw moltresError("type_mismatch", `createDataFrame: column "${name}" holds ${type} and, in row ${r}, ${next}`, {
        hint: `give a schema, for instance {schema: {…, "${name}": "string"}}`,
      });
    }
    type = merged;
  }
  return type === "void" ? "string" : type;
}

/** A value for a column of a type. The engine has the last word; here only what JavaScript alone can tell is settled. */
function toTyped(value: unknown, type: string, where: string): unknown {
  if (value === null) return null;
  const wanted = type.toLowerCase();
  if (value instanceof Date && wanted === "date") return timestampText(value, where).slice(0, 10);
  const mismatch = (hint?: string): never => {
    throw moltresError("type_mismatch", `${where}: ${describe(value)} is not of type ${type}`, hint === undefined ? {} : { hint });
  };
  if (/^(string|text|varchar|char)/.test(wanted) && typeof value !== "string") {
    if (value instanceof Date) return timestampText(value, where);
    if (bytesOf(value)) return mismatch();
    return typeof value === "object" ? JSON.stringify(toWire(value, where)) : String(value);
  }
  if (/^(tinyint|smallint|int|bigint|long|short|byte)/.test(wanted)) {
    if (typeof value === "boolean" || (typeof value === "object" && !isNumberArray(value))) return mismatch();
    if (typeof value === "number" && !Number.isInteger(value)) return mismatch();
    if (typeof value === "string" && !/^[+-]?\d+$/.test(value.trim())) return mismatch();
    const wire = typeof value === "string" ? value.trim().replace(/^\+/, "") : toWire(value, where);
    const bits = { tinyint: 8, byte: 8, smallint: 16, short: 16, int: 32, integer: 32 }[wanted];
    return bits !== undefined && !isNumberArray(value) && Math.abs(Number(wire) + 0.5) > 2 ** (bits - 1) ? mismatch() : wire;
  }
  if (/^(double|float|real|decimal|numeric)/.test(wanted)) {
    if (
      typeof value !== "number" &&
      typeof value !== "bigint" &&
      !(typeof value === "string" && value.trim() !== "" && !Number.isNaN(Number(value)))
    )
      return mismatch();
    return typeof value === "number" ? toWire(value, where) : Number(value);
  }
  if (/^bool/.test(wanted)) {
    if (typeof value === "boolean") return value;
    return value === 1 || value === 0 ? value === 1 : mismatch();
  }
  if (/^(binary|blob)/.test(wanted) && !bytesOf(value)) return mismatch();
  if (/^date$|^timestamp|^datetime/.test(wanted)) {
    if (value instanceof Date) return timestampText(value, where);
    if (typeof value !== "string") return mismatch();
    const moment = momentText(value);
    const isDate = wanted === "date";
    if (moment === null || (isDate && value.length !== 10))
      return mismatch(
        `${isDate ? 'dates are "YYYY-MM-DD"' : 'timestamps are "YYYY-MM-DD HH:MM:SS", ISO texts'} or a Date, and exist in the calendar`,
      );
    return isDate ? value : moment;
  }
  if (/^(array|struct|map)/.test(wanted) && typeof value === "string") {
    let parsed: unknown;
    try {
      parsed = JSON.parse(value);
    } catch {
      return mismatch();
    }
    return parsed !== null && typeof parsed === "object" ? toWire(parsed, where) : mismatch();
  }
  return toWire(value, where);
}

/** `YYYY-MM-DD HH:MM:SS[.ffffff]` in UTC of an ISO text, or null where that is none. */
function momentText(text: string): string | null {
  const found = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)? ?(Z|([+-])(\d\d)(?::?(\d\d))?)?)?$/.exec(text);
  if (!found) return null;
  const [, day, time = "00:00", seconds = "00", fraction = "", , sign, hours = "0", minutes = "0"] = found;
  const date = new Date(`${day}T${time}:${seconds}Z`);
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(`${day}T${time}:${seconds}`)) return null;
  date.setTime(date.getTime() - (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000);
  if (date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999) return null;
  const micros = fraction.slice(0, 6).replace(/0+$/, "");
  return date.toISOString().slice(0, 19).replace("T", " ") + (micros && `.${micros}`);
}

/** `db.recursive(name, base, step)`: `step` gets the frame of the rows found in the round before, until there are none. */
export function recursive(db: Database, name: string, base: DataFrame, step: (found: DataFrame) => DataFrame): DataFrame {
  const called = checkName("recursive", name);
  if (!(base instanceof DataFrame)) throw invalid("recursive: base", `a DataFrame is expected, not ${describe(base)}`);
  if (typeof step !== "function") throw invalid("recursive: step", `a function is expected, not ${describe(step)}`);
  const next = step(new DataFrame(db, new PlanNode("recursiveRef", { name: called, base: base.node })));
  if (!(next instanceof DataFrame)) throw invalid("recursive: step", `the function gives a DataFrame, not ${describe(next)}`);
  return new DataFrame(db, new PlanNode("recursive", { name: called, base: base.node, step: next.node }));
}
