/**
 * Who may use a connection when. A database has one connection; a transaction takes it for itself, and what others want of the database
 * meanwhile waits its turn. Scopes form a tree: the database, a transaction in it, a savepoint in that. A scope runs statements only
 * while it has no open child.
 *
 * Code inside a transaction's callback may use `db` as well as `tx` where the platform has AsyncLocalStorage (Node, Deno, Bun): it joins the
 * transaction. Where there is none (browsers), such a statement waits for the transaction that waits for it; so the wait ends with
 * `busy` when the transaction has been idle for a while. Nothing hangs, and nothing joins a transaction by accident.
 */
import { type Context, newContext } from "./context.js";
import { type MoltresError, moltresError } from "./errors.js";

/** A statement waits for an idle transaction this long, in milliseconds: with AsyncLocalStorage waiting for oneself is rare. */
const IDLE_MS = { joined: 30_000, alone: 5_000 };

export class Scope {
  /** The transaction or savepoint that has the connection now. */
  #child: Scope | undefined;
  #closed: MoltresError | undefined;
  #waiting: (() => void)[] = [];
  /** Work begun in this scope that has not settled. */
  readonly #pending = new Set<Promise<unknown>>();
  #lastUse = performance.now();
  /** On `performance.now()`'s clock: statements after it are refused. */
  deadline: number | undefined;
  /** Named savepoints of the user inside this transaction. */
  readonly savepoints: string[] = [];

  constructor(readonly parent: Scope | undefined = undefined) {}

  get isRoot(): boolean {
    return this.parent === undefined;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  /** Throws when the scope has ended. */
  check(): void {
    if (this.#closed) throw this.#closed;
    if (this.deadline !== undefined && performance.now() > this.deadline)
      throw moltresError("query_timeout", "the transaction's time is over");
  }

  /** Who has the connection now, and how many statements wait for it. */
  get load(): { active: number; waiting: number } {
    return { active: this.#child ? 1 : 0, waiting: this.#waiting.length };
  }

  /** Seconds that the transaction has left; 0 when it may take any time. */
  get remaining(): number {
    let at = Number.POSITIVE_INFINITY;
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) at = Math.min(at, scope.deadline ?? at);
    return Number.isFinite(at) ? Math.max((at - performance.now()) / 1000, 1e-6) : 0;
  }

  #touch(): void {
    for (let scope: Scope | undefined = this; scope; scope = scope.parent) scope.#lastUse = performance.now();
  }

  /** Waits until a statement may run here; undefined when it may at once. */
  enter(): Promise<void> | undefined {
    this.check();
    if (this.#child) return this.#turn().then(() => this.#touch());
    if (this.parent) this.#touch();
    return undefined;
  }

  /** The same for a statement that cannot wait: `busy` when it would have to. */
  enterSync(): void {
    this.check();
    if (!this.#child) {
      this.#touch();
      return;
    }
    throw moltresError("busy", "a transaction has the connection, and a synchronous call cannot wait for it", {
      hint: "use the method without Sync, or the transaction's own object inside its callback",
    });
  }

  /** Opens a child when no other is open; it has the connection until it is closed. */
  async open(): Promise<Scope> {
    this.check();
    while (this.#child) await this.#turn();
    this.#touch();
    this.#child = new Scope(this);
    return this.#child;
  }

  /** Ends this scope: later statements fail with `reason`, and whoever waits for the connection gets it. */
  close(reason: MoltresError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#child?.close(reason);
    if (this.parent && this.parent.#child === this) {
      this.parent.#child = undefined;
      this.parent.#touch();
      this.parent.#wake();
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Until no child is open, or the one that is has done nothing for too long. First come, first served: those woken before run before. */
  async #turn(): Promise<void> {
    const limit = hasContext() ? IDLE_MS.joined : IDLE_MS.alone;
    while (this.#child) {
      const child = this.#child;
      const idle = performance.now() - child.#lastUse;
      if (idle >= limit) {
        throw moltresError("busy", `the database waited ${Math.round(limit / 1000)} s for a transaction that does nothing`, {
          hint: "inside a transaction's callback use its own object: db.transaction(async (tx) => { await tx.insert(…) })",
        });
      }
      let timer: ReturnType<typeof setTimeout> | undefined;
      await new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limit - idle);
        this.#waiting.push(resolve);
      });
      clearTimeout(timer);
      this.check();
    }
  }

  /** Remembers work that was begun here, so that a commit can wait for it. */
  track<T>(work: Promise<T>): Promise<T> {
    if (this.isRoot) return work;
    this.#pending.add(work);
    const done = () => this.#pending.delete(work);
    work.then(done, done);
    return work;
  }

  /** Waits for all work that was begun here and not awaited; its first error. */
  async settle(): Promise<void> {
    while (this.#pending.size > 0) {
      const results = await Promise.allSettled([...this.#pending]);
      const failed = results.find((result) => result.status === "rejected");
      if (failed) throw (failed as PromiseRejectedResult).reason;
    }
  }
}

// ---- the scope that the running code belongs to

let context: Context<Scope> | null | undefined;

/** Looked for at the first transaction. */
function contextOf(): Context<Scope> | null {
  if (context === undefined) context = newContext<Scope>();
  return context;
}

const hasContext = (): boolean => context !== null && context !== undefined;

/** Runs the body of a scope, so that statements on the database inside of it join the scope. */
export function runIn<T>(scope: Scope, body: () => T): T {
  const store = contextOf();
  return store ? store.run(scope, body) : body();
}

/** The scope in which a statement issued now on `scope` belongs: the innermost open one of the callback that is running. */
export function currentScope(scope: Scope): Scope {
  const running = context?.getStore();
  if (!running || running === scope) return scope;
  let inner: Scope | undefined = running;
  while (inner && inner !== scope && !inner.isOpen) inner = inner.parent;
  for (let at: Scope | undefined = inner; at; at = at.parent) if (at === scope) return inner as Scope;
  return scope;
}
