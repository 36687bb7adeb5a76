// Gives the event loop a turn, so that a page can draw and timers can fire.

/** Work that takes longer than this at a stretch is felt, in milliseconds. */
const STRETCH_MS = 12;

type Scheduler = { yield?: () => Promise<void> };

export function nextTurn(): Promise<void> {
  const scheduler = (globalThis as { scheduler?: Scheduler }).scheduler;
  if (scheduler?.yield) return scheduler.yield();
  if (typeof setImmediate === "function") return new Promise((resolve) => setImmediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** A function to await between pieces of work: mostly it does nothing. */
export function turns(): () => Promise<void> | undefined {
  let last = performance.now();
  return () => {
    if (performance.now() - last < STRETCH_MS) return undefined;
    return nextTurn().then(() => {
      last = performance.now();
    });
  };
}
