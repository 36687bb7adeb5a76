// Rows with expressions among their values: `db.insert("t", [{a: F.lower(lit("X"))}])`.

import { Column } from "./column.js";
import type { Database } from "./database.js";
import type { RowSource } from "./table.js";

/** So many expressions are computed by one statement. */
const MOST = 500;

/** The same rows, or columns, with the values of their expressions, which see no row: constants, functions, subqueries. */
export async function computed(db: Database, rows: RowSource): Promise<RowSource> {
  const found: Column[] = [];
  const places: ((value: unknown) => void)[] = [];
  const copied = (value: unknown): unknown => {
    if (value === null || typeof value !== "object" || ArrayBuffer.isView(value)) return value;
    const copy = (Array.isArray(value) ? [...value] : { ...value }) as Record<string, unknown>;
    for (const [key, item] of Object.entries(copy)) {
      if (!(item instanceof Column)) continue;
      found.push(item);
      places.push((result) => {
        copy[key] = result;
      });
    }
    return copy;
  };
  const out = Array.isArray(rows)
    ? rows.map(copied)
    : Object.fromEntries(Object.entries(rows as object).map(([name, values]) => [name, copied(values)]));
  for (let from = 0; from < found.length; from += MOST) {
    const columns = found.slice(from, from + MOST).map((column, i) => column.alias(`value ${from + i}`));
    const frame = db.createDataFrame([{ one: 0 }]).select(...columns);
    const [values] = (await frame.collect({ format: "arrays", dates: "string", bigint: "auto" })) as unknown[][];
    values!.forEach((value, i) => {
      places[from + i]!(value);
    });
  }
  return out as RowSource;
}
