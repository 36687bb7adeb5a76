//! Temporary tables of our own: their names, and how they go.

use std::sync::atomic::{AtomicU64, Ordering};

use super::Database;
use crate::compile::quote::identifier;
use crate::error::{Code, Error, Result};

/// They get numbers of their own.
static NEXT: AtomicU64 = AtomicU64::new(1);

pub fn hidden_name(kind: &str) -> String {
    format!("_moltres_{kind}_{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

impl Database {
    /// Drops one. While rows of any query are read on the connection SQLite refuses to: then it is emptied, and dropped later.
    pub fn drop_hidden(&self, name: &str) -> Result<()> {
        let drop = |name: &str| self.conn.execute_batch(&format!("DROP TABLE IF EXISTS temp.{}", identifier(name))).map_err(Error::from);
        let earlier = self.undropped.take();
        self.undropped.replace(earlier.into_iter().filter(|name| drop(name).is_err()).collect());
        match drop(name) {
            Err(error) if error.code() == Code::Busy => {
                self.undropped.borrow_mut().push(name.to_owned());
                Ok(self.conn.execute_batch(&format!("DELETE FROM temp.{}", identifier(name)))?)
            }
            result => result,
        }
    }
}
