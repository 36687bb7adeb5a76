/**
 * Moltres: a PySpark-style lazy DataFrame over SQL, on a SQLite that lives in this process.
 *
 * ```js
 * import { connect, col, F } from "moltres";
 * const db = await connect();
 * const orders = await db.read.csv("orders.csv");
 * await orders.groupBy("country").agg(F.sum("amount").alias("total")).orderBy(col("total").desc()).show();
 * ```
 */
export type * from "./action-types.js";
export type { Alert, AlertOptions, Alerts, Thresholds } from "./alerts.js";
export type {
  BackupOptions,
  BackupProgress,
  BackupReport,
} from "./backup.js";
export type { ByteSource, ByteTarget } from "./bytes.js";
export { CaseColumn, Column, col, expr, lit, type Operand, sql, when } from "./column.js";
export { type ConnectOptions, connect, type Target } from "./connect.js";
export type { DatabaseOptions } from "./connection.js";
export { init, type WasmSource } from "./core.js";
export type { CreateOptions, FrameData } from "./create.js";
export { Database } from "./database.js";
export { type ColumnArgument, DataFrame } from "./dataframe.js";
export {
  type ColumnDefinition,
  type ColumnOptions,
  type Constraint,
  check,
  column,
  foreignKey,
  primaryKey,
  unique,
} from "./definitions.js";
export {
  CancelledError,
  CompilationError,
  ConstraintError,
  CsvError,
  DatabaseConnectionError,
  type ErrorCode,
  type ErrorFields,
  ExecutionError,
  MoltresError,
  PoolExhaustedError,
  QueryTimeoutError,
  ReadOnlyError,
  RestoreError,
  SchemaError,
  StorageError,
  TransactionError,
  ValidationError,
} from "./errors.js";
export { F } from "./functions.js";
export { type AggregateArgument, GroupedData } from "./grouped.js";
export { checkConnectionHealth, checkPoolHealth, type Health, type HealthOptions } from "./health.js";
export type { History, HistoryEntry } from "./history.js";
export type { JoinHow } from "./join.js";
export {
  getStructuredLogger,
  type LoggerOptions,
  type LogLevel,
  openTelemetryAttributes,
  type StructuredLogger,
  setLogLevel,
  showInDevTools,
  traceWithOpenTelemetry,
} from "./log.js";
export { getMetricsCollector, type Memory, type Metrics, type MetricsCollector } from "./metrics.js";
export type { Drift, MigrateOptions, Migration, MigrationReport, MigrationStatus } from "./migrate.js";
export type { DeleteOptions, MergeOptions, UpdateOptions, Where } from "./mutations.js";
export type { WireLiteral, WirePlan } from "./plan.js";
export type { CsvOptions, ReadFrame, ReadOptions, ReadProgress, ReadReport } from "./read/options.js";
export type { ReadSource } from "./read/source.js";
export { type PointInTime, type Recovered, type RestoreOptions, type RestoreReport, recover, type SqlSource } from "./restore.js";
export type { SchemaArgument } from "./schema-argument.js";
export type {
  AlterTable,
  CreateIndexOptions,
  CreateTableOptions,
  IndexInfo,
  Operation,
  RowSource,
  TableColumn,
  WriteOptions,
} from "./table.js";
export {
  type EventMetadata,
  type EventName,
  type PerformanceHook,
  registerPerformanceHook,
  unregisterPerformanceHook,
} from "./telemetry.js";
export type { RetryOptions, Transaction, TransactionOptions } from "./transaction.js";
export { version } from "./version.js";
export { Window, WindowSpec } from "./window.js";
export type { CsvWriteOptions } from "./write/format.js";
export { Writer } from "./write/writer.js";
