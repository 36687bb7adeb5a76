// Running a plan or a statement and taking its batches, in this thread or in the Worker that holds the database.

import type { ActionOptions } from "./action-types.js";
import { readHead } from "./batch.js";
import type { Channel } from "./connection.js";
import { call, wasmMemory } from "./core.js";
import type { Database } from "./database.js";
import { deadlineOf, timeoutReason } from "./deadline.js";
import type { Engine } from "./engine.js";
import { MoltresError } from "./errors.js";
import type { Shape, Sink } from "./result.js";

/** What is run: a plan's JSON, or one statement with the JSON of its parameters. */
export type Source = { plan: string } | { sql: string; params?: string };

/** How long a frame's batches may be taken before the event loop gets a turn, in milliseconds. */
const SLICE_MS = 24;

function open(engine: Engine, source: Source, flags: number, deadline: number): number {
  return "plan" in source ? engine.openPlan(source.plan, flags, deadline) : engine.openSql(source.sql, source.params, flags, deadline);
}

function shapeOf(db: Database, engine: Engine): (id: number) => Shape {
  return (id) => db.shapes.get(id, (id) => engine.shape(id));
}

/** Everything at once: no other statement can come between. */
export function runSync<T>(db: Database, source: Source, sink: Sink<T>, deadline = 0): T {
  db.scope.check();
  db.arm();
  return call(db.engine, (engine) => {
    const shape = shapeOf(db, engine);
    let cursor = 0;
    let at = open(engine, source, sink.flags, deadline);
    try {
      for (;;) {
        cursor = readHead(wasmMemory().buffer, at).cursor;
        sink.take(wasmMemory().buffer, at, shape);
        if (!cursor) break;
        at = engine.nextBatch(cursor);
      }
    } catch (error) {
      // An error of the engine has closed the cursor already; one of the sink has not.
      if (cursor) engine.closeCursor(cursor);
      throw error;
    }
    return sink.finish();
  });
}

/** The same behind a Promise. With a signal or a progress listener the event loop gets its turns between batches. */
export async function run<T>(db: Database, source: Source, sink: Sink<T>, options: ActionOptions = {}): Promise<T> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  for (let wait = db.admit(); wait; wait = db.admit()) await wait;
  const { pool } = db.root;
  if (pool && !db.inTransaction) {
    if (await pool.read(source, sink, options)) return sink.finish();
    for (let wait = db.admit(); wait; wait = db.admit()) await wait;
  }
  if (db.isLocal && !signal && !onProgress) return runSync(db, source, sink, db.remaining);
  for await (const _ of batches(db, source, sink, options)) {
    // `sink` has taken it.
  }
  return sink.finish();
}

/** Takes batch after batch into `sink`, giving the number of rows so far; ends the statement when the consumer stops. */
export async function* batches<T>(db: Database, source: Source, sink: Sink<T>, options: ActionOptions = {}): AsyncGenerator<number> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  for (let wait = db.admit(); wait; wait = db.admit()) await wait;
  const started = performance.now();
  db.arm();
  const step = db.isLocal ? localSteps(db, source, sink, signal) : remoteSteps(db, source, sink, signal);
  let turn = started;
  try {
    for (;;) {
      let cursor: number;
      try {
        cursor = await step.next();
      } catch (error) {
        throw await abortReason(error, signal);
      }
      onProgress?.({ rows: sink.rows, elapsed: (performance.now() - started) / 1000 });
      yield sink.rows;
      if (!cursor) return;
      if (signal && performance.now() - turn > SLICE_MS) {
        await nextTurn();
        turn = performance.now();
      }
      signal?.throwIfAborted();
    }
  } finally {
    await step.close();
  }
}

interface Steps {
  /** Takes the next batch; 0 when it was the last. */
  next(): number | Promise<number>;
  close(): void | Promise<void>;
}

function localSteps<T>(db: Database, source: Source, sink: Sink<T>, signal?: AbortSignal): Steps {
  let cursor = -1;
  let elsewhere: Steps | undefined;
  const take = (at: (engine: Engine) => number): number =>
    call(db.engine, (engine) => {
      const address = at(engine);
      cursor = readHead(wasmMemory().buffer, address).cursor;
      sink.take(wasmMemory().buffer, address, shapeOf(db, engine));
      return cursor;
    });
  return {
    async next() {
      if (elsewhere) return elsewhere.next();
      if (cursor > 0) return take((engine) => engine.nextBatch(cursor));
      const own = signal ? deadlineOf(signal) : 0;
      const deadline = own && db.remaining ? Math.min(own, db.remaining) : own || db.remaining;
      const query = signal && !deadline ? movable(db, source) : undefined;
      if (!query) return take((engine) => open(engine, source, sink.flags, deadline));
      for (let slice = TRIAL_S; ; slice *= 2) {
        try {
          return take((engine) => engine.openTrial(query.json, sink.flags, slice));
        } catch (error) {
          if (!(error instanceof MoltresError) || error.code !== "cancelled") throw error;
        }
        await nextTurn();
        signal!.throwIfAborted();
        if (query.bytes <= MAX_COPY) {
          elsewhere = await moveSteps(db, query.json, sink, signal!);
          if (elsewhere) return elsewhere.next();
        }
      }
    },
    close() {
      if (elsewhere) return elsewhere.close();
      if (cursor > 0 && db.isLocal) call(db.engine, (engine) => engine.closeCursor(cursor));
      cursor = 0;
    },
  };
}

/** Seconds that a statement may block the event loop before a signal that could fire at any time makes it move. */
const TRIAL_S = 0.05;
/** Copies beyond this size cost more than they help: then the statement is tried again and again, with twice the time. */
const MAX_COPY = 256 * 2 ** 20;

/** The statement as data, if it only reads and calls nothing of JavaScript. */
function movable(db: Database, source: Source): { json: string; bytes: number } | undefined {
  const json = call(db.engine, (engine) =>
    "plan" in source ? engine.movable(source.plan) : engine.movable(undefined, source.sql, source.params),
  );
  // The size comes last; the rest may be long and is the other engine's to read.
  const size = json && /"bytes":(\d+)\}$/.exec(json);
  return json && size ? { json, bytes: Number(size[1]) } : undefined;
}

/**
 * Continues on a copy of the database in a Worker, so that this thread's event loop is free and the signal can fire. Undefined where there are no
 * Workers.
 */
async function moveSteps<T>(db: Database, query: string, sink: Sink<T>, signal: AbortSignal): Promise<Steps | undefined> {
  const main = call(db.engine, (engine) => engine.snapshot("main"));
  const temp = call(db.engine, (engine) => engine.snapshot("temp"));
  let channel: Channel;
  try {
    const { RemoteChannel } = await import("./remote.js");
    channel = await orAborted(RemoteChannel.open(main.length ? main : ":memory:", {}), signal, (late) => late.close());
    await channel.call("attachImage", ["moltres_temp", temp], signal);
  } catch {
    if (signal.aborted) throw signal.reason;
    return undefined;
  }
  const started = performance.now();
  const steps = channelSteps(channel, (_, shape) => db.shapes.foreign(shape), [{ moved: query }, sink.flags], sink, signal);
  const ended = (error?: unknown) => {
    if (!db.isLocal) return;
    const code = error instanceof MoltresError ? error.code : undefined;
    call(db.engine, (engine) => engine.movedEnded(query, sink.rows, (performance.now() - started) / 1000, code));
  };
  return {
    async next() {
      try {
        const cursor = await steps.next();
        if (!cursor) ended();
        return cursor;
      } catch (error) {
        ended(error);
        throw error;
      }
    },
    async close() {
      await channel.close();
    },
  };
}

function remoteSteps<T>(db: Database, source: Source, sink: Sink<T>, signal?: AbortSignal): Steps {
  return channelSteps(db.channel, (id, shape) => db.shapes.get(id, () => shape), [source, sink.flags], sink, signal);
}

function channelSteps<T>(
  channel: Channel,
  shapeOf: (id: number, json: string) => Shape,
  opening: unknown[],
  sink: Sink<T>,
  signal?: AbortSignal,
): Steps {
  let cursor = -1;
  return {
    async next() {
      const reply = await (cursor < 0 ? channel.call("open", opening, signal) : channel.call("next", [cursor], signal));
      const { batch, shape } = reply as { batch: ArrayBuffer; shape: string };
      cursor = readHead(batch, 0).cursor;
      sink.take(batch, 0, (id) => shapeOf(id, shape));
      return cursor;
    },
    async close() {
      if (cursor > 0) await channel.call("closeCursor", [cursor]).catch(() => {});
      cursor = 0;
    },
  };
}

/** What the promise gives, unless the signal aborts first: then what comes late is handed to `drop`. */
function orAborted<T>(promise: Promise<T>, signal: AbortSignal, drop: (late: T) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => {
      reject(signal.reason);
      promise.then(drop, () => {});
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

/** A statement that was stopped because of the signal fails with the signal's reason. */
async function abortReason(error: unknown, signal?: AbortSignal): Promise<unknown> {
  if (!signal || !(error instanceof MoltresError) || error.code !== "cancelled") return error;
  return timeoutReason(signal);
}

/** Lets timers, messages and input run. */
export function nextTurn(): Promise<void> {
  const immediate = (globalThis as { setImmediate?: (fn: () => void) => void }).setImmediate;
  if (immediate) return new Promise((resolve) => immediate(resolve));
  const scheduler = (globalThis as { scheduler?: { yield?: () => Promise<void> } }).scheduler;
  if (scheduler?.yield) return scheduler.yield();
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
