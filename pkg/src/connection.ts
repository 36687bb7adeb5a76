// The seam between a database object and its engine, for the modules of this package: whose turn it is, and where calls go.

import { call } from "./core.js";
import type { Database } from "./database.js";
import type { Engine } from "./engine.js";
import { moltresError } from "./errors.js";
import { isMaintainer, runAsMaintainer } from "./maintainer.js";
import type { Pool } from "./pool.js";
import { type ResultOptions, Shapes } from "./result.js";
import { currentScope, Scope } from "./scope.js";

/** Options of `connect` that the database keeps. */
export interface DatabaseOptions extends ResultOptions {
  readOnly?: boolean;
  worker?: boolean | "auto";
  /** Seconds until a statement is interrupted. */
  queryTimeout?: number;
  /** Seconds from which a query is slow: 1. */
  slowQuery?: number;
  /** Read replicas, each in a Worker: 0. */
  poolSize?: number;
  /** Further replicas for as long as all are in use: 0. */
  maxOverflow?: number;
  /** Seconds that a read waits for a replica: 30. */
  poolTimeout?: number;
  create?: boolean;
  /** Of files: locks that other SQLite programs respect (the default), or `"none"` where no other process uses the file. */
  locking?: "fcntl" | "none";
}

/** Where calls go: into this thread's module, or to a Worker that holds the database. */
export interface Channel {
  /** The engine of this thread; undefined when the database lives in a Worker. */
  readonly engine?: Engine;
  /** What events name as their source: the engine, or the channel itself. */
  readonly source: object;
  call(method: string, args: unknown[], signal?: AbortSignal): Promise<any>;
  close(): Promise<void>;
}

export abstract class Connection {
  /** Where it came from: `:memory:` or a path. */
  readonly name: string;
  readonly options: DatabaseOptions;
  /** Decoders of result shapes, kept per database. */
  readonly shapes: Shapes;
  /** Which part of the connection's time is this object's: all of it, or a transaction. */
  readonly scope: Scope;
  /** Of the database itself, where it has replicas. */
  pool: Pool | undefined;
  #channel: Channel | undefined;
  /** Inside a transaction: the database itself. */
  readonly #root: Database | undefined;
  /** May it write during maintenance? */
  protected readonly maintainer: boolean;
  /** How many bodies of `maintenance` run. */
  #maintenances = 0;

  /** Use `connect`. */
  constructor(channel: Channel, name: string, options: DatabaseOptions = {}, root?: Database, scope = new Scope(), maintainer = false) {
    this.#channel = channel;
    this.#root = root;
    this.maintainer = maintainer;
    this.name = name;
    this.options = options;
    this.scope = scope;
    this.shapes = root?.shapes ?? new Shapes();
  }

  abstract within(scope: Scope): Database;
  abstract asMaintainer(): Database;

  /** The database itself, also from inside a transaction. */
  get root(): Database {
    return this.#root ?? (this as Connection as Database);
  }

  /** The engine, when it lives in this thread; otherwise `unsupported`. */
  get engine(): Engine {
    const channel = this.channel;
    if (channel.engine) return channel.engine;
    throw moltresError("unsupported", "the database lives in a Worker, where nothing can be called synchronously", {
      hint: "use the method without Sync, or connect with {worker: false}",
    });
  }

  get channel(): Channel {
    const channel = this.root.#channel;
    if (channel) return channel;
    throw moltresError("database_closed", "the database is closed");
  }

  get isClosed(): boolean {
    return this.root.#channel === undefined;
  }

  /** Does a statement issued now belong to a transaction? */
  get inTransaction(): boolean {
    return !currentScope(this.scope).isRoot;
  }

  /** From now on others may not write; gives the function that ends it. */
  enterMaintenance(): () => void {
    const { root } = this;
    root.#maintenances++;
    return () => {
      root.#maintenances--;
      if (root.#maintenances === 0 && !root.isClosed) root.#refuseWrites(false);
    };
  }

  /** Runs `body`, whose statements are maintenance. */
  runAsMaintainer<T>(body: (db: Database) => T): T {
    const maintainer = this.asMaintainer();
    return runAsMaintainer(this.root, () => body(maintainer));
  }

  /** Before every statement: during maintenance, may who runs it write? */
  arm(): void {
    const { root } = this;
    if (root.#maintenances > 0) root.#refuseWrites(!this.maintainer && !isMaintainer(root));
  }

  #refuseWrites(refuse: boolean): void {
    if (this.isLocal) call(this.engine, (engine) => engine.setMaintenance(refuse));
    else void this.channel.call("setMaintenance", [refuse]);
  }

  /** Waits while a transaction of others has the connection; undefined when a statement may run at once. Ask again after waiting. */
  admit(): Promise<void> | undefined {
    return currentScope(this.scope).enter();
  }

  /** Seconds that the transaction around has left; 0 for any time. */
  get remaining(): number {
    return currentScope(this.scope).remaining;
  }

  /** Remembers work as begun in the transaction around, whose commit waits for it. */
  track<T>(work: Promise<T>): Promise<T> {
    return currentScope(this.scope).track(work);
  }

  /** Is the database in this thread, so that synchronous actions work? */
  get isLocal(): boolean {
    return this.root.#channel?.engine !== undefined;
  }

  /** Calls a method of the engine, wherever it lives, when it is this object's turn. Arguments and results are strings, numbers and byte arrays. */
  async call<M extends keyof Engine & string>(method: M, ...args: Parameters<Engine[M]>): Promise<Awaited<ReturnType<Engine[M]>>> {
    for (let wait = this.admit(); wait; wait = this.admit()) await wait;
    return this.channelCall(method, ...args);
  }

  /** The same without waiting for a turn: for the ends of transactions. */
  async channelCall<M extends keyof Engine & string>(method: M, ...args: Parameters<Engine[M]>): Promise<Awaited<ReturnType<Engine[M]>>> {
    const { channel } = this;
    this.arm();
    if (channel.engine) return this.#callWithin(channel.engine, method, args) as Awaited<ReturnType<Engine[M]>>;
    return channel.call(method, args);
  }

  /** The same at once; `unsupported` in a Worker, `busy` while a transaction of others has the connection. */
  callSync<M extends keyof Engine & string>(method: M, ...args: Parameters<Engine[M]>): ReturnType<Engine[M]> {
    const { engine } = this;
    currentScope(this.scope).enterSync();
    this.arm();
    return this.#callWithin(engine, method, args);
  }

  /** The same at once and whoever has the connection: for what only looks. */
  callNow<M extends keyof Engine & string>(method: M, ...args: Parameters<Engine[M]>): ReturnType<Engine[M]> {
    return call(this.engine, (engine) => engine[method](...args));
  }

  #callWithin<M extends keyof Engine & string>(engine: Engine, method: M, args: Parameters<Engine[M]>): ReturnType<Engine[M]> {
    const seconds = this.remaining;
    return call(engine, (engine) => {
      if (!seconds) return engine[method](...args);
      engine.setDeadline(seconds);
      try {
        return engine[method](...args);
      } finally {
        engine.setDeadline(0);
      }
    });
  }

  /** Gives up the channel: from now on everything fails with `database_closed`. */
  protected detach(): Channel {
    const { channel } = this;
    this.#channel = undefined;
    this.scope.close(moltresError("database_closed", "the database is closed"));
    return channel;
  }
}
