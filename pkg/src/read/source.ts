// Where bytes come from. Everything becomes an async iterator of byte chunks that is pulled, so a slow database slows the source.

import { invalid, moltresError } from "../errors.js";

/** What readers take. A text is a path in Node and a URL in browsers; `{text}` is the content itself. */
export type ReadSource = SettledSource | PromiseLike<SettledSource>;

export type SettledSource =
  | string
  | URL
  | Blob
  | Response
  | ReadableStream<Uint8Array | string>
  | Uint8Array
  | ArrayBuffer
  | ArrayBufferView
  | { readonly text: string }
  | Iterable<Uint8Array | string>
  | AsyncIterable<Uint8Array | string>
  | { getFile(): Promise<Blob> }
  | { stream(): ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>> };

export interface OpenSource {
  readonly chunks: AsyncIterable<Uint8Array>;
  /** Bytes in all, where that is known. */
  readonly totalBytes?: number;
  /** Did the first chunk come as text? Then it is UTF-8 here, whatever bytes of the source would be. Known once that chunk is there. */
  isText?(): boolean;
  /** Ends a read that is under way, which `return` of an iterator cannot. */
  cancel?(reason: unknown): void;
}

export interface Source {
  open(signal?: AbortSignal): Promise<OpenSource>;
  /** Does `open` work again? */
  readonly again: boolean;
  /** Any part of it, where that can be had without reading the rest. */
  random?(): Promise<RandomAccess>;
}

export interface RandomAccess {
  readonly byteLength: number;
  slice(start: number, end?: number): Promise<ArrayBuffer>;
  close(): Promise<void>;
}

/** Slices that are read or fed at once: large enough to be fast, small enough to keep a page alive. */
export const SLICE = 512 << 10;

const isNode = typeof process !== "undefined" && typeof process.versions?.node === "string";

/** Finds out what a source is. Nothing is opened yet. */
export async function sourceOf(given: ReadSource): Promise<Source> {
  const source = await given;
  if (typeof source === "string") {
    if (/^(https?|blob|data):/i.test(source)) return url(new URL(source));
    if (/^file:/i.test(source) && isNode) return path(new URL(source));
    return isNode ? path(source) : url(new URL(source, typeof location === "undefined" ? undefined : location.href));
  }
  if (source instanceof URL) return source.protocol === "file:" && isNode ? path(source) : url(source);
  if (source instanceof Uint8Array) return bytes(source);
  if (source instanceof ArrayBuffer) return bytes(new Uint8Array(source));
  if (ArrayBuffer.isView(source)) return bytes(new Uint8Array(source.buffer, source.byteOffset, source.byteLength));
  if (typeof Blob !== "undefined" && source instanceof Blob) return blob(source);
  if (typeof Response !== "undefined" && source instanceof Response) return response(source);
  if (typeof Request !== "undefined" && source instanceof Request) return url(source);
  if (Array.isArray(source)) return { again: true, open: async () => encoded(source) };
  if (source && typeof source === "object") {
    const object = source as any;
    // Before what iterates: a stream's own reader can be cancelled while it waits.
    if (typeof object.getReader === "function") return once(async () => streamed(object));
    if (Symbol.asyncIterator in object || Symbol.iterator in object)
      return once(async () => ({ ...encoded(object), ...destroyable(object) }));
    if (typeof object.getFile === "function") return blob(await object.getFile());
    if (typeof object.stream === "function") return once(async () => streamed(await object.stream()));
    if (typeof object.text === "string") return { again: true, open: async () => encoded([object.text]) };
    if (typeof object.arrayBuffer === "function") return bytes(new Uint8Array(await object.arrayBuffer()));
  }
  throw invalid(
    "read: the source must be a path, URL, File or Blob, Response, ReadableStream, iterable of bytes or texts, Uint8Array, or {text}",
  );
}

function once(open: (signal?: AbortSignal) => Promise<OpenSource>): Source {
  let used = false;
  return {
    again: false,
    async open(signal) {
      if (used) throw invalid("read: the source has been read already");
      used = true;
      return open(signal);
    },
  };
}

/** Node's streams. */
function destroyable(object: { destroy?: (reason?: Error) => void }): Pick<OpenSource, "cancel"> {
  return typeof object.destroy === "function" ? { cancel: () => object.destroy?.() } : {};
}

function bytes(data: Uint8Array): Source {
  async function* slices() {
    for (let at = 0; at < data.length; at += SLICE) yield data.subarray(at, Math.min(at + SLICE, data.length));
  }
  return {
    again: true,
    open: async () => ({ chunks: slices(), totalBytes: data.length }),
    random: async () => ({
      byteLength: data.length,
      slice: async (start, end) => data.slice(start, end).buffer as ArrayBuffer,
      close: async () => {},
    }),
  };
}

function blob(data: Blob): Source {
  async function* slices() {
    for (let at = 0; at < data.size; at += SLICE) yield new Uint8Array(await data.slice(at, at + SLICE).arrayBuffer());
  }
  return {
    again: true,
    open: async () => ({ chunks: slices(), totalBytes: data.size }),
    random: async () => ({
      byteLength: data.size,
      slice: (start, end) => data.slice(start, end).arrayBuffer(),
      close: async () => {},
    }),
  };
}

function url(address: URL | Request): Source {
  const name = address instanceof URL ? address.href : address.url;
  return once(async (signal) => {
    let answer: Response;
    try {
      answer = await fetch(address, signal ? { signal } : {});
    } catch (error) {
      signal?.throwIfAborted();
      throw moltresError("storage_unavailable", `read: ${name} cannot be fetched`, { cause: error });
    }
    return fromResponse(answer, name);
  });
}

function response(answer: Response): Source {
  return once(async () => fromResponse(answer, answer.url || "the response"));
}

function fromResponse(answer: Response, name: string): OpenSource {
  if (!answer.ok) throw moltresError("storage_unavailable", `read: ${name} answered ${answer.status}`);
  if (!answer.body) return { ...encoded([]), totalBytes: 0 };
  // With a content encoding the length is that of what came over the wire.
  const length = answer.headers.get("content-encoding") ? Number.NaN : Number(answer.headers.get("content-length") ?? Number.NaN);
  return { ...streamed(answer.body), ...(Number.isFinite(length) ? { totalBytes: length } : {}) };
}

async function path(given: string | URL): Promise<Source> {
  const { open, stat } = await import("node:fs/promises");
  const name = typeof given === "string" ? given : (await import("node:url")).fileURLToPath(given);
  const refused = (error: unknown): never => {
    const { code } = error as { code?: string };
    const why = code === "ENOENT" ? ": there is no such file" : code === "EISDIR" ? ": it is a directory" : "";
    throw moltresError("storage_unavailable", `read: "${name}" cannot be ${code === "EISDIR" ? "read" : "opened"}${why}`, { cause: error });
  };
  // A pipe or a device gives its bytes once, and has no size.
  const found = await stat(name).catch(() => undefined);
  const isFile = found === undefined || found.isFile() || found.isDirectory();
  async function openAndRead(): Promise<OpenSource> {
    const { size } = await stat(name).catch(refused);
    // Opened with the first slice, so that a source that is never read leaves nothing open.
    async function* slices() {
      const file = await open(name, "r").catch(refused);
      try {
        // Two buffers in turn: while one is parsed the other is read. So a chunk holds only until the next one is asked for.
        let spare = new Uint8Array(SLICE);
        let ahead = file.read(new Uint8Array(SLICE), 0, SLICE);
        for (;;) {
          const { bytesRead, buffer } = await ahead.catch(refused);
          if (bytesRead === 0) return;
          ahead = file.read(spare, 0, SLICE);
          ahead.catch(() => {});
          yield buffer.subarray(0, bytesRead);
          spare = buffer;
        }
      } finally {
        await file.close();
      }
    }
    return { chunks: slices(), ...(isFile ? { totalBytes: size } : {}) };
  }
  if (!isFile) return once(openAndRead);
  return {
    again: true,
    open: openAndRead,
    async random() {
      const file = await open(name, "r").catch(refused);
      const { size } = await file.stat();
      return {
        byteLength: size,
        async slice(start, end = size) {
          const from = start < 0 ? Math.max(0, size + start) : start;
          const bytes = new Uint8Array(Math.max(0, Math.min(end, size) - from));
          const { bytesRead } = await file.read(bytes, 0, bytes.length, from).catch(refused);
          return bytes.buffer.slice(0, bytesRead);
        },
        close: () => file.close(),
      };
    },
  };
}

function streamed(stream: ReadableStream<Uint8Array | string>): OpenSource {
  if (stream.locked) throw invalid("read: the stream is locked: something else reads it, or has read it");
  const reader = stream.getReader();
  async function* chunks(): AsyncGenerator<Uint8Array | string> {
    let done = false;
    try {
      for (;;) {
        const next = await reader.read();
        if (next.done) {
          done = true;
          return;
        }
        yield next.value;
      }
    } finally {
      if (!done) await reader.cancel().catch(() => {});
      reader.releaseLock();
    }
  }
  return { ...encoded(chunks()), cancel: (reason) => void reader.cancel(reason).catch(() => {}) };
}

const encoder = new TextEncoder();

/** Half a surrogate pair is no character: a byte that UTF-8 does not have stands for it, which readers report. */
function utf8(text: string): Uint8Array {
  const parts = text.split(/\p{Cs}/u).map((part) => encoder.encode(part));
  if (parts.length === 1) return parts[0] as Uint8Array;
  const bytes = new Uint8Array(parts.reduce((n, part) => n + part.length + 1, -1)).fill(0xff);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length + 1;
  }
  return bytes;
}

/** Texts as UTF-8, a character cut between two of them put together; buffers as views of bytes. */
function encoded(chunks: Iterable<unknown> | AsyncIterable<unknown>): OpenSource {
  let isText: boolean | undefined;
  const seen = (text: boolean) => {
    isText ??= text;
  };
  return { chunks: encode(chunks, seen), isText: () => isText === true };
}

async function* encode(chunks: Iterable<unknown> | AsyncIterable<unknown>, seen: (isText: boolean) => void): AsyncGenerator<Uint8Array> {
  let high = "";
  for await (const chunk of chunks) {
    seen(typeof chunk === "string");
    if (typeof chunk === "string") {
      // Sliced, so that no giant text is encoded at once.
      const text = high + chunk;
      high = "";
      for (let at = 0; at < text.length; ) {
        let end = Math.min(at + (SLICE >> 1), text.length);
        const last = text.charCodeAt(end - 1);
        if (last >= 0xd800 && last < 0xdc00) end--;
        if (end === at) {
          high = text.slice(at);
          break;
        }
        yield utf8(text.slice(at, end));
        at = end;
      }
      continue;
    }
    if (high) {
      yield utf8(high);
      high = "";
    }
    if (chunk instanceof Uint8Array) yield chunk;
    else if (chunk instanceof ArrayBuffer) yield new Uint8Array(chunk);
    else if (ArrayBuffer.isView(chunk)) yield new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    else throw invalid(`read: chunks must be bytes or texts, not ${chunk === null ? "null" : typeof chunk}`);
  }
  if (high) yield utf8(high);
}

/** The same chunks, until the signal aborts: then its reason is thrown at once, whether or not the source ever gives another one. */
export function abortable<T>(
  chunks: AsyncGenerator<T>,
  signal: AbortSignal | undefined,
  cancel?: (reason: unknown) => void,
): AsyncIterable<T> {
  if (!signal) return chunks;
  const over = abortion(signal);
  return {
    [Symbol.asyncIterator]: () => ({
      async next() {
        try {
          return await Promise.race([chunks.next(), over.aborted]);
        } catch (error) {
          over.release();
          // Not waited for: a source that hangs does not answer this either.
          cancel?.(error);
          chunks.return(undefined).catch(() => {});
          throw error;
        }
      },
      async return() {
        over.release();
        await chunks.return(undefined);
        return { done: true, value: undefined };
      },
    }),
  };
}

/** The promise's result, or the signal's reason if that aborts first. */
export async function unlessAborted<T>(promise: PromiseLike<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return promise;
  const over = abortion(signal);
  return Promise.race([promise, over.aborted]).finally(over.release);
}

function abortion(signal: AbortSignal): { aborted: Promise<never>; release: () => void } {
  let release = () => {};
  const aborted = new Promise<never>((_, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true });
    release = () => signal.removeEventListener("abort", abort);
  });
  aborted.catch(() => {});
  return { aborted, release };
}
