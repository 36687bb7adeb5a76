// Where text goes: a path, a WritableStream, or a string. A file appears whole or not at all.

import { invalid, moltresError } from "../errors.js";

/** A path (Node) or a stream of bytes; without one the text is returned. */
export type WriteTarget =
  | string
  | URL
  | WritableStream<Uint8Array>
  | NodeWritable
  | { createWritable(): Promise<WritableStream<Uint8Array>> };

/** What is used of Node's own streams. */
export interface NodeWritable {
  write(chunk: Uint8Array, done: (error?: Error | null) => void): unknown;
  end(done: () => void): unknown;
}

export const isNodeWritable = (target: any): target is NodeWritable =>
  typeof target?.write === "function" && typeof target.end === "function" && typeof target.on === "function";

export type FileMode = "error" | "append" | "overwrite" | "ignore";

export type Compression = "none" | "gzip";

export interface Output {
  write(piece: string | Uint8Array): Promise<void> | void;
  close(): Promise<string | undefined>;
  abort(reason: unknown): Promise<void>;
}

/** None where the mode is "ignore" and the file exists. */
export async function openTarget(
  verb: string,
  target: WriteTarget | undefined,
  mode: FileMode,
  compression: Compression = "none",
): Promise<Output | undefined> {
  if (!["none", "gzip"].includes(compression))
    throw invalid(`${verb}: compression must be "gzip" or "none", not ${JSON.stringify(compression)}`);
  if (target === undefined && compression !== "none") throw invalid(`${verb}: compression needs a target, a text has none`);
  const output = await plainTarget(verb, target, mode);
  return output && compression === "gzip" ? gzipped(output) : output;
}

async function plainTarget(verb: string, target: WriteTarget | undefined, mode: FileMode): Promise<Output | undefined> {
  if (target === undefined) return textOutput();
  if (typeof target === "string" || target instanceof URL) return fileOutput(verb, target, mode);
  const given = target as any;
  if (typeof given?.createWritable === "function") return streamOutput(await given.createWritable());
  if (typeof given?.getWriter === "function") {
    if (given.locked) throw invalid(`${verb}: the stream is locked: something else writes to it`);
    return streamOutput(given);
  }
  if (isNodeWritable(given)) return nodeOutput(given);
  throw invalid(`${verb}: the target must be a path, a WritableStream or a file handle`);
}

function textOutput(): Output {
  const parts: string[] = [];
  return { write: (text) => void parts.push(text as string), close: async () => parts.join(""), abort: async () => {} };
}

/** One gzip member; appended to a file, the reader reads on from one to the next. */
function gzipped(output: Output): Output {
  const { readable, writable } = new CompressionStream("gzip");
  const writer = writable.getWriter();
  const encoder = new TextEncoder();
  let over = false;
  const passed = (async () => {
    const reader = readable.getReader();
    try {
      for (let next = await reader.read(); !next.done && !over; next = await reader.read()) await output.write(next.value as Uint8Array);
    } catch (error) {
      // Or what is being compressed would wait for somebody to take it.
      await reader.cancel(error).catch(() => {});
      throw error;
    }
  })();
  // A failure is met where something waits for it.
  passed.catch(() => {});
  return {
    async write(piece) {
      const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
      const written = writer.write(bytes as Uint8Array<ArrayBuffer>);
      // Where the output has failed, its error is the one to tell.
      await Promise.race([written.catch(() => passed), passed]);
    },
    async close() {
      const closed = writer.close();
      await Promise.race([closed.catch(() => passed), passed]);
      await passed;
      return output.close();
    },
    async abort(reason) {
      over = true;
      writer.abort(reason).catch(() => {});
      await output.abort(reason);
    },
  };
}

function streamOutput(stream: WritableStream<Uint8Array>): Output {
  const writer = stream.getWriter();
  const encoder = new TextEncoder();
  return {
    async write(piece) {
      await writer.ready;
      // Waiting for the write itself is the back-pressure.
      await writer.write(typeof piece === "string" ? encoder.encode(piece) : piece);
    },
    async close() {
      await writer.close();
      return undefined;
    },
    // Not waited for: a stream that hangs does not end this either.
    async abort(reason) {
      writer.abort(reason).catch(() => {});
    },
  };
}

function nodeOutput(stream: any): Output {
  const encoder = new TextEncoder();
  // A write that fails says so twice; without a listener the second would end the process.
  let failed: unknown;
  const listener = (error: unknown) => {
    failed ??= error;
  };
  stream.on("error", listener);
  const isConsole = stream === process.stdout || stream === process.stderr;
  return {
    write: (piece) =>
      new Promise((resolve, reject) => {
        if (failed) reject(failed);
        else
          stream.write(typeof piece === "string" ? encoder.encode(piece) : piece, (error: unknown) => (error ? reject(error) : resolve()));
      }),
    async close() {
      if (!isConsole) {
        await new Promise<void>((resolve, reject) => {
          stream.once("error", reject);
          stream.end(() => (failed ? reject(failed) : resolve()));
        });
      }
      stream.off("error", listener);
      return undefined;
    },
    async abort() {
      if (!isConsole) stream.destroy?.();
    },
  };
}

async function fileOutput(verb: string, target: string | URL, mode: FileMode): Promise<Output | undefined> {
  const { open, realpath, rename, stat, unlink } = await import("node:fs/promises");
  const given = typeof target === "string" ? target : (await import("node:url")).fileURLToPath(target);
  const refused = (error: unknown): never => {
    const code = (error as { code?: string }).code ?? "";
    const full = ["ENOSPC", "EDQUOT", "EFBIG"].includes(code);
    const why = (
      { ENOENT: ": there is no such folder", EACCES: ": permission denied", EISDIR: ": it is a directory" } as Record<string, string>
    )[code];
    throw moltresError(
      full ? "storage_full" : "storage_unavailable",
      `${verb}: "${given}" cannot be written${full ? ": the disk is full" : (why ?? "")}`,
      {
        cause: error,
      },
    );
  };
  const found = await stat(given).catch(() => undefined);
  if (found && mode === "ignore") return undefined;
  if (found?.isDirectory()) refused({ code: "EISDIR" });
  // A pipe or a device is written to, never replaced.
  const isSpecial = found !== undefined && !found.isFile();
  if (found && !isSpecial && mode === "error")
    throw invalid(`${verb}: "${given}" exists`, { hint: 'write.mode("overwrite") replaces it, "append" adds to it' });
  const inPlace = isSpecial || (found !== undefined && mode === "append");
  // A new file is written beside its place and moved there when it is whole; what a link names is replaced, not the link.
  const path = found ? await realpath(given).catch(refused) : given;
  const written = inPlace ? path : `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
  const file = await open(written, inPlace ? "a" : "wx").catch(refused);
  const before = inPlace && !isSpecial ? (await file.stat()).size : 0;
  if (found && !inPlace) await file.chmod(found.mode & 0o777).catch(() => {});
  let writing: Promise<void> = Promise.resolve();
  return {
    async write(piece) {
      writing = file.writeFile(piece);
      await writing.catch(refused);
    },
    async close() {
      if (!isSpecial) await file.sync().catch(refused);
      await file.close();
      if (!inPlace) await rename(written, path).catch(refused);
      return undefined;
    },
    async abort() {
      if (!isSpecial) await writing.catch(() => {});
      if (inPlace && !isSpecial) await file.truncate(before).catch(() => {});
      await file.close().catch(() => {});
      if (!inPlace) await unlink(written).catch(() => {});
    },
  };
}

/** How the file ends that rows are to be appended to: what has to be written before them. */
export async function endOf(
  verb: string,
  target: WriteTarget | undefined,
  compression: Compression = "none",
): Promise<{ isNew: boolean; isCut: boolean }> {
  if (typeof target !== "string" && !(target instanceof URL)) return { isNew: true, isCut: false };
  const { open, stat } = await import("node:fs/promises");
  // A pipe must not even be opened.
  const found = await stat(target).catch(() => undefined);
  const file = found?.isFile() && found.size > 0 ? await open(target, "r").catch(() => undefined) : undefined;
  if (!found || !file) return { isNew: true, isCut: false };
  try {
    const [head, tail] = [new Uint8Array(2), new Uint8Array(1)];
    await file.read(head, 0, 2, 0);
    await file.read(tail, 0, 1, found.size - 1);
    const isGzip = head[0] === 0x1f && head[1] === 0x8b;
    if (isGzip !== (compression === "gzip")) {
      throw invalid(
        `${verb}: the file is ${isGzip ? "" : "not "}compressed with gzip, what is appended would ${isGzip ? "not be" : "be"}`,
        {
          hint: `compression: "${isGzip ? "gzip" : "none"}" appends to it`,
        },
      );
    }
    return { isNew: false, isCut: !isGzip && tail[0] !== 10 && tail[0] !== 13 };
  } finally {
    await file.close();
  }
}
