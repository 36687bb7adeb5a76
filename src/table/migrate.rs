//! The history of migrations: which versions were applied, from what text, and what the schema looked like afterwards.
//!
//! The steps themselves are the caller's: SQL or functions. Each runs in a savepoint of one transaction, or in a transaction of its own, in which its
//! record is written too.

use rusqlite::config::DbConfig;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::violation;
use crate::engine::Database;
use crate::error::Result;
use crate::value::Value;

const TABLE: &str = "__moltres_migrations";

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// A number, or a text, as JSON.
    pub version: serde_json::Value,
    pub name: String,
    /// SHA-256 of the text it was made from.
    pub checksum: String,
    /// UTC.
    #[serde(default)]
    pub applied_at: String,
    /// Seconds.
    pub elapsed: f64,
    /// SHA-256 of the schema after it.
    #[serde(default)]
    pub schema: String,
}

pub fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A fingerprint of the user's tables, views, indexes and triggers: the same text for the same definitions.
pub fn schema_fingerprint(db: &Database) -> Result<String> {
    let rows = db.quietly(
        "SELECT type, name, tbl_name, sql FROM main.sqlite_schema \
         WHERE substr(name, 1, 9) <> '__moltres' AND substr(tbl_name, 1, 9) <> '__moltres' AND substr(name, 1, 7) <> 'sqlite_' ORDER BY type, name",
        &[],
    )?;
    let lines: Vec<String> = rows
        .iter()
        .map(|row| {
            let words = row.iter().map(|value| match value {
                // Blanks do not matter: tools reformat definitions.
                Value::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
                _ => String::new(),
            });
            words.collect::<Vec<_>>().join("\u{1f}")
        })
        .collect();
    Ok(sha256(&lines.join("\u{1e}")))
}

/// What was applied, oldest first. Empty before the first migration.
pub fn history(db: &Database) -> Result<Vec<Applied>> {
    let there = db.quietly("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1", &[TABLE.into()])?;
    if there.is_empty() {
        return Ok(vec![]);
    }
    let rows = db.quietly(&format!("SELECT version, name, checksum, applied_at, elapsed, schema FROM main.{TABLE} ORDER BY place"), &[])?;
    let text = |value: &Value| if let Value::Text(text) = value { text.clone() } else { String::new() };
    Ok(rows
        .iter()
        .filter_map(|row| match row.as_slice() {
            [version, name, checksum, applied_at, elapsed, schema] => Some(Applied {
                version: serde_json::from_str(&text(version)).unwrap_or_else(|_| text(version).into()),
                name: text(name),
                checksum: text(checksum),
                applied_at: text(applied_at),
                elapsed: if let Value::Real(s) = elapsed { *s } else { 0.0 },
                schema: text(schema),
            }),
            _ => None,
        })
        .collect())
}

/// Begins a step inside the caller's transaction: foreign keys are checked when it ends, so that rows may come in any order. Without
/// `foreign_keys` they are not enforced meanwhile, so that a table that others refer to can be made anew. True if they must be switched on again.
pub fn begin_step(db: &Database, foreign_keys: bool) -> Result<bool> {
    let conn = db.connection();
    conn.execute_batch("PRAGMA defer_foreign_keys = ON")?;
    let keys_off = !foreign_keys && conn.db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY)?;
    if keys_off {
        // The PRAGMA does nothing inside a transaction, this does: no key waits to be checked, as each step before ended with none.
        conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, false)?;
    }
    Ok(keys_off)
}

/// Ends a step: what dangles now fails, though the transaction goes on.
pub fn end_step(db: &Database, keys_off: bool) -> Result<()> {
    let dangles = if keys_off {
        enforce_keys(db)?;
        !violation::dangling(db, 1)?.is_empty()
    } else {
        db.keys_waiting() != 0
    };
    if dangles { Err(violation::at_commit(db)) } else { Ok(()) }
}

/// After a step that was begun without foreign keys, also when it failed.
pub fn enforce_keys(db: &Database) -> Result<()> {
    db.connection().set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true)?;
    Ok(())
}

/// Records a version as applied now.
pub fn record(db: &Database, applied: &Applied) -> Result<()> {
    db.connection().execute_batch(&format!(
        "CREATE TABLE IF NOT EXISTS main.{TABLE} (place INTEGER PRIMARY KEY AUTOINCREMENT, version TEXT NOT NULL UNIQUE, name TEXT NOT NULL, \
         checksum TEXT NOT NULL, applied_at TEXT NOT NULL, elapsed REAL NOT NULL, schema TEXT NOT NULL)"
    ))?;
    let schema = schema_fingerprint(db)?;
    db.quietly(
        &format!("INSERT INTO main.{TABLE} (version, name, checksum, applied_at, elapsed, schema) VALUES (?1, ?2, ?3, strftime('%Y-%m-%d %H:%M:%f', 'now'), ?4, ?5)"),
        &[
            applied.version.to_string().into(),
            applied.name.as_str().into(),
            applied.checksum.as_str().into(),
            applied.elapsed.into(),
            schema.into(),
        ],
    )?;
    Ok(())
}

/// Records that a version was rolled back.
pub fn forget(db: &Database, version: &serde_json::Value) -> Result<()> {
    db.quietly(&format!("DELETE FROM main.{TABLE} WHERE version = ?1"), &[version.to_string().into()])?;
    // The schema is now what it is: the newest record that remains vouches for it.
    let schema = schema_fingerprint(db)?;
    db.quietly(&format!("UPDATE main.{TABLE} SET schema = ?1 WHERE place = (SELECT max(place) FROM main.{TABLE})"), &[schema.into()])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::error::Code;

    #[test]
    fn history_is_kept_hidden_and_in_order() {
        let db = Database::open_in_memory().unwrap();
        assert!(history(&db).unwrap().is_empty());
        for version in [serde_json::json!(2), serde_json::json!(10), serde_json::json!("2024-a")] {
            let step = Applied { version, name: "n".into(), checksum: sha256("x"), applied_at: String::new(), elapsed: 0.5, schema: String::new() };
            record(&db, &step).unwrap();
        }
        let versions: Vec<_> = history(&db).unwrap().into_iter().map(|a| a.version).collect();
        assert_eq!(versions, [serde_json::json!(2), serde_json::json!(10), serde_json::json!("2024-a")]);
        assert!(crate::table::reflect::tables(db.connection()).unwrap().is_empty());
        forget(&db, &serde_json::json!(10)).unwrap();
        assert_eq!(history(&db).unwrap().len(), 2);
    }

    #[test]
    fn the_fingerprint_sees_definitions_not_blanks() {
        let [a, b, c] = ["CREATE TABLE t (a, b)", "CREATE TABLE t (a,\n  b)", "CREATE TABLE t (a, c)"].map(|sql| {
            let db = Database::open_in_memory().unwrap();
            db.execute(sql, &[]).unwrap();
            schema_fingerprint(&db).unwrap()
        });
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(a, b);
        assert_ne!(a, c);
    }

    #[test]
    fn keys_are_checked_at_the_end_of_each_step() {
        let db = Database::open_in_memory().unwrap();
        let dangles = |db: &Database| end_step(db, false).unwrap_err().code();
        db.execute_script("CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p ON DELETE CASCADE); INSERT INTO p VALUES (1); INSERT INTO c VALUES (1); BEGIN").unwrap();
        assert!(!begin_step(&db, true).unwrap());
        db.execute_script("SAVEPOINT s; INSERT INTO c VALUES (2)").unwrap();
        assert_eq!(dangles(&db), Code::ConstraintForeignKey);
        db.execute_script("INSERT INTO p VALUES (2)").unwrap();
        end_step(&db, false).unwrap();
        db.execute_script("DELETE FROM c WHERE p = 2; ROLLBACK TO s").unwrap();
        end_step(&db, false).unwrap();
        // A table that others refer to is made anew, and their rows stay.
        assert!(begin_step(&db, false).unwrap());
        db.execute_script("CREATE TABLE n (id INTEGER PRIMARY KEY, x); INSERT INTO n SELECT id, 0 FROM p; DROP TABLE p; ALTER TABLE n RENAME TO p")
            .unwrap();
        end_step(&db, true).unwrap();
        assert!(begin_step(&db, false).unwrap());
        db.execute_script("SAVEPOINT t; DELETE FROM p").unwrap();
        assert_eq!(end_step(&db, true).unwrap_err().code(), Code::ConstraintForeignKey);
        db.execute_script("ROLLBACK TO t; INSERT INTO p VALUES (9, 1); DELETE FROM p WHERE id = 9; COMMIT").unwrap();
        assert_eq!(db.query("SELECT count(*) FROM c", &[]).unwrap()[0][0], Value::Integer(1));
        assert_eq!(db.execute("INSERT INTO c VALUES (77)", &[]).unwrap_err().code(), Code::ConstraintForeignKey);
    }
}
