import type { Columns, FieldInfo } from "./action-types.js";
import { moltresError } from "./errors.js";

/** Columns as an Arrow table, through the package `apache-arrow`, which is not installed with this one. */
export async function toArrow(columns: Columns, fields: FieldInfo[]): Promise<unknown> {
  let arrow: any;
  try {
    // @ts-expect-error: an optional peer that need not be there.
    arrow = await import("apache-arrow");
  } catch (cause) {
    throw moltresError("unsupported", "toArrow: the package apache-arrow is not installed", { hint: "npm install apache-arrow", cause });
  }
  const vectors: Record<string, unknown> = {};
  for (const [name, values] of Object.entries(columns)) {
    vectors[name] = arrow.vectorFromArray(ArrayBuffer.isView(values) ? values : Array.from(values), ...(typeOf(arrow, fields, name) ?? []));
  }
  return new arrow.Table(vectors);
}

/** Types that Arrow would not guess from values that may all be null. */
function typeOf(arrow: any, fields: FieldInfo[], name: string): [unknown] | undefined {
  const type = fields.find((field) => field.name === name)?.type ?? "";
  if (type === "boolean") return [new arrow.Bool()];
  if (type === "string" || type === "date" || type === "timestamp") return [new arrow.Utf8()];
  if (/^(float|double|decimal)/.test(type)) return [new arrow.Float64()];
  if (type === "binary") return [new arrow.Binary()];
  return undefined;
}
