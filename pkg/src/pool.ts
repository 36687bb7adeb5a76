/**
 * Read replicas: `poolSize` of them, each in its own Worker, so that reads run beside each other and beside the primary.
 *
 * A file's replicas open the same file for reading. Replicas of a database in memory hold copies, which get the change sets that were committed
 * since, or the image where a change set would not hold everything, before a read that comes after them: what was written is always read. Like
 * any statement, a read waits while a transaction of others is open.
 *
 * A read goes to a replica when it stands outside of transactions, is collected as a whole, and needs nothing of the primary's connection:
 * temporary tables, functions of JavaScript, its last rowid. Everything else runs on the primary, as do synchronous actions and streams, which would
 * keep a file's readers in the way of its writers. A replica runs one read at a time; reads wait for one for `poolTimeout` seconds.
 */
import type { ActionOptions } from "./action-types.js";
import type { DatabaseOptions } from "./connection.js";
import type { Database } from "./database.js";
import { after } from "./deadline.js";
import { MoltresError, moltresError } from "./errors.js";
import { RemoteChannel } from "./remote.js";
import type { Shape, Sink } from "./result.js";
import type { Source } from "./run.js";

/** What the pool does now; times in seconds. */
export interface PoolLoad {
  /** Replicas that are open, those of the overflow included. */
  size: number;
  active: number;
  idle: number;
  /** Reads that wait for a replica. */
  waiting: number;
  /** How long reads waited on average. */
  waitAvg: number;
}

interface Waiter {
  take(channel: RemoteChannel): void;
  fail(error: unknown): void;
}

/** The first byte of a feed while a transaction is open: `Feed::OPEN` in `src/backup/follow.rs`. */
const OPEN = 1;
const MAX_SHAPES = 256;
/** Errors of a replica that are no answer to the read: a writer is in its way, */
const BUSY = ["busy", "database_closed"];
/** or it is of no more use: its Worker has ended, a change set does not fit its copy, or its copy does not fit its memory. */
const BROKEN = ["internal", "corrupt", "out_of_memory"];

export class Pool {
  readonly #db: Database;
  readonly #target: string;
  readonly #options: DatabaseOptions;
  readonly #size: number;
  readonly #most: number;
  readonly #timeout: number;
  readonly #isFile: boolean;
  readonly #all = new Set<RemoteChannel>();
  readonly #idle: RemoteChannel[] = [];
  readonly #waiters: Waiter[] = [];
  readonly #shapes = new Map<string, Shape>();
  #opening = 0;
  #reads = 0;
  #waited = 0;
  /** Feeds reach the replicas in the order of their commits. */
  #feeding: Promise<unknown> = Promise.resolve();
  #closed = false;

  private constructor(db: Database, options: DatabaseOptions) {
    const { poolSize = 0, maxOverflow = 0, poolTimeout = 30, queryTimeout } = options;
    this.#db = db;
    this.#isFile = db.name !== ":memory:" && db.name !== "";
    this.#target = this.#isFile ? db.name : ":memory:";
    this.#options = this.#isFile ? { queryTimeout, readOnly: true } : { queryTimeout };
    this.#size = poolSize;
    this.#most = poolSize + maxOverflow;
    this.#timeout = poolTimeout;
  }

  /** Opens the replicas of a database. */
  static async open(db: Database, options: DatabaseOptions): Promise<Pool> {
    const pool = new Pool(db, options);
    if (pool.#isFile) {
      const alone = options.locking === "none" || (await db.queryRow("PRAGMA journal_mode"))?.journal_mode === "wal";
      if (alone)
        throw moltresError("unsupported", "connect: a file without locks, or in WAL mode, has one connection and no replicas", {
          hint: 'leave poolSize out; or PRAGMA journal_mode = DELETE with native SQLite, and locking "fcntl"',
        });
    }
    try {
      const opened = await Promise.allSettled(Array.from({ length: pool.#size }, () => pool.#add()));
      for (const each of opened) {
        if (each.status === "rejected") throw each.reason;
        pool.#idle.push(each.value);
      }
      return pool;
    } catch (error) {
      await pool.close();
      throw error;
    }
  }

  get load(): PoolLoad {
    const size = this.#all.size;
    const idle = this.#idle.length;
    return { size, active: size - idle, idle, waiting: this.#waiters.length, waitAvg: this.#reads ? this.#waited / this.#reads : 0 };
  }

  /** Runs a read on a replica, all of it into `sink`; false when it belongs on the primary. Called when it is the read's turn (`admit`). */
  async read<T>(source: Source, sink: Sink<T>, options: ActionOptions): Promise<boolean> {
    const { signal, onProgress } = options;
    const query =
      "plan" in source
        ? await this.#db.channelCall("routable", source.plan)
        : await this.#db.channelCall("routable", undefined, source.sql, source.params);
    if (query === undefined || this.#closed) return false;
    const replica = await this.#take(signal);
    const started = performance.now();
    const elapsed = () => (performance.now() - started) / 1000;
    try {
      if (!this.#isFile && !(await this.#feed(replica))) return false;
      const batches: { batch: ArrayBuffer; shape: string }[] = await replica.call("all", [query, sink.flags], signal);
      // Dropped meanwhile: what was sent to it for another read did not fit, so that it may lack what this one has to see.
      if (!this.#all.has(replica)) return false;
      for (const { batch, shape } of batches) {
        sink.take(batch, 0, () => this.#shape(shape));
        onProgress?.({ rows: sink.rows, elapsed: elapsed() });
      }
      await this.#count(query, sink.rows, elapsed());
      return true;
    } catch (error) {
      signal?.throwIfAborted();
      const code = error instanceof MoltresError ? error.code : "internal";
      const isLost = BROKEN.includes(code) || !this.#all.has(replica);
      if ((isLost || BUSY.includes(code)) && sink.rows === 0 && !this.#closed) {
        if (isLost) this.#drop(replica);
        return false;
      }
      await this.#count(query, sink.rows, elapsed(), code);
      throw error;
    } finally {
      this.#give(replica);
    }
  }

  /** Making the decoder of a shape costs more than using it. */
  #shape(json: string): Shape {
    const known = this.#shapes.get(json);
    if (known) return known;
    if (this.#shapes.size >= MAX_SHAPES) this.#shapes.clear();
    const shape = this.#db.shapes.foreign(json);
    this.#shapes.set(json, shape);
    return shape;
  }

  /** The primary's telemetry counts what its replicas do. */
  async #count(query: string, rows: number, elapsed: number, code?: string): Promise<void> {
    if (!this.#db.isClosed) await this.#db.channelCall("movedEnded", query, rows, elapsed, code);
  }

  /** Brings all replicas up to date; false while a transaction of the primary is open. */
  async #feed(replica: RemoteChannel): Promise<boolean> {
    const fed = this.#feeding.then(async () => {
      const feed = await this.#db.channelCall("feed");
      if (feed.length === 1 && feed[0] === OPEN) return { open: true, followed: [] };
      const followed = feed.length === 0 ? [] : [...this.#all].map((each) => ({ each, done: each.call("follow", [feed]) }));
      for (const { each, done } of followed) done.catch(() => this.#drop(each));
      return { open: false, followed };
    });
    this.#feeding = fed.catch(() => {});
    const { open, followed } = await fed;
    if (open) return false;
    // The calls of a channel run in order: whatever was sent to this replica before is done before the read.
    await followed.find(({ each }) => each === replica)?.done;
    return this.#all.has(replica);
  }

  /** A replica for one read. */
  async #take(signal?: AbortSignal): Promise<RemoteChannel> {
    this.#reads++;
    const idle = this.#idle.pop();
    if (idle) return idle;
    if (this.#all.size + this.#opening < this.#most) return this.#add();
    const started = performance.now();
    try {
      return await new Promise<RemoteChannel>((resolve, reject) => {
        const settle = () => {
          callOff();
          signal?.removeEventListener("abort", abort);
          const at = this.#waiters.indexOf(waiter);
          if (at >= 0) this.#waiters.splice(at, 1);
        };
        const waiter: Waiter = {
          take: (channel) => {
            settle();
            resolve(channel);
          },
          fail: (error) => {
            settle();
            reject(error);
          },
        };
        const abort = () => waiter.fail(signal?.reason);
        const callOff = after(this.#timeout, () => waiter.fail(this.#exhausted()));
        signal?.addEventListener("abort", abort);
        this.#waiters.push(waiter);
      });
    } finally {
      this.#waited += (performance.now() - started) / 1000;
    }
  }

  #exhausted(): Error {
    const { size, waiting } = this.load;
    return moltresError("pool_exhausted", `no replica became free within ${this.#timeout} s: ${size} are in use, ${waiting} reads wait`, {
      hint: "raise poolSize, maxOverflow or poolTimeout, or look for slow queries",
      details: { poolSize: this.#size, maxOverflow: this.#most - this.#size, waiting, timeout: this.#timeout },
    });
  }

  #give(replica: RemoteChannel): void {
    const waiter = this.#waiters[0];
    if (!this.#all.has(replica)) {
      // One that was dropped is replaced for whoever waits.
      if (waiter && !this.#closed && this.#all.size + this.#opening < this.#most) {
        this.#add().then(
          (fresh) => this.#give(fresh),
          (error) => waiter.fail(error),
        );
      }
    } else if (waiter) waiter.take(replica);
    else if (this.#all.size > this.#size) this.#drop(replica);
    else this.#idle.push(replica);
  }

  async #add(): Promise<RemoteChannel> {
    this.#opening++;
    try {
      const replica = await RemoteChannel.open(this.#target, this.#options);
      if (this.#closed) {
        await replica.close();
        throw moltresError("database_closed", "the database is closed");
      }
      this.#all.add(replica);
      try {
        // A new copy lacks everything.
        if (!this.#isFile) await this.#db.channelCall("forgetFollowers");
      } catch (error) {
        this.#drop(replica);
        throw error;
      }
      return replica;
    } finally {
      this.#opening--;
    }
  }

  #drop(replica: RemoteChannel): void {
    this.#all.delete(replica);
    const at = this.#idle.indexOf(replica);
    if (at >= 0) this.#idle.splice(at, 1);
    void replica.close().catch(() => {});
  }

  /** Closes all replicas; reads that wait for one fail. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) waiter.fail(moltresError("database_closed", "the database is closed"));
    await Promise.allSettled([...this.#all].map((replica) => replica.close()));
    this.#all.clear();
    this.#idle.length = 0;
  }
}
