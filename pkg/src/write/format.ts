// Rows as text: CSV by RFC 4180 with the reader's options, JSON and JSON lines. Batches in, pieces of text out.

import type { FieldInfo } from "../action-types.js";
import { invalid } from "../errors.js";

export interface CsvWriteOptions {
  /** Column names as the first record; true unless given. */
  header?: boolean;
  delimiter?: string;
  /** `""`: never quote; a value that would need it is an error. */
  quote?: string;
  /** Escapes quotes within quotes; they are doubled unless given. */
  escape?: string;
  /** A NULL is written as this: `""` unless given, which an empty text is told from by its quotes. */
  nullValue?: string;
  quoteAll?: boolean;
  lineEnd?: "\n" | "\r\n";
  /** Texts that a spreadsheet would run as a formula get a `'` in front. It changes what is read back. */
  guardFormulas?: boolean;
  /** Begins with a byte order mark, which spreadsheets want for UTF-8. */
  bom?: boolean;
}

/** Turns rows into text. `start` and `end` frame the whole. */
export interface Format {
  start(): string;
  rows(batch: readonly (readonly unknown[])[]): string;
  end(): string;
}

/** Options of every format. */
export const FILE_OPTIONS = ["compression", "signal", "onProgress"];

const CSV_OPTIONS = ["header", "delimiter", "quote", "escape", "nullValue", "quoteAll", "lineEnd", "guardFormulas", "bom"];

export function checkOptions(verb: string, options: object, known: readonly string[]): void {
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid(`${verb}: there is no option "${name}"`, { hint: `options are ${known.join(", ")}` });
  }
}

/** The options with their defaults, checked: what is written must be readable again. */
function checkedCsv(options: CsvWriteOptions): Required<CsvWriteOptions> {
  checkOptions("write.csv", options, [...CSV_OPTIONS, ...FILE_OPTIONS]);
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const quote = options.quote ?? '"';
  const all: Required<CsvWriteOptions> = {
    header: true,
    delimiter: ",",
    quote,
    escape: quote,
    nullValue: "",
    quoteAll: false,
    lineEnd: "\n",
    guardFormulas: false,
    bom: false,
    ...given,
  };
  for (const name of ["header", "quoteAll", "guardFormulas", "bom"] as const) {
    if (typeof all[name] !== "boolean") throw invalid(`write.csv: ${name} must be true or false, not ${JSON.stringify(all[name])}`);
  }
  for (const name of ["delimiter", "quote", "escape"] as const) {
    const value = all[name];
    if (typeof value !== "string" || value.length > 1 || (value === "" && name === "delimiter") || /[\r\n]/.test(value)) {
      throw invalid(`write.csv: ${name} must be one character, not ${JSON.stringify(value)}`);
    }
  }
  if (all.delimiter === quote || all.delimiter === all.escape) throw invalid("write.csv: delimiter, quote and escape must differ");
  if (!["\n", "\r\n"].includes(all.lineEnd))
    throw invalid(`write.csv: lineEnd must be "\\n" or "\\r\\n", not ${JSON.stringify(all.lineEnd)}`);
  // NULLs are written without quotes, so that they differ from the text that reads the same.
  const taken = [all.delimiter, quote, "\n", "\r"].filter((c) => c !== "");
  if (typeof all.nullValue !== "string" || taken.some((c) => all.nullValue.includes(c)))
    throw invalid(`write.csv: nullValue must be a text without delimiter, quote and line ends, not ${JSON.stringify(all.nullValue)}`);
  return all;
}

export function csvFormat(fields: readonly FieldInfo[], options: CsvWriteOptions = {}): Format {
  const { header, delimiter, quote, escape: escapeWith, nullValue, quoteAll, lineEnd, guardFormulas, bom } = checkedCsv(options);
  const special = new RegExp(
    `[\\r\\n${[delimiter, quote, escapeWith === quote ? "" : escapeWith].map((c) => c.replace(/[\\\]^-]/g, "\\$&")).join("")}]`,
  );
  const single = fields.length === 1;
  const quoted = (text: string): string => {
    if (quote === "") throw invalid(`write.csv: ${JSON.stringify(text.slice(0, 50))} cannot be written without quotes`);
    if (escapeWith === quote) return quote + text.replaceAll(quote, quote + quote) + quote;
    return quote + text.replaceAll(escapeWith, escapeWith + escapeWith).replaceAll(quote, escapeWith + quote) + quote;
  };
  const cell = (value: unknown, first: boolean): string => {
    // A lone NULL would be a blank line, which readers skip; no text says NULL there but its own.
    if (value === null || value === undefined) return nullValue;
    let text = cellText(value);
    if (typeof value === "string" && guardFormulas && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    // What looks like the NULL must be told from it, and a text with a mark at the very beginning would lose it.
    if (quoteAll || text === nullValue || text === "" || special.test(text) || (first && text.startsWith("\ufeff")))
      return quote === "" && !special.test(text) ? text : quoted(text);
    return text;
  };
  return {
    start() {
      if (fields.length === 0) return "";
      const names = header ? fields.map((field, i) => cell(field.name, i === 0)).join(delimiter) + lineEnd : "";
      return (bom ? "\ufeff" : "") + names;
    },
    rows(batch) {
      let out = "";
      for (const row of batch) {
        let line = "";
        for (let i = 0; i < row.length; i++) line += i === 0 ? cell(row[i], true) : delimiter + cell(row[i], false);
        if (single && line === "")
          throw invalid("write.csv: a NULL in the only column would be a blank line", {
            hint: 'nullValue: "NULL", or any other word, makes it visible; read it back with nullValues',
          });
        out += line + lineEnd;
      }
      return out;
    },
    end: () => "",
  };
}

/** A value as the reader reads it: booleans as words, bytes as hexadecimal digits, nested values as JSON. */
function cellText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return Object.is(value, -0) ? "0" : numberText(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (typeof value === "object") return jsonText(value);
  return String(value);
}

/** A double that is a large whole number has an exponent, or its digits would be read as those of another, integer number. */
function numberText(value: number): string {
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? value.toExponential() : String(value);
}

/** JSON with BigInts as numbers, bytes as hexadecimal digits, and null for what JSON has no number for. */
export function jsonText(value: unknown): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? numberText(value) : "null";
  if (value instanceof Uint8Array) return JSON.stringify(cellText(value));
  if (value instanceof Date || value === null || typeof value !== "object") return JSON.stringify(value) ?? "null";
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  return `{${Object.entries(value)
    .map(([key, item]) => `${JSON.stringify(key)}:${jsonText(item)}`)
    .join(",")}}`;
}

/** An array of objects, one per line; or, for JSON lines, the objects alone. */
export function jsonFormat(fields: readonly FieldInfo[], lines: boolean): Format {
  const keys = fields.map((field) => `${JSON.stringify(field.name)}:`);
  let n = 0;
  return {
    start: () => (lines ? "" : "["),
    rows(batch) {
      let out = "";
      for (const row of batch) {
        if (!lines) out += n++ === 0 ? "\n" : ",\n";
        for (let i = 0; i < keys.length; i++) out += (i === 0 ? "{" : ",") + keys[i] + jsonText(row[i]);
        out += keys.length === 0 ? "{}" : "}";
        if (lines) out += "\n";
      }
      return out;
    },
    end: () => (lines ? "" : "\n]\n"),
  };
}
