//! Where typed rows go: one call per cell, in column order, then the end of the row.

use crate::error::Result;

pub trait RowSink {
    fn null(&mut self);
    fn integer(&mut self, value: i64);
    /// Stored as 1 or 0.
    fn boolean(&mut self, value: bool) {
        self.integer(value.into());
    }
    fn real(&mut self, value: f64);
    /// Valid UTF-8.
    fn text(&mut self, value: &[u8]);
    fn blob(&mut self, value: &[u8]);
    fn end_row(&mut self) -> Result<()>;
    /// Forgets the cells since the last row.
    fn discard_row(&mut self);
}

/// Takes rows and keeps nothing: for reading that only wants to know the types.
#[derive(Debug, Default)]
pub struct Nowhere;

impl RowSink for Nowhere {
    fn null(&mut self) {}
    fn integer(&mut self, _: i64) {}
    fn real(&mut self, _: f64) {}
    fn text(&mut self, _: &[u8]) {}
    fn blob(&mut self, _: &[u8]) {}
    fn end_row(&mut self) -> Result<()> {
        Ok(())
    }
    fn discard_row(&mut self) {}
}

/// A value as it was stored, to be given its original text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Stored<'a> {
    Null,
    Integer(i64),
    Real(f64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
}

impl Stored<'_> {
    pub fn send(self, sink: &mut impl RowSink) {
        match self {
            Stored::Null => sink.null(),
            Stored::Integer(v) => sink.integer(v),
            Stored::Real(v) => sink.real(v),
            Stored::Text(v) => sink.text(v),
            Stored::Blob(v) => sink.blob(v),
        }
    }
}
