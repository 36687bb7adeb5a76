//! Stopping a statement that runs: a deadline, or a question asked of the host.
//!
//! SQLite calls a progress handler every few thousand steps of its virtual machine, some tens of microseconds apart. Not promised: one step can
//! itself be long (the merge of a large sort); it is not interrupted in its middle.

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};

use rusqlite::{Connection, ffi};

use crate::error::{Code, Error};
use crate::telemetry::clock;

/// Steps of the virtual machine between two looks: about 20 µs natively, 50 µs in WASM.
const STEPS: c_int = 4_000;
/// The host is asked this often, in seconds: its answer costs a call out of the module.
const ASK_EVERY_S: f64 = 0.005;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    Timeout,
    Cancelled,
}

/// The deadline that held before; statements may run while another does.
pub struct Watch((f64, bool));

/// Shared with SQLite by address, so it is boxed and never moves.
#[derive(Default)]
pub struct Interrupt {
    /// Seconds that a statement may take; 0 for any time.
    pub query_timeout_s: Cell<f64>,
    deadline: Cell<f64>,
    /// True if the deadline is a caller's and not `query_timeout`'s.
    by_caller: Cell<bool>,
    /// How many runs are watched, each within the one before.
    depth: Cell<u32>,
    ask: RefCell<Option<Box<dyn Fn() -> bool>>>,
    asked_at: Cell<f64>,
    why: Cell<Option<Why>>,
}

impl Interrupt {
    /// Installs or removes the handler; without a reason to look SQLite does not call out at all.
    fn install(&self, conn: &Connection, on: bool) {
        // SAFETY: the address is that of a box which the database keeps as long as the connection.
        unsafe {
            let db = conn.handle();
            if on {
                ffi::sqlite3_progress_handler(db, STEPS, Some(look), std::ptr::from_ref(self).cast_mut().cast());
            } else {
                ffi::sqlite3_progress_handler(db, 0, None, std::ptr::null_mut());
            }
        }
    }

    /// When to stop a run that begins now, 0 for never, and whether that is the caller's wish. `caller_s`: seconds that the caller allows, 0 for any time.
    pub fn deadline_from_now(&self, caller_s: f64) -> (f64, bool) {
        let own = self.query_timeout_s.get();
        match (own > 0.0, caller_s > 0.0) {
            (false, false) => (0.0, false),
            (true, false) => (clock::monotonic_s() + own, false),
            (false, true) => (clock::monotonic_s() + caller_s, true),
            (true, true) => (clock::monotonic_s() + own.min(caller_s), caller_s < own),
        }
    }

    /// Watches a run until [`Interrupt::unwatch`]. Within another run the earlier deadline holds.
    #[must_use]
    pub fn watch(&self, conn: &Connection, deadline: (f64, bool)) -> Watch {
        let around = (self.deadline.get(), self.by_caller.get());
        let outer_first = around.0 > 0.0 && (deadline.0 == 0.0 || around.0 < deadline.0);
        let (at, by_caller) = if outer_first { around } else { deadline };
        self.deadline.set(at);
        self.by_caller.set(by_caller);
        if at > 0.0 || self.ask.borrow().is_some() {
            self.install(conn, true);
        }
        if self.depth.replace(self.depth.get() + 1) == 0 {
            self.why.set(None);
        }
        Watch(around)
    }

    /// Ends a run; what was watched before it is watched again.
    pub fn unwatch(&self, conn: &Connection, before: Watch) {
        self.depth.set(self.depth.get().saturating_sub(1));
        if self.depth.get() == 0 && (self.deadline.get() > 0.0 || self.ask.borrow().is_some()) {
            self.install(conn, false);
        }
        self.deadline.set(before.0.0);
        self.by_caller.set(before.0.1);
    }

    /// Asks `ask` every few milliseconds while a statement runs; true stops it.
    pub fn set_ask(&self, ask: Option<Box<dyn Fn() -> bool>>) {
        *self.ask.borrow_mut() = ask;
    }

    /// SQLite's "interrupted" as what it was.
    pub fn explain(&self, error: Error) -> Error {
        if error.code() != Code::Cancelled {
            return error;
        }
        match self.why.take() {
            Some(Why::Timeout) => {
                let limit = self.query_timeout_s.get();
                Error::new(Code::QueryTimeout, format!("the statement was stopped after {limit} seconds (queryTimeout)"))
                    .hint("raise queryTimeout, add a limit or an index, or look at explain()")
                    .detail("timeout", limit)
            }
            Some(_) => Error::new(Code::Cancelled, "the statement was stopped on request"),
            None => error,
        }
    }
}

fn look_at(interrupt: &Interrupt) -> bool {
    let now = clock::monotonic_s();
    let why = if interrupt.deadline.get() > 0.0 && now >= interrupt.deadline.get() {
        if interrupt.by_caller.get() { Why::Cancelled } else { Why::Timeout }
    } else {
        if now - interrupt.asked_at.get() < ASK_EVERY_S {
            return false;
        }
        interrupt.asked_at.set(now);
        match interrupt.ask.try_borrow().ok().and_then(|ask| ask.as_ref().map(|ask| ask())) {
            Some(true) => Why::Cancelled,
            _ => return false,
        }
    };
    interrupt.why.set(Some(why));
    true
}

unsafe extern "C" fn look(interrupt: *mut c_void) -> c_int {
    // SAFETY: set by `install` to a live `Interrupt`.
    let interrupt = unsafe { &*interrupt.cast::<Interrupt>() };
    look_at(interrupt).into()
}
