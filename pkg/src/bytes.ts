// Sources and targets of bytes: what a backup is written to and a restore is read from.

import { describe, invalid } from "./arguments.js";
import { moltresError } from "./errors.js";

/** Where a backup comes from. */
export type ByteSource =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | ArrayBufferView
  | Blob
  | Response
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array>
  | Iterable<Uint8Array>
  | FileSystemHandleLike;

interface FileSystemHandleLike {
  getFile(): Promise<Blob>;
}

/** Where a backup goes: a path or `file:` URL, a WritableStream, a `FileHandle` of Node, or a browser's file handle. */
export type ByteTarget = string | URL | WritableStream<Uint8Array> | FileHandleLike | FileSystemFileHandleLike;

interface FileHandleLike {
  write(bytes: Uint8Array): Promise<unknown>;
  sync?(): Promise<void>;
}
interface FileSystemFileHandleLike {
  createWritable(): Promise<WritableStream<Uint8Array> & { abort(reason?: unknown): Promise<void> }>;
}

/** A `file:` URL or text as a path; undefined for anything else. */
export async function pathOf(where: unknown): Promise<string | undefined> {
  if (typeof where === "string" && !/^(https?|data|blob):/.test(where)) {
    if (!where.startsWith("file:")) return where;
    where = new URL(where);
  }
  if (!(where instanceof URL) || where.protocol !== "file:") return undefined;
  const { fileURLToPath } = await import("node:url");
  return fileURLToPath(where);
}

/** The bytes of a source, chunk by chunk. `stop` cancels a stream, also one that stalls. */
export async function* bytesFrom(verb: string, source: ByteSource | Promise<ByteSource>, stop?: AbortSignal): AsyncGenerator<Uint8Array> {
  const from: any = await source;
  if (from instanceof Uint8Array) yield from;
  else if (from instanceof ArrayBuffer) yield new Uint8Array(from);
  else if (ArrayBuffer.isView(from)) yield new Uint8Array(from.buffer, from.byteOffset, from.byteLength);
  else if (typeof from === "string" || from instanceof URL) yield* bytesAt(verb, from, stop);
  else if (typeof from?.getFile === "function") yield* bytesFrom(verb, await from.getFile(), stop);
  else if (typeof Response !== "undefined" && from instanceof Response) {
    if (!from.ok) throw moltresError("storage_unavailable", `${verb}: ${from.url || "the server"} answered ${from.status}`);
    if (from.body) yield* streamed(from.body, stop);
  } else if (typeof from?.getReader === "function") yield* streamed(from, stop);
  else if (typeof from?.stream === "function") yield* streamed(from.stream(), stop);
  else if (from && (Symbol.asyncIterator in Object(from) || (Symbol.iterator in Object(from) && typeof from !== "string"))) {
    for await (const chunk of from as AsyncIterable<unknown>) {
      if (!(chunk instanceof Uint8Array)) throw invalid(verb, `the source gives ${describe(chunk)} where bytes are expected`);
      yield chunk;
    }
  } else throw invalid(verb, `the source must be a path, URL, bytes, Blob, Response or stream, not ${describe(from)}`);
}

async function* bytesAt(verb: string, where: string | URL, stop?: AbortSignal): AsyncGenerator<Uint8Array> {
  const path = await pathOf(where);
  if (path === undefined) {
    yield* bytesFrom(verb, await fetch(where, { signal: stop }), stop);
    return;
  }
  const { open } = await fileSystem(verb);
  const file = await open(path, "r").catch((cause: Error) => {
    throw storageError(verb, `cannot read "${path}"`, cause);
  });
  try {
    for (;;) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(1 << 18), 0, 1 << 18, null);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** A source that may be left at any time, by `return` or by the signal: what it owes then is not waited for, as it may never come. */
export function leavable(verb: string, source: ByteSource | Promise<ByteSource>, signal?: AbortSignal): AsyncIterableIterator<Uint8Array> {
  const stop = new AbortController();
  const chunks = bytesFrom(verb, source, stop.signal);
  const end = endOf(signal);
  let owes = false;
  return {
    next() {
      owes = true;
      const next = chunks.next().finally(() => {
        owes = false;
      });
      return end.or(next);
    },
    async return() {
      end.forget();
      const stalled = owes;
      stop.abort();
      const closed = chunks.return(undefined);
      if (stalled) closed.catch(() => {});
      else await closed;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** What a signal puts an end to: `or` gives what a promise gives, or fails with the signal's reason before. */
function endOf(signal: AbortSignal | undefined): { or<T>(promise: Promise<T>): Promise<T>; forget(): void } {
  if (!signal) return { or: (promise) => promise, forget() {} };
  let abort: () => void = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason);
  });
  aborted.catch(() => {});
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  return {
    or(promise) {
      promise.catch(() => {});
      return Promise.race([promise, aborted]);
    },
    forget: () => signal.removeEventListener("abort", abort),
  };
}

async function* streamed(stream: ReadableStream<Uint8Array>, stop?: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const cancel = () => void reader.cancel().catch(() => {});
  stop?.addEventListener("abort", cancel, { once: true });
  let whole = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      whole = done;
      if (done) return;
      yield value;
    }
  } finally {
    stop?.removeEventListener("abort", cancel);
    if (!whole) await reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** Writes all chunks to a target; the number of bytes. What fails half-way leaves no file behind and closes nothing that the caller opened. */
export async function bytesTo(verb: string, target: ByteTarget, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<number> {
  const path = await pathOf(target);
  if (path !== undefined) return toPath(verb, path, chunks);
  const to = target as any;
  if (typeof to?.getWriter === "function") return toStream(to, chunks, signal);
  if (typeof to?.createWritable === "function") return toStream(await to.createWritable(), chunks, signal);
  if (typeof to?.write === "function") {
    let n = 0;
    for await (const chunk of chunks) {
      for (let done = 0; done < chunk.length; ) {
        const answer = await to.write(chunk.subarray(done));
        done += typeof answer?.bytesWritten === "number" ? answer.bytesWritten : chunk.length - done;
      }
      n += chunk.length;
    }
    await to.sync?.();
    return n;
  }
  throw invalid(verb, `the target must be a path, WritableStream or file handle, not ${describe(target)}`);
}

async function toStream(stream: WritableStream<Uint8Array>, chunks: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<number> {
  const writer = stream.getWriter();
  let n = 0;
  const end = endOf(signal);
  try {
    for await (const chunk of chunks) {
      await end.or(writer.ready);
      await end.or(writer.write(chunk));
      n += chunk.length;
    }
    await end.or(writer.close());
    return n;
  } catch (error) {
    const aborted = writer.abort(error).catch(() => {});
    // A target that takes nothing does not end either.
    if (!signal?.aborted) await aborted;
    throw error;
  } finally {
    end.forget();
    writer.releaseLock();
  }
}

/** By way of a temporary file beside it that takes its name at the end, all of it durable: the path holds the old content or the new. */
async function toPath(verb: string, given: string, chunks: AsyncIterable<Uint8Array>): Promise<number> {
  const path = await throughLink(given);
  const temporary = `${path}.${globalThis.crypto.randomUUID().slice(0, 8)}.tmp`;
  const { open, stat } = await fileSystem(verb);
  if ((await stat(path).catch(() => undefined))?.isDirectory())
    throw moltresError("storage_unavailable", `${verb}: cannot write "${path}": it is a directory`);
  try {
    const file = await open(temporary, "wx");
    let n = 0;
    try {
      for await (const chunk of chunks) {
        for (let done = 0; done < chunk.length; ) done += (await file.write(chunk, done)).bytesWritten;
        n += chunk.length;
      }
      await file.sync();
    } finally {
      await file.close();
    }
    await takeName(verb, temporary, path);
    return n;
  } catch (error) {
    await remove(temporary);
    throw (error as { syscall?: string }).syscall ? storageError(verb, `cannot write "${path}"`, error as Error) : error;
  }
}

/** Where a path that is a link leads: the file there is replaced, not the link. */
export async function throughLink(path: string): Promise<string> {
  const { realpath } = await fileSystem("backup");
  return realpath(path).catch(() => path);
}

/** Gives a finished file its name and makes that durable. */
export async function takeName(verb: string, from: string, to: string): Promise<void> {
  const fs = await fileSystem(verb);
  const { dirname } = await import("node:path");
  await fs.rename(from, to);
  // Directories cannot be opened on Windows, whose file system journals names itself.
  const directory = await fs.open(dirname(to), "r").catch(() => undefined);
  try {
    await directory?.sync();
  } finally {
    await directory?.close();
  }
}

/** Removes files that may be there; what cannot be removed, tried twice, stays. */
export async function remove(...paths: string[]): Promise<void> {
  const { rm } = await import("node:fs/promises");
  for (const path of paths) await rm(path, { force: true }).catch(() => rm(path, { force: true }).catch(() => {}));
}

export async function fileSystem(verb: string): Promise<typeof import("node:fs/promises")> {
  try {
    return await import("node:fs/promises");
  } catch (cause) {
    throw moltresError("storage_unavailable", `${verb}: there are no files in this environment`, {
      hint: "use bytes, a Blob or a stream",
      cause,
    });
  }
}

export function storageError(verb: string, what: string, cause: Error & { code?: string }): Error {
  const code = cause.code === "ENOSPC" || cause.code === "EDQUOT" ? "storage_full" : "storage_unavailable";
  return moltresError(code, `${verb}: ${what}: ${cause.message}`, { cause });
}

/** All of a stream as one array. */
export async function gather(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return parts.length === 1 ? parts[0]! : joined(parts);
}

/** A new array of all parts. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** Pipes a stream through a compressor or decompressor of the platform. */
export async function* through(
  chunks: AsyncIterable<Uint8Array>,
  transform: { readable: ReadableStream<Uint8Array>; writable: WritableStream<any> },
): AsyncGenerator<Uint8Array> {
  const writer = transform.writable.getWriter();
  const source = chunks[Symbol.asyncIterator]();
  let failed: unknown;
  /** Does it wait for its source? That may take for ever. */
  let isPulling = false;
  const pull = async () => {
    isPulling = true;
    try {
      return await source.next();
    } finally {
      isPulling = false;
    }
  };
  const feeding = (async () => {
    try {
      for (let next = await pull(); !next.done; next = await pull()) {
        await writer.ready;
        await writer.write(next.value);
      }
      await writer.close();
    } catch (error) {
      failed ??= error;
      await writer.abort(error).catch(() => {});
    }
  })();
  try {
    yield* streamed(transform.readable);
    await feeding;
  } catch (error) {
    if (!isPulling) await feeding;
    throw failed ?? error;
  } finally {
    // Whoever stops reading leaves the feeding waiting for room that never comes; its source is closed all the same, a stalled one when it can be.
    const closing = Promise.resolve(source.return?.());
    if (isPulling) closing.catch(() => {});
    else await closing;
  }
}
