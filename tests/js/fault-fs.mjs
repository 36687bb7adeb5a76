// The functions of node:fs with a fault in one call: every call that concerns a directory is numbered, and the one that is chosen fails.
// What a killed process would do after its last call does not happen: every later call throws.
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import path from "node:path";

/** Each way of failing; `writes` concern only calls that need room on the disk. */
export const FAULTS = ["once", "full", "short", "kill"];

const NEEDS_ROOM = new Set(["writeSync", "openSync:create", "write", "open:create", "renameSync", "rename"]);
const SHORTENED = new Set(["readSync", "writeSync", "read", "write"]);

const real = { ...fs };
const realPromises = { ...fs.promises };

const state = { dir: undefined, count: 0, at: -1, fault: undefined, hit: undefined, dead: false };
const files = new Map();

function failure(code, name) {
  return Object.assign(new Error(`${code}: injected, ${name}`), { code, syscall: name.replace("Sync", "") });
}

/** Counts a call and says what becomes of it: nothing, "short", or an exception. */
function step(name) {
  if (state.dead) throw failure("EIO", `${name} after the kill`);
  const n = state.count++;
  if (state.fault === "full" && n >= state.at && state.at >= 0 && NEEDS_ROOM.has(name)) {
    state.hit ??= name;
    throw failure("ENOSPC", name);
  }
  if (n !== state.at) return undefined;
  if (state.fault === "once") {
    state.hit = name;
    throw failure("EIO", name);
  }
  if (state.fault === "short" && SHORTENED.has(name)) {
    state.hit = name;
    return "short";
  }
  return undefined;
}

/** The call that is made is the last one of a killed process. */
function after(n) {
  if (state.fault === "kill" && n === state.at) {
    state.hit = "kill";
    state.dead = true;
  }
}

const inside = (where) => state.dir !== undefined && typeof where === "string" && path.resolve(where).startsWith(state.dir);

function wrapPath(name, original) {
  return (where, ...rest) => {
    if (!inside(where)) return original(where, ...rest);
    step(name);
    const n = state.count - 1;
    const result = original(where, ...rest);
    after(n);
    return result;
  };
}

function openFlags(flags) {
  if (typeof flags === "number") return flags & fs.constants.O_CREAT ? ":create" : "";
  return /[wa]/.test(flags ?? "r") ? ":create" : "";
}

function wrapDescriptor(name, original) {
  return (fd, ...rest) => {
    if (!files.has(fd)) return original(fd, ...rest);
    if (name === "closeSync") {
      // A kill closes what is open; so does the harness.
      if (state.dead) return undefined;
      // A close that fails has closed.
      files.delete(fd);
      original(fd, ...rest);
      step(name);
      return undefined;
    }
    const how = step(name);
    const n = state.count - 1;
    if (how === "short") rest[2] = Math.max(1, rest[2] >> 1);
    const result = original(fd, ...rest);
    after(n);
    return result;
  };
}

function wrapHandle(handle) {
  for (const name of ["write", "read", "sync", "stat"]) {
    const original = handle[name].bind(handle);
    handle[name] = async (...args) => {
      const how = step(name);
      const n = state.count - 1;
      if (how === "short") {
        const length = name === "write" ? (args[2] ?? args[0].length - (args[1] ?? 0)) : args[2];
        args[1] ??= 0;
        args[2] = Math.max(1, length >> 1);
      }
      const result = await original(...args);
      after(n);
      return result;
    };
  }
  return handle;
}

function install() {
  for (const name of ["unlinkSync", "statSync", "accessSync", "realpathSync", "rmSync"]) fs[name] = wrapPath(name, real[name]);
  for (const name of ["readSync", "writeSync", "ftruncateSync", "fsyncSync", "fdatasyncSync", "fstatSync", "closeSync"]) fs[name] = wrapDescriptor(name, real[name]);
  fs.openSync = (where, flags, ...rest) => {
    if (!inside(where)) return real.openSync(where, flags, ...rest);
    step(`openSync${openFlags(flags)}`);
    const n = state.count - 1;
    const fd = real.openSync(where, flags, ...rest);
    files.set(fd, where);
    after(n);
    return fd;
  };
  for (const name of ["access", "stat", "rename", "rm"]) {
    fs.promises[name] = async (where, ...rest) => {
      if (!inside(where)) return realPromises[name](where, ...rest);
      step(name);
      const n = state.count - 1;
      const result = await realPromises[name](where, ...rest);
      after(n);
      return result;
    };
  }
  fs.promises.open = async (where, flags, ...rest) => {
    if (!inside(where)) return realPromises.open(where, flags, ...rest);
    step(`open${openFlags(flags)}`);
    const n = state.count - 1;
    const handle = wrapHandle(await realPromises.open(where, flags, ...rest));
    after(n);
    return handle;
  };
  syncBuiltinESMExports();
}
install();

/** From now on calls inside `dir` are counted; call `at` fails by `fault`. */
export function arm(dir, at = -1, fault = undefined) {
  Object.assign(state, { dir: path.resolve(dir), count: 0, at, fault, hit: undefined, dead: false });
}

/** No more faults; closes what a killed process left open. `calls` were made, `hit` names the one that failed. */
export function disarm() {
  const { count: calls, hit, dead } = state;
  Object.assign(state, { dir: undefined, at: -1, fault: undefined, dead: false });
  if (dead) {
    for (const fd of files.keys()) real.closeSync(fd);
    files.clear();
  }
  return { calls, hit, dead };
}

/** Descriptors of files that are open. */
export const openFiles = () => [...files.values()];
