// Parquet through `hyparquet`, an optional peer dependency: rows group by group into the JSON reader, whose types the file's schema gives.

import type { Database } from "../database.js";
import { moltresError } from "../errors.js";
import { jsonText } from "../write/format.js";
import { load } from "./load.js";
import type { ReadFrame, ReadOptions } from "./options.js";
import { type ReadSource, sourceOf } from "./source.js";

interface SchemaElement {
  name: string;
  type?: string;
  converted_type?: string;
  logical_type?: { type: string };
  num_children?: number;
  repetition_type?: string;
  scale?: number;
  precision?: number;
}

async function library(): Promise<any> {
  // Names in variables, so that bundlers leave the optional packages alone.
  const [name, codecs] = ["hyparquet", "hyparquet-compressors"];
  let hyparquet: any;
  try {
    hyparquet = await import(/* @vite-ignore */ name as string);
  } catch (error) {
    throw moltresError("unsupported", "read.parquet: the package hyparquet is not installed", {
      hint: "npm install hyparquet hyparquet-compressors",
      cause: error,
    });
  }
  const compressors = await import(/* @vite-ignore */ codecs as string).then(
    (module) => module.compressors,
    () => undefined,
  );
  return { ...hyparquet, compressors };
}

export async function loadParquet(db: Database, given: ReadSource, options: ReadOptions & Record<string, unknown>): Promise<ReadFrame> {
  const { parquetMetadataAsync, parquetReadObjects, compressors } = await library();
  const bytes = await gather(given);
  let metadata: { schema: SchemaElement[]; row_groups: { num_rows: bigint }[] };
  try {
    metadata = await parquetMetadataAsync(bytes);
  } catch (error) {
    throw moltresError("corrupt", "read.parquet: the source is not a Parquet file", { cause: error });
  }
  const schema = options.schema ?? schemaOf(metadata.schema);
  async function* lines() {
    let start = 0;
    for (const group of metadata.row_groups) {
      const end = start + Number(group.num_rows);
      const rows = (await parquetReadObjects({ file: bytes, metadata, compressors, rowStart: start, rowEnd: end })) as Record<
        string,
        unknown
      >[];
      start = end;
      for (let at = 0; at < rows.length; at += 1000)
        yield rows
          .slice(at, at + 1000)
          .map(line)
          .join("");
    }
  }
  return load(db, "jsonl", lines(), { ...options, schema });
}

async function gather(given: ReadSource): Promise<ArrayBuffer> {
  const source = await sourceOf(given);
  const { chunks } = await source.open();
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk.slice());
  return new Blob(parts as BlobPart[]).arrayBuffer();
}

const line = (row: Record<string, unknown>): string =>
  `{${Object.entries(row)
    .filter(([, value]) => value !== null && value !== undefined)
    .map(
      ([name, value]) =>
        `${JSON.stringify(name)}:${
          value instanceof Date
            ? JSON.stringify(
                value
                  .toISOString()
                  .replace("Z", "")
                  .replace(/\.000$/, ""),
              )
            : jsonText(value)
        }`,
    )
    .join(",")}}\n`;

/** The columns of the file with our types; what is nested is JSON. */
function schemaOf(elements: readonly SchemaElement[]): { name: string; type: string }[] {
  const columns: { name: string; type: string }[] = [];
  let at = 1;
  const skip = () => {
    let left = 1;
    while (left > 0 && at < elements.length) left += (elements[at++]?.num_children ?? 0) - 1;
  };
  while (at < elements.length) {
    const element = elements[at] as SchemaElement;
    const nested = (element.num_children ?? 0) > 0 || element.repetition_type === "REPEATED";
    columns.push({ name: element.name, type: nested ? "json" : typeOf(element) });
    skip();
  }
  return columns;
}

function typeOf({ type, converted_type, logical_type, precision, scale }: SchemaElement): string {
  const logical = logical_type?.type ?? converted_type ?? "";
  if (logical === "DATE") return "date";
  if (/TIMESTAMP/.test(logical) || type === "INT96") return "timestamp";
  if (logical === "DECIMAL") return `decimal(${precision ?? 38},${scale ?? 0})`;
  if (logical === "JSON") return "json";
  if (type === "BOOLEAN") return "boolean";
  if (type === "INT32") return "int";
  if (type === "INT64") return "bigint";
  if (type === "FLOAT" || type === "DOUBLE") return "double";
  return "string";
}
