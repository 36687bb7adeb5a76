// Restore and recover: bytes in, checked before anything changes.

import { describe, invalid } from "./arguments.js";
import { backup, check, event, finish, isFile, isItself, isOptions, temporaryPath } from "./backup.js";
import { type ByteSource, bytesTo, fileSystem, gather, joined, leavable, pathOf, remove, storageError, through } from "./bytes.js";
import { callStatic, init } from "./core.js";
import { decrypt, isEncrypted } from "./crypto.js";
import type { Database } from "./database.js";
import { type MoltresError, moltresError } from "./errors.js";
import { hostFiles } from "./storage-node.js";

export interface RestoreOptions {
  password?: string;
  /** false: accept rows that break a foreign key. */
  foreignKeys?: boolean;
  signal?: AbortSignal;
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
  const bytes = await gather(opened(leavable("recover", source), options));
  await init();
  const found = callStatic((cls) => cls.recoverImage!(bytes));
  try {
    return { report: JSON.parse(found.report), image: found.takeImage() };
  } finally {
    found.free();
  }
}

async function fromBytes(db: Database, source: ByteSource, options: RestoreOptions, foreignKeys: boolean): Promise<string> {
  const path = await pathOf(source);
  if (path !== undefined && (await isItself(db, path)))
    throw invalid("restore", "the source is the database itself", "choose another path");
  // A database in a Worker has its own files; bytes reach it anyway.
  const head = path === undefined ? new Uint8Array() : await headOf(path);
  if (path !== undefined && isWal(head)) return fromWal(db, path, foreignKeys);
  if (path !== undefined && db.isLocal && isSqlite(head)) return fromFile(db, path, foreignKeys);
  const chunks = opened(leavable("restore", source, options.signal), options);
  if (!isFile(db) || !db.isLocal) return db.call("restore", await gather(chunks), foreignKeys);
  // Into a file database by way of a file, as the image may be larger than memory.
  const temporary = await temporaryPath();
  try {
    await bytesTo("restore", temporary, chunks);
    if (isWal(await headOf(temporary))) await finish(temporary);
    return await fromFile(db, temporary, foreignKeys);
  } finally {
    await remove(temporary, `${temporary}-journal`);
  }
}

/** From a file in WAL mode: what its WAL holds is part of it, and the pages that say so must not become those of a database without one. */
async function fromWal(db: Database, path: string, foreignKeys: boolean): Promise<string> {
  const { connect } = await import("./connect.js");
  const temporary = await temporaryPath();
  try {
    const source = await connect(path, { readOnly: true, worker: false }).catch((error) => {
      throw atRestore(error);
    });
    try {
      await backup(source, temporary);
    } finally {
      await source.close();
    }
    return db.isLocal
      ? await fromFile(db, temporary, foreignKeys)
      : await db.call("restore", await gather(leavable("restore", temporary)), foreignKeys);
  } finally {
    await remove(temporary, `${temporary}-journal`);
  }
}

function atRestore(error: MoltresError): Error {
  return moltresError(error.code, error.message.replace(/^connect: /, "restore: "), { hint: error.hint, cause: error });
}

async function fromFile(db: Database, path: string, foreignKeys: boolean): Promise<string> {
  const host = await hostFiles();
  const head = await headOf(path);
  const { size } = await (await fileSystem("restore")).stat(path).catch((cause: Error) => {
    throw storageError("restore", `cannot read "${path}"`, cause);
  });
  await host.useLocks();
  return db.call("restoreFile", host, path, head, size, foreignKeys);
}

async function headOf(path: string): Promise<Uint8Array> {
  const { open } = await fileSystem("restore");
  const file = await open(path, "r").catch((cause: Error) => {
    throw storageError("restore", `cannot read "${path}"`, cause);
  });
  try {
    const head = new Uint8Array(100);
    let length = 0;
    for (let n = -1; n !== 0 && length < head.length; length += n)
      n = (await file.read(head, length, head.length - length, length)).bytesRead;
    return head.subarray(0, length);
  } catch (cause) {
    throw storageError("restore", `cannot read "${path}"`, cause as Error);
  } finally {
    await file.close();
  }
}

function isWal(head: Uint8Array): boolean {
  return isSqlite(head) && head[18] === 2 && head[19] === 2;
}

function isSqlite(head: Uint8Array): boolean {
  return new TextDecoder("latin1").decode(head.subarray(0, 16)) === "SQLite format 3\0";
}

/** Decrypts and decompresses as the bytes themselves say. However it ends, the source is closed. */
async function* opened(source: AsyncIterableIterator<Uint8Array>, options: RestoreOptions): AsyncGenerator<Uint8Array> {
  try {
    yield* unwrapped({ [Symbol.asyncIterator]: () => source }, options);
  } finally {
    await source.return?.();
  }
}

async function* unwrapped(chunks: AsyncIterable<Uint8Array>, options: RestoreOptions): AsyncGenerator<Uint8Array> {
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
  const head = joined(first);
  const all = (async function* () {
    yield head;
    if (!ended) yield* { [Symbol.asyncIterator]: () => iterator };
  })();
  return { head: head.subarray(0, 16), all };
}

function has(value: unknown, name: string): boolean {
  return isOptions(value) && Object.hasOwn(value as object, name);
}
