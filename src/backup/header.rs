//! The first hundred bytes of an image, <https://www.sqlite.org/fileformat2.html#the_database_header>.

use crate::error::{Code, Error, Result};

pub const HEADER_LEN: usize = 100;
const MAGIC: &[u8; 16] = b"SQLite format 3\0";

/// What an image says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Bytes per page, a power of two from 512 to 65,536.
    pub page_size: usize,
    /// Bytes kept free at the end of every page.
    pub reserved: usize,
    /// Pages of the database; from the length where the header does not say.
    pub n_pages: usize,
    /// Written for WAL: bytes 18 and 19 are 2.
    pub is_wal: bool,
}

impl Header {
    /// Reads the header of an image of `n_bytes` bytes. `head` holds at least its first 100 bytes, or all of it.
    ///
    /// # Errors
    /// `not_a_database` if it is no SQLite file, `corrupt` if it is cut, padded or contradicts itself.
    pub fn parse(head: &[u8], n_bytes: u64) -> Result<Header> {
        if n_bytes == 0 || head.is_empty() {
            return Err(Error::new(Code::NotADatabase, "the image is empty"));
        }
        let n_magic = head.len().min(MAGIC.len());
        if head.get(..n_magic) != MAGIC.get(..n_magic) {
            return Err(Error::new(Code::NotADatabase, "the image does not begin like a SQLite database")
                .hint("a SQLite file begins with \"SQLite format 3\"; an encrypted backup needs its password"));
        }
        if head.len() < HEADER_LEN {
            return Err(corrupt(format!("the image ends after {} of the header's {HEADER_LEN} bytes", head.len())));
        }
        let page_size = match u16::from_be_bytes([head[16], head[17]]) {
            1 => 65_536,
            n => usize::from(n),
        };
        if !page_size.is_power_of_two() || page_size < 512 {
            return Err(corrupt(format!("the header names a page size of {page_size} bytes")));
        }
        let reserved = usize::from(head[20]);
        // The formulas of the format need 480 usable bytes a page; the three fractions are fixed.
        if page_size - reserved < 480 || head[21..24] != [64, 32, 32] || !matches!(head[18], 1 | 2) || !matches!(head[19], 1 | 2) {
            return Err(corrupt("the header contradicts itself"));
        }
        let in_file = n_bytes.div_ceil(page_size as u64);
        let counted = u32::from_be_bytes([head[28], head[29], head[30], head[31]]);
        // The count is valid only if the version that wrote it also wrote the change counter last.
        let says = if counted != 0 && head[24..28] == head[92..96] { u64::from(counted) } else { in_file };
        let expected = says.saturating_mul(page_size as u64);
        if n_bytes < expected {
            return Err(corrupt(format!("the image is cut: it has {n_bytes} bytes of {expected}")));
        }
        Ok(Header {
            page_size,
            reserved,
            n_pages: usize::try_from(says).map_err(|_| corrupt("the image is too large"))?,
            is_wal: head[18] == 2 || head[19] == 2,
        })
    }

    /// Bytes of the database proper.
    pub fn n_bytes(&self) -> usize {
        self.n_pages.saturating_mul(self.page_size)
    }

    /// A file may not be longer than its header says.
    pub fn check_size(&self, n_bytes: u64) -> Result<()> {
        match n_bytes.checked_sub(self.n_bytes() as u64) {
            Some(0) => Ok(()),
            _ => Err(corrupt(format!("the image has {n_bytes} bytes, and its header says {}", self.n_bytes()))),
        }
    }

    /// The bytes after the last page of a whole image may only be zeros, which some writers preallocate.
    pub fn check_tail(&self, image: &[u8]) -> Result<()> {
        match image.get(self.n_bytes()..) {
            Some(tail) if tail.iter().any(|&b| b != 0) => Err(corrupt(format!("the image has {} bytes after its last page", tail.len()))),
            _ => Ok(()),
        }
    }
}

pub(super) fn corrupt(message: impl Into<String>) -> Error {
    Error::new(Code::Corrupt, message).hint("`recover` reads what is still readable of a damaged image")
}
