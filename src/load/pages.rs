//! Puts finished pages into a database and makes them a table, through the virtual table `sqlite_dbpage`, inside transactions.
//!
//! While rows arrive, their pages are appended to the file, slice by slice, and belong to no table yet. At the end the table is created
//! empty, the interior pages are written, and its root page becomes the root of the tree. What SQLite has cached is brought up to date
//! by rolling back a savepoint in which the root was written once more: that is when SQLite reads pages and the file's size anew.
//!
//! Not promised: that it can be done. `PageTable::begin` refuses databases without `sqlite_dbpage`, with auto-vacuum (their pages are
//! mapped) or of an old format, and those that cannot be written; the caller inserts rows then.

use crate::engine::{Database, StatementCell, hidden_name};
use crate::error::{Code, Error, Result};
use crate::load::bytes::put_varint;
use crate::load::leaf::{Child, LeafBuilder};

pub struct PageTable {
    schema: &'static str,
    pub builder: LeafBuilder,
    /// The page that was written last.
    seal: Option<(u32, Vec<u8>)>,
}

const INTERIOR_HEADER: usize = 12;
/// A cell of an interior page at its largest, with its pointer.
const INTERIOR_CELL: usize = 4 + 9 + 2;

impl PageTable {
    /// Pages for a new table in `schema`, `main` or `temp`. None where it cannot be done this way.
    pub fn begin(db: &Database, schema: &'static str) -> Option<PageTable> {
        if schema == "temp" {
            // The temporary database comes into being with its first table.
            db.connection().execute_batch("CREATE TEMP TABLE IF NOT EXISTS _moltres_first (x); DROP TABLE temp._moltres_first").ok()?;
        }
        let first = read_page(db, schema, 1).ok()?;
        let page_size = match u16_at(&first, 16)? {
            1 => 65_536,
            n => usize::from(n),
        };
        let (reserved, format, auto_vacuum, encoding) = (usize::from(*first.get(20)?), u32_at(&first, 44)?, u32_at(&first, 52)?, u32_at(&first, 56)?);
        if page_size != first.len() || format != 4 || auto_vacuum != 0 || encoding > 1 || reserved > 255 || page_size < 512 + reserved {
            return None;
        }
        let mut table = PageTable { schema, builder: LeafBuilder::new(page_size, reserved), seal: None };
        // Writes the first page as it is, to see whether that is allowed.
        run(db, "SAVEPOINT moltres_pages").ok()?;
        let allowed = table.write(db, &[1], &first);
        let _ = roll_back(db, "moltres_pages");
        allowed.ok()?;
        table.builder.space.last = u32_at(&first, 28)?;
        Some(table)
    }

    /// Runs `fill` with a builder that knows which pages are free, then puts the pages it has finished into the file.
    pub fn slice<T>(&mut self, db: &Database, n_bytes: usize, fill: impl FnOnce(&mut LeafBuilder) -> Result<T>) -> Result<T> {
        self.check_seal(db)?;
        let before = self.builder.checkpoint();
        let result = self.atomically(db, |table| {
            let mut first = read_page(db, table.schema, 1)?;
            table.builder.space.last = u32_at(&first, 28).unwrap_or(0);
            table.take_free_pages(db, &mut first, n_bytes / table.builder.page_size() + 4)?;
            let result = fill(&mut table.builder)?;
            table.flush(db, &mut first)?;
            Ok(result)
        });
        if result.is_err() {
            self.builder.restore(before);
        }
        result
    }

    /// Pages that were written must still be there: a transaction around the load may have been rolled back meanwhile.
    fn check_seal(&self, db: &Database) -> Result<()> {
        let Some((number, bytes)) = &self.seal else { return Ok(()) };
        match read_page(db, self.schema, *number) {
            Ok(page) if page == *bytes => return Ok(()),
            // A disk that fails says so itself.
            Err(error) if !matches!(error.code(), Code::Sqlite | Code::Corrupt | Code::Internal) => return Err(error),
            _ => {}
        }
        Err(Error::new(Code::TransactionClosed, "the transaction in which the load began was rolled back"))
    }

    fn atomically<T>(&mut self, db: &Database, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        run(db, "SAVEPOINT moltres_pages")?;
        match work(self) {
            Ok(value) => {
                // The inner savepoint's end makes SQLite read the number of pages anew.
                run(db, "SAVEPOINT moltres_refresh")?;
                run(db, "RELEASE moltres_refresh")?;
                run(db, "RELEASE moltres_pages")?;
                Ok(value)
            }
            Err(error) => {
                let _ = roll_back(db, "moltres_pages");
                Err(error)
            }
        }
    }

    /// Takes whole trunks of the free list, until there are enough pages.
    fn take_free_pages(&mut self, db: &Database, first: &mut [u8], wanted: usize) -> Result<()> {
        while self.builder.space.free.len() < wanted {
            let (trunk, n_free) = (u32_at(first, 32).unwrap_or(0), u32_at(first, 36).unwrap_or(0));
            if trunk == 0 {
                break;
            }
            let page = read_page(db, self.schema, trunk)?;
            let next = u32_at(&page, 0).unwrap_or(0);
            let n = u32_at(&page, 4).unwrap_or(0);
            let leaves = (0..n as usize).map_while(|i| u32_at(&page, 8 + 4 * i));
            self.builder.space.free.push(trunk);
            self.builder.space.free.extend(leaves);
            put_u32(first, 32, next);
            put_u32(first, 36, n_free.saturating_sub(n + 1));
        }
        Ok(())
    }

    /// Gives pages that were taken and not used back to the free list.
    fn return_free_pages(&mut self, db: &Database, first: &mut [u8]) -> Result<()> {
        // A trunk holds two entries fewer than would fit, as SQLite itself does it.
        let most = self.builder.usable() / 4 - 8;
        let free = std::mem::take(&mut self.builder.space.free);
        for group in free.chunks(most + 1) {
            let Some((trunk, leaves)) = group.split_first() else { break };
            let mut page = vec![0; self.builder.page_size()];
            put_u32(&mut page, 0, u32_at(first, 32).unwrap_or(0));
            put_u32(&mut page, 4, leaves.len() as u32);
            for (i, leaf) in leaves.iter().enumerate() {
                put_u32(&mut page, 8 + 4 * i, *leaf);
            }
            self.write(db, &[*trunk], &page)?;
            put_u32(first, 32, *trunk);
            put_u32(first, 36, u32_at(first, 36).unwrap_or(0) + group.len() as u32);
        }
        Ok(())
    }

    fn flush(&mut self, db: &Database, first: &mut [u8]) -> Result<()> {
        let (numbers, pages) = (std::mem::take(&mut self.builder.numbers), std::mem::take(&mut self.builder.pages));
        let result = self.write(db, &numbers, &pages);
        let last = numbers.last().copied().zip(pages.chunks_exact(self.builder.page_size()).next_back().map(<[u8]>::to_vec));
        self.builder.numbers = numbers;
        self.builder.pages = pages;
        self.builder.clear_pages();
        result?;
        put_u32(first, 28, self.builder.space.last);
        self.write(db, &[1], first)?;
        // A write that fails is taken back, and the pages before it are still the last.
        if last.is_some() {
            self.seal = last;
        }
        Ok(())
    }

    fn write(&self, db: &Database, numbers: &[u32], pages: &[u8]) -> Result<()> {
        let sql = format!("INSERT INTO sqlite_dbpage (pgno, data, schema) VALUES (?1, ?2, '{}')", self.schema);
        db.with_statement(&sql, |statement| {
            let pages = pages.chunks_exact(self.builder.page_size());
            numbers.iter().zip(pages).try_for_each(|(number, page)| statement.run_with_blob(i64::from(*number), page))
        })
    }

    /// Makes the rows a table: `create` is its CREATE TABLE statement, `name` its name.
    pub fn finish(&mut self, db: &Database, create: &str, name: &str) -> Result<()> {
        self.check_seal(db)?;
        db.connection().execute_batch(create)?;
        let root: u32 = db.connection().query_row(
            &format!("SELECT rootpage FROM {}.sqlite_schema WHERE type = 'table' AND name = ?1", self.schema),
            [name],
            |row| row.get(0),
        )?;
        self.atomically(db, |table| {
            let mut first = read_page(db, table.schema, 1)?;
            table.builder.space.last = u32_at(&first, 28).unwrap_or(0);
            let root_page = match table.builder.only_page() {
                Some(page) => page,
                None => {
                    table.builder.finish_leaf();
                    table.interior()
                }
            };
            table.return_free_pages(db, &mut first)?;
            table.flush(db, &mut first)?;
            table.write(db, &[root], &root_page)?;
            run(db, "SAVEPOINT moltres_again")?;
            let again = table.write(db, &[root], &root_page);
            let undone = roll_back(db, "moltres_again");
            // The first error is the one to report; it may have rolled everything back by itself.
            again.and(undone)
        })
    }

    /// Builds the levels above the leaves; the page of the root.
    fn interior(&mut self) -> Vec<u8> {
        let most = (self.builder.usable() - INTERIOR_HEADER) / INTERIOR_CELL;
        let mut level = std::mem::take(&mut self.builder.leaves);
        while level.len() > most {
            // Even groups, so that none has a single child.
            let n_groups = level.len().div_ceil(most);
            let (base, larger) = (level.len() / n_groups, level.len() % n_groups);
            let mut above = Vec::with_capacity(n_groups);
            let mut rest = level.as_slice();
            for i in 0..n_groups {
                let Some((group, after)) = rest.split_at_checked(base + usize::from(i < larger)) else { break };
                rest = after;
                let page = self.builder.space.take();
                let bytes = self.interior_page(group);
                self.builder.numbers.push(page);
                self.builder.pages.extend_from_slice(&bytes);
                above.push(Child { page, last: group.last().map_or(0, |c| c.last) });
            }
            level = above;
        }
        self.interior_page(&level)
    }

    fn interior_page(&self, children: &[Child]) -> Vec<u8> {
        let mut page = vec![0; self.builder.page_size()];
        let mut content = self.builder.usable();
        let (last, others) = match children.split_last() {
            Some((last, others)) => (last.page, others),
            None => (0, children),
        };
        for (i, child) in others.iter().enumerate() {
            let mut cell = [0; 13];
            cell[..4].copy_from_slice(&child.page.to_be_bytes());
            let n = put_varint(&mut cell, 4, child.last.cast_unsigned());
            content -= n;
            page[content..content + n].copy_from_slice(&cell[..n]);
            let pointer = INTERIOR_HEADER + 2 * i;
            page[pointer..pointer + 2].copy_from_slice(&(content as u16).to_be_bytes());
        }
        page[0] = 0x05;
        page[3..5].copy_from_slice(&(others.len() as u16).to_be_bytes());
        page[5..7].copy_from_slice(&(content as u16).to_be_bytes());
        put_u32(&mut page, 8, last);
        page
    }

    /// Gives all pages back: the rows so far become a table, which is dropped.
    pub fn abort(&mut self, db: &Database) -> Result<()> {
        if self.builder.leaves.is_empty() && self.builder.space.free.is_empty() && self.seal.is_none() {
            return Ok(());
        }
        self.builder.clear_pages();
        let name = hidden_name("aborted");
        self.finish(db, &format!("CREATE TABLE {}.{name} (x)", self.schema), &name)?;
        db.drop_hidden(&name)
    }
}

fn read_page(db: &Database, schema: &str, number: u32) -> Result<Vec<u8>> {
    db.with_statement(&format!("SELECT data FROM sqlite_dbpage WHERE pgno = ?1 AND schema = '{schema}'"), |statement| {
        statement.bind(1, &i64::from(number).into())?;
        if statement.step()?
            && let StatementCell::Blob(bytes) = statement.cell(0)
        {
            return Ok(bytes.to_vec());
        }
        Err(Error::internal(format!("page {number} cannot be read")))
    })
}

/// A statement that is not the user's, compiled once.
fn run(db: &Database, sql: &str) -> Result<()> {
    db.with_statement(sql, |statement| statement.step().map(|_| ()))
}

fn roll_back(db: &Database, savepoint: &str) -> Result<()> {
    run(db, &format!("ROLLBACK TO {savepoint}"))?;
    run(db, &format!("RELEASE {savepoint}"))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|b| u16::from_be_bytes(*b))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|b| u32::from_be_bytes(*b))
}

fn put_u32(bytes: &mut [u8], at: usize, value: u32) {
    if let Some(target) = bytes.get_mut(at..at + 4) {
        target.copy_from_slice(&value.to_be_bytes());
    }
}
