/** JavaScript values as literals of the wire form. The type follows from the value alone. */
import { describe, invalid, isPlainObject } from "./arguments.js";
import type { WireLiteral } from "./plan.js";

/** A value that a literal can be made of. */
export type LiteralValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Date
  | Uint8Array
  | ArrayBuffer
  | readonly LiteralValue[]
  | ReadonlyMap<string, LiteralValue>
  | { readonly [name: string]: LiteralValue };

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;

/** `where` names the verb or method for the error. */
export function toLiteral(value: unknown, where: string): WireLiteral {
  const type = typeOf(value, where);
  return { type, value: toWire(value, where) };
}

/** Deeper values are not read from JSON either; one that holds itself is as deep as it gets. */
const MAX_DEPTH = 100;
const tooDeep = (where: string) => invalid(where, `the value is nested deeper than ${MAX_DEPTH} levels, or holds itself`);

/** PySpark's simple string for a value's type. */
export function typeOf(value: unknown, where: string, depth = 0): string {
  if (depth > MAX_DEPTH) throw tooDeep(where);
  switch (typeof value) {
    case "boolean":
      return "boolean";
    case "number":
      return Number.isSafeInteger(value) ? "bigint" : "double";
    case "bigint":
      return "bigint";
    case "string":
      return "string";
    case "object":
      if (value === null) return "void";
      if (value instanceof Date) return "timestamp";
      if (bytesOf(value)) return "binary";
      if (Array.isArray(value) || isNumberArray(value)) {
        let element = "void";
        for (const item of value as ArrayLike<unknown> & Iterable<unknown>)
          element = mergeTypes(element, typeOf(item ?? null, where, depth + 1)) ?? "json";
        return `array<${element}>`;
      }
      if (value instanceof Map) {
        let element = "void";
        for (const item of value.values()) element = mergeTypes(element, typeOf(item ?? null, where, depth + 1)) ?? "json";
        return `map<string,${element}>`;
      }
      if (isPlainObject(value)) {
        return `struct<${Object.entries(value)
          .map(([name, item]) => `${fieldName(name)}:${typeOf(item ?? null, where, depth + 1)}`)
          .join(",")}>`;
      }
  }
  throw invalid(where, `${describe(value)} is not a value`, value === undefined ? "null stands for a missing value" : undefined);
}

/** A field's name as it stands in `struct<…>`. */
export function fieldName(name: string): string {
  return /^[\p{L}\p{N}_]+$/u.test(name) ? name : `\`${name.replaceAll("`", "``")}\``;
}

/** The type that holds values of both, or null where there is none. Structs and arrays merge inside. */
export function mergeTypes(a: string, b: string): string | null {
  if (a === b || b === "void") return a;
  if (a === "void") return b;
  if ((a === "bigint" && b === "double") || (a === "double" && b === "bigint")) return "double";
  if (a === "json" || b === "json") return isNested(a) && isNested(b) ? "json" : null;
  const [first, second] = [a, b].map((type) => /^array<(.*)>$/.exec(type)?.[1]);
  if (first !== undefined && second !== undefined) {
    const element = mergeTypes(first, second);
    return element === null ? "json" : `array<${element}>`;
  }
  const fields = [a, b].map(structFields);
  if (fields[0] && fields[1]) {
    const merged = new Map(fields[0]);
    for (const [name, type] of fields[1]) {
      const both = mergeTypes(merged.get(name) ?? "void", type);
      if (both === null) return "json";
      merged.set(name, both);
    }
    return `struct<${[...merged].map(([name, type]) => `${name}:${type}`).join(",")}>`;
  }
  return isNested(a) && isNested(b) ? "json" : null;
}

/** Names, as written, and types of a struct's fields. */
function structFields(type: string): Map<string, string> | null {
  if (!type.startsWith("struct<")) return null;
  const fields = new Map<string, string>();
  let depth = 0;
  let quoted = false;
  let from = "struct<".length;
  let colon = -1;
  for (let at = from; at < type.length; at++) {
    const c = type[at];
    if (c === "`") quoted = !quoted;
    else if (quoted) continue;
    else if (c === ":" && depth === 0) colon = colon < 0 ? at : colon;
    else if (c === "<" || c === "(") depth++;
    else if ((c === "," || c === ">") && depth === 0) {
      if (colon >= 0) fields.set(type.slice(from, colon), type.slice(colon + 1, at));
      from = at + 1;
      colon = -1;
    } else if (c === ">" || c === ")") depth--;
  }
  return fields;
}

const isNested = (type: string): boolean => type === "json" || /^(array|struct|map)</.test(type);

/** The JSON that stands for a value; see the wire form for what text stands for. */
export function toWire(value: unknown, where: string, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw tooDeep(where);
  switch (typeof value) {
    case "boolean":
      return value;
    case "string":
      // Half a surrogate pair is no character, and JSON for the engine may not hold it.
      return value.replace(/\p{Cs}/gu, "\ufffd");
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      if (value < INT64_MIN || value > INT64_MAX) throw invalid(where, `${value}n does not fit into 64 bits`);
      return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    case "object": {
      if (value === null) return null;
      if (value instanceof Date) return timestampText(value, where);
      const bytes = bytesOf(value);
      if (bytes) return base64(bytes);
      if (Array.isArray(value)) return value.map((item) => toWire(item ?? null, where, depth + 1));
      if (isNumberArray(value)) return Array.from(value as ArrayLike<unknown>, (item) => toWire(item, where, depth + 1));
      if (value instanceof Map)
        return Object.fromEntries([...value].map(([key, item]) => [String(key), toWire(item ?? null, where, depth + 1)]));
      if (isPlainObject(value)) {
        return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, toWire(item ?? null, where, depth + 1)]));
      }
    }
  }
  throw invalid(where, `${describe(value)} is not a value`, value === undefined ? "null stands for a missing value" : undefined);
}

/** The JSON of a nested value where its type is not known: integers are their digits, however large. */
export function nestedJson(value: unknown, where: string, depth = 0): string {
  if (typeof value === "bigint") {
    toWire(value, where);
    return String(value);
  }
  if (Array.isArray(value) && depth <= MAX_DEPTH)
    return `[${Array.from(value, (item) => nestedJson(item ?? null, where, depth + 1)).join(",")}]`;
  const entries = value instanceof Map ? [...value] : isPlainObject(value) ? Object.entries(value) : undefined;
  if (!entries || depth > MAX_DEPTH) return JSON.stringify(toWire(value, where, depth));
  return `{${entries.map(([key, item]) => `${JSON.stringify(toWire(String(key), where))}:${nestedJson(item ?? null, where, depth + 1)}`).join(",")}}`;
}

/** `YYYY-MM-DD HH:MM:SS[.fff]` in UTC. */
export function timestampText(date: Date, where: string): string {
  if (Number.isNaN(date.getTime())) throw invalid(where, "an invalid Date is not a value");
  if (date.getUTCFullYear() < 0 || date.getUTCFullYear() > 9999)
    throw invalid(where, `the year ${date.getUTCFullYear()} is not between 0 and 9999`);
  const [day, time] = date.toISOString().slice(0, -1).split("T") as [string, string];
  return `${day} ${time.includes(".") ? time.replace(/\.?0+$/, "") : time}`;
}

/** Bytes of a binary value; other typed arrays are lists of numbers. */
export function bytesOf(value: unknown): Uint8Array | null {
  if (value instanceof Uint8Array) return value;
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value instanceof DataView) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  return null;
}

/** A typed array other than `Uint8Array`. */
export function isNumberArray(value: unknown): boolean {
  return ArrayBuffer.isView(value) && !(value instanceof DataView) && !(value instanceof Uint8Array);
}

export function base64(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
