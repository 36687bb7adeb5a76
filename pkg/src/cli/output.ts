// What a terminal shows: JSON, tables, a progress bar. Written at once and in order, so that memory stays bounded whatever the reader does.

import { writeSync } from "node:fs";
import { pad, width } from "../display-width.js";
import { state, terminalColumns, throwIfStopped } from "./host.js";
import { WRITING } from "./protocol.js";

/** Who read standard output has closed it. */
export class ReaderGone extends Error {}

const encoder = new TextEncoder();
const pause = new Int32Array(new SharedArrayBuffer(4));

/** To standard output. */
export function write(piece: string | Uint8Array): void {
  try {
    toDescriptor(1, piece);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EPIPE") throw new ReaderGone("nobody reads standard output");
    if (code) throw new Error(`standard output cannot be written: ${message}`);
    throw error;
  }
}

/** A part of a longer result, which ends here if that is asked for. */
export function writePart(piece: string | Uint8Array): void {
  throwIfStopped();
  write(piece);
}

/** To standard error; gives the exit code back. */
export function say(text: string, code = 0): number {
  try {
    toDescriptor(2, text);
  } catch {
    // Nobody listens.
  }
  return code;
}

function toDescriptor(fd: number, piece: string | Uint8Array): void {
  const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
  Atomics.store(state, 1, WRITING);
  try {
    for (let done = 0; done < bytes.length; ) {
      try {
        done += writeSync(fd, bytes, done, Math.min(bytes.length - done, 1 << 16));
      } catch (error) {
        // A pipe that another program has made non-blocking is full.
        if ((error as NodeJS.ErrnoException).code !== "EAGAIN") throw error;
        throwIfStopped();
        Atomics.wait(pause, 0, 0, 5);
      }
    }
  } finally {
    Atomics.store(state, 1, 0);
  }
}

/** JSON of one value; BigInts as digits, bytes as base64. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(
    value,
    (_key, item: unknown) => {
      if (typeof item === "bigint") return item.toString();
      return item instanceof Uint8Array ? Buffer.from(item.buffer, item.byteOffset, item.byteLength).toString("base64") : item;
    },
    indent,
  );
}

export function output(value: unknown, indent = 0): void {
  write(`${jsonText(value, indent)}\n`);
}

/** Rows as one JSON array, written as they come; a short result is written whole or not at all. */
export async function outputRows(batches: AsyncIterable<readonly object[]>): Promise<void> {
  let text = "[";
  let first = true;
  for await (const rows of batches) {
    throwIfStopped();
    for (const row of rows) {
      text += (first ? "" : ",") + jsonText(row);
      first = false;
    }
    if (text.length > 1 << 20) {
      write(text);
      text = "";
    }
  }
  write(`${text}]\n`);
}

/** Control characters would change the terminal itself. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  const text = typeof value === "object" ? jsonText(value) : String(value);
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => (c === "\n" ? "⏎" : c === "\t" ? " " : "·"));
}

/** `n`: the number of all rows, of which `rows` are shown. */
export function printTable(columns: readonly string[], rows: readonly object[], n = rows.length): void {
  if (columns.length === 0) return;
  const cells = rows.map((row) => columns.map((name) => cell((row as Record<string, unknown>)[name])));
  const widths = columns.map((name, i) => cells.reduce((most, line) => Math.max(most, width(line[i]!)), width(cell(name))));
  const numeric = columns.map((_, i) => cells.length > 0 && cells.every((line) => /^(-?[\d.]+(e[+-]?\d+)?|null)$/i.test(line[i]!)));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((text, i) => pad(text, widths[i]!, numeric[i]!))
      .join("  ")
      .trimEnd()}\n`;
  let text = line(columns.map(cell)) + line(widths.map((width) => "-".repeat(width)));
  for (const each of cells) text += line(each);
  if (n > rows.length) text += `… ${n - rows.length} more rows\n`;
  write(text);
}

let drawn = false;

/** A bar on standard error, if that is a terminal. */
export class Progress {
  #last = 0;
  readonly #visible: boolean;
  constructor(
    wanted: boolean,
    readonly title: string,
  ) {
    this.#visible = wanted && terminalColumns > 0;
  }

  show(done: number, total: number | undefined, note: string): void {
    const now = Date.now();
    if (!this.#visible || (now - this.#last < 80 && done !== total)) return;
    this.#last = now;
    const share = total ? Math.min(done / total, 1) : 0;
    const percent = Math.round(share * 100).toString();
    const bar = total ? `[${"█".repeat(Math.round(share * 24)).padEnd(24, "·")}] ${percent.padStart(3)} %` : `${megabytes(done)} MB`;
    // A line that is wider than the terminal could not be drawn over.
    const texts = [`${cell(this.title)} ${bar} ${note}`, `${bar} ${note}`, bar, `${percent} %`];
    say(`\r\x1b[K${texts.find((text) => width(text) < terminalColumns) ?? ""}`);
    drawn = true;
  }
}

/** The bar makes room for what is said next. */
export function endProgress(): void {
  if (drawn) say("\r\x1b[K");
  drawn = false;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
