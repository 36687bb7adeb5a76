// Deadlines of signals. A statement in this thread blocks the event loop, so that no abort event can arrive while it runs: a signal made by
// `AbortSignal.timeout(ms)` would fire only after the statement has ended. What a statement can do is look at the clock. So the first `connect`
// wraps `AbortSignal.timeout` and `AbortSignal.any`, which go on working as before, to remember the time at which their signals will abort.

const deadlines = new WeakMap<AbortSignal, number>();
let watching = false;

/** Begins to remember deadlines; called once, by the first `connect`, not at import. */
export function watchDeadlines(): void {
  if (watching || typeof AbortSignal === "undefined") return;
  watching = true;
  const { timeout, any } = AbortSignal as { timeout?: typeof AbortSignal.timeout; any?: typeof AbortSignal.any };
  const wrap = (name: "timeout" | "any", value: (argument: any) => AbortSignal) =>
    Object.defineProperty(AbortSignal, name, { value, writable: true, configurable: true, enumerable: true });
  try {
    if (timeout) {
      wrap("timeout", (ms: number) => {
        const signal = timeout.call(AbortSignal, ms);
        deadlines.set(signal, performance.now() + Number(ms));
        return signal;
      });
    }
    if (any) {
      wrap("any", (signals: Iterable<AbortSignal>) => {
        const list = [...signals];
        const signal = any.call(AbortSignal, list);
        const known = list.map((each) => deadlines.get(each)).filter((at) => at !== undefined);
        if (known.length) deadlines.set(signal, Math.min(...known));
        return signal;
      });
    }
  } catch {
    // A frozen global: such signals are then seen between batches only.
  }
}

/** The longest that a timer of the platform waits, in milliseconds; beyond it one fires at once. */
const LONGEST_MS = 2 ** 31 - 1;

/** Seconds as what timers take. */
export function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, LONGEST_MS);
}

/** Runs `fn` after so many seconds, never after an infinite number; gives the function that calls it off. */
export function after(seconds: number, fn: () => void): () => void {
  if (seconds === Number.POSITIVE_INFINITY) return () => {};
  const timer = setTimeout(fn, milliseconds(seconds));
  return () => clearTimeout(timer);
}

/** Seconds from now until the signal aborts by itself; 0 when that is not known. */
export function deadlineOf(signal: AbortSignal): number {
  const at = deadlines.get(signal);
  return at === undefined ? 0 : Math.max((at - performance.now()) / 1000, 1e-6);
}

/** The reason of a signal whose time has come, although its timer may have had no chance yet to fire. */
export function timeoutReason(signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve(signal.aborted ? signal.reason : new DOMException("The operation was aborted due to timeout", "TimeoutError"));
    };
    // The timer also keeps Node alive, whose own timers of signals do not.
    const timer = setTimeout(done, 50);
    if (signal.aborted) done();
    else signal.addEventListener("abort", done);
  });
}
