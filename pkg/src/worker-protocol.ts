// The messages between a Database and the Worker that holds it.

import type { DatabaseOptions } from "./connection.js";
import type { Target } from "./open.js";

/** Requests that may wait to be stopped at once: request `id` is stopped by writing it to slot `id % STOP_SLOTS`. */
export const STOP_SLOTS = 64;

/** The first message: the compiled module, what to open, and the slots (Int32 in shared memory) of requests to stop. */
export interface Start {
  id: number;
  method: "start";
  module: WebAssembly.Module;
  target: Target;
  options: DatabaseOptions;
  stop?: SharedArrayBuffer;
}

export interface Request {
  id: number;
  method: string;
  args: unknown[];
}

export interface Reply {
  id: number;
  result?: unknown;
  error?: unknown;
  /** Events that queued up, as JSON. */
  events?: string;
}
