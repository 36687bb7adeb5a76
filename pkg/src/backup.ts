// Backup and dump: bytes out of the engine's images.

import { describe, invalid } from "./arguments.js";
import {
  type ByteTarget,
  bytesFrom,
  bytesTo,
  fileSystem,
  gather,
  pathOf,
  remove,
  storageError,
  takeName,
  through,
  throughLink,
} from "./bytes.js";
import { encrypt } from "./crypto.js";
import type { Database } from "./database.js";
import { MoltresError, moltresError } from "./errors.js";
import { hostFiles } from "./storage-node.js";

export interface BackupProgress {
  totalPages: number;
  remainingPages: number;
}

export interface BackupOptions {
  /** Seal the backup with a password. */
  encrypt?: { password: string };
  /** gzip. */
  compress?: boolean | "gzip";
  onProgress?: (progress: BackupProgress) => void;
  signal?: AbortSignal;
  /** `"blob"`: a Blob instead of bytes, where no target is given. */
  as?: "bytes" | "blob";
  /** Pages copied before other work gets its turn; 1,024. */
  pagesPerStep?: number;
}

/** What a backup came to. */
export interface BackupReport {
  /** Bytes written, after compression and encryption. */
  bytes: number;
  pages: number;
  /** Seconds. */
  elapsed: number;
}

/** A copy of the database as it is, as bytes or written to a target. */
export function backup(db: Database, target?: undefined, options?: BackupOptions & { as?: "bytes" }): Promise<Uint8Array>;
export function backup(db: Database, target: undefined, options: BackupOptions & { as: "blob" }): Promise<Blob>;
export function backup(db: Database, target: ByteTarget, options?: BackupOptions): Promise<BackupReport>;
export async function backup(db: Database, target?: ByteTarget, options: BackupOptions = {}): Promise<Uint8Array | Blob | BackupReport> {
  if (isOptions(target) && Object.keys(options).length === 0) return backup(db, undefined, target as BackupOptions & { as?: "bytes" });
  check("backup", options, ["encrypt", "compress", "onProgress", "signal", "as", "pagesPerStep"]);
  const password = options.encrypt?.password;
  if (options.encrypt !== undefined && (typeof password !== "string" || password === ""))
    throw invalid("backup", "encrypt needs a password, a text that is not empty");
  if (![undefined, true, false, "gzip"].includes(options.compress))
    throw invalid("backup", `compress is true or "gzip", not ${describe(options.compress)}`);
  if (options.onProgress !== undefined && typeof options.onProgress !== "function")
    throw invalid("backup", `onProgress is a function, not ${describe(options.onProgress)}`);
  options.signal?.throwIfAborted();

  const started = performance.now();
  const isPlain = password === undefined && !options.compress;
  const path = target === undefined ? undefined : await pathOf(target);
  if (target !== undefined && path === undefined && !isTarget(target))
    throw invalid("backup", `the target must be a path, WritableStream or file handle, not ${describe(target)}`);
  if (path !== undefined && (await isItself(db, path))) throw invalid("backup", "the target is the database itself", "choose another path");
  try {
    let result: Uint8Array | undefined;
    let bytes: number;
    let pages: number;
    if (path !== undefined && isPlain && db.isLocal) {
      ({ bytes, pages } = await toFile(db, path, options));
    } else if (target !== undefined && isFile(db) && db.isLocal) {
      // By way of a file, as the database may be larger than memory.
      const temporary = await temporaryPath();
      try {
        ({ pages } = await toFile(db, temporary, options));
        bytes = await bytesTo("backup", target, sealed(bytesFrom("backup", temporary), options), options.signal);
      } finally {
        await remove(temporary);
      }
    } else {
      const copy = await inMemory(db, options);
      pages = copy.pages;
      if (target === undefined) {
        result = isPlain ? copy.image : await gather(sealed(bytesFrom("backup", copy.image), options));
        bytes = result.length;
      } else {
        bytes = await bytesTo("backup", target, sealed(bytesFrom("backup", copy.image), options), options.signal);
      }
    }
    const elapsed = (performance.now() - started) / 1000;
    await event(db, false, elapsed, {
      bytes,
      pages,
      encrypted: password !== undefined,
      compressed: Boolean(options.compress),
      ...(path === undefined ? {} : { target: path }),
    });
    if (result)
      return options.as === "blob"
        ? new Blob([result as Uint8Array<ArrayBuffer>], { type: isPlain ? "application/vnd.sqlite3" : "application/octet-stream" })
        : result;
    return { bytes, pages, elapsed };
  } catch (error) {
    await event(db, false, (performance.now() - started) / 1000, { error: String((error as Error)?.message ?? error) });
    throw error;
  }
}

/** The image as bytes, or written to a target: `backup` without options. */
export function exportTo(db: Database): Promise<Uint8Array>;
export function exportTo(db: Database, target: ByteTarget): Promise<BackupReport>;
export function exportTo(db: Database, target?: ByteTarget): Promise<Uint8Array | BackupReport> {
  return target === undefined ? backup(db) : backup(db, target);
}

/** The database as SQL text. */
export function dump(db: Database): Promise<string> {
  return db.call("dump");
}

// ---- out

/** Copies pages until all are there; a write transaction that is open meanwhile is waited for. */
async function copyPages(db: Database, id: number, options: BackupOptions): Promise<number> {
  // A transaction around would wait for itself.
  const patience = performance.now() + (db.inTransaction ? 0 : 5_000);
  const pages = options.pagesPerStep ?? 1024;
  for (;;) {
    options.signal?.throwIfAborted();
    let progress: BackupProgress & { done: boolean };
    try {
      progress = JSON.parse(await db.call("backupStep", id, pages));
    } catch (error) {
      if (!(error instanceof MoltresError) || error.code !== "busy" || performance.now() > patience) throw error;
      await pause(5);
      continue;
    }
    options.onProgress?.({ totalPages: progress.totalPages, remainingPages: progress.remainingPages });
    if (progress.done) return progress.totalPages;
    await pause(0);
  }
}

async function inMemory(db: Database, options: BackupOptions): Promise<{ image: Uint8Array; pages: number }> {
  const id: number = await db.call("backupBegin");
  try {
    const pages = await copyPages(db, id, options);
    return { image: await db.call("backupImage", id), pages };
  } finally {
    if (!db.isClosed) await db.call("backupDrop", id);
  }
}

/** Into a file by way of a temporary one beside it, which takes its name when it is whole and durable. */
async function toFile(db: Database, given: string, options: BackupOptions): Promise<{ bytes: number; pages: number }> {
  const host = await hostFiles();
  const fs = await fileSystem("backup");
  const { dirname } = await import("node:path");
  const path = await throughLink(given);
  await fs.access(dirname(path)).catch((cause) => {
    throw storageError("backup", `cannot write "${path}"`, cause);
  });
  // Known before all of it is copied.
  if ((await fs.stat(path).catch(() => undefined))?.isDirectory())
    throw moltresError("storage_unavailable", `backup: cannot write "${path}": it is a directory`);
  const temporary = `${path}.${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`;
  let id: number | undefined;
  try {
    id = await db.call("backupBeginFile", host.unlocked(), temporary);
    const pages = await copyPages(db, id!, options);
    await db.call("backupCloseFile", id!);
    const bytes = await finish(temporary);
    await takeName("backup", temporary, path);
    return { bytes, pages };
  } catch (error) {
    if (id !== undefined && !db.isClosed) await db.call("backupDrop", id);
    await remove(temporary, `${temporary}-journal`);
    throw (error as { syscall?: string }).syscall ? storageError("backup", `cannot write "${path}"`, error as Error) : error;
  }
}

/** Is this path the file that the database lives in, by whatever name? */
export async function isItself(db: Database, path: string): Promise<boolean> {
  const own = isFile(db) ? await db.call("fileName") : undefined;
  if (own === undefined) return false;
  const { stat } = await fileSystem("backup");
  const [a, b] = await Promise.all([own, path].map((each) => stat(each, { bigint: true }).catch(() => undefined)));
  return a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;
}

/** Makes a finished file durable; its size. A copy of a database in WAL mode is whole without a WAL, and says so, to open anywhere. */
export async function finish(path: string): Promise<number> {
  const { open } = await fileSystem("backup");
  const file = await open(path, "r+");
  try {
    await file.write(new Uint8Array([1, 1]), 0, 2, 18);
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

function sealed(chunks: AsyncIterable<Uint8Array>, options: BackupOptions): AsyncIterable<Uint8Array> {
  let out = sliced(chunks, options.signal);
  if (options.compress) out = through(out, new CompressionStream("gzip") as any);
  return options.encrypt ? encrypt(out, options.encrypt.password) : out;
}

/** Large arrays in parts, so that a stream is never handed a whole database at once. */
async function* sliced(chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += 1 << 18) {
      signal?.throwIfAborted();
      yield chunk.subarray(at, at + (1 << 18));
    }
  }
}

// ---- for both directions

export function isFile(db: Database): boolean {
  return db.name !== ":memory:" && db.name !== "" && !/^(opfs|idb):/.test(db.name);
}

export async function temporaryPath(): Promise<string> {
  const host = await hostFiles();
  return host.paths.join(host.temporaryDirectory, `moltres-${globalThis.crypto.randomUUID()}.db`);
}

function isTarget(value: any): boolean {
  return typeof value?.getWriter === "function" || typeof value?.createWritable === "function" || typeof value?.write === "function";
}

export function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype && !isTarget(value);
}

export function check(verb: string, options: unknown, known: string[]): void {
  if (options === null || typeof options !== "object") throw invalid(verb, `options are an object, not ${describe(options)}`);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid(verb, `there is no option "${name}"`, `options are ${known.join(", ")}`);
  }
}

export async function event(db: Database, isRestore: boolean, elapsed: number, metadata: object): Promise<void> {
  if (!db.isClosed) await db.call("backupEvent", isRestore, elapsed, JSON.stringify(metadata)).catch(() => {});
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
