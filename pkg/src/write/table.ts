/** A frame into a table: `df.write.saveAsTable(name)` and `df.write.insertInto(name)`. Rows never pass through JavaScript. */
import type { DataFrame } from "../dataframe.js";
import { nameOf } from "../definitions.js";

export type TableMode = "error" | "append" | "overwrite" | "ignore";

/** A table of the frame's columns and rows; appending goes by name. Rows written, 0 when `"ignore"` found the table. */
export function saveAsTable(frame: DataFrame, mode: TableMode, name: string): Promise<number> {
  return write(frame, mode, nameOf("saveAsTable", name), false);
}

/** Rows into a table that exists, by the places of columns as in PySpark; `"overwrite"` empties it first. Rows written. */
export function insertInto(frame: DataFrame, mode: TableMode, name: string): Promise<number> {
  return write(frame, mode, nameOf("insertInto", name), true);
}

async function write(frame: DataFrame, mode: TableMode, name: string, into: boolean): Promise<number> {
  const written = await frame.database.track(frame.database.call("writeTable", name, frame.planJson(), mode, into));
  return Math.max(0, written);
}
