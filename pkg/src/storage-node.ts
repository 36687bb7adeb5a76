import type { Engine } from "./engine.js";
import { moltresError } from "./errors.js";

/** Opens a SQLite file in place, through the file system of Node, Deno or Bun. */
export async function openFile(_path: string, _options: { readOnly?: boolean; create?: boolean }): Promise<Engine> {
  throw moltresError("unsupported", "files are not part of this build");
}
