/** Alerts: thresholds over the figures of the last minutes, with hysteresis, so that a value near its threshold does not flutter. */
import { describe, isPlainObject } from "./arguments.js";
import type { Database } from "./database.js";
import { milliseconds } from "./deadline.js";
import { invalid } from "./errors.js";
import { type Metrics, metrics } from "./metrics.js";
import { emit, watch } from "./telemetry.js";

/** Thresholds by short name, or by the name of any figure of `db.metrics()`. An alert is raised above, and cleared below 90 % of it. */
export interface Thresholds {
  /** 95th percentile of the duration of queries, seconds: 5. */
  p95?: number;
  /** Share of statements that failed: 0.01. */
  errorRate?: number;
  /** Share of connections in use: 0.8. Looked at where there is a pool. */
  poolUtilization?: number;
  /** Share of the memory that there may be: 0.8. */
  memory?: number;
  [metric: string]: number | undefined;
}

export interface Alert {
  /** The figure of `db.metrics()`. */
  metric: string;
  state: "raised" | "cleared";
  value: number;
  threshold: number;
  message: string;
  database: string;
  at: Date;
}

export interface AlertOptions {
  /** Seconds between looks: 1. Failed and slow queries are looked at when they happen. */
  interval?: number;
  /** An alert is cleared below this share of its threshold: 0.9. */
  clearBelow?: number;
}

export interface Alerts {
  /** What is raised now. */
  readonly active: readonly Alert[];
  /** Looks at once; gives what is raised. */
  check(): Promise<readonly Alert[]>;
  stop(): void;
}

const DEFAULTS: Thresholds = { p95: 5, errorRate: 0.01, poolUtilization: 0.8, memory: 0.8 };
const METRIC: Record<string, keyof Metrics> = {
  p50: "query_duration_p50",
  p95: "query_duration_p95",
  p99: "query_duration_p99",
  errorRate: "error_rate",
  timeoutRate: "timeout_rate",
  poolUtilization: "pool_utilization",
  memory: "memory_utilization",
};

export function alerts(
  db: Database,
  thresholds?: Thresholds | ((alert: Alert) => unknown),
  onAlert?: (alert: Alert) => unknown,
  options: AlertOptions = {},
): Alerts {
  if (typeof thresholds === "function") return alerts(db, undefined, thresholds, options);
  if (thresholds !== undefined && !isPlainObject(thresholds))
    throw invalid(`alerts: thresholds are an object, not ${describe(thresholds)}`);
  if (onAlert !== undefined && typeof onAlert !== "function") throw invalid(`alerts: a function is expected, not ${describe(onAlert)}`);
  const { interval = 1, clearBelow = 0.9 } = options;
  const rules = Object.entries({ ...DEFAULTS, ...thresholds })
    .filter((rule): rule is [string, number] => rule[1] !== undefined)
    .map(([name, threshold]) => {
      if (typeof threshold !== "number" || !(threshold >= 0))
        throw invalid(`alerts: the threshold of ${name} is a number from 0, not ${describe(threshold)}`);
      return { metric: METRIC[name] ?? (name as keyof Metrics), threshold };
    });
  const raised = new Map<string, Alert>();
  const recent = async (): Promise<Metrics> => ({ ...(await metrics(db.root)), ...JSON.parse(await db.root.channelCall("recentMetrics")) });

  const check = async (): Promise<readonly Alert[]> => {
    if (db.isClosed) {
      stop();
      return [];
    }
    const figures = await recent();
    const unknown = rules.find(({ metric }) => typeof figures[metric] !== "number");
    if (unknown)
      throw invalid(`alerts: there is no figure "${unknown.metric}"`, { hint: `figures are ${Object.keys(figures).join(", ")}` });
    for (const { metric, threshold } of rules) {
      if (metric === "pool_utilization" && !db.root.pool) continue;
      const value = figures[metric];
      const state = value > threshold ? "raised" : value <= threshold * clearBelow ? "cleared" : undefined;
      if (!state || (state === "raised") === raised.has(metric)) continue;
      const message = `${metric} is ${round(value)}, ${state === "raised" ? "above" : "again below"} ${round(threshold)}`;
      const alert: Alert = { metric, state, value, threshold, message, database: db.name, at: new Date() };
      if (state === "raised") raised.set(metric, alert);
      else raised.delete(metric);
      emit(db, "alert", 0, { metric, state, value, threshold, message });
      try {
        await onAlert?.(alert);
      } catch (error) {
        console.error(`moltres: the callback of alerts failed for ${metric}`, error);
      }
    }
    return [...raised.values()];
  };

  // One look at a time; a look that was asked for meanwhile comes after it.
  let looking: Promise<unknown> = Promise.resolve();
  const look = () => {
    looking = looking.then(check).catch((error) => console.error("moltres: alerts could not be checked", error));
  };
  const timer = setInterval(look, milliseconds(interval));
  (timer as { unref?: () => void }).unref?.();
  const mine = (_sql: string, _elapsed: number, metadata: { database: string }) => {
    if (metadata.database === db.name) look();
  };
  const stops = [watch("query_error", mine), watch("slow_query", mine)];
  const stop = () => {
    clearInterval(timer);
    for (const end of stops) end();
  };
  return {
    get active() {
      return [...raised.values()];
    },
    check,
    stop,
  };
}

const round = (value: number): string => String(Number(value.toPrecision(3)));
