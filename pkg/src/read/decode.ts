// From the bytes of a source to UTF-8: decompression and text encodings, both found out from the content where they can be.

import { callStatic, wasmGlue } from "../core.js";
import { invalid } from "../errors.js";
import { type OpenSource, SLICE } from "./source.js";

export interface DecodeOptions {
  encoding?: string;
  compression?: string;
}

export interface Decoded {
  readonly chunks: AsyncGenerator<Uint8Array>;
  /** The encoding, once the first chunk is there. */
  encoding(): string;
  /** Bytes taken from the source so far. */
  bytesRead(): number;
}

/** Checks the label before anything is read. */
export function checkEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding;
  } catch (error) {
    throw invalid(`encoding: "${label}" is not known here`, {
      hint: "labels are those of TextDecoder: utf-8, windows-1252, utf-16le, shift_jis, …",
      cause: error,
    });
  }
}

/** Takes chunks of any size; gives slices of UTF-8, each small enough for one turn of the event loop. */
export function decoded(opened: OpenSource, options: DecodeOptions): Decoded {
  const label = options.encoding === undefined ? undefined : checkEncoding(options.encoding);
  let encoding = label ?? "utf-8";
  let read = 0;
  // However the reading ends, the source is closed: generators that have not begun to delegate do not do it.
  const base = opened.chunks[Symbol.asyncIterator]();
  async function* run(): AsyncGenerator<Uint8Array> {
    try {
      yield* text();
    } finally {
      await base.return?.();
    }
  }
  async function* text(): AsyncGenerator<Uint8Array> {
    const plain = inflated(
      headed(
        gathered({ [Symbol.asyncIterator]: () => base }, (n) => (read += n)),
        64,
      ),
      options.compression ?? "auto",
    );
    const source = headed(plain, 2);
    const first = await source.next();
    if (first.done) return;
    // What came as text has been decoded by whoever gave it.
    if (opened.isText?.()) encoding = "utf-8";
    const [a, b] = first.value;
    // A mark of UTF-16 knows better than no label, or one that leaves the order of bytes open.
    const mark = a === 0xff && b === 0xfe ? "utf-16le" : a === 0xfe && b === 0xff ? "utf-16be" : undefined;
    if (mark && !opened.isText?.() && (encoding === "utf-8" || encoding.startsWith("utf-16"))) encoding = mark;
    const rest = chain(first.value, source);
    yield* sliced(encoding === "utf-8" ? rest : transcoded(rest, encoding));
  }
  return { chunks: run(), encoding: () => encoding, bytesRead: () => read };
}

async function* chain(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** The same chunks, but the first has at least so many bytes, if there are as many. */
async function* headed(chunks: AsyncIterable<Uint8Array>, least: number): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | undefined = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (!head) {
      yield chunk;
      continue;
    }
    head = head.length === 0 ? chunk : concat(head, chunk);
    if (head.length >= least) {
      yield head;
      head = undefined;
    }
  }
  if (head && head.length > 0) yield head;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const both = new Uint8Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}

/** Held back longer than this, small chunks go on as they are: a slow stream still moves. In milliseconds. */
const HELD_MS = 50;

/** Puts crumbs together, since each chunk costs a call. */
async function* gathered(chunks: AsyncIterable<Uint8Array>, count: (n: number) => void): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined;
  let n = 0;
  let n_chunks = 0;
  let since = 0;
  for await (const chunk of chunks) {
    const length = chunk.length;
    if (length === 0) continue;
    count(length);
    if (n > 0 && (n + length > SLICE || (++n_chunks % 64 === 0 && performance.now() - since > HELD_MS))) {
      yield (held as Uint8Array).subarray(0, n);
      held = undefined;
      n = 0;
    }
    if (n === 0 && length >= SLICE / 8) {
      yield chunk;
      continue;
    }
    if (n === 0) {
      since = performance.now();
      n_chunks = 0;
    }
    held ??= new Uint8Array(SLICE);
    if (length === 1) held[n] = chunk[0] as number;
    else held.set(chunk, n);
    n += length;
  }
  if (n > 0) yield (held as Uint8Array).subarray(0, n);
}

/** No giant slices, which would block a page. */
async function* sliced(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const chunk of chunks) {
    if (chunk.length <= SLICE * 1.5) yield chunk;
    else for (let at = 0; at < chunk.length; at += SLICE) yield chunk.subarray(at, Math.min(at + SLICE, chunk.length));
  }
}

/** What the first bytes say. Text may begin like a zlib header ("HK;…", "x^2,…"): then it is one only if it can be inflated. */
function detect(head: Uint8Array): string {
  const [a = 0, b = 0] = head;
  if (a === 0x1f && b === 0x8b) return "gzip";
  // The bit of `b` asks for a dictionary, which nobody has.
  const isZlib = (a & 0x0f) === 8 && a >> 4 <= 7 && (a * 256 + b) % 31 === 0 && (b & 0x20) === 0;
  return isZlib && !isPlainText(head) && canInflate(head) ? "deflate" : "none";
}

/** UTF-8 without control characters, perhaps cut at the end. */
function isPlainText(head: Uint8Array): boolean {
  if (head.some((byte) => byte < 9 || (byte > 13 && byte < 32) || byte === 127)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function canInflate(head: Uint8Array): boolean {
  const inflater: Inflater = callStatic(() => new (wasmGlue().Inflater)("deflate"));
  try {
    callStatic(() => inflater.push(head));
    return true;
  } catch {
    return false;
  } finally {
    inflater.free();
  }
}

interface Inflater {
  push(bytes: Uint8Array): Uint8Array;
  finish(): Uint8Array;
  free(): void;
}

/** `chunks` begins with a chunk of at least 64 bytes, unless there are fewer. */
async function* inflated(chunks: AsyncGenerator<Uint8Array>, compression: string): AsyncGenerator<Uint8Array> {
  if (!["auto", "none", "gzip", "gz", "deflate"].includes(compression)) {
    throw invalid(`compression: "${compression}" is none of "auto", "gzip", "deflate", "none"`);
  }
  const first = await chunks.next();
  if (first.done) return;
  const [a = 0, b = 0] = first.value;
  let format = compression === "auto" ? detect(first.value) : compression;
  if (format === "gz") format = "gzip";
  if (format === "deflate" && ((a & 0x0f) !== 8 || (a * 256 + b) % 31 !== 0)) format = "deflate-raw";
  if (format === "none") {
    yield* chain(first.value, chunks);
    return;
  }
  const inflater: Inflater = callStatic(() => new (wasmGlue().Inflater)(format));
  try {
    for await (const chunk of chain(first.value, chunks)) {
      // A small piece of an archive may become a thousand times as much.
      for (let at = 0; at < chunk.length; at += 32 << 10) {
        const bytes = callStatic(() => inflater.push(chunk.subarray(at, at + (32 << 10))));
        if (bytes.length > 0) yield bytes;
      }
    }
    const bytes = callStatic(() => inflater.finish());
    if (bytes.length > 0) yield bytes;
  } finally {
    inflater.free();
  }
}

/** What is invalid becomes U+FFFD, which the parser counts or refuses. */
async function* transcoded(chunks: AsyncIterable<Uint8Array>, encoding: string): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += SLICE) {
      const text = decoder.decode(chunk.subarray(at, at + SLICE), { stream: true });
      if (text) yield encoder.encode(text);
    }
  }
  const text = decoder.decode();
  if (text) yield encoder.encode(text);
}
