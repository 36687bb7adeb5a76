// Locks on database files that native SQLite respects.
//
// SQLite's protocol is three byte ranges at 1 GiB, locked with `fcntl`. JavaScript has no `fcntl`. What was studied, and what is done:
//
//   - Lock files or directories (node-sqlite3-wasm's way, also SQLite's `unix-dotfile`): native SQLite does not look at them. Rejected.
//   - `flock(1)`, O_EXLOCK: another kind of lock on Linux, invisible to `fcntl`. Rejected.
//   - Deno's and Bun's FFI, and `koffi` for Node where the user has installed it: `fcntl` itself, 2 to 8 µs a lock.
//   - Otherwise a helper process, perl (part of every Debian, Ubuntu and macOS) or python3, that inherits the file and locks it on request over
//     a pipe, 30 µs a lock. On Linux it takes *open file description* locks: they belong to the file handle that both processes share, so they
//     outlive the helper and end with our process, also when it is killed. Elsewhere the helper itself holds the locks and ends with us.
//   - With none of these a file cannot be opened, unless `locking: "none"` says that nobody else uses it. Guessing would corrupt data.
//
// Two connections of one process exclude each other as two processes do. Not promised: another SQLite in this process (better-sqlite3, node:sqlite)
// on the same file, as closing any handle of a file drops the POSIX locks that such a library holds. On Windows none of this is available.

import { moltresError } from "./errors.js";

/** Locks of one open file, at SQLite's levels: 0 none, 1 shared, 2 reserved, 3 pending, 4 exclusive. */
export interface FileLock {
  lock(level: number): boolean;
  unlock(level: number): void;
  isReserved(): boolean;
  close(): void;
}

/** Runs steps in order until one is refused; the number that succeeded. `?` alone: 1 if the reserved byte is locked by another. */
interface Ranges {
  run(steps: string): number;
  close(): void;
}

const PENDING = 0x40000000;
const SHARED = PENDING + 2;
const [READ, WRITE, UNLOCK] = [0, 1, 2];
/** Steps as letters, so that the helper needs no parser: [type, start, length]. */
const STEPS: Record<string, readonly [number, number, number]> = {
  a: [READ, PENDING, 1],
  b: [READ, SHARED, 510],
  c: [UNLOCK, PENDING, 1],
  d: [WRITE, PENDING + 1, 1],
  e: [WRITE, PENDING, 1],
  f: [WRITE, SHARED, 510],
  g: [UNLOCK, PENDING, 2],
  h: [UNLOCK, 0, 0],
};

/** SQLite's locking protocol (os_unix.c, "unixLock") over byte ranges. */
class ProtocolLock implements FileLock {
  #level = 0;
  constructor(readonly ranges: Ranges) {}

  lock(level: number): boolean {
    if (this.#level >= level) return true;
    if (level === 1) {
      // The pending byte keeps new readers out while a writer waits.
      const done = this.ranges.run("abc");
      if (done === 1) this.ranges.run("c");
      if (done < 2) return false;
      this.#level = 1;
      return true;
    }
    if (level === 2) {
      if (this.ranges.run("d") === 0) return false;
      this.#level = 2;
      return true;
    }
    const done = this.#level < 3 ? this.ranges.run("ef") : 1 + this.ranges.run("f");
    if (done === 0) return false;
    this.#level = done === 2 ? 4 : 3;
    return done === 2;
  }

  unlock(level: number): void {
    if (this.#level <= level) return;
    if (level === 0) this.ranges.run("h");
    else this.ranges.run(this.#level >= 4 ? "bg" : "g");
    this.#level = level;
  }

  isReserved(): boolean {
    return this.#level >= 2 || this.ranges.run("?") === 1;
  }

  close(): void {
    if (this.#level > 0) this.unlock(0);
    this.ranges.close();
  }
}

/** Makes the lock of an open file. */
export type Locker = (fd: number) => FileLock;

let chosen: Promise<Locker> | undefined;

/** The best way that this process has, found once. */
export function findLocker(): Promise<Locker> {
  chosen ??= choose().catch((error) => {
    chosen = undefined;
    throw error;
  });
  return chosen;
}

/** For files that nobody else uses. */
export const noLock: Locker = () => ({ lock: () => true, unlock: () => {}, isReserved: () => false, close: () => {} });

async function choose(): Promise<Locker> {
  const forced = globalThis.process?.env?.MOLTRES_LOCKING;
  const ways: [string, () => Promise<Locker | undefined>][] = [
    ["ffi", foreignFunction],
    ["perl", () => helper("perl")],
    ["python3", () => helper("python3")],
  ];
  for (const [name, find] of ways) {
    if (forced && forced !== name) continue;
    const locker = await find().catch(() => undefined);
    if (locker) return locker;
  }
  throw moltresError("storage_unavailable", "connect: this process has no way to lock files as other SQLite programs do", {
    hint: 'install the npm package koffi, perl or python3; or pass {locking: "none"} if no other process uses the file',
  });
}

// ---- fcntl itself

/** F_OFD_GETLK and F_OFD_SETLK on Linux, and `struct flock` as 64-bit Linux lays it out. */
const [GETLK, SETLK] = [36, 37];

async function foreignFunction(): Promise<Locker | undefined> {
  const { platform, arch } = await import("node:process");
  if (platform !== "linux" || !["x64", "arm64", "riscv64", "loong64"].includes(arch)) return undefined;
  const fcntl = await findFcntl();
  return fcntl && ((fd) => new ProtocolLock(new FcntlRanges(fcntl, fd)));
}

type Fcntl = (fd: number, command: number, lock: Uint8Array) => number;

async function findFcntl(): Promise<Fcntl | undefined> {
  const host = globalThis as { Deno?: any; Bun?: any };
  if (host.Deno?.dlopen) {
    const library = host.Deno.dlopen("libc.so.6", { fcntl: { parameters: ["i32", "i32", "buffer"], result: "i32" } });
    return library.symbols.fcntl;
  }
  if (host.Bun) {
    // Not a literal, so that bundlers do not look for it.
    const ffi = "bun:ffi";
    const { dlopen } = await import(ffi);
    return dlopen("libc.so.6", { fcntl: { args: ["i32", "i32", "ptr"], returns: "i32" } }).symbols.fcntl;
  }
  const { createRequire } = await import("node:module");
  const { dirname, join } = await import("node:path");
  const { argv, cwd } = await import("node:process");
  // The user's copy, seen from the working directory or from the program.
  for (const directory of [cwd(), dirname(argv[1] ?? cwd())]) {
    try {
      const koffi = createRequire(join(directory, "/"))("koffi");
      const fcntl = koffi.load(null).func("int fcntl(int fd, int command, ...)");
      return (fd, command, lock) => fcntl(fd, command, "void *", lock);
    } catch {
      // Not there, or not for this platform: the next way.
    }
  }
  return undefined;
}

class FcntlRanges implements Ranges {
  readonly #bytes = new Uint8Array(32);
  readonly #view = new DataView(this.#bytes.buffer);
  constructor(
    readonly fcntl: Fcntl,
    readonly fd: number,
  ) {}

  #call(command: number, [type, start, length]: readonly [number, number, number]): boolean {
    this.#bytes.fill(0);
    this.#view.setInt16(0, type, true);
    this.#view.setUint32(8, start, true);
    this.#view.setUint32(16, length, true);
    return this.fcntl(this.fd, command, this.#bytes) === 0;
  }

  run(steps: string): number {
    if (steps === "?") return this.#call(GETLK, [WRITE, PENDING + 1, 1]) && this.#view.getInt16(0, true) !== UNLOCK ? 1 : 0;
    let done = 0;
    while (done < steps.length && this.#call(SETLK, STEPS[steps[done]!]!)) done++;
    return done;
  }

  close(): void {}
}

// ---- the helper process

/** Reads a line of steps, answers with one digit; ends when our end of the pipe does. */
const PERL = String.raw`
use strict; use Fcntl;
my $ofd = $^O eq "linux"; my ($get, $set) = $ofd ? (36, 37) : (F_GETLK, F_SETLK);
my $file; open($file, "+<&=", 3) or open($file, "<&=", 3) or exit 2;
my %step = (a => [F_RDLCK, 0x40000000, 1], b => [F_RDLCK, 0x40000002, 510], c => [F_UNLCK, 0x40000000, 1], d => [F_WRLCK, 0x40000001, 1],
  e => [F_WRLCK, 0x40000000, 1], f => [F_WRLCK, 0x40000002, 510], g => [F_UNLCK, 0x40000000, 2], h => [F_UNLCK, 0, 0]);
sub flock_of { my ($type, $start, $length) = @_;
  return $ofd ? pack("s s x4 q q i x4", $type, 0, $start, $length, 0) : pack("q q i s s", $start, $length, 0, $type, 0); }
sub run { my ($steps) = @_;
  if ($steps eq "?") { my $lock = flock_of(F_WRLCK, 0x40000001, 1); return 0 unless fcntl($file, $get, $lock);
    return ($ofd ? (unpack("s", $lock))[0] : (unpack("q q i s", $lock))[3]) == F_UNLCK ? 0 : 1; }
  my $done = 0;
  for my $letter (split //, $steps) { my $lock = flock_of(@{$step{$letter}}); last unless fcntl($file, $set, $lock); $done++; }
  return $done; }
$SIG{INT} = $SIG{HUP} = $SIG{TERM} = "IGNORE";
syswrite STDOUT, "+";
my $line = "";
while (sysread(STDIN, $line, 16, length $line)) {
  while ($line =~ s/^(.*)\n//) { syswrite STDOUT, run($1); }
}`;

const PYTHON = String.raw`
import fcntl, os, signal, struct, sys
for s in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM): signal.signal(s, signal.SIG_IGN)
ofd = sys.platform == "linux"
R, W, U = fcntl.F_RDLCK, fcntl.F_WRLCK, fcntl.F_UNLCK
P = 0x40000000
steps = {"a": (R, P, 1), "b": (R, P + 2, 510), "c": (U, P, 1), "d": (W, P + 1, 1), "e": (W, P, 1), "f": (W, P + 2, 510), "g": (U, P, 2), "h": (U, 0, 0)}
def flock(t, start, length):
    return struct.pack("hhqqi4x", t, 0, start, length, 0) if ofd else struct.pack("qqihh", start, length, 0, t, 0)
def kind(b):
    return struct.unpack("hhqqi4x", b)[0] if ofd else struct.unpack("qqihh", b)[3]
get, put = (36, 37) if ofd else (fcntl.F_GETLK, fcntl.F_SETLK)
def run(line):
    try:
        if line == "?": return 0 if kind(fcntl.fcntl(3, get, flock(W, P + 1, 1))) == U else 1
        done = 0
        for letter in line:
            fcntl.fcntl(3, put, flock(*steps[letter])); done += 1
    except OSError: pass
    return 0 if line == "?" else done
os.write(1, b"+")
line = b""
while True:
    more = os.read(0, 16)
    if not more: break
    line += more
    while b"\n" in line:
        first, line = line.split(b"\n", 1)
        os.write(1, b"%d" % run(first.decode()))
`;

async function helper(program: "perl" | "python3"): Promise<Locker | undefined> {
  const { platform } = await import("node:process");
  if (platform === "win32") return undefined;
  const childProcess = await import("node:child_process");
  const fs = await import("node:fs");
  const found = childProcess.spawnSync(program, program === "perl" ? ["-MFcntl", "-e", "1"] : ["-c", "import fcntl"], {
    stdio: "ignore",
    timeout: 10_000,
  });
  if (found.status !== 0) return undefined;
  const script = program === "perl" ? ["-e", PERL] : ["-c", PYTHON];
  return (fd) =>
    new ProtocolLock(new HelperRanges(fs, () => childProcess.spawn(program, script, { stdio: ["pipe", "pipe", "ignore", fd] })));
}

let pause: Int32Array<SharedArrayBuffer> | undefined;

/** Memory to wait on. Made when it is needed: pages that are not isolated have no shared memory, and read this file all the same. */
function pauseCell(): Int32Array<SharedArrayBuffer> {
  pause ??= new Int32Array(new SharedArrayBuffer(4));
  return pause;
}

class HelperRanges implements Ranges {
  readonly #answer = new Uint8Array(1);
  #child: any;
  #to = -1;
  #from = -1;

  constructor(
    readonly fs: typeof import("node:fs"),
    readonly start: () => any,
  ) {}

  run(steps: string): number {
    if (!this.#child) this.#begin();
    this.#write(`${steps}\n`);
    return Number(this.#read(10_000));
  }

  /** Started with the first lock. The process exists when `spawn` returns; its pipes are used directly, without the event loop. */
  #begin(): void {
    const child = this.start();
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    child.stdout.on("error", () => {});
    this.#to = child.stdin?._handle?.fd ?? -1;
    this.#from = child.stdout?._handle?.fd ?? -1;
    for (const each of [child, child.stdin, child.stdout]) each.unref?.();
    if (child.pid === undefined || this.#to < 0 || this.#from < 0) throw lockError("the helper process that locks files did not start");
    this.#child = child;
    this.#read(20_000);
  }

  #write(line: string): void {
    try {
      this.fs.writeSync(this.#to, line);
    } catch (error) {
      throw lockError(`the helper process that locks files is gone: ${(error as Error).message}`);
    }
  }

  #read(milliseconds: number): string {
    const until = performance.now() + milliseconds;
    for (let tries = 0; ; tries++) {
      try {
        if (this.fs.readSync(this.#from, this.#answer, 0, 1, null) === 1) return String.fromCharCode(this.#answer[0]!);
        throw lockError("the helper process that locks files has ended");
      } catch (error) {
        if ((error as { code?: string }).code !== "EAGAIN") throw error;
      }
      // An answer takes 20 µs; a helper that just starts takes milliseconds.
      if (tries > 30) Atomics.wait(pauseCell(), 0, 0, 0.1);
      if (performance.now() > until) throw lockError("the helper process that locks files does not answer");
    }
  }

  close(): void {
    this.#child?.stdin.destroy();
    this.#child?.stdout.destroy();
    this.#child = undefined;
  }
}

function lockError(message: string): Error {
  return Object.assign(new Error(message), { code: "ENOLCK" });
}
