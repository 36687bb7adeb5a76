/** What a frame looks like: the table of `show`, the tree of `printSchema`, and the forms that notebooks ask for. */
import type { FieldInfo, Rows, ShowOptions } from "./action-types.js";
import { count, describe, invalid } from "./arguments.js";
import type { DataFrame } from "./dataframe.js";
import { cut, pad, width } from "./display-width.js";
import { splitType } from "./type-text.js";

/** A preview reads one row more than it shows, to know whether there are more. */
const PREVIEW_ROWS = 20;
const CELL = 20;

type Cells = Rows<unknown[]>;

const isNumeric = (type: string): boolean => /^(tinyint|smallint|int|bigint|float|double|decimal)/.test(type);
const isFractional = (type: string): boolean => type === "double" || type === "float";

/** A value as a cell shows it, in PySpark's manner. */
export function cellText(value: unknown, type = ""): string {
  if (value === null || value === undefined) return "NULL";
  if (typeof value === "number")
    return isFractional(type) && Number.isInteger(value) && Math.abs(value) < 1e15 ? `${value}.0` : String(value);
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString().replace("T", " ").replace("Z", "");
  if (value instanceof Uint8Array)
    return `[${Array.from(value.subarray(0, 64), (byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(" ")}${value.length > 64 ? " …" : ""}]`;
  if (Array.isArray(value)) return `[${value.map((item) => cellText(item)).join(", ")}]`;
  if (typeof value === "object") {
    const keyed = type.startsWith("map") || type === "json";
    return `{${Object.entries(value)
      .map(([key, item]) => (keyed ? `${key} -> ${cellText(item)}` : cellText(item)))
      .join(", ")}}`;
  }
  return String(value);
}

/** Control characters made visible, so that a cell stays one line. */
function oneLine(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]/g, (c) => {
    const named = { "\n": "\\n", "\r": "\\r", "\t": "\\t", "\b": "\\b", "\f": "\\f" }[c];
    return named ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}

/** The arguments of `show(n, options)`, where `n` may be left out and PySpark's `truncate` may stand for the options. */
export function showArguments(n: unknown, second: ShowOptions | boolean | number): [number, ShowOptions] {
  const options = typeof second === "object" && second !== null ? second : { truncate: second };
  const given = typeof n === "object" && n !== null ? { n: 20, options: n as ShowOptions } : { n, options };
  const { truncate } = given.options;
  if (truncate !== undefined && typeof truncate !== "boolean" && !(Number.isInteger(truncate) && truncate >= 0)) {
    throw invalid("show: truncate", `true, false or a number of characters is expected, not ${describe(truncate)}`);
  }
  return [count("show", given.n), given.options];
}

/** The table of `show`: numbers to the right, text to the left. `rows` may hold more than `limit`. */
export function table(rows: Cells, limit: number, options: ShowOptions = {}): string {
  const { truncate = true } = options;
  const most = truncate === true ? CELL : truncate === false || truncate === 0 ? Infinity : truncate;
  const { schema } = rows;
  const names = schema.map((field) => oneLine(field.name));
  const shown = rows.slice(0, limit).map((row) => schema.map((field, i) => cut(oneLine(cellText(row[i], field.type)), most)));
  const more = rows.length > limit ? `only showing top ${limit} ${limit === 1 ? "row" : "rows"}\n` : "";
  if (options.vertical) return verticalTable(names, shown) + more;
  const widths = names.map((name, i) => shown.reduce((widest, row) => Math.max(widest, width(row[i] ?? "")), Math.max(width(name), 3)));
  const rule = `+${widths.map((n) => "-".repeat(n)).join("+")}+\n`;
  const line = (cells: string[]): string =>
    `|${cells.map((cell, i) => pad(cell, widths[i] ?? 0, isNumeric(schema[i]?.type ?? ""))).join("|")}|\n`;
  return rule + line(names) + rule + shown.map(line).join("") + rule + more;
}

function verticalTable(names: string[], rows: string[][]): string {
  if (rows.length === 0) return "(0 rows)\n";
  const widest = names.reduce((most, name) => Math.max(most, width(name)), 0);
  return rows
    .map(
      (row, i) => `-RECORD ${i}${"-".repeat(20)}\n${row.map((cell, j) => ` ${pad(names[j] ?? "", widest, false)} | ${cell}\n`).join("")}`,
    )
    .join("");
}

/** The tree of `printSchema`, nested types unfolded. */
export function schemaTree(schema: readonly FieldInfo[]): string {
  const lines = ["root"];
  const add = (label: string, type: string, nullable: string, depth: number): void => {
    const indent = " |   ".repeat(depth);
    const [outer, inner] = splitType(type);
    lines.push(`${indent} |-- ${label}: ${outer}${nullable}`);
    for (const [name, of] of inner) add(name, of, "", depth + 1);
  };
  for (const field of schema) add(oneLine(field.name), field.type, ` (nullable = ${field.nullable})`, 0);
  return `${lines.join("\n")}\n`;
}

/** To the given printer, or to the console, without the last line's end. */
export function print(text: string, options: ShowOptions = {}): void {
  const out = options.print ?? ((line: string) => console.log(line));
  out(text.replace(/\n$/, ""));
}

/** `DataFrame[id: bigint, name: string]`; never runs anything and never throws. */
export function summary(frame: DataFrame): string {
  try {
    if (frame.database.isLocal)
      return `DataFrame[${frame
        .schemaSync()
        .map(({ name, type }) => `${oneLine(name)}: ${type}`)
        .join(", ")}]`;
  } catch (error) {
    return `DataFrame[${message(error)}]`;
  }
  return "DataFrame[…]";
}

interface Preview {
  readonly schema: FieldInfo[];
  readonly sql: string;
  readonly rows: Cells;
}

function previewSync(frame: DataFrame): Preview {
  return {
    schema: frame.schemaSync(),
    sql: frame.toSQLSync({ pretty: true, inline: true }),
    rows: frame.limit(PREVIEW_ROWS + 1).collectSync({ format: "arrays" }),
  };
}

async function preview(frame: DataFrame): Promise<Preview> {
  return {
    schema: await frame.schema(),
    sql: await frame.toSQL({ pretty: true, inline: true }),
    rows: await frame.limit(PREVIEW_ROWS + 1).collect({ format: "arrays" }),
  };
}

const message = (error: unknown): string => (error instanceof Error ? error.message : String(error));

function previewText({ schema, sql, rows }: Preview): string {
  return `DataFrame[${schema.map(({ name, type }) => `${oneLine(name)}: ${type}`).join(", ")}]\n${sql}\n${table(rows, PREVIEW_ROWS)}`;
}

/** Schema, SQL and the first rows; what went wrong instead, where something does. */
export function inspect(frame: DataFrame): string {
  if (!frame.database.isLocal) return "DataFrame[…] (in a Worker or closed: await frame.show())";
  try {
    return previewText(previewSync(frame));
  } catch (error) {
    return `DataFrame[${message(error)}]`;
  }
}

// ---- HTML

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = `<style>
.moltres-frame{font:13px/1.45 system-ui,sans-serif;max-width:100%;overflow-x:auto}
.moltres-frame table{border-collapse:collapse;margin:.4em 0}
.moltres-frame th,.moltres-frame td{padding:.2em .7em;border-bottom:1px solid #8884;text-align:left;white-space:pre;vertical-align:top}
.moltres-frame .n{text-align:right;font-variant-numeric:tabular-nums}
.moltres-frame th small{display:block;font-weight:400;opacity:.65}
.moltres-frame .null,.moltres-frame p{opacity:.6;margin:.2em 0}
.moltres-frame pre{margin:.4em 0;white-space:pre-wrap}
</style>`;

/** A self-contained table: names with types, rows, and a note where rows are left out. */
export function htmlTable(rows: Cells, limit: number): string {
  return `<div class="moltres-frame">${STYLE}${tableMarkup(rows, limit)}</div>`;
}

function tableMarkup(rows: Cells, limit: number): string {
  const { schema } = rows;
  const side = schema.map((field) => (isNumeric(field.type) ? ' class="n"' : ""));
  const head = schema
    .map((field, i) => `<th scope="col"${side[i]}>${escapeHtml(field.name)}<small>${escapeHtml(field.type)}</small></th>`)
    .join("");
  const body = rows.slice(0, limit).map((row) => {
    const cells = schema.map((field, i) =>
      row[i] === null ? '<td class="null">NULL</td>' : `<td${side[i]}>${escapeHtml(cut(cellText(row[i], field.type), 200))}</td>`,
    );
    return `<tr>${cells.join("")}</tr>`;
  });
  const note = rows.length > limit ? `<p>only the first ${limit} rows are shown</p>` : "";
  return `<table><thead><tr>${head}</tr></thead><tbody>${body.join("")}</tbody></table>${note}`;
}

function markup({ sql, rows }: Preview): string {
  return `<div class="moltres-frame">${STYLE}${tableMarkup(rows, PREVIEW_ROWS)}<details><summary>SQL</summary><pre>${escapeHtml(sql)}</pre></details></div>`;
}

const errorMarkup = (error: unknown): string => `<div class="moltres-frame">${STYLE}<pre>${escapeHtml(String(error))}</pre></div>`;

export function previewHtml(frame: DataFrame): string {
  try {
    return markup(previewSync(frame));
  } catch (error) {
    return errorMarkup(error);
  }
}

export async function mimeBundle(frame: DataFrame): Promise<Record<string, string>> {
  try {
    const shown = await preview(frame);
    return { "text/plain": previewText(shown), "text/html": markup(shown) };
  } catch (error) {
    return { "text/plain": String(error), "text/html": errorMarkup(error) };
  }
}

export function mimeBundleSync(frame: DataFrame): Record<string, string> {
  return { "text/plain": inspect(frame), "text/html": previewHtml(frame) };
}

/** An element that holds the preview; where the database is in a Worker it fills when the rows are there. */
export function element(frame: DataFrame): HTMLElement {
  const host = document.createElement("div");
  if (frame.database.isLocal) host.innerHTML = previewHtml(frame);
  else {
    void mimeBundle(frame).then((bundle) => {
      host.innerHTML = bundle["text/html"] ?? "";
    });
  }
  return host;
}
