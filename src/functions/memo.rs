//! A small cache of what was prepared from a text: regular expressions, patterns, type lists.

use std::cell::RefCell;
use std::rc::Rc;

use super::Fault;

/// Statements use few different patterns at a time; a pattern that comes from a column may differ in every row.
const CAPACITY: usize = 32;

/// Keeps the last results by key, the most recent first.
pub struct Memo<T> {
    entries: RefCell<Vec<(String, Rc<T>)>>,
}

impl<T> Memo<T> {
    pub const fn new() -> Self {
        Memo { entries: RefCell::new(Vec::new()) }
    }

    pub fn get(&self, key: &str, make: impl FnOnce(&str) -> Result<T, Fault>) -> Result<Rc<T>, Fault> {
        let mut entries = self.entries.borrow_mut();
        if let Some(place) = entries.iter().position(|(k, _)| k == key) {
            entries[..=place].rotate_right(1);
            return Ok(entries[0].1.clone());
        }
        let made = Rc::new(make(key)?);
        entries.truncate(CAPACITY - 1);
        entries.insert(0, (key.to_owned(), made.clone()));
        Ok(made)
    }
}
