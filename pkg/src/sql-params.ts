// JavaScript values as the wire form of a statement's parameters; see src/plan/wire.rs.

import { invalid } from "./errors.js";

interface WireValue {
  type: string;
  value: unknown;
}

/** Parameters of a statement as JSON: an array for `?`, an object for named ones (a leading `:`, `$` or `@` of a name is dropped). */
export function sqlParams(params: readonly unknown[] | Readonly<Record<string, unknown>>): WireValue[] | Record<string, WireValue> {
  if (Array.isArray(params)) return params.map((value, i) => wireValue(value, `parameter ${i + 1}`));
  if (params === null || typeof params !== "object") throw invalid("params are an array for ? or an object for :name");
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name.replace(/^[:$@]/, ""), wireValue(value, `parameter "${name}"`)]));
}

/** One value; `place` is for messages. */
export function wireValue(value: unknown, place: string): WireValue {
  switch (typeof value) {
    case "undefined":
      return { type: "void", value: null };
    case "boolean":
      return { type: "boolean", value };
    case "number":
      if (Number.isSafeInteger(value) && !Object.is(value, -0)) return { type: "bigint", value };
      return { type: "double", value: Number.isFinite(value) ? value : String(value) };
    case "bigint":
      if (value !== BigInt.asIntN(64, value)) throw invalid(`${place}: ${value} does not fit 64 bits`);
      return { type: "bigint", value: String(value) };
    case "string":
      return { type: "string", value };
    case "object":
      if (value === null) return { type: "void", value: null };
      if (value instanceof Date) return { type: "timestamp", value: timestampText(value, place) };
      if (value instanceof ArrayBuffer) return { type: "binary", value: toBase64(new Uint8Array(value)) };
      if (ArrayBuffer.isView(value)) return { type: "binary", value: toBase64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)) };
      return { type: "json", value };
    default:
      throw invalid(`${place}: a ${typeof value} cannot be a value of SQL`);
  }
}

/** `YYYY-MM-DD HH:MM:SS[.fff]` in UTC, without zeros at the end of the fraction. */
export function timestampText(date: Date, place = "value"): string {
  if (Number.isNaN(date.getTime())) throw invalid(`${place}: the date is not valid`);
  return date.toISOString().replace("T", " ").replace("Z", "").replace(/\.?0+$/, "");
}

export function toBase64(bytes: Uint8Array): string {
  const native = bytes as { toBase64?: () => string };
  if (native.toBase64) return native.toBase64();
  const buffer = (globalThis as any).Buffer;
  if (buffer) return buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return btoa(binary);
}

/** JSON text in which BigInts are numbers, digit for digit. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `\u0000int:${v}` : v));
  return text.replace(/"\\u0000int:(-?\d+)"/g, "$1");
}
