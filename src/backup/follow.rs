//! Followers: copies of a database in memory, kept as it is. What was committed since the last look goes to them as a change set where that
//! can be had, otherwise as a whole image.

use std::cell::RefCell;

use super::restore::{opened_image, swap};
use super::session::{Session, apply, only_apply, versions};
use crate::engine::Database;
use crate::error::{Error, Result};

/// Beyond so many bytes of a session an image costs less than what it keeps: nobody may ever read.
const MAX_SESSION: i64 = 16 << 20;

/// What followers lack.
#[derive(Debug, PartialEq)]
pub enum Feed {
    Nothing,
    /// A transaction is open: what it does is nobody else's to see.
    Open,
    Changes(Vec<u8>),
    Image(Vec<u8>),
}

impl Feed {
    const OPEN: u8 = 1;
    const CHANGES: u8 = 2;
    const IMAGE: u8 = 3;

    /// As bytes: what it is, and its content. Nothing is no bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let (kind, content): (u8, &[u8]) = match self {
            Feed::Nothing => return vec![],
            Feed::Open => (Self::OPEN, &[]),
            Feed::Changes(changes) => (Self::CHANGES, changes),
            Feed::Image(image) => (Self::IMAGE, image),
        };
        let mut bytes = Vec::with_capacity(content.len() + 1);
        bytes.push(kind);
        bytes.extend_from_slice(content);
        bytes
    }

    pub fn from_bytes(bytes: &[u8]) -> Result<Feed> {
        Ok(match bytes.split_first() {
            None => Feed::Nothing,
            Some((&Self::OPEN, _)) => Feed::Open,
            Some((&Self::CHANGES, changes)) => Feed::Changes(changes.to_vec()),
            Some((&Self::IMAGE, image)) => Feed::Image(image.to_vec()),
            Some((kind, _)) => return Err(Error::internal(format!("no feed of kind {kind}"))),
        })
    }
}

/// Since when a database is watched for its followers. Lives in [`Database`], before the connection.
#[derive(Default)]
pub struct Followers {
    since: RefCell<Option<Since>>,
}

struct Since {
    session: Session,
    versions: (i64, i64),
}

impl Followers {
    /// What was committed since the last call; the first time everything.
    pub fn feed(&self, db: &Database) -> Result<Feed> {
        let conn = db.connection();
        if !conn.is_autocommit() {
            return Ok(Feed::Open);
        }
        let mut slot = self.since.borrow_mut();
        let versions = versions(conn)?;
        let mut before = slot.take().filter(|since| since.versions == versions);
        let changes = match &before {
            Some(since) if since.session.is_empty() => {
                *slot = before;
                return Ok(Feed::Nothing);
            }
            Some(since) => since.session.changes(conn)?,
            None => None,
        };
        let feed = match changes {
            Some(changes) if changes.is_empty() => Feed::Nothing,
            Some(changes) => Feed::Changes(changes),
            None => Feed::Image(db.snapshot("main")?),
        };
        *slot = Some(Since { session: Session::after(conn, before.as_mut().map(|since| &mut since.session))?, versions });
        Ok(feed)
    }

    /// After a statement: a session that nobody has asked for long is given up, and the next feed is everything.
    pub fn bound(&self) {
        // Held while a feed is made, which runs no statement of others.
        if let Ok(mut slot) = self.since.try_borrow_mut()
            && slot.as_ref().is_some_and(|since| since.session.n_bytes() > MAX_SESSION)
        {
            *slot = None;
        }
    }

    /// The content was replaced by means that a session does not see.
    pub fn forget(&self) {
        self.since.replace(None);
    }
}

/// Makes a follower what its leader is. An image that is empty stands for a database without tables.
pub fn follow(db: &Database, feed: &Feed) -> Result<()> {
    match feed {
        Feed::Nothing | Feed::Open => Ok(()),
        Feed::Changes(changes) => {
            only_apply(db.connection())?;
            apply(db.connection(), changes)
        }
        Feed::Image(image) if image.is_empty() => {
            let empty = Database::open_in_memory()?;
            swap(db, empty.connection())
        }
        Feed::Image(image) => {
            let (source, _) = opened_image(image)?;
            swap(db, source.connection())
        }
    }
    .map(|()| db.forget_schemas())
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use crate::backup::{RestoreOptions, dump_text, restore};

    fn database() -> Database {
        Database::open_in_memory().unwrap()
    }

    /// Runs a script on the leader; what the follower was given, which then is what its leader is.
    fn step(leader: &Database, follower: &Database, sql: &str) -> &'static str {
        leader.execute_script(sql).unwrap();
        let feed = leader.followers.feed(leader).unwrap();
        let kind = match &feed {
            Feed::Nothing => "nothing",
            Feed::Open => "open",
            Feed::Changes(_) => "changes",
            Feed::Image(_) => "image",
        };
        follow(follower, &Feed::from_bytes(&feed.to_bytes()).unwrap()).unwrap();
        if kind != "open" {
            assert_eq!(dump_text(follower).unwrap(), dump_text(leader).unwrap(), "{sql}");
        }
        kind
    }

    #[test]
    fn rows_without_a_key_are_followed() {
        let (leader, follower) = (database(), database());
        let step = |sql: &str| step(&leader, &follower, sql);
        step(
            "CREATE TABLE t (k TEXT PRIMARY KEY, v UNIQUE); CREATE TABLE two (a, b, v, PRIMARY KEY (a, b)); CREATE TABLE id (id INTEGER PRIMARY KEY);
             CREATE TABLE odd (_rowid_ TEXT, x); CREATE TABLE w (k TEXT PRIMARY KEY, v) WITHOUT ROWID",
        );
        for (sql, kind) in [
            ("INSERT INTO t VALUES ('a', 1); INSERT INTO two VALUES (1, 1, 1); INSERT INTO id VALUES (NULL)", "changes"),
            ("INSERT INTO t VALUES (NULL, 2)", "image"),
            ("INSERT INTO t VALUES ('b', 5)", "changes"),
            ("INSERT INTO t VALUES (NULL, 2.5); DELETE FROM t WHERE v = 2.5", "nothing"),
            ("UPDATE t SET v = 3 WHERE k IS NULL; UPDATE t SET v = 2 WHERE k = 'b'", "image"),
            ("INSERT INTO two VALUES (1, NULL, 1)", "image"),
            ("UPDATE two SET b = 7 WHERE b IS NULL", "image"),
            ("INSERT INTO two VALUES (NULL, NULL, 1), (NULL, NULL, 1)", "image"),
            ("DELETE FROM two", "image"),
            ("INSERT INTO two VALUES (5, 5, 5)", "changes"),
            ("INSERT INTO odd VALUES ('x', 1)", "image"),
            ("INSERT INTO w VALUES ('k', NULL)", "changes"),
            ("BEGIN; INSERT INTO t VALUES (NULL, 99); ROLLBACK", "nothing"),
            ("ALTER TABLE two ADD COLUMN z", "image"),
            ("INSERT INTO two (v) VALUES (1)", "image"),
        ] {
            let given = step(sql);
            assert!(given == kind || (given, kind) == ("changes", "nothing"), "{sql}: {given}, not {kind}");
        }
    }

    #[test]
    fn a_session_that_nobody_asks_is_given_up() {
        let db = database();
        db.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, x)", &[]).unwrap();
        db.followers.feed(&db).unwrap();
        let insert = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) INSERT INTO t (x) SELECT i FROM n";
        db.execute(insert, &[]).unwrap();
        assert!(db.followers.since.borrow().as_ref().unwrap().session.n_bytes() > 1 << 20);
        for _ in 0..12 {
            db.execute(insert, &[]).unwrap();
        }
        let kept = db.followers.since.borrow().as_ref().map_or(0, |since| since.session.n_bytes());
        assert!(kept < MAX_SESSION, "{kept}");
        assert!(matches!(db.followers.feed(&db).unwrap(), Feed::Image(_)));
        db.execute("DELETE FROM t WHERE id = 1", &[]).unwrap();
        assert!(matches!(db.followers.feed(&db).unwrap(), Feed::Changes(_)));
    }

    #[test]
    fn a_follower_is_what_its_leader_is() {
        let (leader, follower) = (database(), database());
        let step = |sql: &str| step(&leader, &follower, sql);
        assert_eq!(step(""), "image");
        assert_eq!(
            step(
                "CREATE TABLE t (id INTEGER PRIMARY KEY, x); CREATE TABLE bare (x); CREATE TRIGGER tr AFTER INSERT ON t BEGIN INSERT INTO bare VALUES (new.x); END"
            ),
            "image"
        );
        assert_eq!(step("INSERT INTO t VALUES (1, 'a'), (2, 'b')"), "changes");
        assert_eq!(step("SELECT 1"), "nothing");
        assert_eq!(step("UPDATE t SET x = 'c'; DELETE FROM bare WHERE x = 'a'; INSERT INTO bare VALUES (9), (9)"), "changes");
        assert_eq!(step("BEGIN; DELETE FROM t"), "open");
        assert_eq!(step("ROLLBACK"), "nothing");
        assert_eq!(step("ALTER TABLE t ADD COLUMN y DEFAULT 1"), "image");
        assert_eq!(step("DELETE FROM t"), "changes");
        let image = crate::backup::image(&leader).unwrap();
        step("INSERT INTO t VALUES (5, 'late', 2)");
        restore(&leader, &image, &RestoreOptions::default()).unwrap();
        assert_eq!(step(""), "image");
    }
}
