//! Finds the next byte that can end a field: a delimiter, a quote, LF or CR, sixteen (or eight) bytes at a time.
//!
//! Three implementations of one function: SSE2, WASM SIMD, and plain 64-bit arithmetic. The tests hold each against a loop.

/// The bytes that matter outside quotes, and a window of the input whose matches are known.
pub struct Scanner {
    needles: [u8; 4],
    /// Start of the window, and the matches in it that have not been taken, one bit per byte.
    base: usize,
    mask: u32,
    /// The first byte after the window.
    next: usize,
}

const WIDTH: usize = 16;

impl Scanner {
    /// Without quoting give the delimiter twice.
    pub fn new(delimiter: u8, quote: Option<u8>) -> Self {
        Scanner { needles: [delimiter, quote.unwrap_or(delimiter), b'\n', b'\r'], base: 0, mask: 0, next: 0 }
    }

    /// Begins at `at`; what was known about an earlier input is forgotten.
    pub fn restart(&mut self, at: usize) {
        self.base = at;
        self.mask = 0;
        self.next = at;
    }

    /// The place of the next match. Each is given once.
    #[inline(always)]
    pub fn next(&mut self, input: &[u8]) -> Option<usize> {
        loop {
            if self.mask != 0 {
                let at = self.base + self.mask.trailing_zeros() as usize;
                self.mask &= self.mask - 1;
                return Some(at);
            }
            if !self.load(input) {
                return None;
            }
        }
    }

    #[inline(always)]
    fn load(&mut self, input: &[u8]) -> bool {
        if let Some(window) = input.get(self.next..).and_then(|rest| rest.first_chunk::<WIDTH>()) {
            self.base = self.next;
            self.mask = matches(window, self.needles);
            self.next += WIDTH;
            return true;
        }
        self.load_tail(input)
    }

    #[cold]
    fn load_tail(&mut self, input: &[u8]) -> bool {
        let Some(rest) = input.get(self.next..).filter(|rest| !rest.is_empty()) else { return false };
        let mut mask = 0;
        for (i, byte) in rest.iter().enumerate() {
            mask |= u32::from(self.needles.contains(byte)) << i;
        }
        self.base = self.next;
        self.mask = mask;
        self.next = input.len();
        true
    }
}

/// A part of a chunk of UTF-8 text that is valid, nearly always all of it. The chunk may begin and end within a character.
pub fn valid_utf8(chunk: &[u8]) -> std::ops::Range<usize> {
    // The halves of a cut character at the beginning belong to the record that the chunk before began.
    let cut = chunk.iter().take(3).take_while(|&&b| b & 0xc0 == 0x80).count();
    let (ascii, _) = chunk.as_chunks::<64>();
    let n_ascii = ascii.iter().take_while(|block| block.iter().fold(0, |all, byte| all | byte) < 0x80).count() * 64;
    let start = cut.max(n_ascii);
    match std::str::from_utf8(chunk.get(start..).unwrap_or_default()) {
        Ok(_) => cut..chunk.len(),
        Err(error) => cut..start + error.valid_up_to(),
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn matches(window: &[u8; WIDTH], needles: [u8; 4]) -> u32 {
    use std::arch::x86_64::{__m128i, _mm_cmpeq_epi8, _mm_loadu_si128, _mm_movemask_epi8, _mm_or_si128, _mm_set1_epi8};
    // SAFETY: SSE2 is part of x86-64, and the unaligned load reads exactly the 16 bytes of `window`.
    unsafe {
        let bytes = _mm_loadu_si128(window.as_ptr().cast::<__m128i>());
        let is = |needle: u8| _mm_cmpeq_epi8(bytes, _mm_set1_epi8(needle.cast_signed()));
        let any = _mm_or_si128(_mm_or_si128(is(needles[0]), is(needles[1])), _mm_or_si128(is(needles[2]), is(needles[3])));
        _mm_movemask_epi8(any).cast_unsigned()
    }
}

#[cfg(all(target_family = "wasm", target_feature = "simd128"))]
#[inline(always)]
fn matches(window: &[u8; WIDTH], needles: [u8; 4]) -> u32 {
    use std::arch::wasm32::{i8x16_bitmask, u8x16_eq, u8x16_splat, v128, v128_load, v128_or};
    // SAFETY: the load reads exactly the 16 bytes of `window`; WASM loads need no alignment.
    let bytes = unsafe { v128_load(window.as_ptr().cast::<v128>()) };
    let is = |needle: u8| u8x16_eq(bytes, u8x16_splat(needle));
    let any = v128_or(v128_or(is(needles[0]), is(needles[1])), v128_or(is(needles[2]), is(needles[3])));
    u32::from(i8x16_bitmask(any))
}

#[cfg(not(any(target_arch = "x86_64", all(target_family = "wasm", target_feature = "simd128"))))]
#[inline(always)]
fn matches(window: &[u8; WIDTH], needles: [u8; 4]) -> u32 {
    plain_matches(window, needles)
}

/// The same in 64-bit arithmetic: a byte of `word ^ needle` is zero where it matches.
#[cfg(any(test, not(any(target_arch = "x86_64", all(target_family = "wasm", target_feature = "simd128")))))]
fn plain_matches(window: &[u8; WIDTH], needles: [u8; 4]) -> u32 {
    const LOW: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    let mut result = 0;
    for (half, chunk) in window.chunks_exact(8).enumerate() {
        let word = u64::from_le_bytes(chunk.try_into().unwrap_or([0; 8]));
        let mut found = 0;
        for needle in needles {
            let x = word ^ (u64::from(needle) * 0x0101_0101_0101_0101);
            // Exact zero-byte test: no carry crosses a byte.
            found |= !(((x & LOW) + LOW) | x | LOW);
        }
        // One bit per byte, gathered by a multiplication.
        let bits = ((found >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) as u32;
        result |= bits << (8 * half);
    }
    result
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn slow(input: &[u8], needles: [u8; 4]) -> Vec<usize> {
        (0..input.len()).filter(|&i| needles.contains(&input[i])).collect()
    }

    #[test]
    fn every_match_is_found_once_and_in_order() {
        let mut state = 1u32;
        for length in 0..200usize {
            let input: Vec<u8> = (0..length)
                .map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    *b",\"\n\rab,\x00\xff\x80-".get((state >> 24) as usize % 11).unwrap_or(&b'x')
                })
                .collect();
            for start in [0, 1, 7, length / 2] {
                if start > length {
                    continue;
                }
                let mut scanner = Scanner::new(b',', Some(b'"'));
                scanner.restart(start);
                let mut found = Vec::new();
                while let Some(at) = scanner.next(&input) {
                    found.push(at);
                }
                let expected: Vec<usize> = slow(&input, [b',', b'"', b'\n', b'\r']).into_iter().filter(|&i| i >= start).collect();
                assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn plain_arithmetic_agrees_with_vectors() {
        let needles = [b',', b'"', b'\n', b'\r'];
        for seed in 0..5000u64 {
            let mut window = [0u8; WIDTH];
            let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
            for byte in &mut window {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                *byte = if state >> 63 == 0 { needles[(state >> 40) as usize % 4] } else { (state >> 33) as u8 };
            }
            assert_eq!(plain_matches(&window, needles), matches(&window, needles));
        }
    }
}
