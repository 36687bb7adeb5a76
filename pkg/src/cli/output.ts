// What a terminal shows: JSON, tables, a progress bar.

/** One JSON value; BigInts as digits, bytes as base64. */
export function output(value: unknown, indent = 0): void {
  const plain = (_key: string, item: unknown) => {
    if (typeof item === "bigint") return item.toString();
    return item instanceof Uint8Array ? Buffer.from(item).toString("base64") : item;
  };
  process.stdout.write(`${JSON.stringify(value, plain, indent)}\n`);
}

/** Control characters would change the terminal itself. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (c) => (c === "\n" ? "⏎" : c === "\t" ? " " : "·"));
}

export function printTable(columns: readonly string[], rows: readonly object[], limit = Number.POSITIVE_INFINITY): void {
  if (columns.length === 0) return;
  const shown = rows.slice(0, limit).map((row) => columns.map((name) => cell((row as Record<string, unknown>)[name])));
  const widths = columns.map((name, i) => shown.reduce((width, line) => Math.max(width, line[i]!.length), cell(name).length));
  const numeric = columns.map((_, i) => shown.length > 0 && shown.every((line) => /^(-?[\d.]+(e[+-]?\d+)?|null)$/i.test(line[i]!)));
  const line = (cells: readonly string[]) =>
    `${cells
      .map((text, i) => (numeric[i] ? text.padStart(widths[i]!) : text.padEnd(widths[i]!)))
      .join("  ")
      .trimEnd()}\n`;
  let text = line(columns.map(cell)) + line(widths.map((width) => "-".repeat(width)));
  for (const cells of shown) text += line(cells);
  if (rows.length > shown.length) text += `… ${rows.length - shown.length} more rows\n`;
  process.stdout.write(text);
}

/** A bar on standard error, if that is a terminal. */
export class Progress {
  #last = 0;
  constructor(
    readonly visible: boolean,
    readonly title: string,
  ) {}

  show(done: number, total: number | undefined, note: string): void {
    const now = Date.now();
    if (!this.visible || (now - this.#last < 80 && done !== total)) return;
    this.#last = now;
    const share = total ? Math.min(done / total, 1) : 0;
    const bar = total
      ? `[${"█".repeat(Math.round(share * 24)).padEnd(24, "·")}] ${Math.round(share * 100)
          .toString()
          .padStart(3)} %`
      : `${done}`;
    process.stderr.write(`\r\x1b[K${this.title} ${bar} ${note}`);
  }

  end(): void {
    if (this.visible) process.stderr.write("\r\x1b[K");
  }
}
