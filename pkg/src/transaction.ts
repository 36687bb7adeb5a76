/** Transactions: `db.transaction(async (tx) => …)`. `tx` is the database inside the transaction; nested calls are savepoints. */
import { describe } from "./arguments.js";
import type { Database } from "./database.js";
import { after, milliseconds } from "./deadline.js";
import { invalid, MoltresError, moltresError } from "./errors.js";
import { currentScope, runIn, type Scope } from "./scope.js";

export interface RetryOptions {
  /** How often the body runs at most: 3 unless given. */
  attempts?: number;
  /** Seconds before the second attempt, 0.1 unless given; each further wait is twice as long, up to `maxDelay` (5). */
  delay?: number;
  maxDelay?: number;
  onRetry?: (error: unknown, attempt: number) => void;
}

export interface TransactionOptions {
  /** Writes fail with `permission_denied`. */
  readOnly?: boolean;
  /** false: inside another transaction run in it as it is, without a savepoint of its own. */
  savepoint?: boolean;
  /** Seconds until everything is rolled back and the promise rejects with `query_timeout`. */
  timeout?: number;
  /** Runs the body again when the database is `busy`: true, a number of attempts, or details. */
  retry?: boolean | number | RetryOptions;
  signal?: AbortSignal;
  /** false: foreign keys are checked at the end only, so that a table that others refer to can be made anew. Not for nested calls. */
  foreignKeys?: boolean;
}

/** What a transaction's body gets: the database inside the transaction. */
export type Transaction = Database;

const OPTIONS = ["readOnly", "savepoint", "timeout", "retry", "signal", "foreignKeys"];

/** Runs `body` in a transaction; commits what it did when its promise resolves, undoes it when it throws. */
export async function transaction<T>(
  db: Database,
  body: (tx: Transaction) => Promise<T> | T,
  options: TransactionOptions = {},
): Promise<T> {
  if (typeof body !== "function")
    throw invalid(`transaction: a function is expected, not ${describe(body)}`, { hint: "db.transaction(async (tx) => { … })" });
  const odd = Object.keys(options).find((key) => !OPTIONS.includes(key));
  if (odd !== undefined) throw invalid(`transaction: there is no option "${odd}"`, { hint: `options are ${OPTIONS.join(", ")}` });
  const { timeout, signal } = options;
  if (timeout !== undefined && !(typeof timeout === "number" && timeout > 0))
    throw invalid("transaction: timeout is a number of seconds above 0");
  signal?.throwIfAborted();
  const retry = retryOptions(options.retry);
  const scope = currentScope(db.scope);
  for (let attempt = 1; ; attempt++) {
    try {
      return await scope.track(attemptOnce(db, scope, body, options));
    } catch (error) {
      const busy = error instanceof MoltresError && error.code === "busy";
      if (!busy || attempt >= retry.attempts || !scope.isOpen || !scope.isRoot) throw error;
      retry.onRetry?.(error, attempt);
      const delay = Math.min(retry.delay * 2 ** (attempt - 1), retry.maxDelay) * (1 + Math.random() / 10);
      await new Promise((resolve) => setTimeout(resolve, milliseconds(delay)));
      signal?.throwIfAborted();
    }
  }
}

function retryOptions(retry: TransactionOptions["retry"]): Required<Omit<RetryOptions, "onRetry">> & Pick<RetryOptions, "onRetry"> {
  const given = typeof retry === "object" ? retry : { attempts: retry === true ? 3 : retry === false || retry === undefined ? 1 : retry };
  const { attempts = 3, delay = 0.1, maxDelay = 5, onRetry } = given;
  if (!Number.isInteger(attempts) || attempts < 1) throw invalid("transaction: retry is a number of attempts, at least 1");
  return { attempts, delay, maxDelay, onRetry };
}

const ended = () =>
  moltresError("transaction_closed", "the transaction has ended", {
    hint: "await everything that is done with tx before its callback returns",
  });

const overdue = (timeout: number) =>
  moltresError("query_timeout", `the transaction was rolled back after ${timeout} seconds`, { details: { timeout } });

/** Where the work of one scope begins and ends. */
interface Ends {
  commit(): Promise<unknown>;
  rollback(): Promise<unknown>;
}

async function attemptOnce<T>(
  db: Database,
  outer: Scope,
  body: (tx: Transaction) => Promise<T> | T,
  options: TransactionOptions,
): Promise<T> {
  const scope = await outer.open();
  const tx = db.within(scope);
  let ends: Ends;
  try {
    ends = outer.isRoot ? await beginTransaction(tx, options) : await beginSavepoint(tx, options);
  } catch (error) {
    scope.close(ended());
    throw error;
  }
  const { timeout, signal } = options;
  if (timeout !== undefined) scope.deadline = performance.now() + timeout * 1000;
  const stop = stopper(timeout, signal);
  try {
    const work = runIn(scope, async () => {
      const result = await body(tx);
      await scope.settle();
      return result;
    });
    work.catch(() => {});
    const result = await (stop ? Promise.race([work, stop.promise]) : work);
    scope.check();
    await ends.commit();
    scope.close(ended());
    return result;
  } catch (error) {
    // A statement that ran into the deadline ends before its timer can fire.
    const late = scope.deadline !== undefined && performance.now() >= scope.deadline;
    const reason = stop?.reason ?? (late ? overdue(timeout as number) : error);
    try {
      await ends.rollback();
    } catch {
      // What made the transaction fail matters more than that it was gone already.
    }
    scope.close(reason instanceof MoltresError && reason.code === "query_timeout" ? reason : ended());
    throw reason;
  } finally {
    stop?.clear();
  }
}

/** A promise that rejects when the time is over or the signal aborts. */
function stopper(timeout: number | undefined, signal: AbortSignal | undefined) {
  if (timeout === undefined && !signal) return undefined;
  const state: { promise: Promise<never>; reason: unknown; clear: () => void } = {
    promise: undefined as never,
    reason: undefined,
    clear: () => {},
  };
  state.promise = new Promise<never>((_, reject) => {
    const stop = (reason: unknown) => {
      state.reason = reason;
      reject(reason);
    };
    const onAbort = () => stop(signal?.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    const callOff = timeout === undefined ? undefined : after(timeout, () => stop(overdue(timeout)));
    state.clear = () => {
      signal?.removeEventListener("abort", onAbort);
      callOff?.();
    };
  });
  state.promise.catch(() => {});
  return state;
}

async function beginTransaction(tx: Database, { readOnly = false, foreignKeys = true }: TransactionOptions): Promise<Ends> {
  const begun = await tx.channelCall("beginTransaction", readOnly, foreignKeys);
  return {
    commit: () => tx.channelCall("commitTransaction", begun),
    rollback: () => tx.channelCall("rollbackTransaction", begun),
  };
}

let savepoints = 0;

async function beginSavepoint(tx: Database, { savepoint = true, readOnly = false }: TransactionOptions): Promise<Ends> {
  if (!savepoint) return { commit: async () => {}, rollback: async () => {} };
  const name = `savepoint ${++savepoints}`;
  await tx.channelCall("savepoint", name, true);
  const locked = readOnly && (await tx.channelCall("lockWrites"));
  const unlock = async () => {
    if (locked) await tx.channelCall("setReadOnly", false);
  };
  return {
    commit: async () => {
      await unlock();
      await tx.channelCall("releaseSavepoint", name);
    },
    rollback: async () => {
      await unlock();
      await tx.channelCall("undoSavepoint", name);
    },
  };
}

/** Runs the steps of one operation so that all of them happen or none, and nothing comes between. */
export async function atomically<T>(db: Database, work: (db: Database) => Promise<T>): Promise<T> {
  const scope = await currentScope(db.scope).open();
  const inner = db.within(scope);
  const name = `step ${++savepoints}`;
  try {
    await inner.channelCall("savepoint", name, false);
    try {
      const result = await runIn(scope, () => work(inner));
      await inner.channelCall("releaseSavepoint", name);
      return result;
    } catch (error) {
      if (!inner.isClosed) await inner.channelCall("undoSavepoint", name);
      throw error;
    }
  } finally {
    scope.close(ended());
  }
}
