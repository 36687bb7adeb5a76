//! What is still readable of a damaged image.
//!
//! The image's b-trees are walked by our own reader, not by SQLite, so that a damaged page costs its rows and no more. Tables keep their names, rows
//! their rowids. Leaf pages that no table leads to any more (their parent is damaged) give their rows to `lost_and_found`, one column per value.
//! Not promised: that every value is as it was written, as an image holds no checksums; rows that had been deleted may come back in `lost_and_found`.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::types::Value;
use serde::Serialize;

use super::header::{HEADER_LEN, Header};
use super::page::{Cell, PageKind, Pages};
use super::scratch;
use crate::compile::quote::identifier;
use crate::engine::Database;
use crate::error::{Code, Error, Result};

/// What was found and what was lost.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoverReport {
    pub tables: Vec<RecoveredTable>,
    /// Rows of pages that belong to no table that is known.
    pub lost_and_found: usize,
    pub pages: usize,
    /// Indexes, views and triggers that could not be made again, and why.
    pub not_recreated: Vec<String>,
    pub schema_rows_lost: usize,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecoveredTable {
    pub name: String,
    pub rows: usize,
    /// Pages of the table that could not be read, and what hangs below them.
    pub pages_lost: usize,
    /// Rows that were seen but could not be read or put back.
    pub rows_lost: usize,
}

/// More columns than this a table cannot have.
const MAX_COLUMNS: usize = 2000;

struct Entry {
    kind: String,
    name: String,
    root: u32,
    sql: String,
}

/// Reads what can be read of `image` into a new database in memory.
///
/// # Errors
/// `not_a_database` or `corrupt` if not even the size of its pages can be told.
pub fn recover(image: &[u8]) -> Result<(Database, RecoverReport)> {
    let (page_size, reserved) = geometry(image)?;
    let pages = Pages::new(image, page_size, reserved);
    let target = Database::from_connection(scratch::empty()?)?;
    let conn = target.connection();
    conn.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; BEGIN")?;
    let mut report = RecoverReport { pages: pages.count() as usize, ..RecoverReport::default() };
    let mut seen = BTreeSet::new();

    let mut entries = Vec::new();
    let schema = walk(&pages, 1, &mut seen, &mut |cell| {
        match entry(&cell) {
            Some(entry) => entries.push(entry),
            None => report.schema_rows_lost += 1,
        }
        true
    });
    report.schema_rows_lost += schema.cells_lost;

    for entry in entries.iter().filter(|entry| entry.kind == "table" && !entry.name.starts_with("sqlite_")) {
        report.tables.extend(recover_table(conn, &pages, entry, &mut seen));
    }
    // Trees of indexes belong to something too.
    for entry in entries.iter().filter(|entry| entry.kind == "index") {
        walk(&pages, entry.root, &mut seen, &mut |_| true);
    }
    seen.extend(pages.free_pages());
    report.lost_and_found = orphans(conn, &pages, &mut seen)?;
    for entry in entries.iter().filter(|entry| entry.kind != "table" && !entry.sql.is_empty()) {
        if let Err(error) = conn.execute_batch(&entry.sql) {
            report.not_recreated.push(format!("{} \"{}\": {error}", entry.kind, entry.name));
        }
    }
    conn.execute_batch("COMMIT; PRAGMA ignore_check_constraints = OFF; PRAGMA foreign_keys = ON")?;
    Ok((target, report))
}

/// Page size and reserved bytes, from the header or, where that is damaged, from where b-tree pages are found.
fn geometry(image: &[u8]) -> Result<(usize, usize)> {
    let head = image.get(..HEADER_LEN).unwrap_or(image);
    // Its length is no matter here: what is there is read.
    if let Ok(header) = Header::parse(head, 1 << 48) {
        return Ok((header.page_size, header.reserved));
    }
    let score = |size: &usize| {
        let pages = Pages::new(image, *size, 0);
        let readable = (2..=pages.count()).filter(|&n| pages.read(n).is_some_and(|page| page.n_lost == 0 && !page.cells.is_empty())).count();
        readable * size
    };
    let scores: Vec<(usize, usize)> = [512, 1024, 2048, 4096, 8192, 16_384, 32_768, 65_536]
        .into_iter()
        .filter(|&size| size <= image.len())
        .map(|size| (size, score(&size)))
        .collect();
    // Read at twice its size every other page is there and whole, too; read at half its size the second halves are nothing.
    let best = scores.iter().map(|(_, score)| *score).max().unwrap_or(0);
    match scores.iter().find(|(_, score)| *score > 0 && *score >= best / 4 * 3) {
        Some((size, _)) => Ok((*size, 0)),
        _ => Err(Error::new(Code::NotADatabase, "recover: nothing in the image looks like a page of a SQLite database")),
    }
}

fn entry(cell: &Cell) -> Option<Entry> {
    let text = |i: usize| match cell.values.get(i) {
        Some(Value::Text(text)) => Some(text.clone()),
        Some(Value::Null) => Some(String::new()),
        _ => None,
    };
    let root = match cell.values.get(3) {
        Some(Value::Integer(n)) => u32::try_from(*n).ok()?,
        _ => 0,
    };
    Some(Entry { kind: text(0)?, name: text(1)?, root, sql: text(4)? })
}

fn recover_table(conn: &Connection, pages: &Pages<'_>, entry: &Entry, seen: &mut BTreeSet<u32>) -> Option<RecoveredTable> {
    let mut table = RecoveredTable { name: entry.name.clone(), ..RecoveredTable::default() };
    if conn.execute_batch(&entry.sql).is_err() {
        // Its rows are picked up as orphans.
        return None;
    }
    let info: Vec<(String, i64, i64, String)> = conn
        .prepare("SELECT name, hidden, pk, type FROM pragma_table_xinfo(?1)")
        .and_then(|mut s| s.query_map([&entry.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?.collect())
        .ok()?;
    if entry.root == 0 || info.is_empty() {
        return Some(table);
    }
    let without_rowid = conn
        .query_row("SELECT wr FROM pragma_table_list WHERE schema = 'main' AND name = ?1", [&entry.name], |row| row.get::<_, bool>(0))
        .unwrap_or(false);
    // Records hold stored columns only; those of tables without rowid begin with the key.
    let mut stored: Vec<&(String, i64, i64, String)> = info.iter().filter(|column| column.1 != 2).collect();
    if without_rowid {
        stored.sort_by_key(|column| if column.2 > 0 { (0, column.2) } else { (1, 0) });
    }
    let alias = stored.iter().position(|column| {
        !without_rowid && column.2 == 1 && column.3.eq_ignore_ascii_case("INTEGER") && info.iter().filter(|c| c.2 > 0).count() == 1
    });
    let settable: Vec<usize> = (0..stored.len()).filter(|&i| stored[i].1 == 0).collect();
    let mut names: Vec<String> = settable.iter().map(|&i| identifier(&stored[i].0)).collect();
    let own_rowid = !without_rowid && alias.is_none() && !info.iter().any(|column| column.0.eq_ignore_ascii_case("_rowid_"));
    if own_rowid {
        names.push("_rowid_".to_owned());
    }
    let marks = vec!["?"; names.len()].join(",");
    let sql = format!("INSERT OR IGNORE INTO {}({}) VALUES({marks})", identifier(&entry.name), names.join(","));
    let Ok(mut insert) = conn.prepare(&sql) else { return Some(table) };
    let found = walk(pages, entry.root, seen, &mut |cell| {
        let mut values: Vec<Value> = settable
            .iter()
            .map(|&i| if Some(i) == alias { Value::Integer(cell.rowid) } else { cell.values.get(i).cloned().unwrap_or(Value::Null) })
            .collect();
        if own_rowid {
            values.push(Value::Integer(cell.rowid));
        }
        // A cell with more values than the table has columns is no row of it.
        let done = cell.values.len() <= stored.len() && matches!(insert.execute(rusqlite::params_from_iter(values)), Ok(1));
        table.rows += usize::from(done);
        table.rows_lost += usize::from(!done);
        done
    });
    table.pages_lost = found.pages_lost;
    table.rows_lost += found.cells_lost;
    Some(table)
}

#[derive(Default)]
struct Walked {
    pages_lost: usize,
    cells_lost: usize,
}

/// Gives every readable row of a tree to `row`. A page is read once, whoever points to it; without recursion, as a damaged tree may be any shape.
fn walk(pages: &Pages<'_>, root: u32, seen: &mut BTreeSet<u32>, row: &mut dyn FnMut(Cell) -> bool) -> Walked {
    let mut walked = Walked::default();
    let mut waiting = vec![root];
    while let Some(number) = waiting.pop() {
        if !seen.insert(number) {
            continue;
        }
        let Some(content) = pages.read(number) else {
            walked.pages_lost += 1;
            continue;
        };
        walked.cells_lost += content.n_lost;
        for cell in content.cells {
            row(cell);
        }
        waiting.extend(content.children.into_iter().rev());
    }
    walked
}

/// Puts the rows of table leaves that nothing leads to into `lost_and_found`.
fn orphans(conn: &Connection, pages: &Pages<'_>, seen: &mut BTreeSet<u32>) -> Result<usize> {
    let mut rows = Vec::new();
    for number in 2..=pages.count() {
        if pages.kind(number) == Some(PageKind::TableLeaf) && seen.insert(number) {
            rows.extend(pages.read(number).into_iter().flat_map(|content| content.cells).map(|cell| (number, cell)));
        }
    }
    let width = rows.iter().map(|(_, cell)| cell.values.len()).max().unwrap_or(0).min(MAX_COLUMNS - 2);
    if width == 0 {
        return Ok(0);
    }
    let columns: Vec<String> = (0..width).map(|i| format!("c{i}")).collect();
    conn.execute_batch(&format!("CREATE TABLE IF NOT EXISTS lost_and_found (page INTEGER, id INTEGER, {})", columns.join(", ")))?;
    let mut n = 0;
    for (number, cell) in rows {
        let values: Vec<Value> =
            [Value::Integer(i64::from(number)), Value::Integer(cell.rowid)].into_iter().chain(cell.values.into_iter().take(width)).collect();
        let names = ["page".to_owned(), "id".to_owned()].into_iter().chain(columns.iter().cloned()).take(values.len()).collect::<Vec<_>>().join(",");
        let marks = vec!["?"; values.len()].join(",");
        // A table of this name may be the image's own, of another shape: then there is no place for them.
        let done = conn
            .prepare_cached(&format!("INSERT INTO lost_and_found ({names}) VALUES ({marks})"))
            .and_then(|mut s| s.execute(rusqlite::params_from_iter(values)));
        n += usize::from(done.is_ok());
    }
    Ok(n)
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::backup::{dump_text, image};

    fn sample() -> Database {
        let db = Database::open_in_memory().unwrap();
        db.connection()
            .execute_batch(
                "PRAGMA page_size = 1024; CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT, g AS (id + 1), r REAL); CREATE TABLE w (v, k TEXT PRIMARY KEY) WITHOUT ROWID;
                 CREATE TABLE plain (x, big BLOB); CREATE INDEX i ON a (t); CREATE VIEW v AS SELECT * FROM a;
                 WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 500) INSERT INTO a SELECT i, 'row ' || i, i / 3.0 FROM n;
                 INSERT INTO w SELECT id, t FROM a; INSERT INTO plain SELECT -id, zeroblob(id * 20) FROM a WHERE id < 100; DELETE FROM plain WHERE x < -90",
            )
            .unwrap();
        db
    }

    #[test]
    fn a_whole_image_is_recovered_whole() {
        let db = sample();
        let (found, report) = recover(&image(&db).unwrap()).unwrap();
        assert!(dump_text(&found).unwrap() == dump_text(&db).unwrap());
        assert_eq!((report.lost_and_found, report.schema_rows_lost, report.not_recreated.len()), (0, 0, 0));
        assert!(report.tables.iter().all(|table| table.rows_lost == 0 && table.pages_lost == 0));
    }

    #[test]
    fn a_damaged_page_costs_its_rows_only() {
        let bytes = image(&sample()).unwrap();
        let n = bytes.len() / 1024;
        for page in 1..n {
            let mut bad = bytes.clone();
            bad[page * 1024..(page + 1) * 1024].fill(0xee);
            let (_, report) = recover(&bad).unwrap();
            let rows: usize = report.tables.iter().map(|table| table.rows).sum::<usize>() + report.lost_and_found;
            // The root of a table without rowid takes its leaves along, as they look like any index.
            assert!(rows >= 590, "page {page}: {report:?}");
        }
    }

    #[test]
    fn a_destroyed_header_is_guessed() {
        let db = sample();
        let mut bytes = image(&db).unwrap();
        bytes[..100].fill(0);
        let (_, report) = recover(&bytes).unwrap();
        assert_eq!(report.tables.iter().map(|table| table.rows).sum::<usize>(), 1090);
        assert!(recover(&[0; 5000]).is_err());
        assert!(recover(b"").is_err());
    }
}
