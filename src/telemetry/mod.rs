//! Telemetry: everyone emits, nobody waits. Events go into a queue that the caller drains when no borrow is alive.

pub mod clock;

use std::cell::RefCell;
use std::collections::VecDeque;

use serde_json::{Map, Value as Json};

/// One event, named as in `API` §8: `query_start`, `query_end`, `slow_query`, `backup`, …
#[derive(Debug, Clone, serde::Serialize)]
pub struct Event {
    pub event: &'static str,
    pub sql: String,
    pub elapsed: f64,
    pub metadata: Map<String, Json>,
}

#[derive(Debug, Default)]
pub struct Telemetry {
    queue: RefCell<VecDeque<Event>>,
}

impl Telemetry {
    pub fn emit(&self, event: Event) {
        self.queue.borrow_mut().push_back(event);
    }

    /// Takes all events that wait.
    pub fn drain(&self) -> Vec<Event> {
        self.queue.borrow_mut().drain(..).collect()
    }
}
