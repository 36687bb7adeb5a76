// Functions written in JavaScript, called from SQL.

import { call, rememberCause } from "./core.js";
import type { Database } from "./database.js";
import { invalid, moltresError } from "./errors.js";
import { jsonText, timestampText } from "./sql-params.js";

/** An aggregate: `init` makes a state, `step` takes a row and gives the new state (or changes it), `finish` gives the result. */
export interface AggregateFunction<S = any> {
  init?: () => S;
  step: (state: S, ...args: any[]) => S | undefined | void;
  finish?: (state: S) => unknown;
  /** With `inverse` the function can slide over a window frame: it takes a row back out. */
  inverse?: (state: S, ...args: any[]) => S | undefined | void;
}

export type UserFunction = ((...args: any[]) => unknown) | ({ aggregate: AggregateFunction } & UserFunctionOptions);

export interface UserFunctionOptions {
  /** Equal arguments give equal results: SQLite may call it less often and use it in indexes. */
  deterministic?: boolean;
  /** The logical type of its results, `string` or `array<int>`; unknown unless given. */
  returns?: string;
  /** An aggregate; the function beside it is null then. */
  aggregate?: AggregateFunction;
}

/** An aggregate's state for one group; Rust hands it through. */
class State {
  constructor(public state: unknown) {}
}

/** Registers a function under a name on one connection. Registering the name again replaces it. */
export function registerFunction(db: Database, name: string, fn: UserFunction | null, given: UserFunctionOptions = {}): void {
  if (typeof name !== "string" || name === "") throw invalid("registerFunction: the name must be a text that is not empty");
  // An aggregate may stand in either place, and the options beside it.
  const options = { ...(typeof fn === "object" ? fn : undefined), ...given };
  const settings = JSON.stringify({ deterministic: options.deterministic === true, returns: options.returns ?? "any" });
  if (!db.isLocal) {
    throw moltresError("unsupported", "registerFunction: a function cannot be sent to the Worker that holds the database", {
      hint: "connect with {worker: false}",
    });
  }
  if (typeof fn === "function") {
    call(db.engine, (engine) => engine.registerScalar(name, settings, guarded(fn)));
    return;
  }
  const { aggregate } = options;
  if (typeof aggregate?.step !== "function") {
    throw invalid("registerFunction: the function must be a function or {aggregate: {init, step, finish}}");
  }
  const { init, step, finish, inverse } = aggregate;
  const change = (by: (state: any, ...args: any[]) => unknown) =>
    guarded((box: State, ...args: unknown[]) => {
      const next = by(box.state, ...args);
      if (next !== undefined) box.state = next;
    });
  const callbacks = {
    init: guarded(() => new State(init?.())),
    step: change(step),
    finish: guarded((box: State) => (finish ? finish(box.state) : box.state)),
    inverse: inverse && change(inverse),
  };
  call(db.engine, (engine) => engine.registerAggregate(name, settings, callbacks));
}

/** Dates as ISO text, structures as JSON text; the rest Rust takes as it is. */
function storable(value: unknown): unknown {
  if (value === null || typeof value !== "object" || value instanceof Uint8Array || value instanceof State) return value;
  if (value instanceof Date) return timestampText(value);
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (typeof (value as PromiseLike<unknown>).then === "function") {
    throw invalid("a user function gave a Promise; functions inside a statement cannot wait");
  }
  return jsonText(value);
}

/** What a function throws is kept as the cause of the statement's error; Rust sees only that it failed. */
function guarded<F extends (...args: any[]) => unknown>(fn: F): F {
  return ((...args: unknown[]) => {
    try {
      return storable(fn(...args));
    } catch (error) {
      rememberCause(error);
      throw error;
    }
  }) as F;
}
