/** The structured log: one JSON object per line. And what goes to the console and to the browser's tools. */
import { describe, isPlainObject } from "./arguments.js";
import { callStatic } from "./core.js";
import { invalid } from "./errors.js";
import { type EventMetadata, type EventName, watch } from "./telemetry.js";

export type LogLevel = "debug" | "info" | "warn" | "error";
const LEVELS: readonly LogLevel[] = ["debug", "info", "warn", "error"];

/** SQL text is cut at this many characters. */
const MAX_SQL = 500;

const levelOf: Readonly<Record<EventName, LogLevel>> = {
  query_start: "debug",
  query_end: "debug",
  transaction_begin: "debug",
  transaction_commit: "debug",
  csv_progress: "debug",
  connection: "info",
  backup: "info",
  restore: "info",
  migration: "info",
  maintenance: "info",
  transaction_rollback: "info",
  slow_query: "warn",
  alert: "warn",
  hook_error: "error",
  query_error: "error",
};

export interface LoggerOptions {
  /** The least that is written: `info` unless given. */
  level?: LogLevel;
  /** Where lines go: `console.log` unless given. Lines come without their line feed. */
  sink?: (line: string) => void;
  /** Write parameters and values in messages: false unless given. */
  params?: boolean;
}

export interface StructuredLogger {
  readonly level: LogLevel;
  setLevel(level: LogLevel): void;
  /** Writes a line of one's own. */
  log(level: LogLevel, event: string, fields?: Record<string, unknown>): void;
  debug(event: string, fields?: Record<string, unknown>): void;
  info(event: string, fields?: Record<string, unknown>): void;
  warn(event: string, fields?: Record<string, unknown>): void;
  error(event: string, fields?: Record<string, unknown>): void;
  /** Ends it: no more lines. */
  close(): void;
}

class Logger implements StructuredLogger {
  #level: LogLevel;
  #stop: (() => void)[] = [];
  #complained = false;

  constructor(private readonly options: Required<LoggerOptions>) {
    this.#level = options.level;
    this.#listen();
  }

  get level(): LogLevel {
    return this.#level;
  }

  setLevel(level: LogLevel): void {
    this.#level = checkLevel("setLevel", level);
    this.#listen();
  }

  log(level: LogLevel, event: string, fields: Record<string, unknown> = {}): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#level)) return;
    let line: string;
    try {
      line = JSON.stringify({ timestamp: new Date().toISOString(), level, event, ...fields }, jsonSafe);
    } catch (error) {
      line = JSON.stringify({ timestamp: new Date().toISOString(), level, event, logError: String(error) });
    }
    try {
      this.options.sink(line);
    } catch (error) {
      if (!this.#complained) console.error("moltres: the sink of a structured logger failed", error);
      this.#complained = true;
    }
  }

  debug(event: string, fields?: Record<string, unknown>): void {
    this.log("debug", event, fields);
  }
  info(event: string, fields?: Record<string, unknown>): void {
    this.log("info", event, fields);
  }
  warn(event: string, fields?: Record<string, unknown>): void {
    this.log("warn", event, fields);
  }
  error(event: string, fields?: Record<string, unknown>): void {
    this.log("error", event, fields);
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.#stop = [];
  }

  /** Only events that would be written are listened to: others cost nothing. */
  #listen(): void {
    this.close();
    const least = LEVELS.indexOf(this.#level);
    for (const [event, level] of Object.entries(levelOf) as [EventName, LogLevel][]) {
      if (LEVELS.indexOf(level) >= least)
        this.#stop.push(watch(event, (sql, elapsed, metadata) => this.#event(level, sql, elapsed, metadata)));
    }
  }

  #event(level: LogLevel, sql: string, elapsed: number, metadata: EventMetadata): void {
    const { event, params, error, startTime: _, ...rest } = metadata;
    const open = this.options.params;
    this.log(level, event, {
      ...(sql ? { sql: cut(sql) } : {}),
      duration: elapsed,
      ...rest,
      ...(params?.length ? { params: open ? params : `${params.length} redacted` } : {}),
      ...(error ? { error: open ? error : { ...error, message: withoutValues(error.message) } } : {}),
    });
  }
}

/** Messages quote values in a few places; a log without parameters has no use for them. */
function withoutValues(message: string): string {
  return message
    .replace(/\bthe (text|number|integer|boolean|array|object|Date) (".*"|\S.*?)(?= does not fit| cannot)/gs, "the $1 (redacted)")
    .replace(/(: [^:]*?)\[.*?\]( of ")/gs, "$1(redacted)$2");
}

function cut(sql: string): string {
  if (sql.length <= MAX_SQL) return sql;
  // Not through the middle of a character.
  const end = /[\ud800-\udbff]/.test(sql[MAX_SQL - 1]) ? MAX_SQL - 1 : MAX_SQL;
  return `${sql.slice(0, end)}…`;
}

function jsonSafe(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (typeof value === "number" && !Number.isFinite(value)) return String(value);
  return value;
}

function checkLevel(where: string, level: unknown): LogLevel {
  if (!LEVELS.includes(level as LogLevel))
    throw invalid(`${where}: ${describe(level)} is not a level`, { hint: `levels are ${LEVELS.join(", ")}` });
  return level as LogLevel;
}

/** A log of what happens in all databases of this thread, as one JSON object per line. */
export function getStructuredLogger(options: LoggerOptions = {}): StructuredLogger {
  if (!isPlainObject(options)) throw invalid(`getStructuredLogger: options are an object, not ${describe(options)}`);
  const { level = "info", sink = (line: string) => console.log(line), params = false } = options as LoggerOptions;
  if (typeof sink !== "function") throw invalid(`getStructuredLogger: sink is a function, not ${describe(sink)}`);
  return new Logger({ level: checkLevel("getStructuredLogger", level), sink, params });
}

// ---- tracing and the tools of the browser

let stopMeasures: (() => void) | undefined;

/**
 * What `tracing` writes to the console: `"debug"` every statement, `"warn"` slow ones, `"error"` failures, `"off"` nothing.
 * With `"debug"` statements are also User Timing measures, of which the newest few are kept.
 */
export function setLogLevel(level: LogLevel | "off"): void {
  if (level !== "off") checkLevel("setLogLevel", level);
  callStatic((cls) => cls.setLogLevel(level));
  stopMeasures?.();
  stopMeasures = level === "debug" ? measureStatements() : undefined;
}

const MEASURE = "moltres:query";
/** More measures than this are cleared, so that a long session does not fill the browser's timeline. */
const MAX_MEASURES = 200;

/** `performance.measure` for every statement. With `track` Chrome's DevTools show them on a track of their own. */
function measureStatements(track = "Moltres"): () => void {
  if (typeof performance?.measure !== "function") return () => {};
  let kept = 0;
  const measure = (sql: string, elapsed: number, metadata: EventMetadata) => {
    if (++kept > MAX_MEASURES) {
      performance.clearMeasures(MEASURE);
      kept = 1;
    }
    const end = performance.now();
    const properties = [
      ["sql", cut(sql)],
      ["rows", String(metadata.rows ?? 0)],
      ["database", metadata.database],
    ];
    performance.measure(MEASURE, {
      start: Math.max(0, end - elapsed * 1000),
      end,
      detail: {
        devtools: { dataType: "track-entry", track, color: metadata.error ? "error" : "primary", tooltipText: cut(sql), properties },
      },
    });
  };
  const stops = [watch("query_end", measure), watch("query_error", measure)];
  return () => {
    for (const stop of stops) stop();
    performance.clearMeasures?.(MEASURE);
  };
}

/** Shows statements on a track of their own in Chrome's DevTools; gives the function that ends it. */
export function showInDevTools(options: { track?: string } = {}): () => void {
  return measureStatements(options.track);
}

// ---- OpenTelemetry

/** The stable attribute names of OpenTelemetry's database conventions for one statement; no values of parameters. */
export function openTelemetryAttributes(sql: string, metadata: EventMetadata): Record<string, string | number> {
  const operation = /^\s*(?:--[^\n]*\n\s*|\/\*.*?\*\/\s*)*([a-z]+)/is.exec(sql)?.[1]?.toUpperCase();
  const target = /\b(?:from|into|update|table|join)\s+(?:if\s+(?:not\s+)?exists\s+)?("(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|[\w.]+)/i.exec(
    sql,
  )?.[1];
  const collection = target?.replace(/^["`[]|["`\]]$/g, "").replaceAll('""', '"');
  return {
    "db.system.name": "sqlite",
    "db.namespace": metadata.database,
    "db.query.text": sql,
    "db.query.summary": [operation, collection].filter(Boolean).join(" "),
    ...(operation ? { "db.operation.name": operation } : {}),
    ...(collection ? { "db.collection.name": collection } : {}),
    ...(metadata.rows === undefined ? {} : { "db.response.returned_rows": metadata.rows }),
    ...(metadata.error ? { "error.type": metadata.error.code, "db.response.status_code": metadata.error.code } : {}),
  };
}

/** As much of an OpenTelemetry tracer as is needed. */
interface Tracer {
  startSpan(name: string, options: object): { setStatus(status: { code: number; message?: string }): unknown; end(time?: number): void };
}

/** Makes a client span of every statement: `traceWithOpenTelemetry(trace.getTracer("moltres"))`. Gives the function that ends it. */
export function traceWithOpenTelemetry(tracer: Tracer): () => void {
  const CLIENT = 2;
  const ERROR = 2;
  const record = (sql: string, elapsed: number, metadata: EventMetadata) => {
    const attributes = openTelemetryAttributes(sql, metadata);
    const startTime = metadata.startTime * 1000;
    const span = tracer.startSpan(String(attributes["db.query.summary"] || "sqlite"), { kind: CLIENT, startTime, attributes });
    if (metadata.error) span.setStatus({ code: ERROR, message: metadata.error.code });
    span.end(startTime + elapsed * 1000);
  };
  const stops = [watch("query_end", record), watch("query_error", record)];
  return () => {
    for (const stop of stops) stop();
  };
}
