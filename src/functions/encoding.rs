//! Bytes as text and back; digests.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use md5::Md5;
use rusqlite::types::ValueRef;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

use super::Scalar;
use super::args::{Args, Fallible, Fault};
use crate::value::Value;

pub const FUNCTIONS: &[(&str, Scalar)] = &[
    ("hex", hex),
    ("unhex", unhex),
    ("base64", base64),
    ("unbase64", unbase64),
    ("md5", md5),
    ("sha1", sha1),
    ("sha2", sha2),
    ("crc32", crc32),
    ("encode", encode),
    ("decode", decode),
    ("url_encode", url_encode),
    ("url_decode", url_decode),
];

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent).with_decode_allow_trailing_bits(true),
);

fn digits(bytes: &[u8], upper: bool) -> String {
    let alphabet: &[u8; 16] = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    bytes.iter().flat_map(|b| [alphabet[usize::from(b >> 4)], alphabet[usize::from(b & 15)]]).map(char::from).collect()
}

fn hex(args: &Args<'_>) -> Fallible<Value> {
    Ok(match args.raw(0) {
        ValueRef::Integer(i) => format!("{i:X}").into(),
        ValueRef::Real(_) => format!("{:X}", args.long(0)?).into(),
        _ => digits(&args.bytes(0)?, true).into(),
    })
}

fn unhex(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let nibbles: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>().ok_or(Fault::Null)?;
    // With an odd number the first digit stands alone.
    let (lone, pairs) = nibbles.split_at(nibbles.len() % 2);
    Ok(Value::Blob(lone.iter().copied().chain(pairs.chunks_exact(2).map(|p| p[0] << 4 | p[1])).collect()))
}

fn base64(args: &Args<'_>) -> Fallible<Value> {
    Ok(BASE64.encode(args.bytes(0)?).into())
}

fn unbase64(args: &Args<'_>) -> Fallible<Value> {
    // Line breaks and other foreign characters are skipped, as in MIME.
    let text: Vec<u8> = args.bytes(0)?.iter().copied().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=')).collect();
    BASE64.decode(text).map(Value::Blob).map_err(|_| Fault::Null)
}

fn md5(args: &Args<'_>) -> Fallible<Value> {
    Ok(digits(&Md5::digest(args.bytes(0)?), false).into())
}

fn sha1(args: &Args<'_>) -> Fallible<Value> {
    Ok(digits(&Sha1::digest(args.bytes(0)?), false).into())
}

fn sha2(args: &Args<'_>) -> Fallible<Value> {
    let bytes = args.bytes(0)?;
    Ok(match args.long(1)? {
        224 => digits(&Sha224::digest(bytes), false),
        0 | 256 => digits(&Sha256::digest(bytes), false),
        384 => digits(&Sha384::digest(bytes), false),
        512 => digits(&Sha512::digest(bytes), false),
        _ => return Err(Fault::Null),
    }
    .into())
}

fn crc32(args: &Args<'_>) -> Fallible<Value> {
    Ok(Value::Integer(i64::from(crc32fast::hash(&args.bytes(0)?))))
}

enum Charset {
    Utf8,
    Ascii,
    Latin1,
    Utf16 { little: bool, marked: bool },
}

fn charset(name: &str) -> Fallible<Charset> {
    Ok(match name.to_ascii_lowercase().as_str() {
        "utf-8" => Charset::Utf8,
        "us-ascii" => Charset::Ascii,
        "iso-8859-1" => Charset::Latin1,
        "utf-16" => Charset::Utf16 { little: false, marked: true },
        "utf-16be" => Charset::Utf16 { little: false, marked: false },
        "utf-16le" => Charset::Utf16 { little: true, marked: false },
        _ => {
            return Err(Fault::Error(format!(
                "\"{name}\" is not a character set; known are utf-8, utf-16, utf-16be, utf-16le, us-ascii, iso-8859-1"
            )));
        }
    })
}

fn encode(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let narrow = |most: u32| text.chars().map(|c| if u32::from(c) <= most { u32::from(c) as u8 } else { b'?' }).collect();
    Ok(Value::Blob(match charset(&args.text(1)?)? {
        Charset::Utf8 => text.as_bytes().to_vec(),
        Charset::Ascii => narrow(0x7f),
        Charset::Latin1 => narrow(0xff),
        Charset::Utf16 { little, marked } => {
            let mark = if marked { Some(0xfeff) } else { None };
            mark.into_iter().chain(text.encode_utf16()).flat_map(|u| if little { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
        }
    }))
}

fn decode(args: &Args<'_>) -> Fallible<Value> {
    let bytes = args.bytes(0)?;
    Ok(match charset(&args.text(1)?)? {
        Charset::Utf8 => String::from_utf8_lossy(&bytes).into_owned(),
        Charset::Ascii => bytes.iter().map(|b| if b.is_ascii() { char::from(*b) } else { char::REPLACEMENT_CHARACTER }).collect(),
        Charset::Latin1 => bytes.iter().map(|b| char::from(*b)).collect(),
        Charset::Utf16 { little, marked } => {
            let (little, body) = match (marked, bytes.get(..2)) {
                (true, Some([0xff, 0xfe])) => (true, &bytes[2..]),
                (true, Some([0xfe, 0xff])) => (false, &bytes[2..]),
                _ => (little, &bytes[..]),
            };
            let units: Vec<u16> =
                body.chunks_exact(2).map(|p| if little { u16::from_le_bytes([p[0], p[1]]) } else { u16::from_be_bytes([p[0], p[1]]) }).collect();
            String::from_utf16_lossy(&units)
        }
    }
    .into())
}

fn url_encode(args: &Args<'_>) -> Fallible<Value> {
    let mut result = String::new();
    for byte in args.text(0)?.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'*' | b'_' => result.push(char::from(byte)),
            b' ' => result.push('+'),
            _ => {
                result.push('%');
                result.push_str(&digits(&[byte], true));
            }
        }
    }
    Ok(result.into())
}

fn url_decode(args: &Args<'_>) -> Fallible<Value> {
    let text = args.text(0)?;
    let mut bytes = text.bytes();
    let mut result = Vec::with_capacity(text.len());
    let digit = |bytes: &mut std::str::Bytes<'_>| bytes.next().and_then(|b| char::from(b).to_digit(16)).ok_or(Fault::Null);
    while let Some(byte) = bytes.next() {
        result.push(match byte {
            b'+' => b' ',
            b'%' => (digit(&mut bytes)? * 16 + digit(&mut bytes)?) as u8,
            other => other,
        });
    }
    Ok(String::from_utf8_lossy(&result).into_owned().into())
}
