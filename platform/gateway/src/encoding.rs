//! How a body or a message is compressed, and what it was before, bounded.

use bytes::Bytes;
use flate2::read::{GzDecoder, ZlibDecoder};
use http::{HeaderMap, HeaderValue};
use micro_domain::{Code, Error};
use std::io::Read;

/// How something is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Encoding {
    /// Not at all.
    Identity,
    /// gzip (RFC 1952).
    Gzip,
    /// `deflate` as HTTP and gRPC mean it: zlib (RFC 1950).
    Deflate,
}

/// Why something cannot be decompressed.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Undecodable {
    /// It is longer than allowed.
    TooLong,
    /// It is not what its encoding says.
    Broken,
}

impl Encoding {
    /// The encoding a header names; identity without one, none for one that is not supported.
    pub(crate) fn named(value: Option<&[u8]>) -> Option<Self> {
        match value {
            None | Some(b"" | b"identity") => Some(Self::Identity),
            Some(b"gzip" | b"x-gzip") => Some(Self::Gzip),
            Some(b"deflate") => Some(Self::Deflate),
            Some(_) => None,
        }
    }

    /// How the messages of an answer with these headers may be compressed; none for a way that is not supported.
    pub(crate) fn of_answer(headers: &HeaderMap) -> Option<Self> {
        Self::named(headers.get("grpc-encoding").map(HeaderValue::as_bytes))
    }

    /// The bytes as they were before compression.
    ///
    /// # Errors
    /// When they are more than `max_bytes`, or were not compressed so.
    pub(crate) fn decode(self, bytes: Bytes, max_bytes: usize) -> Result<Bytes, Undecodable> {
        match self {
            Self::Identity => Ok(bytes),
            Self::Gzip => read(GzDecoder::new(bytes.as_ref()), max_bytes),
            Self::Deflate => read(ZlibDecoder::new(bytes.as_ref()), max_bytes),
        }
    }
}

fn read(decoder: impl Read, max_bytes: usize) -> Result<Bytes, Undecodable> {
    let mut decoded = Vec::new();
    // One byte more than allowed is enough to know.
    let limit = u64::try_from(max_bytes).unwrap_or(u64::MAX).saturating_add(1);
    match decoder.take(limit).read_to_end(&mut decoded) {
        Ok(size) if size > max_bytes => Err(Undecodable::TooLong),
        Ok(_) => Ok(decoded.into()),
        Err(_) => Err(Undecodable::Broken),
    }
}

/// A message of a service's answer as it was before the service compressed it. Services are not asked to; some do so all
/// the same, as Python's do where the server names a compression.
///
/// # Errors
/// RESOURCE_EXHAUSTED when it is longer than `max_bytes`, INTERNAL when it cannot be read.
pub(crate) fn answered(encoding: Option<Encoding>, message: Bytes, max_bytes: usize) -> Result<Bytes, Error> {
    let Some(encoding) = encoding.filter(|encoding| *encoding != Encoding::Identity) else {
        return Err(Error::internal(
            "the service compressed its answer in a way that was not asked for; Micro reads gzip and deflate",
        ));
    };
    encoding.decode(message, max_bytes).map_err(|why| match why {
        Undecodable::TooLong => Error::new(
            Code::ResourceExhausted,
            format!("a message of the answer has more than the {max_bytes} bytes allowed"),
        ),
        Undecodable::Broken => Error::internal("the service's answer is not compressed as it says"),
    })
}

#[cfg(test)]
pub(crate) mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use flate2::{Compression, write::GzEncoder, write::ZlibEncoder};
    use std::io::Write as _;

    pub(crate) fn gzip(bytes: &[u8]) -> Bytes {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    fn deflate(bytes: &[u8]) -> Bytes {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap().into()
    }

    #[test]
    fn what_was_compressed_comes_back_and_no_more_than_allowed() {
        let text = b"the same the same the same the same";
        for (name, bytes) in
            [("gzip", gzip(text)), ("deflate", deflate(text)), ("identity", Bytes::from_static(text))]
        {
            let encoding = Encoding::named(Some(name.as_bytes())).unwrap();
            assert_eq!(encoding.decode(bytes.clone(), text.len()).unwrap(), &text[..], "{name}");
            if encoding != Encoding::Identity {
                assert_eq!(encoding.decode(bytes, text.len() - 1), Err(Undecodable::TooLong), "{name}");
                assert_eq!(
                    encoding.decode(Bytes::from_static(b"{}"), 10),
                    Err(Undecodable::Broken),
                    "{name}"
                );
            }
        }
        assert_eq!(Encoding::named(Some(b"br")), None);
        assert_eq!(Encoding::named(None), Some(Encoding::Identity));
    }
}
