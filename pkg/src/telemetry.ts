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

// ---- metrics

/** Durations are seconds, rates shares between 0 and 1, sizes bytes. */
export interface Metrics {
  query_count: number;
  query_duration_avg: number;
  query_duration_max: number;
  query_duration_p50: number;
  query_duration_p95: number;
  query_duration_p99: number;
  query_duration_total: number;
  slow_query_count: number;
  error_count: number;
  error_rate: number;
  timeout_count: number;
  timeout_rate: number;
  cancelled_count: number;
  connection_count: number;
  connection_error_count: number;
  connection_error_rate: number;
  pool_size: number;
  pool_active: number;
  pool_idle: number;
  pool_waiting: number;
  pool_utilization: number;
  pool_wait_avg: number;
  rows_read: number;
  rows_written: number;
  memory_bytes: number;
  memory_high_water_bytes: number;
  memory_utilization: number;
  cache_hit_rate: number;
  cache_hit_count: number;
  cache_miss_count: number;
  transaction_count: number;
  transaction_committed_count: number;
  transaction_rolled_back_count: number;
  transaction_commit_rate: number;
  transaction_duration_avg: number;
  transaction_duration_max: number;
  transaction_duration_p95: number;
  transaction_savepoint_count: number;
  hook_error_count: number;
  events_dropped: number;
}

/** A database in this thread is its own pool of one connection. */
function poolOf(
  db: Database,
): Pick<Metrics, "pool_size" | "pool_active" | "pool_idle" | "pool_waiting" | "pool_utilization" | "pool_wait_avg"> {
  const pool_size = 1 + (db.options.poolSize ?? 0);
  const { active, waiting } = db.root.scope.load;
  const pool_active = Math.min(active, pool_size);
  return {
    pool_size,
    pool_active,
    pool_idle: pool_size - pool_active,
    pool_waiting: waiting,
    pool_utilization: pool_active / pool_size,
    pool_wait_avg: 0,
  };
}

/** `db.metrics()`: at once, or as a Promise when the database lives in a Worker. */
export function metrics(db: Database): Metrics {
  const make = (json: string): Metrics => ({ ...JSON.parse(json), ...poolOf(db) });
  if (db.isLocal) return make(db.root.callNow("metrics"));
  return db.channel.call("metrics", []).then(make) as unknown as Metrics;
}

export function resetMetrics(db: Database): void {
  if (db.isLocal) db.root.callNow("resetMetrics");
  else void db.channel.call("resetMetrics", []);
}

export interface MetricsCollector {
  /** The figures of all databases of this thread together. */
  getMetrics(): Metrics;
  reset(): void;
}

const collector: MetricsCollector = Object.freeze({
  getMetrics(): Metrics {
    const all = callStatic((cls) => JSON.parse(cls.allMetrics()));
    const sum = { cache_hit_count: 0, cache_miss_count: 0, events_dropped: 0 };
    const pool = { pool_size: 0, pool_active: 0, pool_waiting: 0 };
    let memory = { memory_bytes: 0, memory_high_water_bytes: 0, memory_utilization: 0 };
    for (const { db: ref } of open.values()) {
      const db = ref.deref();
      if (!db || db.isClosed || !db.isLocal) continue;
      const one = metrics(db);
      for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += one[key];
      for (const key of Object.keys(pool) as (keyof typeof pool)[]) pool[key] += one[key];
      // All databases of a thread share the module's memory.
      const { memory_bytes, memory_high_water_bytes, memory_utilization } = one;
      memory = { memory_bytes, memory_high_water_bytes, memory_utilization };
    }
    const asked = sum.cache_hit_count + sum.cache_miss_count;
    return {
      ...all,
      ...memory,
      ...sum,
      ...pool,
      pool_idle: pool.pool_size - pool.pool_active,
      pool_utilization: pool.pool_size ? pool.pool_active / pool.pool_size : 0,
      pool_wait_avg: 0,
      cache_hit_rate: asked ? sum.cache_hit_count / asked : 1,
    };
  },
  reset(): void {
    callStatic((cls) => cls.resetAllMetrics());
  },
});

/** The collector of this thread; always the same. */
export function getMetricsCollector(): MetricsCollector {
  return collector;
}

/** Memory in bytes; `linearBytes` is all of the WebAssembly module's, which never shrinks. */
export interface Memory {
  sqliteBytes: number;
  sqliteHighWaterBytes: number;
  pageCacheBytes: number;
  schemaBytes: number;
  statementBytes: number;
  databaseBytes: number;
  linearBytes: number | null;
  limitBytes: number | null;
}

export function memory(db: Database): Memory {
  if (db.isLocal) return JSON.parse(db.root.callNow("memory"));
  return db.channel.call("memory", []).then(JSON.parse) as unknown as Memory;
}
