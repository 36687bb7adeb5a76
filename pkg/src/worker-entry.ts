// What runs inside the Worker of `connect(target, {worker: true})`: one database, and requests for it one after the other.
// The build makes one self-contained script of this file, which the package carries as text (`moltres:worker`).

import { readHead } from "./batch.js";
import { call, init, wasmMemory } from "./core.js";
import type { Engine } from "./engine.js";
import { toWire } from "./errors.js";
import { openEngine } from "./open.js";
import { installModule } from "./udf-install.js";
import { type Reply, type Request, STOP_SLOTS, type Start } from "./worker-protocol.js";

interface Port {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  listen(handler: (message: any) => void): void;
}

function port(): Port {
  const scope = globalThis as any;
  if (
    typeof scope.postMessage === "function" &&
    typeof scope.addEventListener === "function" &&
    typeof scope.process?.versions?.node !== "string"
  ) {
    return {
      postMessage: (message, transfer) => scope.postMessage(message, transfer ?? []),
      listen: (handler) => scope.addEventListener("message", (event: MessageEvent) => handler(event.data)),
    };
  }
  const { parentPort } = scope.process.getBuiltinModule("node:worker_threads");
  return {
    postMessage: (message, transfer) => parentPort.postMessage(message, transfer),
    listen: (handler) => parentPort.on("message", handler),
  };
}

const out = port();
let engine: Engine | undefined;
let stop: Int32Array | undefined;
let current = 0;

/** The bytes of a batch, on their own, and the schema that they are read with. */
function batchReply(engine: Engine, at: number): { batch: ArrayBuffer; shape: string } {
  const buffer = wasmMemory().buffer;
  const head = readHead(buffer, at);
  return { batch: buffer.slice(at, at + head.byteLength), shape: engine.shape(head.shape) };
}

/** A whole result: no cursor stays open while the other side takes its time. */
function allBatches(engine: Engine, query: string, flags: number, deadline: number): { batch: ArrayBuffer; shape: string }[] {
  const out = [];
  let at = engine.openMoved(query, flags, deadline);
  for (;;) {
    const { cursor, beginsAgain } = readHead(wasmMemory().buffer, at);
    if (beginsAgain) out.length = 0;
    out.push(batchReply(engine, at));
    if (!cursor) return out;
    at = engine.nextBatch(cursor);
  }
}

async function start({ module, target, options, stop: flag }: Start): Promise<void> {
  await init(module);
  const opened = await openEngine(target, options);
  if (flag) {
    stop = new Int32Array(flag);
    opened.setCancelCheck(() => Atomics.load(stop!, current % STOP_SLOTS) === current);
  }
  engine = opened;
}

function run(engine: Engine, { method, args }: Request): unknown {
  switch (method) {
    case "open": {
      const [source, options, deadline] = args as [{ plan?: string; sql?: string; params?: string; moved?: string }, number, number];
      if (source.moved !== undefined) return batchReply(engine, engine.openMoved(source.moved, options, deadline));
      if (source.plan !== undefined) return batchReply(engine, engine.openPlan(source.plan, options, deadline));
      return batchReply(engine, engine.openSql(source.sql!, source.params, options, deadline));
    }
    case "all":
      return allBatches(engine, ...(args as [string, number, number]));
    case "next":
      return batchReply(engine, engine.nextBatch(args[0] as number));
    default:
      if (typeof engine[method] !== "function") throw new Error(`the engine has no method ${method}`);
      return engine[method](...args);
  }
}

out.listen(async (message: Start | Request) => {
  const reply: Reply = { id: message.id };
  const transfer: Transferable[] = [];
  try {
    if ("target" in message) await start(message);
    else if (message.method === "registerModule") {
      await installModule(engine!, ...(message.args as [string, string, string, string]));
    } else {
      const running = engine!;
      current = message.id;
      reply.result = call(running, (engine) => run(engine, message));
      transfer.push(...buffersOf(reply.result));
    }
  } catch (error) {
    reply.error = portable(error);
  }
  current = 0;
  if (message.method !== "close" && engine?.eventsWait()) reply.events = engine.drainEvents();
  out.postMessage(reply, transfer);
});

function buffersOf(result: unknown): ArrayBuffer[] {
  if (Array.isArray(result)) return result.flatMap(buffersOf);
  if (result instanceof Uint8Array) return [result.buffer as ArrayBuffer];
  const batch = (result as { batch?: unknown } | undefined)?.batch;
  return batch instanceof ArrayBuffer ? [batch] : [];
}

/** Errors of ours cross as data; of others, what a message can hold. */
function portable(error: unknown): unknown {
  const wire = toWire(error);
  return wire instanceof Error ? { moltres: true, code: "internal", kind: "ExecutionError", message: wire.message } : wire;
}
