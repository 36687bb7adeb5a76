/** Checks of arguments, shared by all verbs: what was expected, where, and what was given. */
import { type MoltresError, moltresError } from "./errors.js";

/** A short picture of any value for a message. */
export function describe(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 59)}…` : value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "function") return value.name ? `the function ${value.name}` : "a function";
  if (typeof value === "symbol" || typeof value === "number" || typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  // Not the constructor's name, which a bundler may change.
  const name = Object.prototype.toString.call(value).slice(8, -1);
  return name === "Object" ? "an object" : /^[AEIOU]/.test(name) ? `an ${name}` : `a ${name}`;
}

/** An `invalid_argument` error. `where` is the verb, with the argument's name where there are several. */
export function invalid(where: string, message: string, hint?: string): MoltresError {
  return moltresError("invalid_argument", `${where}: ${message}`, hint === undefined ? {} : { hint });
}

export function unsupported(where: string, message: string, hint: string): MoltresError {
  return moltresError("unsupported", `${where}: ${message}`, { hint });
}

export function text(where: string, value: unknown, what = "a text"): string {
  if (typeof value !== "string") throw invalid(where, `${what} is expected, not ${describe(value)}`);
  return value;
}

export function name(where: string, value: unknown): string {
  if (typeof value !== "string") throw invalid(where, `a name is expected, not ${describe(value)}`);
  if (value === "") throw invalid(where, "a name may not be empty");
  return value;
}

/** Names given one by one, in an array, or both. */
export function names(where: string, values: readonly unknown[]): string[] {
  return flatten(values).map((value) => name(where, value));
}

export function count(where: string, value: unknown): number {
  const n = typeof value === "bigint" ? Number(value) : value;
  if (typeof n !== "number" || !Number.isSafeInteger(n) || n < 0) {
    throw invalid(where, `a whole number from 0 is expected, not ${describe(value)}`);
  }
  return n;
}

/** Arguments given one by one or in arrays, as one list. */
export function flatten(values: readonly unknown[]): unknown[] {
  return values.some(Array.isArray) ? values.flat(Infinity) : [...values];
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (value === null || typeof value !== "object") return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype as object) === null;
}
