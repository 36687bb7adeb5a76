//! Where databases live: memory, and files of the host through a SQLite VFS of ours.
//!
//! Natively SQLite's own VFS serves files. In WASM there is no system to call, so `vfs` implements one over the trait
//! `Files`: random access, synchronous, never a whole file in memory. `node` provides `Files` with Node's `fs` (Deno's and
//! Bun's too); browsers' storage is to provide it in the same way. `fault` provides it in memory, failing on demand, for tests.
//!
//! # Guarantees
//! - Durable at commit: rollback journal, `synchronous = EXTRA`; file and directory are synced before a commit returns.
//! - A crash between any two calls leaves the state before or after the commit; the next opener, ours or native, rolls back.
//! - A rollback that meets an I/O error may leave its journal until the next transaction that writes. It is harmless: one with records is hot, so that
//!   whoever takes the next lock, ours or native, plays it back first; one whose header is blank is not, and is overwritten; one with a header and
//!   no records sets the file to the size that it has.
//! - A file that was renamed, replaced or removed while it is open is no longer written to: one `stat` per transaction that writes.
//! - Locks are SQLite's own byte ranges, taken by `fcntl` on the same bytes as native SQLite takes, so both may use a file at once.
//!   How they are taken without `fcntl` in JavaScript is told in `storage-locks.ts`.
//!
//! # WAL
//! WAL needs memory shared between processes, which WASM lacks. `PRAGMA journal_mode = WAL` therefore changes nothing. A file that
//! native SQLite left in WAL mode is opened in SQLite's exclusive locking mode, where the WAL's index lives in our own memory:
//! reading and writing work, no other process can use the file meanwhile (it gets `SQLITE_BUSY`), and we get `busy` while
//! a native connection has it open. Closing checkpoints the WAL and leaves the file in WAL mode.
//!
//! # Not promised
//! Network file systems whose `fcntl` locks do not work; another copy of SQLite in the same process on the same file (closing a
//! file drops all POSIX locks of the process).

#[cfg(test)]
mod campaign;
#[cfg(test)]
mod fault;
#[cfg(any(test, target_family = "wasm"))]
pub mod files;
#[cfg(target_family = "wasm")]
pub mod node;
mod open;
#[cfg(any(test, target_family = "wasm"))]
mod temporary;
#[cfg(any(test, target_family = "wasm"))]
pub mod vfs;

#[cfg(any(test, target_family = "wasm"))]
pub use files::Files;
pub use open::{OpenOptions, connect, open_path};
