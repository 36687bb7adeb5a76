// Running a plan or a statement and taking its batches, in this thread or in the Worker that holds the database.

import type { ActionOptions } from "./action-types.js";
import { readHead } from "./batch.js";
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

function open(engine: Engine, source: Source, always: boolean, deadline: number): number {
  const options = always ? 1 : 0;
  return "plan" in source ? engine.openPlan(source.plan, options, deadline) : engine.openSql(source.sql, source.params, options, deadline);
}

function shapeOf(db: Database, engine: Engine): (id: number) => Shape {
  return (id) => db.shapes.get(id, (id) => engine.shape(id));
}

/** Everything at once: no other statement can come between. */
export function runSync<T>(db: Database, source: Source, sink: Sink<T>, deadline = 0): T {
  return call(db.engine, (engine) => {
    const shape = shapeOf(db, engine);
    let cursor = 0;
    let at = open(engine, source, sink.always, deadline);
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
  if (db.isLocal && !signal && !onProgress) return runSync(db, source, sink);
  for await (const _ of batches(db, source, sink, options)) {
    // `sink` has taken it.
  }
  return sink.finish();
}

/** Takes batch after batch into `sink`, giving the number of rows so far; ends the statement when the consumer stops. */
export async function* batches<T>(db: Database, source: Source, sink: Sink<T>, options: ActionOptions = {}): AsyncGenerator<number> {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  const started = performance.now();
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
  return {
    next() {
      return call(db.engine, (engine) => {
        const deadline = signal ? deadlineOf(signal) : 0;
        const at = cursor < 0 ? open(engine, source, sink.always, deadline) : engine.nextBatch(cursor);
        cursor = readHead(wasmMemory().buffer, at).cursor;
        sink.take(wasmMemory().buffer, at, shapeOf(db, engine));
        return cursor;
      });
    },
    close() {
      if (cursor > 0 && db.isLocal) call(db.engine, (engine) => engine.closeCursor(cursor));
      cursor = 0;
    },
  };
}

function remoteSteps<T>(db: Database, source: Source, sink: Sink<T>, signal?: AbortSignal): Steps {
  let cursor = -1;
  return {
    async next() {
      const reply = await (cursor < 0 ? db.channel.call("open", [source, sink.always], signal) : db.channel.call("next", [cursor], signal));
      const { batch, shape } = reply as { batch: ArrayBuffer; shape?: string };
      cursor = readHead(batch, 0).cursor;
      sink.take(batch, 0, (id) => db.shapes.get(id, () => shape!));
      return cursor;
    },
    async close() {
      if (cursor > 0 && !db.isClosed) await db.channel.call("closeCursor", [cursor]);
      cursor = 0;
    },
  };
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
