/** Files into tables, in slices: the page stays alive, a bar shows how far it is, and a click stops it. */
import type { DataFrame, Database } from "moltres";
import { byId, bytes, duration, number } from "./dom.js";

export interface Loaded {
  readonly table: string;
  readonly rows: number;
  readonly elapsed: number;
  readonly problems: number;
}

interface Report {
  readonly rows: number;
  readonly elapsed: number;
  readonly problems: { readonly total: number };
}

/** A file's name as a table's: `Sales 2024.csv.gz` becomes `sales_2024`. */
export function tableName(file: string): string {
  const stem = file.replace(/\.(gz|zip)$/i, "").replace(/\.[^.]*$/, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "_").replace(/^_+|_+$/g, "");
  return /^[\p{L}_]/u.test(stem) ? stem : `t_${stem || "data"}`;
}

function readingOptions(): Record<string, unknown> {
  const nulls = byId<HTMLInputElement>("opt-null").value.split(",").map((text) => text.trim());
  return {
    header: byId<HTMLInputElement>("opt-header").checked,
    delimiter: byId<HTMLSelectElement>("opt-delimiter").value,
    nullValues: ["", ...nulls.filter(Boolean)],
  };
}

export async function loadFile(db: Database, file: Blob, name: string, table = tableName(name)): Promise<Loaded> {
  const abort = new AbortController();
  const [panel, bar, text, cancel] = [byId("progress"), byId<HTMLProgressElement>("progress-bar"), byId("progress-text"), byId<HTMLButtonElement>("progress-cancel")];
  const stop = (): void => abort.abort(new DOMException(`Loading ${name} was cancelled`, "AbortError"));
  cancel.addEventListener("click", stop);
  panel.hidden = false;
  bar.removeAttribute("value");
  text.textContent = `${name}: reading…`;
  const onProgress = ({ bytes: done, totalBytes = file.size, rows }: { bytes: number; totalBytes?: number; rows: number }): void => {
    bar.value = totalBytes ? Math.min(1, done / totalBytes) : 0;
    text.textContent = `${name}: ${number(rows)} rows, ${bytes(done)}${totalBytes ? ` of ${bytes(totalBytes)}` : ""}`;
  };
  const common = { table, ifExists: "replace" as const, onProgress, signal: abort.signal };
  try {
    const plain = name.replace(/\.gz$/i, "");
    let frame: DataFrame;
    if (/\.json$/i.test(plain)) frame = await db.read.json(file, common);
    else if (/\.(jsonl|ndjson)$/i.test(plain)) frame = await db.read.jsonl(file, common);
    else frame = await db.read.csv(file, { ...common, ...readingOptions() });
    const report = frame.readReport as Report;
    return { table, rows: report.rows, elapsed: report.elapsed, problems: report.problems?.total ?? 0 };
  } finally {
    cancel.removeEventListener("click", stop);
    panel.hidden = true;
  }
}

export const loadedText = ({ table, rows, elapsed, problems }: Loaded): string =>
  `${table}: ${number(rows)} rows in ${duration(elapsed)}${problems ? `, ${number(problems)} irregular records` : ""}`;
