/** Stable codes of all errors (API §10). */
export type ErrorCode =
  | "invalid_argument"
  | "unknown_table"
  | "unknown_column"
  | "ambiguous_column"
  | "unknown_function"
  | "wrong_arity"
  | "type_mismatch"
  | "unsupported"
  | "syntax_error"
  | "misplaced_aggregate"
  | "misplaced_window"
  | "duplicate_column"
  | "empty_input"
  | "constraint_unique"
  | "constraint_foreign_key"
  | "constraint_check"
  | "constraint_not_null"
  | "permission_denied"
  | "maintenance_mode"
  | "query_timeout"
  | "cancelled"
  | "busy"
  | "pool_exhausted"
  | "database_closed"
  | "not_a_database"
  | "corrupt"
  | "wrong_password"
  | "integrity_failed"
  | "csv_ragged_record"
  | "csv_invalid_utf8"
  | "csv_unterminated_quote"
  | "csv_type_conflict"
  | "csv_too_wide"
  | "transaction_closed"
  | "migration_failed"
  | "storage_full"
  | "storage_unavailable"
  | "out_of_memory"
  | "sqlite"
  | "internal";

/** What an error may carry beside its message. */
export interface ErrorFields {
  /** What might help. */
  hint?: string;
  /** The statement at fault. */
  sql?: string;
  /** Byte offset into `sql`. */
  position?: number;
  /** The error that led to this one; of a user function, what it threw. */
  cause?: unknown;
  /** The facts of the message as data. */
  details?: Record<string, unknown>;
}

/** The base of all errors of this package. `code` is stable; the message may be improved between versions. */
export class MoltresError extends Error {
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly sql?: string;
  readonly position?: number;
  readonly details: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, fields: ErrorFields = {}) {
    super(message, "cause" in fields && fields.cause !== undefined ? { cause: fields.cause } : undefined);
    this.code = code;
    this.details = fields.details ?? {};
    if (fields.hint !== undefined) this.hint = fields.hint;
    if (fields.sql !== undefined) this.sql = fields.sql;
    if (fields.position !== undefined) this.position = fields.position;
  }

  override toString(): string {
    return `${this.name}[${this.code}]: ${this.message}${this.hint ? `\n  hint: ${this.hint}` : ""}`;
  }

  /** A plain object with everything but the stack: what crosses to another thread or into a log. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, hint, sql, position, details } = this;
    return { name, code, message, hint, sql, position, details };
  }
}

/** An argument has the wrong type or value. */
export class ValidationError extends MoltresError {}
/** The plan or the SQL text cannot be compiled. */
export class CompilationError extends MoltresError {}
/** A table does not exist or does not fit. */
export class SchemaError extends MoltresError {}
/** A statement failed while it ran. */
export class ExecutionError extends MoltresError {}
/** `queryTimeout` has passed. */
export class QueryTimeoutError extends ExecutionError {}
/** UNIQUE, FOREIGN KEY, CHECK or NOT NULL. */
export class ConstraintError extends ExecutionError {}
/** A write to a database opened read-only. */
export class ReadOnlyError extends ExecutionError {}
/** Stopped on request. */
export class CancelledError extends ExecutionError {}
/** The connection cannot be used. */
export class DatabaseConnectionError extends MoltresError {}
/** No connection of the pool became free in time. */
export class PoolExhaustedError extends DatabaseConnectionError {}
/** A file cannot be read as asked. */
export class CsvError extends MoltresError {}
/** A transaction or migration failed. */
export class TransactionError extends MoltresError {}
/** An image cannot be restored. */
export class RestoreError extends MoltresError {}
/** The storage below the database failed. */
export class StorageError extends MoltresError {}

const classes = {
  ValidationError,
  CompilationError,
  SchemaError,
  ExecutionError,
  QueryTimeoutError,
  ConstraintError,
  ReadOnlyError,
  CancelledError,
  DatabaseConnectionError,
  PoolExhaustedError,
  CsvError,
  TransactionError,
  RestoreError,
  StorageError,
} as const;
for (const [name, cls] of Object.entries({ MoltresError, ...classes })) {
  Object.defineProperty(cls.prototype, "name", { value: name, writable: true, configurable: true });
}

const kindOfCode: Partial<Record<ErrorCode, keyof typeof classes>> = {
  invalid_argument: "ValidationError",
  unknown_table: "SchemaError",
  empty_input: "CsvError",
  csv_ragged_record: "CsvError",
  csv_invalid_utf8: "CsvError",
  csv_unterminated_quote: "CsvError",
  csv_type_conflict: "CsvError",
  csv_too_wide: "CsvError",
  constraint_unique: "ConstraintError",
  constraint_foreign_key: "ConstraintError",
  constraint_check: "ConstraintError",
  constraint_not_null: "ConstraintError",
  permission_denied: "ReadOnlyError",
  query_timeout: "QueryTimeoutError",
  cancelled: "CancelledError",
  pool_exhausted: "PoolExhaustedError",
  database_closed: "DatabaseConnectionError",
  not_a_database: "RestoreError",
  corrupt: "RestoreError",
  wrong_password: "RestoreError",
  integrity_failed: "RestoreError",
  transaction_closed: "TransactionError",
  migration_failed: "TransactionError",
  storage_full: "StorageError",
  storage_unavailable: "StorageError",
  maintenance_mode: "ExecutionError",
  busy: "ExecutionError",
  out_of_memory: "ExecutionError",
  sqlite: "ExecutionError",
  internal: "ExecutionError",
};

/** An error of the class that belongs to `code`. */
export function moltresError(code: ErrorCode, message: string, fields: ErrorFields = {}): MoltresError {
  return new classes[kindOfCode[code] ?? "CompilationError"](code, message, fields);
}

export function invalid(message: string, fields: ErrorFields = {}): MoltresError {
  return moltresError("invalid_argument", message, fields);
}

/** The object by which the WASM side reports an error; see `to_js_error` in `src/wasm`. */
interface WireError extends ErrorFields {
  moltres: true;
  code: ErrorCode;
  kind?: string;
  message: string;
}

function isWireError(value: unknown): value is WireError {
  return typeof value === "object" && value !== null && (value as WireError).moltres === true;
}

/** Whatever was thrown as what the user shall see: wire errors become their class, everything else passes. */
export function fromThrown(thrown: unknown, cause?: unknown): unknown {
  if (!isWireError(thrown)) return thrown;
  const cls = classes[thrown.kind as keyof typeof classes];
  const fields: ErrorFields = {
    hint: thrown.hint,
    sql: thrown.sql,
    position: thrown.position,
    details: thrown.details,
    cause: cause ?? thrown.cause,
  };
  return cls ? new cls(thrown.code, thrown.message, fields) : moltresError(thrown.code, thrown.message, fields);
}

/** The reverse of `fromThrown`, for another thread: everything but the cause crosses exactly. */
export function toWire(error: unknown): unknown {
  if (!(error instanceof MoltresError)) return error;
  const { name, code, message, hint, sql, position, details, cause } = error;
  return {
    moltres: true,
    kind: name,
    code,
    message,
    hint,
    sql,
    position,
    details,
    cause: cause instanceof MoltresError ? toWire(cause) : cause,
  };
}
