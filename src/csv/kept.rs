//! Original texts that no form of a column explains, by row number.

/// As many bytes of original texts are kept per column.
const KEPT_BYTES: usize = 16 << 20;

/// Original texts by row number, in order.
#[derive(Debug, Default)]
pub struct Kept {
    pub rows: Vec<(u64, u32)>,
    bytes: Vec<u8>,
}

impl Kept {
    pub fn push(&mut self, row: u64, text: &[u8]) -> bool {
        if self.bytes.len() + self.rows.len() * 16 > KEPT_BYTES {
            return false;
        }
        self.bytes.extend_from_slice(text);
        self.rows.push((row, self.bytes.len() as u32));
        true
    }

    /// The text kept for a row, if one is. `place` moves forward only.
    pub fn at(&self, row: u64, place: &mut usize) -> Option<&[u8]> {
        while self.rows.get(*place).is_some_and(|(kept, _)| *kept < row) {
            *place += 1;
        }
        let &(kept, end) = self.rows.get(*place)?;
        if kept != row {
            return None;
        }
        let start = place.checked_sub(1).and_then(|before| self.rows.get(before)).map_or(0, |(_, end)| *end);
        self.bytes.get(start as usize..end as usize)
    }
}
