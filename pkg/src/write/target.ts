// Where text goes: a path, a WritableStream, or a string. A file appears whole or not at all.

import { invalid, moltresError } from "../errors.js";

/** A path (Node) or a stream of bytes; without one the text is returned. */
export type WriteTarget = string | URL | WritableStream<Uint8Array> | { createWritable(): Promise<WritableStream<Uint8Array>> };

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
  if (typeof given?.getWriter === "function") return streamOutput(given);
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
  const passed = (async () => {
    const reader = readable.getReader();
    for (let next = await reader.read(); !next.done; next = await reader.read()) await output.write(next.value as Uint8Array);
  })();
  // A failure is met where something waits for it.
  passed.catch(() => {});
  return {
    async write(piece) {
      const bytes = typeof piece === "string" ? encoder.encode(piece) : piece;
      await Promise.race([writer.write(bytes as Uint8Array<ArrayBuffer>), passed]);
    },
    async close() {
      await Promise.race([writer.close(), passed]);
      await passed;
      return output.close();
    },
    async abort(reason) {
      await writer.abort(reason).catch(() => {});
      await passed.catch(() => {});
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
    async abort(reason) {
      await writer.abort(reason).catch(() => {});
    },
  };
}

async function fileOutput(verb: string, target: string | URL, mode: FileMode): Promise<Output | undefined> {
  const { open, rename, unlink, access } = await import("node:fs/promises");
  const { fileURLToPath } = await import("node:url");
  const path = typeof target === "string" ? target : fileURLToPath(target);
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists && mode === "ignore") return undefined;
  if (exists && mode === "error")
    throw invalid(`${verb}: "${path}" exists`, { hint: 'write.mode("overwrite") replaces it, "append" adds to it' });
  const append = exists && mode === "append";
  // A new file is written beside its place and moved there when it is whole.
  const temporary = append ? path : `${path}.${process.pid}.${Math.random().toString(36).slice(2)}.part`;
  const file = await open(temporary, append ? "a" : "wx").catch((error) => {
    throw moltresError("storage_unavailable", `${verb}: "${path}" cannot be written`, { cause: error });
  });
  const before = append ? (await file.stat()).size : 0;
  return {
    async write(piece) {
      await file.writeFile(piece);
    },
    async close() {
      await file.sync();
      await file.close();
      if (!append) await rename(temporary, path);
      return undefined;
    },
    async abort() {
      if (append) await file.truncate(before).catch(() => {});
      await file.close().catch(() => {});
      if (!append) await unlink(temporary).catch(() => {});
    },
  };
}
