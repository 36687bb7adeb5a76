// A database in a Worker (browsers) or worker thread (Node, Deno, Bun): the same calls, as messages.

import { workerSource } from "moltres:worker";
import type { Channel, DatabaseOptions } from "./connection.js";
import { compiledModule, deliverEvents } from "./core.js";
import { deadlineOf, timeoutReason } from "./deadline.js";
import { fromThrown, moltresError } from "./errors.js";
import type { Target } from "./open.js";
import { type Reply, type Request, STOP_SLOTS, type Start } from "./worker-protocol.js";

interface Thread {
  post(message: Start | Request, transfer?: Transferable[]): void;
  terminate(): unknown;
  /** Should the thread keep the process alive? */
  hold(on: boolean): void;
}

interface Waiting {
  resolve(value: any): void;
  reject(error: unknown): void;
}

export class RemoteChannel implements Channel {
  readonly source = this;
  readonly #waiting = new Map<number, Waiting>();
  readonly #thread: Thread;
  readonly #stop: Int32Array | undefined;
  #next = 1;
  #ended: Error | undefined;
  #hasAnswered = false;

  private constructor() {
    // Shared memory needs cross-origin isolation in browsers; without it a statement is stopped between its batches only.
    const shared = typeof SharedArrayBuffer === "undefined" ? undefined : new SharedArrayBuffer(4 * STOP_SLOTS);
    this.#stop = shared && new Int32Array(shared);
    this.#thread = spawn(
      (reply) => this.#receive(reply),
      (error) => this.#fail(error),
    );
    this.#thread.hold(false);
  }

  static async open(target: Target, options: DatabaseOptions): Promise<RemoteChannel> {
    const channel = new RemoteChannel();
    try {
      const module = await compiledModule();
      await channel.#send((id) => ({
        id,
        method: "start",
        module,
        target,
        options,
        stop: channel.#stop?.buffer as SharedArrayBuffer | undefined,
      }));
    } catch (error) {
      channel.#thread.terminate();
      throw error;
    }
    return channel;
  }

  /** Requests are answered in order. With a signal the one that runs is stopped. */
  async call(method: string, args: unknown[], signal?: AbortSignal): Promise<any> {
    signal?.throwIfAborted();
    let id = 0;
    const abort = () => {
      if (this.#stop) Atomics.store(this.#stop, id % STOP_SLOTS, id);
    };
    signal?.addEventListener("abort", abort);
    try {
      const given = method === "open" || method === "all" ? [...args, signal ? deadlineOf(signal) : 0] : args;
      return await this.#send((own) => {
        id = own;
        return { id, method, args: given };
      });
    } catch (error) {
      if (signal && (error as { code?: string }).code === "cancelled") throw await timeoutReason(signal);
      throw error;
    } finally {
      signal?.removeEventListener("abort", abort);
    }
  }

  #send(make: (id: number) => Start | Request): Promise<any> {
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      const id = this.#next++;
      this.#waiting.set(id, { resolve, reject });
      this.#thread.hold(true);
      try {
        this.#thread.post(make(id));
      } catch (error) {
        this.#settle(id);
        reject(error);
      }
    });
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    // A reply that comes while the Worker ends must not let the process go before it.
    if (this.#waiting.size === 0 && !this.#ended) this.#thread.hold(false);
    return waiting;
  }

  #receive({ id, result, error, events }: Reply): void {
    this.#hasAnswered = true;
    const waiting = this.#settle(id);
    if (error !== undefined) waiting?.reject(fromThrown(error));
    else waiting?.resolve(result);
    if (events) deliverEvents(this, events);
  }

  #fail(cause: unknown): void {
    this.#ended ??= this.#hasAnswered
      ? moltresError("internal", "the Worker that holds the database has ended", { cause })
      : moltresError("unsupported", "connect: the Worker did not start", {
          hint: "a page's Content-Security-Policy must allow worker-src blob:; or connect with {worker: false} and without poolSize",
          cause,
        });
    for (const { reject } of this.#waiting.values()) reject(this.#ended);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    try {
      await this.call("close", []);
    } catch (error) {
      // With a Worker or a module that has stopped everything is closed.
      if ((error as { code?: string }).code !== "internal") throw error;
    } finally {
      this.#ended = moltresError("database_closed", "the database is closed");
      // Its end is waited for, which Node would not do by itself.
      this.#thread.hold(true);
      await this.#thread.terminate();
    }
  }
}

function spawn(receive: (reply: Reply) => void, fail: (error: unknown) => void): Thread {
  const node = (globalThis as any).process?.getBuiltinModule?.("node:worker_threads");
  if (node) {
    const worker = new node.Worker(workerSource, { eval: true });
    worker.on("message", receive);
    worker.on("error", fail);
    worker.on("exit", () => fail(undefined));
    return {
      post: (message, transfer) => worker.postMessage(message, transfer),
      terminate: () => worker.terminate(),
      hold: (on) => (on ? worker.ref() : worker.unref()),
    };
  }
  if (typeof Worker === "undefined")
    throw moltresError("unsupported", "connect: this environment has no Workers", { hint: "connect with {worker: false}" });
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  const worker = new Worker(url);
  worker.onmessage = (event) => receive(event.data);
  worker.onerror = (event) => fail(event.message);
  // The script has been fetched by the time the first reply comes; the address is then of no use.
  worker.addEventListener("message", () => URL.revokeObjectURL(url), { once: true });
  return { post: (message, transfer) => worker.postMessage(message, transfer ?? []), terminate: () => worker.terminate(), hold: () => {} };
}
