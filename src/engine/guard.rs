//! What may not run inside a transaction that has an owner: the owner, not a statement, ends it.

use super::Database;
use crate::error::{Code, Error, Result};

impl Database {
    /// From now on a transaction has an owner (`table::transaction`), until this is taken back.
    pub fn set_owned_transaction(&self, owned: bool) {
        self.owned_transaction.set(owned);
    }

    /// Before a statement inside such a transaction. Its end would leave the statements after it without a transaction, which then could not be
    /// taken back; the same after SQLite has rolled back by itself.
    pub(super) fn guard(&self, sql: &str) -> Result<()> {
        if !self.owned_transaction.get() {
            return Ok(());
        }
        self.check_transaction()?;
        let word = first_word(sql);
        let is = |known: &str| word.eq_ignore_ascii_case(known);
        if is("commit") || is("end") || (is("rollback") && !goes_to_savepoint(sql)) {
            return Err(Error::unsupported(format!("{}: the transaction ends with its callback", word.to_ascii_uppercase()))
                .hint("the callback commits by returning and rolls back by throwing; SAVEPOINT, RELEASE and ROLLBACK TO are allowed"));
        }
        if is("pragma") && turns_keys_off(sql) {
            return Err(Error::unsupported("PRAGMA foreign_keys has no effect inside a transaction")
                .hint("db.transaction(…, {foreignKeys: false}), or a migration with foreignKeys: false, checks them at its end"));
        }
        Ok(())
    }

    /// Is the owner's transaction still there?
    pub(super) fn check_transaction(&self) -> Result<()> {
        if self.owned_transaction.get() && self.conn.is_autocommit() {
            return Err(Error::new(Code::TransactionClosed, "the transaction was rolled back by a statement that failed")
                .hint("nothing that comes after it would be part of the transaction"));
        }
        Ok(())
    }
}

/// The word with which a statement begins, after blanks and comments.
pub fn first_word(sql: &str) -> &str {
    let mut rest = sql;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';' || c == '\u{feff}');
        let after = if rest.starts_with("--") {
            rest.split_once('\n')
        } else if rest.starts_with("/*") {
            rest.get(2..).and_then(|inside| inside.split_once("*/"))
        } else {
            return rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
        };
        match after {
            Some((_, after)) => rest = after,
            None => return "",
        }
    }
}

/// `ROLLBACK [TRANSACTION] TO [SAVEPOINT] name`.
fn goes_to_savepoint(sql: &str) -> bool {
    words(sql).skip_while(|word| !word.eq_ignore_ascii_case("rollback")).take(3).any(|word| word.eq_ignore_ascii_case("to"))
}

fn turns_keys_off(sql: &str) -> bool {
    let mut words = words(sql).skip_while(|word| !word.eq_ignore_ascii_case("foreign_keys")).skip(1);
    words.next().is_some_and(|value| ["off", "0", "false", "no"].iter().any(|off| value.eq_ignore_ascii_case(off)))
}

fn words(sql: &str) -> impl Iterator<Item = &str> {
    sql.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn an_owned_transaction_is_ended_by_its_owner() {
        let db = Database::open_in_memory().unwrap();
        db.execute_script("CREATE TABLE t (a UNIQUE); BEGIN").unwrap();
        db.set_owned_transaction(true);
        for sql in [
            "COMMIT",
            " /* c */ end transaction",
            "ROLLBACK",
            "-- a\nRollback Transaction",
            "PRAGMA foreign_keys = OFF",
            "pragma main.foreign_keys(0)",
        ] {
            assert_eq!(db.execute(sql, &[]).unwrap_err().code(), Code::Unsupported, "{sql}");
        }
        db.execute_script(
            "SAVEPOINT s; INSERT INTO t VALUES (1); ROLLBACK TRANSACTION TO SAVEPOINT s; ROLLBACK TO s; RELEASE s; PRAGMA foreign_keys = 1",
        )
        .unwrap();
        db.execute_script("INSERT INTO t VALUES (1)").unwrap();
        assert_eq!(db.execute("INSERT OR ROLLBACK INTO t VALUES (1)", &[]).unwrap_err().code(), Code::ConstraintUnique);
        assert_eq!(db.execute("INSERT INTO t VALUES (2)", &[]).unwrap_err().code(), Code::TransactionClosed);
        assert_eq!(db.atomically(|_| Ok(())).unwrap_err().code(), Code::TransactionClosed);
        db.set_owned_transaction(false);
        assert_eq!(db.execute("INSERT INTO t VALUES (2)", &[]).unwrap(), 1);
    }
}
