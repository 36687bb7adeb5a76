//! The one error of the crate: a stable code, a message, a hint where one helps, and named details.
//!
//! Messages say what went wrong and where (verb, column, record, SQL offset), what exists, and what might help.
//! `details` carries the same facts as data, so that callers need not read messages.

use serde::Serialize;
use serde_json::{Map, Value as Json};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Stable codes, spelled in snake_case for callers (`API` §10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    InvalidArgument,
    UnknownTable,
    UnknownColumn,
    AmbiguousColumn,
    UnknownFunction,
    WrongArity,
    TypeMismatch,
    Unsupported,
    SyntaxError,
    MisplacedAggregate,
    MisplacedWindow,
    DuplicateColumn,
    EmptyInput,
    ConstraintUnique,
    ConstraintForeignKey,
    ConstraintCheck,
    ConstraintNotNull,
    PermissionDenied,
    MaintenanceMode,
    QueryTimeout,
    Cancelled,
    Busy,
    PoolExhausted,
    DatabaseClosed,
    NotADatabase,
    Corrupt,
    WrongPassword,
    IntegrityFailed,
    CsvRaggedRecord,
    CsvInvalidUtf8,
    CsvUnterminatedQuote,
    CsvTypeConflict,
    CsvTooWide,
    TransactionClosed,
    MigrationFailed,
    StorageFull,
    StorageUnavailable,
    OutOfMemory,
    Sqlite,
    Internal,
}

/// The subclass of `MoltresError` that JavaScript sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
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
}

impl Code {
    /// The class an error of this code has unless its maker says otherwise.
    pub fn default_kind(self) -> Kind {
        use Code::*;
        match self {
            InvalidArgument => Kind::ValidationError,
            UnknownTable => Kind::SchemaError,
            UnknownColumn | AmbiguousColumn | UnknownFunction | WrongArity | TypeMismatch | Unsupported | SyntaxError | MisplacedAggregate
            | MisplacedWindow | DuplicateColumn => Kind::CompilationError,
            EmptyInput | CsvRaggedRecord | CsvInvalidUtf8 | CsvUnterminatedQuote | CsvTypeConflict | CsvTooWide => Kind::CsvError,
            ConstraintUnique | ConstraintForeignKey | ConstraintCheck | ConstraintNotNull => Kind::ConstraintError,
            PermissionDenied => Kind::ReadOnlyError,
            QueryTimeout => Kind::QueryTimeoutError,
            Cancelled => Kind::CancelledError,
            PoolExhausted => Kind::PoolExhaustedError,
            DatabaseClosed => Kind::DatabaseConnectionError,
            NotADatabase | Corrupt | WrongPassword | IntegrityFailed => Kind::RestoreError,
            TransactionClosed | MigrationFailed => Kind::TransactionError,
            StorageFull | StorageUnavailable => Kind::StorageError,
            MaintenanceMode | Busy | OutOfMemory | Sqlite | Internal => Kind::ExecutionError,
        }
    }
}

/// What went wrong. One printable value; the JavaScript side rebuilds it as a `MoltresError` subclass.
#[derive(Debug, Clone, Serialize, thiserror::Error)]
#[error("{}", .0.message)]
pub struct Error(Box<Report>);

/// The facts of an [`Error`].
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub code: Code,
    pub kind: Kind,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// Byte offset into `sql`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position: Option<usize>,
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub details: Map<String, Json>,
}

impl Error {
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error(Box::new(Report {
            code,
            kind: code.default_kind(),
            message: message.into(),
            hint: None,
            sql: None,
            position: None,
            details: Map::new(),
        }))
    }

    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(Code::Internal, message)
    }

    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidArgument, message)
    }

    pub fn unsupported(message: impl Into<String>) -> Self {
        Self::new(Code::Unsupported, message)
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    #[must_use]
    pub fn sql(mut self, sql: impl Into<String>) -> Self {
        self.0.sql = Some(sql.into());
        self
    }

    #[must_use]
    pub fn position(mut self, position: usize) -> Self {
        self.0.position = Some(position);
        self
    }

    #[must_use]
    pub fn detail(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.details.insert(name.to_owned(), value.into());
        self
    }

    /// The same error in other words.
    #[must_use]
    pub fn message(mut self, message: String) -> Self {
        self.0.message = message;
        self
    }

    /// Puts `where: ` before the message, once: the verb or argument that was being handled.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        if !self.0.details.contains_key("verb") {
            self.0.message = format!("{place}: {}", self.0.message);
            self.0.details.insert("verb".to_owned(), place.into());
        }
        self
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn report(&self) -> &Report {
        &self.0
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        from_sqlite(&error)
    }
}

/// What the messages of our SQL functions begin with: SQLite keeps of a function's error only the text.
pub(crate) const INVALID_ARGUMENT: &str = "invalid argument: ";

/// SQLite's result codes in our terms; the message stays SQLite's.
fn from_sqlite(error: &rusqlite::Error) -> Error {
    use rusqlite::{Error as S, ffi};
    let (extended, message, sql, offset) = match error {
        S::SqliteFailure(e, message) => (e.extended_code, message.clone().unwrap_or_else(|| e.to_string()), None, None),
        S::SqlInputError { error, msg, sql, offset } => (error.extended_code, msg.clone(), Some(sql.clone()), usize::try_from(*offset).ok()),
        other => return Error::new(Code::Sqlite, other.to_string()),
    };
    // A function of ours that was given something wrong says so in front.
    if let Some(reason) = message.strip_prefix(INVALID_ARGUMENT) {
        return Error::invalid(reason);
    }
    if extended == ffi::SQLITE_ABORT_ROLLBACK {
        return Error::new(
            Code::TransactionClosed,
            "the rows that were being read are gone: a transaction that had changed the schema was rolled back",
        )
        .hint("a stream is read to its end first, or with collect(), where such a transaction may fail");
    }
    if extended == ffi::SQLITE_READONLY_DBMOVED {
        return Error::new(
            Code::StorageUnavailable,
            "the database file was renamed, replaced or removed since it was opened: nothing can be written to it",
        )
        .kind(Kind::StorageError)
        .hint("close the database and connect again; what is open can still be read, and backup() saves it");
    }
    let code = match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => Code::ConstraintUnique,
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Code::ConstraintForeignKey,
        ffi::SQLITE_CONSTRAINT_NOTNULL => Code::ConstraintNotNull,
        // What rusqlite reports when a function of ours or the user's fails.
        ffi::SQLITE_CONSTRAINT_FUNCTION => classify_message(&message),
        _ => match extended & 0xff {
            ffi::SQLITE_CONSTRAINT => Code::ConstraintCheck,
            ffi::SQLITE_READONLY | ffi::SQLITE_PERM | ffi::SQLITE_AUTH => Code::PermissionDenied,
            ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED => Code::Busy,
            ffi::SQLITE_INTERRUPT => Code::Cancelled,
            ffi::SQLITE_NOTADB => Code::NotADatabase,
            ffi::SQLITE_CORRUPT => Code::Corrupt,
            ffi::SQLITE_FULL => Code::StorageFull,
            ffi::SQLITE_IOERR | ffi::SQLITE_CANTOPEN => Code::StorageUnavailable,
            ffi::SQLITE_NOMEM => Code::OutOfMemory,
            _ => classify_message(&message),
        },
    };
    let mut result = Error::new(code, message);
    if extended & 0xff == ffi::SQLITE_READONLY {
        result = Error::new(code, "the database is read-only").hint("it was opened with readOnly, or its file or directory may not be written to");
    }
    if extended & 0xff == ffi::SQLITE_LOCKED {
        result = result.hint("rows of a query are still being read: a stream that is not at its end holds the tables until it ends or is left");
    }
    if code == Code::Unsupported {
        result = result.hint("the statement is larger than SQLite takes: cache() an intermediate frame");
    }
    if let Some(sql) = sql {
        result = result.sql(sql);
    }
    if let Some(offset) = offset {
        result = result.position(offset);
    }
    result
}

/// SQLITE_ERROR says in words only which of our codes it is.
fn classify_message(message: &str) -> Code {
    if message.starts_with("no such table") {
        Code::UnknownTable
    } else if message.starts_with("no such column") {
        Code::UnknownColumn
    } else if message.starts_with("ambiguous column") {
        Code::AmbiguousColumn
    } else if message.starts_with("no such function") {
        Code::UnknownFunction
    } else if message.ends_with("must be a positive integer") || message.ends_with("must be a non-negative integer") {
        Code::InvalidArgument
    } else if is_limit(message) {
        Code::Unsupported
    } else if message.contains("syntax error") || message.starts_with("incomplete input") || message.starts_with("unrecognized token") {
        Code::SyntaxError
    } else {
        Code::Sqlite
    }
}

/// Limits of SQLite on the size of a statement.
fn is_limit(message: &str) -> bool {
    ["nested too deep", "Expression tree is too large", "too many", "parser stack overflow", "at most 64 tables", "at most 63 tables"]
        .iter()
        .any(|part| message.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_cannot_be_written_to_says_so_wherever_it_is_met() {
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        conn.execute_batch("PRAGMA query_only = ON").unwrap();
        let error = Error::from(conn.execute_batch("CREATE TABLE t (x)").unwrap_err());
        assert_eq!((error.code(), error.report().message.as_str()), (Code::PermissionDenied, "the database is read-only"));
        assert!(error.report().hint.is_some());
    }
}
