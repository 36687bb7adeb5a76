/** Rows as a table with types, and other values as what they are. */
import type { FieldInfo } from "moltres";
import { bytes, h } from "./dom.js";
import { describe } from "./program.js";

const isNumeric = (type: string): boolean => /^(tinyint|smallint|int|bigint|float|double|decimal)/.test(type);

function cell(value: unknown, type: string): HTMLElement {
  if (value === null || value === undefined) return h("td", { class: "null" }, "NULL");
  if (typeof value === "number") {
    const text = Number.isInteger(value) || !Number.isFinite(value) ? String(value) : String(Number(value.toPrecision(12)));
    return h("td", { class: "n", title: text === String(value) ? undefined : String(value) }, text);
  }
  if (typeof value === "bigint") return h("td", { class: "n" }, String(value));
  if (typeof value === "boolean") return h("td", { class: "bool" }, String(value));
  if (value instanceof Uint8Array) return h("td", { class: "quiet" }, bytes(value.length));
  const text = typeof value === "string" ? value : describe(value).replace(/\s+/g, " ");
  if (text === "") return h("td", { class: "quiet", title: "an empty text" }, "″″");
  const cut = text.length > 160 ? `${text.slice(0, 159)}…` : text;
  return h("td", { class: isNumeric(type) ? "n" : undefined, title: cut === text ? undefined : text.slice(0, 2000) }, cut);
}

export function tableView(schema: readonly FieldInfo[], rows: readonly (readonly unknown[])[], caption: string): HTMLElement {
  const head = schema.map(({ name, type }) => h("th", { scope: "col", class: isNumeric(type) ? "n" : undefined }, name, h("small", {}, type)));
  const body = rows.map((row, i) => h("tr", {}, h("th", { scope: "row" }, String(i + 1)), ...schema.map(({ type }, j) => cell(row[j], type))));
  return h(
    "table",
    { class: "rows" },
    h("caption", { class: "visually-hidden" }, caption),
    h("thead", {}, h("tr", {}, h("th", { scope: "col", class: "corner" }, h("span", { class: "visually-hidden" }, "row")), ...head)),
    h("tbody", {}, ...body),
  );
}

/** What a program gave that is not a frame. */
export function valueView(value: unknown): HTMLElement {
  if (Array.isArray(value) && value.length > 0 && value.every((item) => item !== null && typeof item === "object" && !Array.isArray(item))) {
    const names = [...new Set(value.slice(0, 1000).flatMap((item) => Object.keys(item as object)))];
    const known = (value as { schema?: FieldInfo[] }).schema;
    const schema = known ?? names.map((name) => ({ name, type: typeof (value[0] as any)[name], nullable: true }));
    return tableView(schema, value.slice(0, 1000).map((item) => schema.map(({ name }) => (item as any)[name])), "Result");
  }
  return h("pre", { class: "code value" }, typeof value === "string" ? value : describe(value));
}
