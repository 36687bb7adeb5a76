//! Followers: copies of a database in memory, kept as it is. What was committed since the last look goes to them as a change set where that
//! can be had, otherwise as a whole image.

use std::cell::RefCell;

use super::restore::{opened_image, swap};
use super::session::{Session, apply, only_apply, versions};
use crate::engine::Database;
use crate::error::{Error, Result};

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
        let feed = match slot.as_ref() {
            Some(since) if since.versions == versions => {
                if since.session.is_empty() {
                    return Ok(Feed::Nothing);
                }
                let changes = since.session.changeset()?;
                if changes.is_empty() { Feed::Nothing } else { Feed::Changes(changes) }
            }
            _ => Feed::Image(db.snapshot("main")?),
        };
        // Dropped first: two sessions would both watch.
        *slot = None;
        *slot = Some(Since { session: Session::new(conn)?, versions });
        Ok(feed)
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

    #[test]
    fn a_follower_is_what_its_leader_is() {
        let (leader, follower) = (Database::open_in_memory().unwrap(), Database::open_in_memory().unwrap());
        let step = |sql: &str| {
            leader.execute_script(sql).unwrap();
            let feed = leader.followers.feed(&leader).unwrap();
            let kind = match &feed {
                Feed::Nothing => "nothing",
                Feed::Open => "open",
                Feed::Changes(_) => "changes",
                Feed::Image(_) => "image",
            };
            follow(&follower, &Feed::from_bytes(&feed.to_bytes()).unwrap()).unwrap();
            if kind != "open" {
                assert_eq!(dump_text(&follower).unwrap(), dump_text(&leader).unwrap(), "{sql}");
            }
            kind
        };
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
