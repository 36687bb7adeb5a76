// Parameters of statements, and JavaScript values as SQL's text.

import { invalid } from "./errors.js";
import { toLiteral } from "./literal.js";
import type { WireLiteral } from "./plan.js";

/** Parameters of a statement in the wire form: an array for `?`, an object for named ones (a leading `:`, `$` or `@` of a name is dropped). */
export function sqlParams(params: readonly unknown[] | Readonly<Record<string, unknown>>): WireLiteral[] | Record<string, WireLiteral> {
  if (Array.isArray(params)) return params.map((value, i) => toLiteral(value, `parameter ${i + 1}`));
  if (params === null || typeof params !== "object") throw invalid("params are an array for ? or an object for :name");
  return Object.fromEntries(
    Object.entries(params).map(([name, value]) => [name.replace(/^[:$@]/, ""), toLiteral(value, `parameter "${name}"`)]),
  );
}

/** `YYYY-MM-DD HH:MM:SS[.fff]` in UTC, without zeros at the end of the fraction. */
export function timestampText(date: Date, place = "value"): string {
  if (Number.isNaN(date.getTime())) throw invalid(`${place}: the date is not valid`);
  return date
    .toISOString()
    .replace("T", " ")
    .replace("Z", "")
    .replace(/\.?0+$/, "");
}

/** JSON text in which BigInts are numbers, digit for digit. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `\u0000int:${v}` : v));
  return text.replace(/"\\u0000int:(-?\d+)"/g, "$1");
}
