//! Cuts a stream of JSON into its values without parsing them: the elements of one array, or values one after the other.

use crate::error::{Code, Error, Kind, Result};

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// One array of values, or values separated by blanks.
    Array,
    /// A value per line.
    Lines,
}

#[derive(Debug)]
pub struct Splitter {
    layout: Layout,
    /// The value that is being collected.
    value: Vec<u8>,
    depth: u32,
    in_string: bool,
    after_backslash: bool,
    /// Inside the outer array, after a value, at its end.
    in_array: bool,
    after_value: bool,
    ended: bool,
    pub line: u64,
    value_line: u64,
    after_cr: bool,
}

/// Deeper values would need a stack as deep to parse.
const MAX_DEPTH: u32 = 100;

impl Splitter {
    pub fn new(layout: Layout) -> Self {
        Splitter {
            layout,
            value: Vec::new(),
            depth: 0,
            in_string: false,
            after_backslash: false,
            in_array: false,
            after_value: false,
            ended: false,
            line: 1,
            value_line: 1,
            after_cr: false,
        }
    }

    /// Calls `emit` with every value that is whole and the line where it began; `false` from it ends the reading.
    pub fn feed(&mut self, input: &[u8], emit: &mut impl FnMut(&[u8], u64) -> Result<bool>) -> Result<bool> {
        match self.layout {
            Layout::Lines => self.feed_lines(input, emit),
            Layout::Array => self.feed_values(input, emit),
        }
    }

    fn feed_lines(&mut self, input: &[u8], emit: &mut impl FnMut(&[u8], u64) -> Result<bool>) -> Result<bool> {
        let mut rest = input;
        while let Some(at) = rest.iter().position(|&b| b == b'\n' || b == b'\r') {
            let (head, tail) = rest.split_at(at);
            let is_second = self.after_cr && at == 0 && tail.first() == Some(&b'\n');
            self.after_cr = tail.first() == Some(&b'\r');
            rest = tail.get(1..).unwrap_or_default();
            if is_second {
                continue;
            }
            self.value.extend_from_slice(head);
            if !self.emit_value(emit)? {
                return Ok(false);
            }
            self.line += 1;
            self.value_line = self.line;
        }
        if !rest.is_empty() {
            self.after_cr = false;
        }
        self.value.extend_from_slice(rest);
        Ok(true)
    }

    fn emit_value(&mut self, emit: &mut impl FnMut(&[u8], u64) -> Result<bool>) -> Result<bool> {
        let value = std::mem::take(&mut self.value);
        let more = if value.iter().all(u8::is_ascii_whitespace) { Ok(true) } else { emit(&value, self.value_line) };
        self.value = value;
        self.value.clear();
        more
    }

    fn feed_values(&mut self, input: &[u8], emit: &mut impl FnMut(&[u8], u64) -> Result<bool>) -> Result<bool> {
        for &byte in input {
            self.line += u64::from(byte == b'\n');
            if self.in_string {
                self.value.push(byte);
                if self.after_backslash {
                    self.after_backslash = false;
                } else if byte == b'\\' {
                    self.after_backslash = true;
                } else if byte == b'"' {
                    self.in_string = false;
                    if self.depth == 0 && !self.end_value(emit)? {
                        return Ok(false);
                    }
                }
                continue;
            }
            if self.value.is_empty() {
                match byte {
                    b' ' | b'\t' | b'\n' | b'\r' => continue,
                    b'[' if !self.in_array && !self.ended && !self.after_value => {
                        self.in_array = true;
                        continue;
                    }
                    b']' if self.in_array => {
                        self.in_array = false;
                        self.ended = true;
                        continue;
                    }
                    b',' if self.in_array && self.after_value => {
                        self.after_value = false;
                        continue;
                    }
                    _ if self.ended || (self.in_array && self.after_value) || matches!(byte, b']' | b'}' | b',' | b':') => {
                        return Err(syntax(self.line, &format!("\"{}\" is not expected here", char::from(byte))));
                    }
                    _ => self.value_line = self.line,
                }
            } else if self.depth == 0 && matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b']') {
                // A bare number or word ends before this.
                if !self.end_value(emit)? {
                    return Ok(false);
                }
                if !self.in_array && matches!(byte, b',' | b']') {
                    return Err(syntax(self.line, &format!("\"{}\" is not expected here", char::from(byte))));
                }
                match byte {
                    b',' => self.after_value = false,
                    b']' => (self.in_array, self.ended) = (false, true),
                    _ => {}
                }
                continue;
            }
            self.value.push(byte);
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > MAX_DEPTH {
                        return Err(syntax(self.line, &format!("the value is nested deeper than {MAX_DEPTH} levels")));
                    }
                }
                b'}' | b']' => {
                    self.depth = self.depth.saturating_sub(1);
                    if self.depth == 0 && !self.end_value(emit)? {
                        return Ok(false);
                    }
                }
                _ => {}
            }
        }
        Ok(true)
    }

    fn end_value(&mut self, emit: &mut impl FnMut(&[u8], u64) -> Result<bool>) -> Result<bool> {
        self.after_value = true;
        self.emit_value(emit)
    }

    pub fn finish(&mut self, emit: &mut impl FnMut(&[u8], u64) -> Result<bool>) -> Result<()> {
        if self.layout == Layout::Array && (self.in_array || self.in_string || self.depth > 0) {
            return Err(syntax(self.line, "the input ends within a value"));
        }
        self.emit_value(emit).map(|_| ())
    }
}

pub fn syntax(line: u64, what: &str) -> Error {
    Error::new(Code::SyntaxError, format!("line {line}: not JSON: {what}")).kind(Kind::CsvError).detail("line", line)
}
