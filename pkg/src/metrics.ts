/** The figures of one database, and those of all databases of this thread. */
import { callStatic } from "./core.js";
import type { Database } from "./database.js";
import { openDatabases } from "./telemetry.js";

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

/** The replicas; a database without any has one connection, which a transaction holds. */
function poolOf(
  db: Database,
): Pick<Metrics, "pool_size" | "pool_active" | "pool_idle" | "pool_waiting" | "pool_utilization" | "pool_wait_avg"> {
  const { pool, scope } = db.root;
  const { active: busy, waiting: queued } = scope.load;
  const { size, active, idle, waiting, waitAvg } = pool?.load ?? { size: 1, active: busy, idle: 1 - busy, waiting: queued, waitAvg: 0 };
  return {
    pool_size: size,
    pool_active: active,
    pool_idle: idle,
    pool_waiting: waiting,
    pool_utilization: size ? active / size : 0,
    pool_wait_avg: waitAvg,
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
    for (const db of openDatabases()) {
      if (!db.isLocal) continue;
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
