//! A database as SQL text, and back.

use std::fmt::Write;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::restore::{RestoreOptions, RestoreReport, proved, swap};
use super::scratch;
use crate::compile::quote::identifier;
use crate::engine::Database;
use crate::error::{Code, Error, Kind, Result};

/// Writes the main database as SQL statements that any SQLite runs, piece by piece: tables with their rows, then indexes, triggers and
/// views. All of it is one state: a read transaction holds meanwhile.
///
/// Not promised: rowids of tables without an INTEGER PRIMARY KEY; contents of virtual tables beyond their shadow tables.
pub fn dump(db: &Database, mut write: impl FnMut(&str) -> Result<()>) -> Result<()> {
    let conn = db.connection();
    // A savepoint, so that it also works inside a transaction.
    conn.execute_batch("SAVEPOINT moltres_dump")?;
    let result = write_all(conn, &mut write);
    conn.execute_batch("RELEASE moltres_dump")?;
    result
}

/// What a string of V8 may hold; the other engines' may be longer.
const LONGEST_TEXT: usize = (1 << 29) - 24;

/// The whole dump as one text.
///
/// # Errors
/// `out_of_memory` where it is longer than JavaScript's strings.
pub fn dump_text(db: &Database) -> Result<String> {
    text_within(db, LONGEST_TEXT)
}

fn text_within(db: &Database, most: usize) -> Result<String> {
    let mut text = String::new();
    dump(db, |part| {
        if text.len() + part.len() > most {
            return Err(Error::new(Code::OutOfMemory, format!("dump: the SQL is longer than one text may be, {most} bytes"))
                .hint("backup() copies a database of any size, and so does the command line: npx moltres export"));
        }
        text.push_str(part);
        Ok(())
    })?;
    Ok(text)
}

/// Replaces the contents of `db` by what a dump makes, after running it in a database of its own.
///
/// # Errors
/// The error of the statement that failed, or what [`super::restore`] says; `db` is then as it was.
pub fn load_dump(db: &Database, sql: &str, options: &RestoreOptions) -> Result<RestoreReport> {
    let source = Database::from_connection(scratch::empty()?)?;
    source.execute_script(sql).map_err(|e| e.kind(Kind::RestoreError).within("restore"))?;
    if source.telemetry.statement_count() == 0 {
        let error = Error::new(Code::EmptyInput, "the SQL text holds no statement").kind(Kind::RestoreError);
        return Err(error.hint("the dump of an empty database has some, too").within("restore"));
    }
    if !source.connection().is_autocommit() {
        return Err(Error::invalid("the SQL text ends inside a transaction").kind(Kind::RestoreError).hint("it may be cut").within("restore"));
    }
    let report = proved(&source, options)?;
    swap(db, source.connection())?;
    Ok(report)
}

struct Item {
    kind: String,
    name: String,
    sql: String,
    is_virtual: bool,
    is_shadow: bool,
}

fn write_all(conn: &Connection, write: &mut impl FnMut(&str) -> Result<()>) -> Result<()> {
    write("PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n")?;
    for pragma in ["application_id", "user_version"] {
        let value: i64 = conn.query_row(&format!("PRAGMA main.{pragma}"), [], |row| row.get(0))?;
        if value != 0 {
            write(&format!("PRAGMA {pragma}={value};\n"))?;
        }
    }
    let items = conn
        .prepare(
            "SELECT s.type, s.name, s.sql, coalesce(l.type = 'virtual', 0), coalesce(l.type = 'shadow', 0) FROM main.sqlite_schema s
             LEFT JOIN pragma_table_list l ON l.schema = 'main' AND l.name = s.name AND s.type IN ('table', 'view')
             WHERE s.sql NOT NULL ORDER BY s.rowid",
        )?
        .query_map([], |row| Ok(Item { kind: row.get(0)?, name: row.get(1)?, sql: row.get(2)?, is_virtual: row.get(3)?, is_shadow: row.get(4)? }))?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    // Virtual tables first, as creating one makes its shadow tables, whose rows then replace the fresh ones.
    for item in items.iter().filter(|item| item.is_virtual) {
        write(&format!("{};\n", item.sql))?;
    }
    for item in items.iter().filter(|item| item.kind == "table" && !item.is_virtual) {
        let internal = item.name.starts_with("sqlite_");
        if item.is_shadow || item.name == "sqlite_sequence" {
            continue;
        }
        if item.name == "sqlite_stat1" {
            write("ANALYZE sqlite_schema;\n")?;
        } else if internal {
            continue;
        } else {
            write(&format!("{};\n", item.sql))?;
        }
        write_rows(conn, &item.name, write)?;
    }
    for item in items.iter().filter(|item| item.is_shadow || item.name == "sqlite_sequence") {
        write(&format!("DELETE FROM {};\n", identifier(&item.name)))?;
        write_rows(conn, &item.name, write)?;
    }
    for kind in ["index", "view", "trigger"] {
        for item in items.iter().filter(|item| item.kind == kind) {
            write(&format!("{};\n", item.sql))?;
        }
    }
    write("COMMIT;\n")
}

fn write_rows(conn: &Connection, table: &str, write: &mut impl FnMut(&str) -> Result<()>) -> Result<()> {
    // Generated and hidden columns cannot be inserted.
    let columns: Vec<String> = conn
        .prepare("SELECT name FROM pragma_table_xinfo(?1, 'main') WHERE hidden = 0 ORDER BY cid")?
        .query_map([table], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    let list = columns.iter().map(|name| identifier(name)).collect::<Vec<_>>().join(",");
    let name = identifier(table);
    let mut statement = conn.prepare(&format!("SELECT {list} FROM main.{name}"))?;
    let mut rows = statement.query([])?;
    let mut line = String::new();
    while let Some(row) = rows.next()? {
        line.clear();
        let _ = write!(line, "INSERT INTO {name}({list}) VALUES(");
        for i in 0..columns.len() {
            if i > 0 {
                line.push(',');
            }
            push_literal(&mut line, row, i)?;
        }
        line.push_str(");\n");
        write(&line)?;
    }
    Ok(())
}

/// Each makes the expression deeper, and SQLite takes 1,000 levels.
const MAX_RETURNS: usize = 100;

/// A value as SQL that gives it back exactly.
fn push_literal(line: &mut String, row: &Row<'_>, i: usize) -> Result<()> {
    // Writing to a String cannot fail.
    let _ = match row.get_ref(i)? {
        ValueRef::Null => write!(line, "NULL"),
        ValueRef::Integer(n) => write!(line, "{n}"),
        ValueRef::Real(x) if x.is_infinite() => write!(line, "{}9.0e+999", if x < 0.0 { "-" } else { "" }),
        // The shortest text that reads back as the same double; always with a point or an exponent.
        ValueRef::Real(x) => write!(line, "{x:?}"),
        ValueRef::Text(bytes) => match std::str::from_utf8(bytes) {
            // SQL text ends at a NUL.
            Ok(text) if !text.contains(['\0', '\r']) => write!(line, "'{}'", text.replace('\'', "''")),
            // Programs that read text line by line, as `sqlite3` does, drop a carriage return at a line's end.
            Ok(text) if !text.contains('\0') && text.matches('\r').count() <= MAX_RETURNS => {
                write!(line, "'{}'", text.replace('\'', "''").replace('\r', "'||char(13)||'"))
            }
            _ => {
                push_hex(line, bytes);
                let start = line.len() - 2 * bytes.len() - 3;
                line.insert_str(start, "CAST(");
                write!(line, " AS TEXT)")
            }
        },
        ValueRef::Blob(bytes) => {
            push_hex(line, bytes);
            Ok(())
        }
    };
    Ok(())
}

fn push_hex(line: &mut String, bytes: &[u8]) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    line.push_str("X'");
    for byte in bytes {
        line.push(char::from(DIGITS[usize::from(byte >> 4)]));
        line.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    line.push('\'');
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_dump_loads_as_the_same_database() {
        let db = Database::open_in_memory().unwrap();
        db.connection()
            .execute_batch(
                "CREATE TABLE \"odd \"\"name\" (id INTEGER PRIMARY KEY AUTOINCREMENT, t TEXT, b BLOB, r REAL, g AS (t || '!'), n);
                 CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
                 CREATE TABLE child (p REFERENCES \"odd \"\"name\" (id));
                 CREATE INDEX i ON w (v); CREATE VIEW view1 AS SELECT * FROM w; CREATE TABLE log (x);
                 CREATE TRIGGER tr AFTER INSERT ON w BEGIN INSERT INTO log VALUES (new.k); END;
                 CREATE VIRTUAL TABLE f USING fts5(body);
                 INSERT INTO child VALUES (1);
                 PRAGMA user_version = 7;",
            )
            .unwrap_err();
        // Foreign keys are on: the parent comes first.
        db.connection()
            .execute_batch(
                "INSERT INTO \"odd \"\"name\" (t, b, r, n) VALUES ('it''s; \r\n ok', x'00ff', 0.1, 9223372036854775807), (NULL, NULL, 1e300, -0.0), ('ü', '', 9e999, 5);
                 INSERT INTO \"odd \"\"name\" (t) VALUES (CAST(x'610062' AS TEXT));
                 DELETE FROM \"odd \"\"name\" WHERE id = 3;
                 INSERT INTO child VALUES (1); INSERT INTO w VALUES ('a', 1), ('b', 2);
                 INSERT INTO f VALUES ('hello world'), ('goodbye'); PRAGMA user_version = 7; ANALYZE;",
            )
            .unwrap();
        let text = dump_text(&db).unwrap();
        assert_eq!(text_within(&db, text.len()).unwrap(), text);
        assert_eq!(text_within(&db, text.len() - 1).unwrap_err().code(), Code::OutOfMemory);
        assert!(db.connection().is_autocommit());
        let copy = Database::open_in_memory().unwrap();
        load_dump(&copy, &text, &RestoreOptions::default()).unwrap();
        // Restoring makes tables in another order, but no others.
        let sorted = |text: &str| {
            let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(sorted(&dump_text(&copy).unwrap()), sorted(&text));
        let one = |sql: &str| copy.connection().query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
        assert_eq!(one("SELECT count(*) FROM f WHERE f MATCH 'hello'"), 1);
        assert_eq!(one("SELECT seq FROM sqlite_sequence"), 4);
        assert_eq!(one("PRAGMA user_version"), 7);
        assert_eq!(one("SELECT length(CAST(t AS BLOB)) FROM \"odd \"\"name\" WHERE id = 4"), 3);
        assert_eq!(one("SELECT count(*) FROM log"), 2);
    }

    #[test]
    fn a_cut_dump_changes_nothing() {
        let db = Database::open_in_memory().unwrap();
        db.execute("CREATE TABLE t (x)", &[]).unwrap();
        let text = dump_text(&db).unwrap();
        for end in 1..text.len() {
            let cut = load_dump(&db, &text[..end], &RestoreOptions::default());
            assert!(cut.is_err() || !text[..end].contains("BEGIN") || text[..end].contains("COMMIT"), "{}", &text[..end]);
            if cut.is_ok() {
                load_dump(&db, &text, &RestoreOptions::default()).unwrap();
            }
            assert!(db.query("SELECT * FROM t", &[]).is_ok());
        }
    }
}
