//! The fault campaign: every call that an operation makes to its files fails in turn, in four ways. Afterwards the database is whole and holds
//! all of the operation or nothing of it; an operation that was acknowledged is there.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::fault::{Disk, Fault, FaultFiles};
use super::{OpenOptions, open_path};
use crate::backup::{self, RestoreOptions};
use crate::engine::Database;
use crate::error::{Code, Result};
use crate::table::transaction;
use crate::value::Value;

const PATH: &str = "/data.db";

struct Rig {
    files: FaultFiles,
    vfs: String,
}

impl Rig {
    fn new() -> Rig {
        let (files, vfs) = FaultFiles::register();
        Rig { files, vfs }
    }

    fn open(&self) -> Result<Database> {
        open_path(PATH, Some(&self.vfs), OpenOptions::default())
    }

    /// The disk after `setup` ran on an empty database.
    fn disk(&self, setup: &str) -> Disk {
        self.files.reset(&Disk::new());
        self.open().unwrap().connection().execute_batch(setup).unwrap();
        self.files.after()
    }

    /// What a healthy process reads from `disk`: its whole content as text.
    fn content(&self, disk: &Disk) -> String {
        self.files.reset(disk);
        let db = self.open().unwrap();
        let check: String = db.connection().query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
        backup::dump_text(&db).unwrap()
    }

    /// Runs `operation` with every one of its calls failing in turn; the number of runs.
    fn campaign(&self, name: &str, setup: &str, operation: &dyn Fn(&Database) -> Result<()>) -> usize {
        let before_disk = self.disk(setup);
        let before = self.content(&before_disk);
        self.files.reset(&before_disk);
        let db = self.open().unwrap();
        operation(&db).unwrap();
        drop(db);
        let n_calls = self.files.n_calls();
        let after = self.content(&self.files.after());
        assert_ne!(before, after, "{name}: the operation does something");
        let mut n_runs = 0;
        for fault in [Fault::Once, Fault::Full, Fault::Kill, Fault::PowerLoss] {
            for call in 0..n_calls {
                self.files.reset(&before_disk);
                self.files.fail_at(call, fault);
                let result = self.open().and_then(|db| {
                    let result = operation(&db);
                    if fault == Fault::Once && result.is_err() {
                        // The connection goes on working, whatever failed.
                        let again = db.query("SELECT count(*) FROM sqlite_schema", &[]);
                        assert!(again.is_ok(), "{name}, {fault:?} at call {call} of {n_calls}: {again:?}");
                    }
                    result
                });
                let found = self.content(&self.files.after());
                let place = format!("{name}, {fault:?} at call {call} of {n_calls}, which answered {result:?}");
                match &result {
                    Ok(()) => assert!(found == after, "{place}: an acknowledged change is lost"),
                    Err(error) => {
                        assert!(found == before || found == after, "{place}: half of the change is there");
                        assert_ne!(error.code(), Code::Internal, "{place}");
                    }
                }
                n_runs += 1;
            }
        }
        eprintln!("{name}: {n_runs} runs, {n_calls} calls");
        n_runs
    }
}

const TABLE: &str = "CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT); CREATE INDEX i ON t (x);
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 300) INSERT INTO t SELECT i, printf('%080d', i) FROM n";

#[test]
fn writes_survive_any_fault() {
    let rig = Rig::new();
    let n = rig.campaign("insert", TABLE, &|db| db.execute("INSERT INTO t SELECT id + 1000, x || 'new' FROM t", &[]).map(drop))
        + rig.campaign("update and delete", TABLE, &|db| {
            db.atomically(|db| {
                db.execute("UPDATE t SET x = x || ?1 WHERE id % 2", &[Value::Text("!".into())])?;
                db.execute("DELETE FROM t WHERE id % 3 = 0", &[])?;
                Ok(())
            })
        })
        + rig.campaign("first table", "", &|db| db.execute("CREATE TABLE first (x)", &[]).map(drop))
        + rig.campaign("a cache that spills", TABLE, &|db| {
            db.connection().execute_batch("PRAGMA cache_size = 5")?;
            db.execute("INSERT INTO t SELECT id + 1000, x || 'new' FROM t", &[]).map(drop)
        })
        + rig.campaign("header only", TABLE, &|db| db.execute("PRAGMA user_version = 2", &[]).map(drop));
    assert!(n > 500, "{n}");
}

#[test]
fn migrations_survive_any_fault() {
    let rig = Rig::new();
    rig.campaign("migrate", TABLE, &|db| {
        db.atomically(|db| {
            db.execute("ALTER TABLE t ADD COLUMN y DEFAULT 7", &[])?;
            db.execute("CREATE TABLE u (id INTEGER PRIMARY KEY, t REFERENCES t (id))", &[])?;
            db.execute("INSERT INTO u SELECT id, id FROM t", &[])?;
            db.execute("ALTER TABLE t RENAME COLUMN x TO z", &[])?;
            Ok(())
        })
    });
}

#[test]
fn restores_survive_any_fault() {
    let rig = Rig::new();
    let other = Database::open_in_memory().unwrap();
    other.connection().execute_batch("CREATE TABLE other (x); WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 250) INSERT INTO other SELECT printf('%050d', i) FROM n").unwrap();
    let image = backup::image(&other).unwrap();
    let sql = backup::dump_text(&other).unwrap();
    rig.campaign("restore", TABLE, &|db| backup::restore(db, &image, &RestoreOptions::default()).map(drop));
    rig.campaign("load a dump", TABLE, &|db| backup::load_dump(db, &sql, &RestoreOptions::default()).map(drop));
    // Of another page size.
    other.connection().execute_batch("PRAGMA page_size = 1024; VACUUM").unwrap();
    rig.campaign("restore small pages", &format!("PRAGMA page_size = 8192; {TABLE}"), &|db| {
        backup::restore(db, &image, &RestoreOptions::default()).map(drop)
    });
}

/// The log holds every transaction that is acknowledged and none that is not, whatever happens: both files commit together.
#[test]
fn the_history_is_that_of_the_database_after_any_fault() {
    const LOG: &str = "/data.db-history";
    let rig = Rig::new();
    rig.files.reset(&rig.disk(TABLE));
    let db = rig.open().unwrap();
    db.history.enable(&db, Some(LOG)).unwrap();
    db.execute("DELETE FROM t WHERE id > 250", &[]).unwrap();
    drop(db);
    let disk = rig.files.after();
    type Operation = (&'static str, fn(&Database) -> Result<()>);
    let operations: [Operation; 4] = [
        ("statement", |db| db.execute("INSERT INTO t SELECT id + 1000, x || 'new' FROM t", &[]).map(drop)),
        ("transaction", |db| {
            let begun = transaction::begin(db, false, true)?;
            let work = db.execute("UPDATE t SET x = 'u' WHERE id < 30", &[]).and_then(|_| db.execute("DELETE FROM t WHERE id % 7 = 0", &[]));
            match work {
                Ok(_) => transaction::commit(db, begun),
                Err(error) => transaction::rollback(db, begun).and(Err(error)),
            }
        }),
        ("savepoint", |db| db.atomically(|db| db.execute("DELETE FROM t WHERE id % 2", &[]).map(drop))),
        ("schema", |db| db.open_cursor("ALTER TABLE t ADD COLUMN y DEFAULT 7", &[], None, false).map(drop)),
    ];
    for (name, operation) in operations {
        let run = || -> Result<()> {
            let db = rig.open()?;
            db.history.enable(&db, Some(LOG))?;
            operation(&db)
        };
        rig.files.reset(&disk);
        run().unwrap();
        let n_calls = rig.files.n_calls();
        // `make campaign` tries every call.
        let stride = if std::env::var_os("MOLTRES_CAMPAIGN").is_some() { 1 } else { 11 };
        let mut n_runs = 0;
        for (offset, fault) in [Fault::Once, Fault::Full, Fault::Kill, Fault::PowerLoss].into_iter().enumerate() {
            for call in (offset as u64..n_calls).step_by(stride) {
                n_runs += 1;
                rig.files.reset(&disk);
                rig.files.fail_at(call, fault);
                let result = run();
                let place = format!("{name}, {fault:?} at call {call} of {n_calls}, which answered {result:?}");
                rig.files.reset(&rig.files.after());
                let db = rig.open().unwrap();
                let found = backup::dump_text(&db).unwrap();
                db.history.enable(&db, Some(LOG)).unwrap();
                let entries = db.history.list(&db).unwrap();
                let kinds: Vec<&str> = entries.iter().map(|entry| entry.kind.as_str()).collect();
                let added = if name == "schema" { "base" } else { "change" };
                // A fault just after the commit may add a base of the same state; more is never lost or left over.
                let wanted: &[&str] = if result.is_ok() { &["base", "change", added] } else { &["base", "change"] };
                assert!(kinds.starts_with(wanted) && kinds.len() <= 4, "{place}: {entries:#?}");
                let last = entries.last().unwrap().id;
                db.history.restore(&db, backup::PointInTime::Id(last), &RestoreOptions::default()).unwrap();
                assert!(backup::dump_text(&db).unwrap() == found, "{place}: the last entry is not the database");
            }
        }
        eprintln!("history, {name}: {n_runs} runs, {n_calls} calls");
    }
}

#[test]
fn backups_survive_any_fault() {
    let rig = Rig::new();
    let disk = rig.disk(TABLE);
    let before = rig.content(&disk);
    let copy = || -> Result<Vec<u8>> { backup::image(&rig.open()?) };
    rig.files.reset(&disk);
    let image = copy().unwrap();
    let n_calls = rig.files.n_calls();
    for call in 0..n_calls {
        rig.files.reset(&disk);
        rig.files.fail_at(call, Fault::Once);
        match copy() {
            Ok(bytes) => assert_eq!(bytes, image),
            Err(error) => assert_ne!(error.code(), Code::Internal),
        }
        assert_eq!(rig.content(&rig.files.after()), before);
    }
    eprintln!("backup: {n_calls} runs");
}

#[test]
fn a_full_disk_says_so() {
    let rig = Rig::new();
    let disk = rig.disk(TABLE);
    rig.files.reset(&disk);
    let db = rig.open().unwrap();
    rig.files.fail_at(0, Fault::Full);
    let error = db.execute("INSERT INTO t SELECT id + 1000, x FROM t", &[]).unwrap_err();
    assert!(matches!(error.code(), Code::StorageFull | Code::StorageUnavailable), "{error:?}");
    rig.files.reset(&rig.files.after());
}

/// Another program renames, replaces or removes the file of an open database.
#[test]
fn a_file_that_is_elsewhere_is_not_written_to() {
    let rig = Rig::new();
    let disk = rig.disk("CREATE TABLE t (x); INSERT INTO t VALUES (1)");
    let other = rig.disk("CREATE TABLE other (y)");
    let write = |db: &Database| db.execute("INSERT INTO t VALUES (2)", &[]);
    for with in [None, Some(&other)] {
        rig.files.reset(&disk);
        let db = rig.open().unwrap();
        write(&db).unwrap();
        rig.files.rename(PATH, "/elsewhere.db");
        if let Some(other) = with {
            rig.files.put(PATH, &other[PATH]);
        }
        let error = write(&db).unwrap_err();
        assert_eq!(error.code(), Code::StorageUnavailable, "{error}");
        assert!(error.to_string().contains("renamed, replaced or removed"), "{error}");
        assert_eq!(db.query("SELECT x FROM t", &[]).unwrap().len(), 2, "what is open can be read");
        assert!(db.connection().is_autocommit());
        assert!(!rig.files.after().contains_key("/data.db-journal"));
        // Back at its place it is as before.
        rig.files.rename("/elsewhere.db", PATH);
        write(&db).unwrap();
        assert_eq!(db.query("SELECT x FROM t", &[]).unwrap().len(), 3);
    }
}
