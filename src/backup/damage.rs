//! Damaged images, a thousand and more: each is refused or proven whole, none crashes, and a refusal changes nothing. The same images then go
//! to `recover`, which must give what it can.

#[cfg(target_family = "wasm")]
use wasm_bindgen_test::wasm_bindgen_test as test;

use super::{RestoreOptions, image, recover, restore};
use crate::engine::Database;
use crate::error::{Code, Kind};

/// xorshift64: the same damage in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % n as u64).unwrap()
    }
}

fn sample() -> Vec<u8> {
    let db = Database::open_in_memory().unwrap();
    db.connection()
        .execute_batch(
            "PRAGMA page_size = 1024; CREATE TABLE a (id INTEGER PRIMARY KEY, t TEXT, r REAL); CREATE INDEX ai ON a (t); CREATE TABLE b (k TEXT PRIMARY KEY, v) WITHOUT ROWID;
             CREATE TABLE c (a REFERENCES a (id), big BLOB); CREATE VIEW v AS SELECT * FROM a;
             WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 400) INSERT INTO a SELECT i, printf('row %d', i), i / 7.0 FROM n;
             INSERT INTO b SELECT t, id FROM a; INSERT INTO c SELECT id, zeroblob(id * 13 % 5000) FROM a WHERE id % 20 = 0; DELETE FROM a WHERE id > 380 AND id NOT IN (SELECT a FROM c)",
        )
        .unwrap();
    image(&db).unwrap()
}

fn damage(good: &[u8], random: &mut Random, kind: usize) -> Vec<u8> {
    let mut bytes = good.to_vec();
    let pages = good.len() / 1024;
    match kind {
        // A bit, a few bits, a run of bytes.
        0 => {
            let at = random.below(bytes.len());
            bytes[at] ^= 1 << random.below(8);
        }
        1 => {
            for _ in 0..=random.below(64) {
                let at = random.below(bytes.len());
                bytes[at] ^= 1 << random.below(8);
            }
        }
        2 => {
            let (at, n) = (random.below(bytes.len()), random.below(3000));
            let fill = u8::try_from(random.below(256)).unwrap();
            bytes.iter_mut().skip(at).take(n).for_each(|b| *b = fill);
        }
        // Headers of pages, where the structure is.
        3 => {
            let at = random.below(pages) * 1024 + random.below(24);
            bytes[at] = u8::try_from(random.below(256)).unwrap();
        }
        // Cut, or padded.
        4 => bytes.truncate(random.below(good.len())),
        5 => bytes.extend((0..=random.below(5000)).map(|_| 1)),
        // Two pages in each other's place, one page twice.
        6 => {
            let (one, two) = (random.below(pages), random.below(pages));
            let copy = bytes[one * 1024..][..1024].to_vec();
            bytes.copy_within(two * 1024..(two + 1) * 1024, one * 1024);
            bytes[two * 1024..][..1024].copy_from_slice(&copy);
        }
        7 => {
            let (one, two) = (random.below(pages), random.below(pages));
            bytes.copy_within(two * 1024..(two + 1) * 1024, one * 1024);
        }
        // The header of the file.
        _ => bytes[random.below(100)] = u8::try_from(random.below(256)).unwrap(),
    }
    bytes
}

#[test]
fn a_thousand_damaged_images_are_refused_or_whole() {
    let good = sample();
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let db = Database::open_in_memory().unwrap();
    let marker = "CREATE TABLE IF NOT EXISTS marker (x)";
    let (mut refused, mut whole, mut identical) = (0, 0, 0);
    for i in 0..1260 {
        let bytes = damage(&good, &mut random, i % 9);
        db.execute(marker, &[]).unwrap();
        match restore(&db, &bytes, &RestoreOptions::default()) {
            Ok(_) => {
                // Proven whole: every check passes, and every row of every table can be read.
                let ok = db.query("PRAGMA integrity_check", &[]).unwrap();
                assert_eq!(format!("{ok:?}"), "[[Text(\"ok\")]]", "image {i}");
                let names: Vec<String> = db
                    .connection()
                    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
                    .unwrap()
                    .query_map([], |row| row.get(0))
                    .unwrap()
                    .map(Result::unwrap)
                    .collect();
                for name in names {
                    db.query(&format!("SELECT * FROM {}", crate::compile::quote::identifier(&name)), &[]).unwrap();
                }
                whole += 1;
                identical += usize::from(bytes == good);
                db.connection().execute_batch("PRAGMA writable_schema = OFF").unwrap();
            }
            Err(error) => {
                assert!(
                    matches!(error.code(), Code::NotADatabase | Code::Corrupt | Code::IntegrityFailed | Code::OutOfMemory),
                    "image {i}: {error:?}"
                );
                assert_eq!(error.report().kind, Kind::RestoreError, "image {i}");
                assert!(db.query("SELECT * FROM marker", &[]).is_ok(), "image {i} changed something");
                refused += 1;
            }
        }
    }
    eprintln!("1260 images: {refused} refused, {whole} proven whole ({identical} unharmed)");
    assert!(refused > 700);
}

#[test]
fn a_thousand_damaged_images_are_recovered_as_far_as_they_go() {
    let good = sample();
    let mut random = Random(77);
    let mut rows = 0;
    for i in 0..1008 {
        let bytes = damage(&good, &mut random, i % 9);
        if let Ok((found, report)) = recover(&bytes) {
            let ok = found.query("PRAGMA integrity_check", &[]).unwrap();
            assert_eq!(format!("{ok:?}"), "[[Text(\"ok\")]]", "image {i}");
            rows += report.tables.iter().map(|table| table.rows).sum::<usize>();
        }
    }
    eprintln!("1008 images: {} of {} rows recovered", rows, 1008 * 800);
    assert!(rows > 500_000, "{rows}");
}
