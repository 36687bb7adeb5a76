//! Bytes of records: varints, and short copies. In WASM a copy of variable length is a call, which costs more than the copy of a short text.

/// Copies in pieces of fixed length, the last of which overlaps the one before: in WASM, a copy of variable length is a call.
#[inline(always)]
pub fn copy(to: &mut [u8], from: &[u8]) {
    fn pieces<const N: usize>(to: &mut [u8], from: &[u8]) -> bool {
        let (Some(last_to), Some(last_from)) = (to.last_chunk_mut::<N>(), from.last_chunk::<N>()) else { return false };
        *last_to = *last_from;
        for (to, from) in to.as_chunks_mut::<N>().0.iter_mut().zip(from.as_chunks::<N>().0) {
            *to = *from;
        }
        true
    }
    if from.len() > 256 || to.len() != from.len() {
        to.copy_from_slice(from);
    } else if !pieces::<16>(to, from) && !pieces::<4>(to, from) {
        to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    }
}

/// Short texts are copied in two pieces of fixed length that overlap: in WASM, a copy of variable length is a call.
#[inline(always)]
pub fn push_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let n = bytes.len();
    if !(4..=32).contains(&n) {
        if n < 4 {
            for byte in bytes {
                out.push(*byte);
            }
        } else {
            out.extend_from_slice(bytes);
        }
        return;
    }
    let start = out.len();
    if let (true, Some(first), Some(last)) = (n >= 16, bytes.first_chunk::<16>(), bytes.last_chunk::<16>()) {
        out.extend_from_slice(first);
        out.truncate(start + n - 16);
        out.extend_from_slice(last);
    } else if let (true, Some(first), Some(last)) = (n >= 8, bytes.first_chunk::<8>(), bytes.last_chunk::<8>()) {
        out.extend_from_slice(first);
        out.truncate(start + n - 8);
        out.extend_from_slice(last);
    } else if let (Some(first), Some(last)) = (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        out.extend_from_slice(first);
        out.truncate(start + n - 4);
        out.extend_from_slice(last);
    }
}

pub fn varint_length(value: u64) -> usize {
    (1..9).find(|n| value >> (7 * n) == 0).unwrap_or(9)
}

/// Writes a varint at `at`; where it ends.
#[inline(always)]
pub fn put_varint(out: &mut [u8], at: usize, value: u64) -> usize {
    if value < 128 {
        out[at] = value as u8;
        return at + 1;
    }
    if value < 1 << 14 {
        out[at] = (value >> 7) as u8 | 0x80;
        out[at + 1] = value as u8 & 0x7f;
        return at + 2;
    }
    let n = varint_length(value);
    for i in 0..n.min(8) {
        out[at + i] = (value >> (7 * (n.min(8) - 1 - i) + if n == 9 { 8 } else { 0 })) as u8 & 0x7f | 0x80;
    }
    if n == 9 {
        out[at + 8] = value as u8;
    } else {
        out[at + n - 1] &= 0x7f;
    }
    at + n
}

pub fn push_varint(out: &mut Vec<u8>, value: u64) {
    let mut bytes = [0; 9];
    let n = put_varint(&mut bytes, 0, value);
    out.extend_from_slice(&bytes[..n]);
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn varints() {
        let write = |value| {
            let mut bytes = [0; 9];
            let n = put_varint(&mut bytes, 0, value);
            assert_eq!(n, varint_length(value));
            bytes[..n].to_vec()
        };
        assert_eq!(write(0x7f), [0x7f]);
        assert_eq!(write(0x80), [0x81, 0]);
        assert_eq!(write(0x3fff), [0xff, 0x7f]);
        assert_eq!(write(0x4000), [0x81, 0x80, 0]);
        assert_eq!(write(0x00ff_ffff_ffff_ffff), [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
        assert_eq!(write(u64::MAX), [0xff; 9]);
        assert_eq!(write(1 << 56), [0x80, 0xc0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0]);
    }

    #[test]
    fn bytes_of_every_length_are_copied() {
        for n in (0..100u16).chain([255, 256, 257, 1000]) {
            let bytes: Vec<u8> = (0..n).map(|i| i as u8).collect();
            let mut to = vec![0; bytes.len()];
            copy(&mut to, &bytes);
            assert_eq!(to, bytes);
            let mut out = vec![7];
            push_bytes(&mut out, &bytes);
            assert_eq!(out[0], 7);
            assert_eq!(out[1..], bytes);
        }
    }
}
