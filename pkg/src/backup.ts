// Backup, restore, dump: bytes in and out around the engine's images.

import { describe, invalid } from "./arguments.js";
import {
  type ByteSource,
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
} from "./bytes.js";
import { callStatic, init } from "./core.js";
import { decrypt, encrypt, isEncrypted } from "./crypto.js";
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

export interface RestoreOptions {
  password?: string;
  /** false: accept rows that break a foreign key. */
  foreignKeys?: boolean;
  signal?: AbortSignal;
}

/** What a backup came to. */
export interface BackupReport {
  /** Bytes written, after compression and encryption. */
  bytes: number;
  pages: number;
  /** Seconds. */
  elapsed: number;
}

export interface RestoreReport {
  pages: number;
  pageSize: number;
  bytes: number;
  tables: number;
  elapsed: number;
}

/** SQL text, as `dump` gives it, in the place of an image. */
export interface SqlSource {
  sql: string;
}
/** A point in time of the change log: a Date, or the id of an entry of `db.history.list()`. */
export interface PointInTime {
  to: Date | number;
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
        bytes = await bytesTo("backup", target, sealed(bytesFrom("backup", temporary), options));
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
        bytes = await bytesTo("backup", target, sealed(bytesFrom("backup", copy.image), options));
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

/** Replaces the database by an image, a dump, or its own earlier state; verified first, then swapped at once. A bad source changes nothing. */
export async function restore(
  db: Database,
  source: ByteSource | Promise<ByteSource> | SqlSource | PointInTime,
  options: RestoreOptions = {},
): Promise<RestoreReport> {
  check("restore", options, ["password", "foreignKeys", "signal"]);
  if (options.password !== undefined && typeof options.password !== "string")
    throw invalid("restore", `the password is a text, not ${describe(options.password)}`);
  options.signal?.throwIfAborted();
  const started = performance.now();
  const foreignKeys = options.foreignKeys ?? true;
  try {
    const from = await source;
    let report: string;
    if (has(from, "to")) report = await db.history.restore((from as PointInTime).to, foreignKeys);
    else if (has(from, "sql") && typeof (from as SqlSource).sql === "string")
      report = await db.call("loadDump", (from as SqlSource).sql, foreignKeys);
    else report = await fromBytes(db, from as ByteSource, options, foreignKeys);
    const done: RestoreReport = { ...JSON.parse(report), elapsed: (performance.now() - started) / 1000 };
    await event(db, true, done.elapsed, { ...done });
    return done;
  } catch (error) {
    await event(db, true, (performance.now() - started) / 1000, { error: String((error as Error)?.message ?? error) });
    throw error;
  }
}

/** What is readable of a damaged image, as a whole image, and a report of what is lost. */
export interface Recovered {
  image: Uint8Array;
  report: {
    tables: { name: string; rows: number; pagesLost: number; rowsLost: number }[];
    /** Rows of pages that belong to no known table, in the table `lost_and_found`. */
    lostAndFound: number;
    pages: number;
    notRecreated: string[];
    schemaRowsLost: number;
  };
}

/** Reads what can be read of a damaged image: `connect((await recover(path)).image)`. */
export async function recover(source: ByteSource | Promise<ByteSource>, options: { password?: string } = {}): Promise<Recovered> {
  const bytes = await gather(opened(bytesFrom("recover", source), options));
  await init();
  const found = callStatic((cls) => cls.recoverImage!(bytes));
  try {
    return { report: JSON.parse(found.report), image: found.takeImage() };
  } finally {
    found.free();
  }
}

/** The database as SQL text. */
export function dump(db: Database): Promise<string> {
  return db.call("dump");
}

// ---- out

/** Copies pages until all are there; a write transaction that is open meanwhile is waited for. */
async function copyPages(db: Database, id: number, options: BackupOptions): Promise<number> {
  const patience = performance.now() + 5_000;
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
async function toFile(db: Database, path: string, options: BackupOptions): Promise<{ bytes: number; pages: number }> {
  const host = await hostFiles();
  const fs = await fileSystem("backup");
  const { dirname } = await import("node:path");
  if (isFile(db) && host.fullPath(path) === host.fullPath(db.name))
    throw invalid("backup", "the target is the database itself", "choose another path");
  await fs.access(dirname(path)).catch((cause) => {
    throw storageError("backup", `cannot write "${path}"`, cause);
  });
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

/** Makes a finished file durable; its size. A copy of a database in WAL mode is whole without a WAL, and says so, to open anywhere. */
async function finish(path: string): Promise<number> {
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

// ---- in

async function fromBytes(db: Database, source: ByteSource, options: RestoreOptions, foreignKeys: boolean): Promise<string> {
  const path = await pathOf(source);
  // A database in a Worker has its own files; bytes reach it anyway.
  if (path !== undefined && db.isLocal && isSqlite(await headOf(path))) return fromFile(db, path, foreignKeys);
  const chunks = opened(bytesFrom("restore", source), options);
  if (!isFile(db) || !db.isLocal) return db.call("restore", await gather(chunks), foreignKeys);
  // Into a file database by way of a file, as the image may be larger than memory.
  const temporary = await temporaryPath();
  try {
    await bytesTo("restore", temporary, chunks);
    return await fromFile(db, temporary, foreignKeys);
  } finally {
    await remove(temporary, `${temporary}-journal`);
  }
}

async function fromFile(db: Database, path: string, foreignKeys: boolean): Promise<string> {
  const host = await hostFiles();
  const head = await headOf(path);
  const size = (await (await fileSystem("restore")).stat(path)).size;
  await host.useLocks();
  return db.call("restoreFile", host, path, head, size, foreignKeys);
}

async function headOf(path: string): Promise<Uint8Array> {
  const { open } = await fileSystem("restore");
  const file = await open(path, "r").catch((cause: Error) => {
    throw storageError("restore", `cannot read "${path}"`, cause);
  });
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(100), 0, 100, 0);
    return buffer.subarray(0, bytesRead);
  } catch (cause) {
    throw storageError("restore", `cannot read "${path}"`, cause as Error);
  } finally {
    await file.close();
  }
}

function isSqlite(head: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(head.subarray(0, 16)) === "SQLite format 3\0";
}

/** Decrypts and decompresses as the bytes themselves say. */
async function* opened(chunks: AsyncIterable<Uint8Array>, options: RestoreOptions): AsyncGenerator<Uint8Array> {
  const outer = await peek(chunks);
  let inner = outer;
  if (isEncrypted(outer.head)) {
    if (options.password === undefined)
      throw moltresError("wrong_password", "restore: the backup is encrypted", { hint: "give its password: restore(source, {password})" });
    inner = await peek(decrypt(outer.all, options.password));
  }
  if (inner.head[0] !== 0x1f || inner.head[1] !== 0x8b) {
    yield* inner.all;
    return;
  }
  let failed: unknown;
  const watched = (async function* () {
    try {
      yield* inner.all;
    } catch (error) {
      failed = error;
      throw error;
    }
  })();
  try {
    yield* through(watched, new DecompressionStream("gzip") as any);
  } catch (cause) {
    throw failed ?? moltresError("corrupt", "restore: the compressed backup is damaged or cut", { cause });
  }
}

/** The first bytes of a stream, and the whole of it. */
async function peek(chunks: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; all: AsyncIterable<Uint8Array> }> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let n = 0;
  let ended = false;
  while (n < 16 && !ended) {
    const { done, value } = await iterator.next();
    ended = done === true;
    if (value) {
      first.push(value);
      n += value.length;
    }
  }
  const head = new Uint8Array(n);
  let at = 0;
  for (const part of first) {
    head.set(part, at);
    at += part.length;
  }
  const all = (async function* () {
    try {
      yield head;
      if (!ended) yield* { [Symbol.asyncIterator]: () => iterator };
    } finally {
      await iterator.return?.();
    }
  })();
  return { head: head.subarray(0, 16), all };
}

// ---- small things

function isFile(db: Database): boolean {
  return db.name !== ":memory:" && db.name !== "" && !/^(opfs|idb):/.test(db.name);
}

async function temporaryPath(): Promise<string> {
  const host = await hostFiles();
  return host.paths.join(host.temporaryDirectory, `moltres-${globalThis.crypto.randomUUID()}.db`);
}

function isTarget(value: any): boolean {
  return typeof value?.getWriter === "function" || typeof value?.createWritable === "function" || typeof value?.write === "function";
}

function isOptions(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype && !isTarget(value);
}

function has(value: unknown, name: string): boolean {
  return isOptions(value) && Object.hasOwn(value as object, name);
}

function check(verb: string, options: unknown, known: string[]): void {
  if (options === null || typeof options !== "object") throw invalid(verb, `options are an object, not ${describe(options)}`);
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw invalid(verb, `there is no option "${name}"`, `options are ${known.join(", ")}`);
  }
}

async function event(db: Database, isRestore: boolean, elapsed: number, metadata: object): Promise<void> {
  if (!db.isClosed) await db.call("backupEvent", isRestore, elapsed, JSON.stringify(metadata)).catch(() => {});
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
