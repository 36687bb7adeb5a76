/**
 * Telemetry on the JavaScript side: who listens, and who is told. The engine builds an event only when its bit is set in the mask that is
 * kept here, so that without listeners statements cost what they cost.
 *
 * Hooks run after the call into the database has returned. A hook that throws is reported once and changes nothing; a hook may use the
 * database, and what it does there raises no further events for hooks.
 */
import { describe } from "./arguments.js";
import { type Context, newContext } from "./context.js";
import { callStatic, onEvents } from "./core.js";
import type { Database } from "./database.js";
import { diagnosticChannels, watchDiagnostics } from "./diagnostics.js";
import type { Engine } from "./engine.js";
import { invalid } from "./errors.js";

export type EventName =
  | "query_start"
  | "query_end"
  | "query_error"
  | "slow_query"
  | "csv_progress"
  | "backup"
  | "restore"
  | "transaction_begin"
  | "transaction_commit"
  | "transaction_rollback"
  | "connection"
  | "migration"
  | "maintenance"
  | "alert"
  | "hook_error";

/** What a hook learns beside the SQL text and the seconds. */
export interface EventMetadata {
  event: EventName;
  /** Which database: its target. */
  database: string;
  /** Seconds since 1970. */
  startTime: number;
  queryId?: number;
  params?: unknown[];
  /** Rows that the statement gave. */
  rows?: number;
  /** Rows that it gave, or else changed. */
  rowcount?: number;
  /** Of a slow query: SQLite's plan. */
  plan?: string;
  /** What SQLite counted: full scan steps, sorts, rows of automatic indexes, steps, memory. */
  counters?: Record<string, number>;
  error?: { code: string; kind: string; message: string };
  [detail: string]: unknown;
}

export type PerformanceHook = (sql: string, elapsed: number, metadata: EventMetadata) => unknown;

export const EVENT_NAMES: readonly EventName[] = [
  "query_start",
  "query_end",
  "query_error",
  "slow_query",
  "csv_progress",
  "backup",
  "restore",
  "transaction_begin",
  "transaction_commit",
  "transaction_rollback",
  "connection",
  "migration",
  "maintenance",
  "alert",
  "hook_error",
];

type Listeners = Map<EventName, Set<{ hook: PerformanceHook }>>;

/** Hooks for all databases. */
const everywhere: Listeners = new Map();
/** Databases that are open, without keeping them alive. */
const open = new Map<Engine | object, { db: WeakRef<Database>; listeners: Listeners }>();

/** The databases of this thread that are open. */
export function* openDatabases(): Generator<Database> {
  for (const { db: ref } of open.values()) {
    const db = ref.deref();
    if (db && !db.isClosed) yield db;
  }
}

function listenersOf(db: Database): Listeners | undefined {
  return open.get(keyOf(db))?.listeners;
}

const keyOf = (db: Database): object => db.root.channel.engine ?? db.root.channel;

function eventName(verb: string, event: unknown): EventName {
  if (typeof event !== "string" || !EVENT_NAMES.includes(event as EventName)) {
    throw invalid(`${verb}: ${describe(event)} is not an event`, { hint: `events are ${EVENT_NAMES.join(", ")}` });
  }
  return event as EventName;
}

function add(verb: string, listeners: Listeners, event: unknown, hook: unknown): () => void {
  const name = eventName(verb, event);
  if (typeof hook !== "function")
    throw invalid(`${verb}: a function is expected, not ${describe(hook)}`, { hint: "(sql, elapsed, metadata) => …" });
  const entry = { hook: hook as PerformanceHook };
  const set = listeners.get(name) ?? new Set<{ hook: PerformanceHook }>();
  listeners.set(name, set);
  set.add(entry);
  refreshMasks();
  return () => {
    set.delete(entry);
    refreshMasks();
  };
}

/** Calls `hook(sql, elapsed, metadata)` at every such event of every database; gives the function that ends it. */
export function registerPerformanceHook(event: EventName, hook: PerformanceHook): () => void {
  return add("registerPerformanceHook", everywhere, event, hook);
}

/** Ends a hook by its function, in all its registrations for the event. */
export function unregisterPerformanceHook(event: EventName, hook: PerformanceHook): void {
  const set = everywhere.get(eventName("unregisterPerformanceHook", event));
  for (const entry of set ?? []) if (entry.hook === hook) set?.delete(entry);
  refreshMasks();
}

/** `db.on(event, hook)`: the same for one database. */
export function on(db: Database, event: EventName, hook: PerformanceHook): () => void {
  return add("on", listenersOf(db) ?? new Map(), event, hook);
}

function maskOf(listeners: Listeners): number {
  let mask = 0;
  for (const [name, set] of listeners) if (set.size > 0) mask |= 1 << EVENT_NAMES.indexOf(name);
  return mask;
}

const lastMasks = new WeakMap<object, number>();

/** Tells every open database what is listened to. */
function refreshMasks(): void {
  const shared = maskOf(everywhere) | maskOf(watchers) | diagnosticMask();
  for (const [key, { db: ref, listeners }] of open) {
    const db = ref.deref();
    if (!db || db.isClosed) {
      open.delete(key);
      continue;
    }
    const mask = shared | maskOf(listeners);
    if (lastMasks.get(key) === mask) continue;
    lastMasks.set(key, mask);
    if (db.isLocal) db.engine.listen(mask);
    else void db.channel.call("listen", [mask]).catch(() => {});
  }
}

function diagnosticMask(): number {
  let mask = 0;
  for (const [i, name] of EVENT_NAMES.entries()) if (diagnosticChannels.get(name)?.hasSubscribers) mask |= 1 << i;
  return mask;
}

/** Hooks of this package itself, which also see what happens inside hooks: logs and tracks. */
const watchers: Listeners = new Map();
export function watch(event: EventName, hook: PerformanceHook): () => void {
  return add("watch", watchers, event, hook);
}

/** A database was opened: it has a name in events and gets its mask. */
export function opened(db: Database): void {
  onEvents(deliver);
  watchDiagnostics(EVENT_NAMES, refreshMasks);
  open.set(keyOf(db), { db: new WeakRef(db), listeners: new Map() });
  refreshMasks();
  if (db.isLocal) db.callSync("connected", db.name);
  else void db.channel.call("connected", [db.name]).catch(() => {});
}

/** A database could not be opened. */
export function connectionFailed(): void {
  callStatic((cls) => cls.countConnectionError());
}

/** A database was closed: its hooks go. */
export function closed(db: Database): void {
  for (const [key, entry] of open) {
    if (entry.db.deref() !== db) continue;
    const metadata: EventMetadata = { event: "connection", state: "close", database: db.name, startTime: Date.now() / 1000 };
    open.delete(key);
    tell({ event: "connection", sql: "", elapsed: 0, metadata }, entry.listeners);
  }
}

// ---- delivery

interface WireEvent {
  event: EventName;
  sql: string;
  elapsed: number;
  metadata: EventMetadata;
}

/** Is a hook running now? */
let telling = false;
/** Where there is a context, what a hook does after its first await is known to be a hook's as well. */
let context: Context<true> | null | undefined;

function contextOf(): Context<true> | null {
  if (context === undefined) context = newContext<true>();
  return context;
}

function deliver(source: object, events: string): void {
  const listeners = open.get(source)?.listeners;
  for (const event of JSON.parse(events) as WireEvent[]) tell(event, listeners);
}

function tell(event: WireEvent, own: Listeners | undefined): void {
  for (const { hook } of watchers.get(event.event) ?? []) run(hook, event);
  const byHook = telling || contextOf()?.getStore() === true;
  if (byHook) return;
  const channel = diagnosticChannels.get(event.event);
  if (channel?.hasSubscribers) channel.publish({ sql: event.sql, elapsed: event.elapsed, ...event.metadata });
  for (const { hook } of own?.get(event.event) ?? []) run(hook, event);
  for (const { hook } of everywhere.get(event.event) ?? []) run(hook, event);
}

function run(hook: PerformanceHook, event: WireEvent): void {
  const before = telling;
  telling = true;
  try {
    const { sql, elapsed, metadata } = event;
    const store = contextOf();
    const invoke = () => hook(sql, elapsed, metadata);
    const result = store ? store.run(true, invoke) : invoke();
    if (result && typeof (result as Promise<unknown>).then === "function")
      (result as Promise<unknown>).then(undefined, (error) => failed(hook, event, error));
  } catch (error) {
    failed(hook, event, error);
  } finally {
    telling = before;
  }
}

const reported = new WeakSet<PerformanceHook>();

/** A hook's error is its own: counted, told to `hook_error`, and written to the console once per hook. */
function failed(hook: PerformanceHook, event: WireEvent, error: unknown): void {
  if (!reported.has(hook)) {
    reported.add(hook);
    console.error(`moltres: a hook for ${event.event} failed; later failures of it are not reported`, error);
  }
  if (event.event === "hook_error") return;
  const { database, queryId } = event.metadata;
  const metadata: EventMetadata = {
    event: "hook_error",
    database,
    queryId,
    startTime: Date.now() / 1000,
    failedEvent: event.event,
    error: { code: "internal", kind: (error as Error)?.name ?? typeof error, message: String((error as Error)?.message ?? error) },
  };
  for (const entry of open.values()) {
    const db = entry.db.deref();
    if (db?.name !== database) continue;
    if (!db.isClosed && db.isLocal) db.engine.hookFailed();
    for (const { hook: listener } of entry.listeners.get("hook_error") ?? [])
      run(listener, { event: "hook_error", sql: event.sql, elapsed: 0, metadata });
  }
  for (const { hook: listener } of everywhere.get("hook_error") ?? [])
    run(listener, { event: "hook_error", sql: event.sql, elapsed: 0, metadata });
}

/** An event of the JavaScript side, in the order of those of the engine. */
export function emit(db: Database, event: EventName, elapsed: number, details: Record<string, unknown>, sql = ""): void {
  if (db.isClosed) return;
  const metadata = JSON.stringify(details);
  if (db.isLocal) db.root.callNow("emit", event, sql, elapsed, metadata);
  else void db.channel.call("emit", [event, sql, elapsed, metadata]).catch(() => {});
}
