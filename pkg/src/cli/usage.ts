// What was typed: commands, options and arguments, and what is said when they are wrong.

import { parseArgs } from "node:util";

export interface Arguments {
  positionals: string[];
  values: Record<string, string | boolean | undefined>;
  json: boolean;
  /** Draw a progress bar, where there is a terminal? */
  progress: boolean;
}

export interface Command {
  summary: string;
  /** Arguments that must be given stand in `<>`. */
  usage: string;
  /** The greatest number of arguments. */
  most: number;
  options?: Record<string, { type: "string" | "boolean" }>;
  help?: Record<string, string>;
  run(args: Arguments): Promise<number>;
}

/** What was typed is at fault: exit code 2. */
export class UsageError extends Error {}

const COMMON = {
  help: { type: "boolean", short: "h" },
  json: { type: "boolean" },
  quiet: { type: "boolean", short: "q" },
  "read-only": { type: "boolean" },
  timeout: { type: "string" },
} as const;

export function parse(name: string, command: Command, args: string[]): Pick<Arguments, "values" | "positionals"> {
  const options: Record<string, { type: "string" | "boolean"; short?: string }> = { ...COMMON, ...command.options };
  const { tokens } = parseArgs({ args, options, allowPositionals: true, strict: false, tokens: true });
  const values: Arguments["values"] = {};
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") positionals.push(token.value);
    if (token.kind !== "option") continue;
    const { rawName, value, inlineValue } = token;
    const option = Object.hasOwn(options, token.name) && rawName !== `-${token.name}` ? options[token.name]! : undefined;
    if (!option) throw unknownOption(name, rawName, Object.keys(options));
    if (option.type === "boolean" && value !== undefined) throw new UsageError(`${name}: ${rawName} takes no value`);
    if (option.type === "string" && value === undefined) throw new UsageError(`${name}: ${rawName} needs a value`);
    if (option.type === "string" && !inlineValue && /^--\w/.test(value!))
      throw new UsageError(`${name}: ${rawName} needs a value; if that is ${value}, write ${rawName}=${value}`);
    values[token.name] = value ?? true;
  }
  if (values.help) return { values, positionals };
  const needed = command.usage.match(/<[^>]+>/g) ?? [];
  const usage = `usage: moltres ${name} ${command.usage}`;
  if (positionals.length < needed.length) throw new UsageError(`${name}: ${needed[positionals.length]} is missing; ${usage}`);
  if (positionals.length > command.most) throw new UsageError(`${name}: "${positionals[command.most]}" is one argument too many; ${usage}`);
  return { values, positionals };
}

function unknownOption(name: string, given: string, known: string[]): UsageError {
  if (/\s/.test(given)) return new UsageError(`${name}: SQL text that begins with a dash is written after --`);
  const near = nearest(given.replace(/^-+/, ""), known);
  const help = near ? `--${near} might be meant` : `moltres ${name} --help lists the options`;
  return new UsageError(`${name}: there is no option "${given}"; ${help}`);
}

/** The name that a slip of the fingers would turn into what was typed. */
export function nearest(typed: string, names: readonly string[]): string | undefined {
  const most = typed.length < 4 ? 1 : 2;
  const [best] = names.map((name) => ({ name, steps: distance(typed.toLowerCase(), name) })).sort((a, b) => a.steps - b.steps);
  if (best && best.steps <= most) return best.name;
  return typed.length > 3 ? names.find((name) => name.includes(typed.toLowerCase())) : undefined;
}

/** Letters to insert, remove, change or swap. */
function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let steps = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) steps = Math.min(steps, before[j - 2]! + 1);
      next.push(steps);
    }
    before = row;
    row = next;
  }
  return row[b.length]!;
}

export function numberOf(option: string, value: string | boolean | undefined): number | undefined {
  if (value === undefined) return undefined;
  const n = Number(value);
  if (String(value).trim() === "" || !(n >= 0)) throw new UsageError(`${option} is a number from 0, not "${value}"`);
  return n;
}

export function jsonOf(option: string, value: string | boolean): any {
  try {
    return JSON.parse(String(value));
  } catch (error) {
    throw new UsageError(`${option} is not JSON: ${(error as Error).message}`);
  }
}

/** One of the words that an option takes. */
export function wordOf(option: string, value: string | boolean | undefined, words: readonly string[], usual: string): string {
  if (value === undefined) return usual;
  if (words.includes(String(value))) return String(value);
  throw new UsageError(`${option}: "${value}" is none of ${words.join(", ")}`);
}
