//! Verify first, then swap.

use rusqlite::{Connection, ffi};
use serde::Serialize;

use super::header::{HEADER_LEN, Header};
use super::resize::resized;
use super::{header, scratch};
use crate::engine::Database;
use crate::error::{Code, Error, Kind, Result};

/// What a restore checks besides the header and `integrity_check`.
#[derive(Debug, Clone, Copy)]
pub struct RestoreOptions {
    /// Refuse an image with rows that break a foreign key.
    pub foreign_keys: bool,
}

impl Default for RestoreOptions {
    fn default() -> Self {
        RestoreOptions { foreign_keys: true }
    }
}

/// What was restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RestoreReport {
    pub pages: usize,
    pub page_size: usize,
    pub bytes: usize,
    pub tables: usize,
}

/// Replaces the contents of `db` by `image`, after proving the image whole in a database of its own.
///
/// # Errors
/// `not_a_database`, `corrupt`, `integrity_failed`; `busy` while a transaction or statement is open. `db` is then as it was.
pub fn restore(db: &Database, image: &[u8], options: &RestoreOptions) -> Result<RestoreReport> {
    let (source, report) = verify_image(image, options)?;
    swap(db, source.connection())?;
    Ok(report)
}

/// The same from an open database, such as a file, which is read page by page. It is locked for reading from the proof to the end of the copy.
pub fn restore_from(db: &Database, source: &Database, options: &RestoreOptions) -> Result<RestoreReport> {
    let conn = source.connection();
    conn.execute_batch("PRAGMA cell_size_check = ON; BEGIN").map_err(|e| at_restore(damaged(e.into())))?;
    let report = (|| {
        let report = proved(source, options)?;
        swap(db, conn)?;
        Ok(report)
    })();
    // The source is only read; how its transaction ends is no matter.
    let _ = conn.execute_batch("ROLLBACK");
    report
}

/// Opens an image whose size is what its header says.
pub(super) fn opened_image(image: &[u8]) -> Result<(Database, Header)> {
    let header = Header::parse(image.get(..HEADER_LEN).unwrap_or(image), image.len() as u64).map_err(at_restore)?;
    header.check_tail(image).map_err(at_restore)?;
    let source = scratch::open(image, &header).map_err(|e| at_restore(damaged(e)))?;
    Ok((source, header))
}

/// Opens an image and proves it whole.
pub fn verify_image(image: &[u8], options: &RestoreOptions) -> Result<(Database, RestoreReport)> {
    let (source, header) = opened_image(image)?;
    let tables = verify(source.connection(), options)?;
    Ok((source, RestoreReport { pages: header.n_pages, page_size: header.page_size, bytes: header.n_bytes(), tables }))
}

/// Proves an open database whole; ready to be copied, it has no statements open.
pub(super) fn proved(source: &Database, options: &RestoreOptions) -> Result<RestoreReport> {
    let conn = source.connection();
    let tables = verify(conn, options)?;
    let n = |name: &str| conn.query_row(&format!("PRAGMA main.{name}"), [], |row| row.get::<_, i64>(0)).map(|n| usize::try_from(n).unwrap_or(0));
    let (pages, page_size) = (n("page_count")?, n("page_size")?);
    source.flush_statements();
    Ok(RestoreReport { pages, page_size, bytes: pages.saturating_mul(page_size), tables })
}

/// Runs `integrity_check` and the foreign keys over an open database; the number of its tables.
pub fn verify(conn: &Connection, options: &RestoreOptions) -> Result<usize> {
    let unreadable = |e: rusqlite::Error| at_restore(damaged(e.into()));
    let findings = texts(conn, "PRAGMA main.integrity_check(10)").map_err(unreadable)?;
    if let Some(found) = findings.iter().find(|found| found.split("error code=").skip(1).any(is_io_error)) {
        return Err(at_restore(Error::new(Code::StorageUnavailable, format!("the image cannot be read: {found}"))));
    }
    if findings != ["ok"] {
        return Err(at_restore(
            Error::new(Code::IntegrityFailed, format!("the image is damaged: {}", findings.first().map_or("no answer", String::as_str)))
                .detail("findings", findings)
                .hint("`recover` reads what is still readable of a damaged image"),
        ));
    }
    if options.foreign_keys {
        let mut statement = conn.prepare("PRAGMA main.foreign_key_check").map_err(unreadable)?;
        let mut rows = statement.query([]).map_err(unreadable)?;
        if let Some(row) = rows.next().map_err(unreadable)? {
            let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
            return Err(at_restore(
                Error::new(Code::IntegrityFailed, format!("the image is inconsistent: a row of \"{table}\" refers to no row of \"{parent}\""))
                    .detail("table", table)
                    .hint("`foreignKeys: false` restores it nevertheless"),
            ));
        }
    }
    let n: i64 = conn
        .query_row("SELECT count(*) FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'", [], |row| row.get(0))
        .map_err(unreadable)?;
    Ok(usize::try_from(n).unwrap_or(0))
}

/// `integrity_check` reports a page that cannot be read as damage, with SQLite's code; a failing disk is none.
fn is_io_error(code: &str) -> bool {
    let digits: String = code.chars().take_while(char::is_ascii_digit).collect();
    digits.parse::<i32>().is_ok_and(|code| code & 0xff == ffi::SQLITE_IOERR)
}

/// Copies `source` over the main database of `db` in one transaction.
pub fn swap(db: &Database, source: &Connection) -> Result<()> {
    let target = db.connection();
    if !target.is_autocommit() {
        return Err(at_restore(Error::new(Code::Busy, "a transaction is open").hint("commit or roll back first")));
    }
    db.flush_statements();
    db.followers.forget();
    let swapped = swap_pages(target, source);
    // What was known of the old schema is void.
    db.flush_statements();
    swapped
}

fn swap_pages(target: &Connection, source: &Connection) -> Result<()> {
    let size = |conn: &Connection| conn.query_row("PRAGMA main.page_size", [], |row| row.get::<_, i64>(0));
    let page_size = size(target)?;
    let is_wal = || target.query_row("PRAGMA main.journal_mode", [], |row| row.get::<_, String>(0)).map(|mode| mode == "wal");
    // The pages of a database in memory cannot change their size, nor can those of one in WAL mode.
    if page_size != size(source)? && (target.path().is_none_or(str::is_empty) || is_wal()?) {
        return swap_pages(target, &resized(source, page_size).map_err(at_restore)?.conn);
    }
    // SAFETY: both connections outlive this function, which finishes the backup.
    unsafe {
        let backup = ffi::sqlite3_backup_init(target.handle(), c"main".as_ptr(), source.handle(), c"main".as_ptr());
        if backup.is_null() {
            return Err(at_restore(busy_or(scratch::sqlite_error(target, ffi::SQLITE_BUSY))));
        }
        let step = ffi::sqlite3_backup_step(backup, -1);
        let finish = ffi::sqlite3_backup_finish(backup);
        match (step, finish) {
            (ffi::SQLITE_DONE, ffi::SQLITE_OK) => Ok(()),
            (ffi::SQLITE_BUSY | ffi::SQLITE_LOCKED, _) => {
                Err(at_restore(busy_or(rusqlite::Error::SqliteFailure(ffi::Error::new(step), None).into())))
            }
            (_, rc) => Err(at_restore(scratch::sqlite_error(target, if rc == ffi::SQLITE_OK { step } else { rc }))),
        }
    }
}

fn texts(conn: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    conn.prepare(sql)?.query_map([], |row| row.get(0))?.collect()
}

/// Whatever SQLite says of an image that it cannot read, the image is at fault.
fn damaged(error: Error) -> Error {
    match error.code() {
        Code::NotADatabase | Code::Corrupt | Code::OutOfMemory | Code::StorageUnavailable | Code::StorageFull => error,
        _ => header::corrupt(error.report().message.clone()),
    }
}

fn busy_or(error: Error) -> Error {
    match error.code() {
        Code::Busy | Code::Sqlite => {
            Error::new(Code::Busy, "the database is in use").hint("finish open statements and streams, or wait for the other process")
        }
        _ => error,
    }
}

fn at_restore(error: Error) -> Error {
    error.kind(Kind::RestoreError).within("restore")
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::backup::image;
    use crate::value::Value;

    fn sample() -> Database {
        let db = Database::open_in_memory().unwrap();
        db.connection()
            .execute_batch("CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT); CREATE TABLE b (a REFERENCES a (id)); CREATE INDEX i ON a (t)")
            .unwrap();
        for i in 0..500 {
            db.execute("INSERT INTO a VALUES (?1, printf('%0100d', ?1))", &[Value::Integer(i)]).unwrap();
        }
        db.execute("INSERT INTO b SELECT id FROM a", &[]).unwrap();
        db
    }

    fn count(db: &Database) -> i64 {
        db.connection().query_row("SELECT count(*) FROM a", [], |row| row.get(0)).unwrap()
    }

    #[test]
    fn an_image_restores() {
        let db = sample();
        db.execute("DELETE FROM b WHERE rowid % 7 = 0", &[]).unwrap();
        let bytes = image(&db).unwrap();
        assert_eq!(&bytes[..15], b"SQLite format 3");
        db.connection().execute_batch("DELETE FROM b; DROP TABLE a; CREATE TABLE other (x)").unwrap();
        let report = restore(&db, &bytes, &RestoreOptions::default()).unwrap();
        assert_eq!((report.bytes, report.tables), (bytes.len(), 2));
        assert_eq!(count(&db), 500);
        assert!(db.query("SELECT * FROM other", &[]).is_err());
        // Into a fresh database, and with another page size.
        for page_size in [512, 4096, 65_536] {
            let fresh = Database::open_in_memory().unwrap();
            fresh.connection().execute_batch(&format!("PRAGMA page_size = {page_size}; CREATE TABLE z (x); INSERT INTO z VALUES (1)")).unwrap();
            // What a table-valued function has cached must not outlive the schema.
            let columns = || fresh.query("SELECT name, e.value FROM pragma_table_info('a'), json_each('[1]') AS e", &[]).unwrap().len();
            assert_eq!(columns(), 0);
            restore(&fresh, &bytes, &RestoreOptions::default()).unwrap();
            assert_eq!(columns(), 2);
            assert_eq!(count(&fresh), 500);
            assert_eq!(
                fresh.query("SELECT max(rowid), (SELECT count(*) FROM sqlite_dbpage) > 0 FROM b", &[]).unwrap(),
                [[Value::Integer(500), Value::Integer(1)]]
            );
            fresh.execute("INSERT INTO a VALUES (1000, 'after')", &[]).unwrap();
            assert!(restore(&fresh, &bytes[..bytes.len() / 2], &RestoreOptions::default()).is_err());
            assert_eq!(count(&fresh), 501);
        }
    }

    #[test]
    fn an_empty_database_has_an_image() {
        let db = Database::open_in_memory().unwrap();
        let bytes = image(&db).unwrap();
        assert!(bytes.len() >= 512);
        restore(&sample(), &bytes, &RestoreOptions::default()).unwrap();
    }

    #[test]
    fn bad_images_are_refused_and_change_nothing() {
        let db = sample();
        let good = image(&db).unwrap();
        db.execute("DELETE FROM b", &[]).unwrap();
        db.execute("DELETE FROM a WHERE id >= 7", &[]).unwrap();
        let mut foreign = good.clone();
        {
            let (source, _) = verify_image(&good, &RestoreOptions::default()).unwrap();
            source.connection().execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM a WHERE id = 3").unwrap();
            foreign.copy_from_slice(&image(&source).unwrap());
        }
        let edited = |at: usize, to: u8| {
            let mut bytes = good.clone();
            bytes[at] = to;
            bytes
        };
        let cases: Vec<(&str, Vec<u8>, Code)> = vec![
            ("empty", vec![], Code::NotADatabase),
            ("not SQLite", b"hello, world".repeat(50), Code::NotADatabase),
            ("header only in part", good[..40].to_vec(), Code::Corrupt),
            ("one byte short", good[..good.len() - 1].to_vec(), Code::Corrupt),
            ("one page short", good[..good.len() - 4096].to_vec(), Code::Corrupt),
            ("oversize", [&good[..], b"more"].concat(), Code::Corrupt),
            ("page size", edited(16, 3), Code::Corrupt),
            ("magic", edited(3, b'x'), Code::NotADatabase),
            ("root page type", edited(100, 99), Code::Corrupt),
            ("foreign keys", foreign.clone(), Code::IntegrityFailed),
        ];
        for (name, bytes, code) in cases {
            let error = restore(&db, &bytes, &RestoreOptions::default()).expect_err(name);
            assert_eq!(error.code(), code, "{name}: {error}");
            assert_eq!(error.report().kind, Kind::RestoreError, "{name}");
            assert_eq!(count(&db), 7, "{name}");
        }
        restore(&db, &foreign, &RestoreOptions { foreign_keys: false }).unwrap();
        assert_eq!(count(&db), 499);
    }

    #[test]
    fn restore_waits_for_no_transaction() {
        let db = sample();
        let bytes = image(&db).unwrap();
        db.connection().execute_batch("BEGIN").unwrap();
        assert_eq!(restore(&db, &bytes, &RestoreOptions::default()).unwrap_err().code(), Code::Busy);
        db.connection().execute_batch("DELETE FROM b; DELETE FROM a").unwrap();
        assert_eq!(image(&db).unwrap_err().code(), Code::Busy);
        db.connection().execute_batch("ROLLBACK").unwrap();
        assert_eq!(count(&db), 500);
    }

    #[test]
    fn a_backup_in_steps_follows_the_writes_of_its_own_connection() {
        let db = sample();
        let id = db.backups.begin(&db, None).unwrap();
        let mut n = 0;
        while !db.backups.step(id, 2).unwrap().done {
            n += 1;
            db.execute("INSERT INTO a VALUES (?1, 'late')", &[Value::Integer(1000 + n)]).unwrap();
        }
        assert!(n >= 3);
        let bytes = db.backups.take(id).unwrap().into_image().unwrap();
        let (copy, _) = verify_image(&bytes, &RestoreOptions::default()).unwrap();
        assert_eq!(count(&copy), 500 + n);
        assert!(db.backups.step(id, 1).is_err());
    }
}
