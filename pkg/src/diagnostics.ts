/**
 * Node's `diagnostics_channel`: every event is published as `moltres:<event>`, for instance `moltres:query_end`, when somebody has
 * subscribed. No import: bundlers for browsers must not see a `node:` specifier.
 */

export interface DiagnosticChannel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
  subscribe(fn: unknown): void;
  unsubscribe(fn: unknown): boolean;
}

export const diagnosticChannels = new Map<string, DiagnosticChannel>();
let watching = false;

/** Makes the channels and calls `changed` when somebody comes or goes: the engine builds events only for those who listen. */
export function watchDiagnostics(names: readonly string[], changed: () => void): void {
  if (watching) return;
  watching = true;
  const diagnostics = (globalThis as any).process?.getBuiltinModule?.("node:diagnostics_channel");
  if (!diagnostics?.channel) return;
  for (const name of names) {
    const channel = diagnostics.channel(`moltres:${name}`) as DiagnosticChannel;
    diagnosticChannels.set(name, channel);
    // A channel changes its prototype with its first subscriber, so the method is looked up when it is called.
    for (const method of ["subscribe", "unsubscribe"] as const) {
      Object.defineProperty(channel, method, {
        configurable: true,
        value(fn: unknown) {
          const result = Object.getPrototypeOf(this)[method].call(this, fn);
          changed();
          return result;
        },
      });
    }
  }
}
