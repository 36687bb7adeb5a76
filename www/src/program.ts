/** Running what is in the editor: a JavaScript function body whose last expression is its result. */
import { javascriptLanguage } from "@codemirror/lang-javascript";
import type { Database } from "moltres";
import { Column, F, Window, col, expr, lit, sql, when } from "moltres";

export interface Outcome {
  readonly value: unknown;
  /** What the program printed. */
  readonly printed: string[];
}

const SCOPE = { col, lit, expr, sql, when, F, Window, Column };

/** `return` before the last statement, where that is an expression. */
export function withReturn(source: string): string {
  const last = javascriptLanguage.parser.parse(source).topNode.lastChild;
  let statement = last;
  while (statement && /Comment/.test(statement.name)) statement = statement.prevSibling;
  if (statement?.name !== "ExpressionStatement") return source;
  const text = source.slice(statement.from, statement.to).replace(/;\s*$/, "");
  return `${source.slice(0, statement.from)}return (${text}\n);${source.slice(statement.to)}`;
}

/** Tables whose names are JavaScript names are variables; others are reached with `db.table(name)`. */
export async function runProgram(source: string, db: Database, tables: readonly string[]): Promise<Outcome> {
  const printed: string[] = [];
  const print = (...values: unknown[]): void => void printed.push(values.map((value) => (typeof value === "string" ? value : describe(value))).join(" "));
  const scope: Record<string, unknown> = { ...SCOPE, db, print, console: { ...console, log: print } };
  for (const name of tables) if (/^[A-Za-z_$][\w$]*$/.test(name) && !(name in scope) && !isReserved(name)) scope[name] = db.table(name);
  const names = Object.keys(scope);
  const run = new AsyncFunction(...names, `"use strict";\n${withReturn(source)}`);
  const value = await run(...names.map((name) => scope[name]));
  return { value, printed };
}

const AsyncFunction = (async () => {}).constructor as new (...args: string[]) => (...args: unknown[]) => Promise<unknown>;

function isReserved(name: string): boolean {
  try {
    new Function(`"use strict"; let ${name};`);
    return false;
  } catch {
    return true;
  }
}

export function describe(value: unknown): string {
  if (value === undefined) return "undefined";
  if (value !== null && typeof value === "object" && Object.getPrototypeOf(value) !== Object.prototype && !Array.isArray(value)) return String(value);
  return JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}n` : item), 2) ?? String(value);
}
