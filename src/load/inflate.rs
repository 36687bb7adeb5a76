//! gzip (of any number of members) and deflate, as a stream: the same everywhere, where the platforms' own decoders differ.

use std::io::Write;

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use crate::error::{Code, Error, Kind, Result};

pub enum Inflater {
    Gzip(MultiGzDecoder<Vec<u8>>),
    Zlib(ZlibDecoder<Vec<u8>>),
    Deflate(DeflateDecoder<Vec<u8>>),
}

impl Inflater {
    /// `format`: `gzip`, `deflate` (with the header that HTTP means by it) or `deflate-raw`.
    pub fn new(format: &str) -> Result<Self> {
        Ok(match format {
            "gzip" => Inflater::Gzip(MultiGzDecoder::new(Vec::new())),
            "deflate" => Inflater::Zlib(ZlibDecoder::new(Vec::new())),
            "deflate-raw" => Inflater::Deflate(DeflateDecoder::new(Vec::new())),
            other => return Err(Error::invalid(format!("compression: \"{other}\" is none of \"auto\", \"gzip\", \"deflate\", \"none\""))),
        })
    }

    fn parts(&mut self) -> (&mut dyn Write, &str) {
        match self {
            Inflater::Gzip(decoder) => (decoder, "gzip"),
            Inflater::Zlib(decoder) => (decoder, "deflate"),
            Inflater::Deflate(decoder) => (decoder, "deflate"),
        }
    }

    fn take(&mut self) -> Vec<u8> {
        std::mem::take(match self {
            Inflater::Gzip(decoder) => decoder.get_mut(),
            Inflater::Zlib(decoder) => decoder.get_mut(),
            Inflater::Deflate(decoder) => decoder.get_mut(),
        })
    }

    /// What the next compressed bytes are.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<u8>> {
        let (decoder, name) = self.parts();
        decoder.write_all(bytes).and_then(|()| decoder.flush()).map_err(|e| corrupt(name, &e))?;
        Ok(self.take())
    }

    /// The rest; an archive that ends too early is `corrupt`.
    pub fn finish(&mut self) -> Result<Vec<u8>> {
        let (name, result) = match self {
            Inflater::Gzip(decoder) => ("gzip", decoder.try_finish()),
            Inflater::Zlib(decoder) => ("deflate", decoder.try_finish()),
            Inflater::Deflate(decoder) => ("deflate", decoder.try_finish()),
        };
        result.map_err(|e| corrupt(name, &e))?;
        Ok(self.take())
    }
}

fn corrupt(format: &str, error: &std::io::Error) -> Error {
    Error::new(Code::Corrupt, format!("the {format} data is damaged: {error}"))
        .kind(Kind::CsvError)
        .hint("compression: \"none\" reads the bytes as they are")
}

#[cfg(test)]
mod tests {
    #[cfg(target_family = "wasm")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;
    use flate2::{Compression, write::GzEncoder};

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    fn inflate(bytes: &[u8], chunk: usize) -> Result<Vec<u8>> {
        let mut inflater = Inflater::new("gzip")?;
        let mut out = Vec::new();
        for piece in bytes.chunks(chunk) {
            out.extend(inflater.push(piece)?);
        }
        out.extend(inflater.finish()?);
        Ok(out)
    }

    #[test]
    fn members_are_read_on_and_damage_is_noticed() {
        let text = b"lorem ipsum ".repeat(1000);
        let two = [gzip(&text), gzip(b"end")].concat();
        for chunk in [1, 7, 1 << 20] {
            assert_eq!(inflate(&two, chunk).unwrap(), [text.as_slice(), b"end"].concat());
            assert_eq!(inflate(&two[..two.len() - 9], chunk).unwrap_err().code(), Code::Corrupt);
            assert_eq!(inflate(&two[..20], chunk).unwrap_err().code(), Code::Corrupt);
            let mut wrong = two.clone();
            let n = wrong.len();
            wrong[n - 6] ^= 1;
            assert_eq!(inflate(&wrong, chunk).unwrap_err().code(), Code::Corrupt);
        }
    }
}
