//! Up to eight decimal digits at once, as the bytes of one 64-bit word: no loop, so nothing depends on how many there are.

const ZEROS: u64 = 0x3030_3030_3030_3030;
const LOW_BITS: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// A text of at most eight bytes, its first byte lowest.
#[derive(Debug, Clone, Copy)]
pub struct Word {
    bytes: u64,
    n: usize,
}

impl Word {
    #[inline(always)]
    pub fn new(text: &[u8]) -> Option<Word> {
        let n = text.len();
        // Two loads that overlap: where they do, they bring the same bytes.
        let bytes = match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
            (Some(first), Some(last)) if n <= 8 => u64::from(u32::from_le_bytes(*first)) | u64::from(u32::from_le_bytes(*last)) << (8 * (n - 4)),
            (Some(_), _) => return None,
            _ => {
                let (Some(&first), Some(&middle), Some(&last)) = (text.first(), text.get(n / 2), text.last()) else { return None };
                u64::from(first) | u64::from(middle) << (8 * (n / 2)) | u64::from(last) << (8 * (n - 1))
            }
        };
        Some(Word { bytes, n })
    }

    /// The number that the text is, if it is nothing but digits.
    #[inline(always)]
    pub fn number(self) -> Option<u64> {
        if self.n == 0 {
            return None;
        }
        // The last digit goes to the highest byte, zeros come before the first; what is no digit is more than 9.
        let digits = (self.bytes ^ ZEROS) << (64 - 8 * self.n);
        if (digits.wrapping_add(0x76 * LOW_BITS) | digits) & HIGH_BITS != 0 {
            return None;
        }
        let pairs = digits.wrapping_mul(10).wrapping_add(digits >> 8);
        let one = 0x0000_00ff_0000_00ff;
        let sum = (pairs & one).wrapping_mul(0x000f_4240_0000_0064).wrapping_add((pairs >> 16 & one).wrapping_mul(0x0000_2710_0000_0001));
        Some(sum >> 32)
    }

    /// The text without its first point, and where that was.
    #[inline(always)]
    pub fn without_point(self) -> Option<(Word, usize)> {
        let other = self.bytes ^ (u64::from(b'.') * LOW_BITS);
        let points = other.wrapping_sub(LOW_BITS) & !other & HIGH_BITS;
        if points == 0 {
            return None;
        }
        let at = points.trailing_zeros() as usize / 8;
        let before = (1u64 << (8 * at)) - 1;
        Some((Word { bytes: (self.bytes & before) | (self.bytes >> 8 & !before), n: self.n - 1 }, at))
    }
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    /// Texts of up to ten bytes, mostly digits.
    fn texts() -> impl Iterator<Item = Vec<u8>> {
        let mut state = 1u64;
        let mut random = move |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % n
        };
        (0..100_000).map(move |_| {
            (0..random(11)).map(|_| if random(12) > 0 { b'0' + random(10) as u8 } else { b"./:-\0 e\xff\xb0\x80"[random(10) as usize] }).collect()
        })
    }

    #[test]
    fn numbers_are_what_a_loop_finds() {
        let mut n_numbers = 0;
        for text in texts() {
            let expected = (1..=8)
                .contains(&text.len())
                .then(|| text.iter().try_fold(0u64, |value, byte| byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))))
                .flatten();
            assert_eq!(Word::new(&text).and_then(Word::number), expected, "{text:?}");
            n_numbers += usize::from(expected.is_some());
        }
        assert!(n_numbers > 10_000);
    }

    #[test]
    fn the_first_point_is_found_and_taken_out() {
        for text in texts().filter(|text| text.len() <= 8) {
            let found = Word::new(&text).and_then(Word::without_point);
            let at = text.iter().position(|&byte| byte == b'.');
            assert_eq!(found.map(|(_, at)| at), at, "{text:?}");
            if let (Some((word, _)), Some(at)) = (found, at) {
                let mut rest = text.clone();
                rest.remove(at);
                assert_eq!(word.number(), Word::new(&rest).and_then(Word::number), "{text:?}");
            }
        }
    }
}
