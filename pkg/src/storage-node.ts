// Database files in Node, Deno and Bun: what the VFS in WASM asks of its host, by the synchronous calls of `node:fs`. Loaded with the first
// file only, so that browsers never see `node:fs`.

import { callStatic } from "./core.js";
import type { Engine } from "./engine.js";
import { moltresError } from "./errors.js";
import { type FileLock, findLocker, type Locker, noLock } from "./storage-locks.js";

type Fs = typeof import("node:fs");

export interface OpenFileOptions {
  readOnly?: boolean;
  create?: boolean;
  /** `"none"`: no other process uses the file, so it is not locked. */
  locking?: "fcntl" | "none";
}

/** Opens a SQLite file in place, through the file system of Node, Deno or Bun. */
export async function openFile(path: string, options: OpenFileOptions = {}): Promise<Engine> {
  const host = await hostFiles();
  if (options.locking === "none") host.unlocked();
  else await host.useLocks();
  return callStatic((cls) => cls.openFile!(host, path, options.readOnly ?? false, options.create ?? true));
}

let files: Promise<HostFiles> | undefined;

/** The one object that serves all files of this thread. */
export function hostFiles(): Promise<HostFiles> {
  files ??= load();
  return files;
}

async function load(): Promise<HostFiles> {
  try {
    const [fs, path, os, { platform }] = await Promise.all([
      import("node:fs"),
      import("node:path"),
      import("node:os"),
      import("node:process"),
    ]);
    return new HostFiles(fs, path, os.tmpdir(), platform === "win32");
  } catch (cause) {
    files = undefined;
    throw moltresError("storage_unavailable", "connect: there are no files in this environment", {
      hint: 'use ":memory:", or bytes',
      cause,
    });
  }
}

interface OpenedFile {
  path: string;
  writable: boolean;
  lock?: FileLock;
  /** The file's number in its file system, of a database. */
  inode?: bigint;
  /** Removed when the file is closed, where an open file cannot be removed. */
  removeAtClose?: boolean;
}

let pause: Int32Array<SharedArrayBuffer> | undefined;

/** Memory to wait on. Made when it is needed: pages that are not isolated have no shared memory, and read this file all the same. */
function pauseCell(): Int32Array<SharedArrayBuffer> {
  pause ??= new Int32Array(new SharedArrayBuffer(4));
  return pause;
}

/** Errors pass as they are: `code` holds the POSIX name. The names are those of `HostFiles` in `src/storage/node.rs`. */
export class HostFiles {
  locker: Locker | undefined;
  readonly #open = new Map<number, OpenedFile>();
  #unlockedNext = false;

  constructor(
    readonly fs: Fs,
    readonly paths: typeof import("node:path"),
    readonly temporaryDirectory: string,
    readonly isWindows: boolean,
  ) {}

  /** This object; the one file that it opens next is not locked, as nobody else uses it. */
  unlocked(): this {
    this.#unlockedNext = true;
    return this;
  }

  /** Files are locked from now on. */
  async useLocks(): Promise<void> {
    this.locker = await findLocker();
    this.#unlockedNext = false;
  }

  open(path: string, write: boolean, create: boolean, exclusive: boolean, lockable: boolean): number {
    const { O_RDWR, O_RDONLY, O_CREAT, O_EXCL } = this.fs.constants;
    const locker = this.#unlockedNext ? noLock : (this.locker ?? noLock);
    if (lockable) this.#unlockedNext = false;
    let writable = write;
    let fd: number;
    const flags = (create ? O_CREAT : 0) | (exclusive ? O_EXCL : 0);
    try {
      fd = this.fs.openSync(path, write ? O_RDWR | flags : O_RDONLY, 0o644);
    } catch (error) {
      // As native SQLite does: a file that may not be written to is opened for reading.
      if (!write || exclusive || !["EACCES", "EPERM", "EROFS"].includes((error as { code: string }).code)) throw error;
      try {
        fd = this.fs.openSync(path, O_RDONLY);
      } catch {
        throw error;
      }
      writable = false;
    }
    const file: OpenedFile = { path, writable };
    if (lockable) {
      try {
        const found = this.fs.fstatSync(fd, { bigint: true });
        file.inode = found.ino;
        if (!found.isFile()) throw Object.assign(new Error("it is not a regular file"), { code: "EISDIR" });
        file.lock = locker(fd);
      } catch (error) {
        this.fs.closeSync(fd);
        throw error;
      }
    }
    this.#open.set(fd, file);
    return fd;
  }

  isWritable(fd: number): boolean {
    return this.#open.get(fd)?.writable ?? false;
  }

  openTemporary(): number {
    const name = `moltres-${globalThis.crypto.randomUUID()}.tmp`;
    const path = this.paths.join(this.temporaryDirectory, name);
    const fd = this.fs.openSync(path, "wx+", 0o600);
    const file: OpenedFile = { path, writable: true, removeAtClose: this.isWindows };
    if (!this.isWindows) this.fs.unlinkSync(path);
    this.#open.set(fd, file);
    return fd;
  }

  close(fd: number): void {
    const file = this.#open.get(fd);
    this.#open.delete(fd);
    try {
      file?.lock?.close();
    } finally {
      this.fs.closeSync(fd);
      if (file?.removeAtClose) this.fs.rmSync(file.path, { force: true });
    }
  }

  read(fd: number, buffer: Uint8Array, offset: number): number {
    let done = 0;
    while (done < buffer.length) {
      const n = this.fs.readSync(fd, buffer, done, buffer.length - done, offset + done);
      if (n === 0) break;
      done += n;
    }
    return done;
  }

  write(fd: number, bytes: Uint8Array, offset: number): void {
    let done = 0;
    while (done < bytes.length) {
      const n = this.fs.writeSync(fd, bytes, done, bytes.length - done, offset + done);
      if (n === 0) throw Object.assign(new Error("ENOSPC: nothing could be written"), { code: "ENOSPC" });
      done += n;
    }
  }

  truncate(fd: number, size: number): void {
    this.fs.ftruncateSync(fd, size);
  }

  sync(fd: number, dataOnly: boolean): void {
    if (dataOnly) this.fs.fdatasyncSync(fd);
    else this.fs.fsyncSync(fd);
  }

  size(fd: number): number {
    return this.fs.fstatSync(fd).size;
  }

  /** Is a database no longer the file that its path names? An open file cannot be moved on Windows. */
  hasMoved(fd: number): boolean {
    const file = this.#open.get(fd);
    if (file?.inode === undefined || this.isWindows) return false;
    return this.fs.statSync(file.path, { bigint: true, throwIfNoEntry: false })?.ino !== file.inode;
  }

  delete(path: string): boolean {
    try {
      this.fs.unlinkSync(path);
      return true;
    } catch (error) {
      if ((error as { code: string }).code === "ENOENT") return false;
      throw error;
    }
  }

  syncDirectory(path: string): void {
    // Windows has no such call; its file system journals names.
    if (this.isWindows) return;
    const fd = this.fs.openSync(this.paths.dirname(path), "r");
    try {
      this.fs.fsyncSync(fd);
    } finally {
      this.fs.closeSync(fd);
    }
  }

  stat(path: string): number {
    return this.fs.statSync(path, { throwIfNoEntry: false })?.size ?? -1;
  }

  canWrite(path: string): boolean {
    try {
      this.fs.accessSync(path, this.fs.constants.R_OK | this.fs.constants.W_OK);
      return true;
    } catch {
      return false;
    }
  }

  fullPath(path: string): string {
    const absolute = this.paths.resolve(path);
    try {
      return this.fs.realpathSync(absolute);
    } catch {
      // A file that is yet to be made: its directory may still be a link.
      try {
        return this.paths.join(this.fs.realpathSync(this.paths.dirname(absolute)), this.paths.basename(absolute));
      } catch {
        return absolute;
      }
    }
  }

  lock(fd: number, level: number): boolean {
    return this.#open.get(fd)?.lock?.lock(level) ?? true;
  }

  unlock(fd: number, level: number): void {
    this.#open.get(fd)?.lock?.unlock(level);
  }

  isReserved(fd: number): boolean {
    return this.#open.get(fd)?.lock?.isReserved() ?? false;
  }

  sleep(milliseconds: number): void {
    Atomics.wait(pauseCell(), 0, 0, milliseconds);
  }
}
