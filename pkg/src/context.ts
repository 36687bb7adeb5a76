/** What the running code belongs to, also after its awaits: AsyncLocalStorage, which Node, Deno and Bun have and browsers do not. */

export interface Context<T> {
  getStore(): T | undefined;
  run<R>(value: T, work: () => R): R;
}

/** A context of its own, or null where the platform has none. No import: bundlers for browsers must not see a `node:` specifier. */
export function newContext<T>(): Context<T> | null {
  try {
    const hooks = (globalThis as { process?: { getBuiltinModule?: (name: string) => any } }).process?.getBuiltinModule?.(
      "node:async_hooks",
    );
    return hooks?.AsyncLocalStorage ? new hooks.AsyncLocalStorage() : null;
  } catch {
    return null;
  }
}
