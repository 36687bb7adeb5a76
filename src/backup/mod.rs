//! Backup and recovery: images, restore, SQL dumps, salvage of damaged images, the change log.
//!
//! An *image* is the bytes of a SQLite database file. Everything here is synchronous and moves bytes only: encryption, compression,
//! files and streams belong to the caller.
//!
//! Guaranteed: an image taken while the database is in use is one committed state of it; a restore either replaces the whole
//! database with a verified image or leaves it as it was. Not promised: that a plain image whose *values* were altered is
//! noticed — SQLite keeps no checksums; compressed and encrypted backups do notice.
//!
//! ```
//! use moltres::{backup, engine::Database};
//! # fn main() -> moltres::error::Result<()> {
//! let db = Database::open_in_memory()?;
//! db.execute("CREATE TABLE t (x)", &[])?;
//! let image = backup::image(&db)?;
//! db.execute("DROP TABLE t", &[])?;
//! backup::restore(&db, &image, &backup::RestoreOptions::default())?;
//! assert_eq!(db.query("SELECT count(*) FROM t", &[])?.len(), 1);
//! # Ok(())
//! # }
//! ```

#[cfg(test)]
mod damage;
mod dump;
mod export;
mod follow;
mod header;
mod history;
mod page;
mod recover;
mod resize;
mod restore;
mod scratch;
mod session;

pub use dump::{dump, dump_text, load_dump};
pub use export::{Export, Jobs, Progress, image};
pub use follow::{Feed, Followers, follow};
pub use header::Header;
pub use history::{Bracket, Entry, History, PointInTime};
pub use recover::{RecoverReport, RecoveredTable, recover};
pub use restore::{RestoreOptions, RestoreReport, restore, restore_from};
