// Opening: from a target to an engine of this thread.

import type { DatabaseOptions } from "./connection.js";
import { callStatic } from "./core.js";
import type { Engine } from "./engine.js";
import { invalid, moltresError } from "./errors.js";
import { openFile } from "./storage-node.js";

/** `":memory:"`, a path, `opfs:name`, `idb:name`, or the bytes of a SQLite image. */
export type Target = string | URL | Uint8Array | ArrayBuffer | Blob | Response | { arrayBuffer(): Promise<ArrayBuffer> };

/** Opens a target with the settings that an engine keeps. */
export async function openEngine(target: Target, options: DatabaseOptions): Promise<Engine> {
  const engine = await open(target, options);
  try {
    if (options.queryTimeout !== undefined) engine.setQueryTimeout(options.queryTimeout);
    if (options.readOnly) engine.setReadOnly(true);
  } catch (error) {
    engine.close();
    throw error;
  }
  return engine;
}

async function open(target: Target, options: DatabaseOptions): Promise<Engine> {
  if (target === ":memory:" || target === "") return callStatic((cls) => cls.openInMemory());
  if (typeof target === "string" || (target instanceof URL && target.protocol === "file:")) {
    if (typeof target === "string" && /^(opfs|idb):/.test(target)) {
      throw moltresError("storage_unavailable", `connect: "${target}" needs a browser's storage`, {
        hint: 'use a path in Node, or ":memory:"',
      });
    }
    const path = typeof target === "string" ? target : decodeURIComponent(target.pathname);
    return openFile(path, { readOnly: options.readOnly, create: options.create, locking: options.locking });
  }
  const bytes = await imageBytes(target);
  return callStatic((cls) => cls.openImage(bytes));
}

/** The bytes of an image, wherever they come from. */
export async function imageBytes(target: Exclude<Target, string>): Promise<Uint8Array> {
  if (target instanceof Uint8Array) return target;
  if (target instanceof ArrayBuffer) return new Uint8Array(target);
  if (target instanceof URL) {
    const response = await fetch(target);
    if (!response.ok) throw moltresError("storage_unavailable", `connect: ${target.href} answered ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }
  if (typeof target?.arrayBuffer === "function") return new Uint8Array(await target.arrayBuffer());
  throw invalid("connect: the target must be a text, URL, Uint8Array, ArrayBuffer, Blob or Response");
}
