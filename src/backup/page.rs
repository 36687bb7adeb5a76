//! Reading b-tree pages of an image that may be damaged anywhere, <https://www.sqlite.org/fileformat2.html#b_tree_pages>. Every offset is checked.

use rusqlite::types::Value;

/// An image cut into pages, numbered from 1.
pub struct Pages<'a> {
    image: &'a [u8],
    page_size: usize,
    usable: usize,
}

/// The kinds of b-tree pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageKind {
    TableLeaf,
    TableInterior,
    IndexLeaf,
    IndexInterior,
}

/// One row as it lies in a page.
pub struct Cell {
    pub rowid: i64,
    pub values: Vec<Value>,
}

/// What a page holds that could be read.
#[derive(Default)]
pub struct Content {
    pub cells: Vec<Cell>,
    pub children: Vec<u32>,
    /// Cells that could not be read.
    pub n_lost: usize,
}

impl<'a> Pages<'a> {
    pub fn new(image: &'a [u8], page_size: usize, reserved: usize) -> Pages<'a> {
        Pages { image, page_size, usable: page_size.saturating_sub(reserved).max(480) }
    }

    pub fn count(&self) -> u32 {
        u32::try_from(self.image.len() / self.page_size).unwrap_or(u32::MAX)
    }

    fn page(&self, number: u32) -> Option<&'a [u8]> {
        let start = usize::try_from(number.checked_sub(1)?).ok()?.checked_mul(self.page_size)?;
        self.image.get(start..start.checked_add(self.page_size)?)
    }

    /// The pages of the freelist, as far as its chain can be followed: they hold rows that were deleted.
    pub fn free_pages(&self) -> Vec<u32> {
        let mut free = Vec::new();
        let mut next = be32(self.image, 32).unwrap_or(0);
        // A chain is no longer than the image, however damaged.
        while free.len() < self.count() as usize {
            let Some(trunk) = self.page(next) else { break };
            let n = be32(trunk, 4).map_or(0, |n| n as usize).min(self.usable / 4 - 2);
            free.push(next);
            free.extend((0..n).filter_map(|i| be32(trunk, 8 + 4 * i)));
            next = be32(trunk, 0).unwrap_or(0);
        }
        free
    }

    /// Where the b-tree header of a page begins: after the file's header on the first.
    fn start(number: u32) -> usize {
        if number == 1 { super::header::HEADER_LEN } else { 0 }
    }

    pub fn kind(&self, number: u32) -> Option<PageKind> {
        match self.page(number)?.get(Self::start(number))? {
            13 => Some(PageKind::TableLeaf),
            5 => Some(PageKind::TableInterior),
            10 => Some(PageKind::IndexLeaf),
            2 => Some(PageKind::IndexInterior),
            _ => None,
        }
    }

    /// All that a page holds; None if it is no b-tree page.
    pub fn read(&self, number: u32) -> Option<Content> {
        let kind = self.kind(number)?;
        let page = self.page(number)?;
        let start = Self::start(number);
        let n_cells = usize::from(be16(page, start + 3)?);
        let interior = matches!(kind, PageKind::TableInterior | PageKind::IndexInterior);
        let pointers = start + if interior { 12 } else { 8 };
        let mut content = Content::default();
        // A damaged count cannot name more cells than pointers fit.
        for i in 0..n_cells.min((self.page_size - pointers) / 2) {
            let read = be16(page, pointers + 2 * i).and_then(|at| self.cell(page, usize::from(at), kind, &mut content.children));
            match read {
                Some(Some(cell)) => content.cells.push(cell),
                Some(None) => {}
                None => content.n_lost += 1,
            }
        }
        if interior {
            content.children.extend(be32(page, start + 8));
        }
        Some(content)
    }

    /// A cell at an offset: None if unreadable, Some(None) if it holds no row.
    #[allow(clippy::option_option)]
    fn cell(&self, page: &[u8], mut at: usize, kind: PageKind, children: &mut Vec<u32>) -> Option<Option<Cell>> {
        if matches!(kind, PageKind::TableInterior | PageKind::IndexInterior) {
            children.push(be32(page, at)?);
            at += 4;
        }
        if kind == PageKind::TableInterior {
            return Some(None);
        }
        let (length, n) = varint(page.get(at..)?)?;
        at += n;
        let mut rowid = 0;
        if kind == PageKind::TableLeaf {
            let (id, n) = varint(page.get(at..)?)?;
            #[allow(clippy::cast_possible_wrap)]
            {
                rowid = id as i64;
            }
            at += n;
        }
        let length = usize::try_from(length).ok()?;
        let payload = self.payload(page, at, length, kind == PageKind::TableLeaf)?;
        Some(Some(Cell { rowid, values: record(&payload)? }))
    }

    /// Collects a payload from its page and its chain of overflow pages.
    fn payload(&self, page: &[u8], at: usize, length: usize, is_table: bool) -> Option<Vec<u8>> {
        if length > self.image.len() {
            return None;
        }
        let max = if is_table { self.usable - 35 } else { (self.usable - 12) * 64 / 255 - 23 };
        if length <= max {
            return Some(page.get(at..at + length)?.to_vec());
        }
        let min = (self.usable - 12) * 32 / 255 - 23;
        let fit = min + (length - min) % (self.usable - 4);
        let local = if fit <= max { fit } else { min };
        let mut bytes = page.get(at..at + local)?.to_vec();
        let mut next = be32(page, at + local)?;
        // The length bounds the chain, so that a loop in it ends.
        while bytes.len() < length {
            let overflow = self.page(next)?;
            let n = (length - bytes.len()).min(self.usable - 4);
            bytes.extend_from_slice(overflow.get(4..4 + n)?);
            next = be32(overflow, 0)?;
        }
        Some(bytes)
    }
}

/// Decodes a record; None if it does not add up.
fn record(payload: &[u8]) -> Option<Vec<Value>> {
    let (header, mut at) = varint(payload)?;
    let header = usize::try_from(header).ok()?;
    let mut body = header;
    let mut values = Vec::new();
    while at < header {
        let (serial, n) = varint(payload.get(at..header)?)?;
        at += n;
        let length = match serial {
            0 | 8 | 9 => 0,
            n @ 1..=4 => usize::try_from(n).ok()?,
            5 => 6,
            6 | 7 => 8,
            n @ 12.. => usize::try_from((n - 12) / 2).ok()?,
            _ => return None,
        };
        let bytes = payload.get(body..body.checked_add(length)?)?;
        body += length;
        values.push(match serial {
            0 => Value::Null,
            1..=6 => Value::Integer(integer(bytes)),
            7 => Value::Real(f64::from_be_bytes(bytes.try_into().ok()?)),
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            n if n % 2 == 0 => Value::Blob(bytes.to_vec()),
            _ => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        });
    }
    // Bytes that nothing describes mean that the header is wrong.
    (body == payload.len() && at == header).then_some(values)
}

fn integer(bytes: &[u8]) -> i64 {
    let sign = if bytes.first().is_some_and(|b| b & 0x80 != 0) { -1 } else { 0 };
    bytes.iter().fold(sign, |n: i64, &b| (n << 8) | i64::from(b))
}

fn varint(bytes: &[u8]) -> Option<(u64, usize)> {
    let mut value = 0u64;
    for (i, &byte) in bytes.iter().take(9).enumerate() {
        if i == 8 {
            return Some(((value << 8) | u64::from(byte), 9));
        }
        value = (value << 7) | u64::from(byte & 0x7f);
        if byte < 0x80 {
            return Some((value, i + 1));
        }
    }
    None
}

fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_be_bytes)
}

fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at.checked_add(4)?)?.try_into().ok().map(u32::from_be_bytes)
}
