//! Request bodies that are read here: whole or line by line, bounded, and decompressed.

use super::status::WireError;
use crate::Body;
use crate::encoding::{Encoding, Undecodable};
use bytes::{Bytes, BytesMut};
use http::{HeaderMap, StatusCode, header};
use http_body_util::BodyExt as _;
use micro_domain::{Code, Error};

/// The encoding a header of the caller names; absent means none.
///
/// # Errors
/// UNIMPLEMENTED, 415, for one that is not supported.
pub(crate) fn encoding_of(headers: &HeaderMap, name: &str) -> Result<Encoding, WireError> {
    let named = headers.get(name).map(|value| value.as_bytes());
    Encoding::named(named).ok_or_else(|| {
        let other = String::from_utf8_lossy(named.unwrap_or_default());
        let error = format!("`{name}: {other}` is not supported; send the body uncompressed or with gzip");
        WireError::with_http(Error::new(Code::Unimplemented, error), StatusCode::UNSUPPORTED_MEDIA_TYPE)
    })
}

/// What the caller sent as it was before compression, at most `max_bytes`.
pub(crate) fn decode(encoding: Encoding, bytes: Bytes, max_bytes: usize) -> Result<Bytes, WireError> {
    encoding.decode(bytes, max_bytes).map_err(|why| match why {
        Undecodable::TooLong => too_large(max_bytes),
        Undecodable::Broken => Error::invalid("the body is not compressed as its encoding says").into(),
    })
}

/// The refusal of a body of more than `max_bytes`.
fn too_large(max_bytes: usize) -> WireError {
    let error = format!(
        "the message has more than the {max_bytes} bytes allowed; send less, or split it over a stream"
    );
    WireError::with_http(Error::new(Code::ResourceExhausted, error), StatusCode::PAYLOAD_TOO_LARGE)
}

/// The whole body, refused before reading where its length is announced, else as soon as it is too long.
pub(crate) async fn whole(headers: &HeaderMap, mut body: Body, max_bytes: usize) -> Result<Bytes, WireError> {
    let encoding = encoding_of(headers, header::CONTENT_ENCODING.as_str())?;
    let announced =
        headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    if announced.is_some_and(|length| length > u64::try_from(max_bytes).unwrap_or(u64::MAX)) {
        return Err(too_large(max_bytes));
    }
    let mut first = Bytes::new();
    let mut all = BytesMut::new();
    while let Some(chunk) = chunk(&mut body).await? {
        if all.len() + first.len() + chunk.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        // A body in one piece, which is the rule, is not copied.
        if first.is_empty() && all.is_empty() {
            first = chunk;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&chunk);
        }
    }
    let bytes = if all.is_empty() { first } else { all.freeze() };
    decode(encoding, bytes, max_bytes)
}

async fn chunk(body: &mut Body) -> Result<Option<Bytes>, WireError> {
    loop {
        match body.frame().await {
            Some(Ok(frame)) => {
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
            Some(Err(_)) => {
                return Err(Error::new(Code::Cancelled, "the request ended before it was complete").into());
            }
            None => return Ok(None),
        }
    }
}

/// Cuts a body of newline-delimited JSON into its lines as they arrive.
pub(crate) struct Lines {
    body: Body,
    splitter: Splitter,
}

impl Lines {
    /// Reads `body`, refusing lines longer than `max_bytes`.
    ///
    /// # Errors
    /// 415 for a compressed body: its lines could not be told apart as they arrive.
    pub(crate) fn new(headers: &HeaderMap, body: Body, max_bytes: usize) -> Result<Self, WireError> {
        if encoding_of(headers, header::CONTENT_ENCODING.as_str())? != Encoding::Identity {
            let error = Error::new(
                Code::Unimplemented,
                "a stream of JSON lines cannot be compressed; send it as it is",
            );
            return Err(WireError::with_http(error, StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        Ok(Self { body, splitter: Splitter::new(max_bytes) })
    }

    /// The next line that is not blank, and its number in the body, from 1; none at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<(u64, Bytes)>, WireError> {
        loop {
            if let Some(line) = self.splitter.next()? {
                return Ok(Some(line));
            }
            match chunk(&mut self.body).await? {
                Some(data) => self.splitter.push(&data),
                None => return self.splitter.finish(),
            }
        }
    }
}

#[derive(Debug)]
struct Splitter {
    max_bytes: usize,
    buffer: BytesMut,
    /// Bytes of the buffer known to hold no newline.
    searched: usize,
    lines: u64,
}

impl Splitter {
    fn new(max_bytes: usize) -> Self {
        Self { max_bytes, buffer: BytesMut::new(), searched: 0, lines: 0 }
    }

    fn push(&mut self, chunk: &[u8]) {
        self.buffer.extend_from_slice(chunk);
    }

    fn next(&mut self) -> Result<Option<(u64, Bytes)>, WireError> {
        loop {
            let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
            let Some(at) = unsearched.iter().position(|byte| *byte == b'\n') else {
                self.searched = self.buffer.len();
                return if self.searched > self.max_bytes {
                    Err(too_large(self.max_bytes))
                } else {
                    Ok(None)
                };
            };
            let line = self.buffer.split_to(self.searched + at + 1).freeze();
            self.searched = 0;
            if let Some(line) = self.counted(line)? {
                return Ok(Some(line));
            }
        }
    }

    /// What is left when no more comes: the last line needs no newline.
    fn finish(&mut self) -> Result<Option<(u64, Bytes)>, WireError> {
        let rest = std::mem::take(&mut self.buffer).freeze();
        self.searched = 0;
        if rest.is_empty() { Ok(None) } else { self.counted(rest) }
    }

    fn counted(&mut self, line: Bytes) -> Result<Option<(u64, Bytes)>, WireError> {
        self.lines += 1;
        if line.len() > self.max_bytes.saturating_add(1) {
            return Err(too_large(self.max_bytes));
        }
        let blank = line.iter().all(u8::is_ascii_whitespace);
        Ok((!blank).then_some((self.lines, line)))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use crate::encoding::tests::gzip;
    use http::HeaderValue;
    use http_body_util::{Full, StreamBody};

    fn pieces(whole: &'static [u8], size: usize) -> Body {
        let chunks = whole
            .chunks(size)
            .map(|chunk| Ok::<_, tonic::Status>(http_body::Frame::data(Bytes::from_static(chunk))));
        Body::new(StreamBody::new(tokio_stream::iter(chunks)))
    }

    #[tokio::test]
    async fn lines_come_out_however_they_are_chunked() {
        let whole = b"{\"a\":1}\n\n  \r\n{\"b\":2}\r\n{\"c\":3}";
        for size in [1, 2, 7, 100] {
            let mut lines = Lines::new(&HeaderMap::new(), pieces(whole, size), 10).unwrap();
            let mut seen = Vec::new();
            while let Some((number, line)) = lines.next().await.unwrap() {
                seen.push((number, String::from_utf8_lossy(&line).trim().to_owned()));
            }
            let expected = [(1, "{\"a\":1}"), (4, "{\"b\":2}"), (5, "{\"c\":3}")];
            assert_eq!(seen, expected.map(|(number, line)| (number, line.to_owned())), "chunks of {size}");
        }
    }

    #[tokio::test]
    async fn too_long_a_line_is_refused_before_it_ends() {
        let mut lines = Lines::new(&HeaderMap::new(), pieces(b"{}\n\"0123456789", 4), 10).unwrap();
        assert_eq!(lines.next().await.unwrap().unwrap().0, 1);
        assert_eq!(lines.next().await.unwrap_err().http, Some(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test]
    async fn too_long_a_body_is_refused_before_and_while_reading() {
        let mut headers = HeaderMap::new();
        assert_eq!(whole(&headers, pieces(b"0123456789", 3), 10).await.unwrap(), "0123456789");
        assert_eq!(
            whole(&headers, pieces(b"0123456789", 3), 9).await.unwrap_err().error.code,
            Code::ResourceExhausted
        );
        headers.insert(header::CONTENT_LENGTH, HeaderValue::from_static("11"));
        let never = Body::new(StreamBody::new(futures::stream::pending::<
            Result<http_body::Frame<Bytes>, tonic::Status>,
        >()));
        assert_eq!(whole(&headers, never, 10).await.unwrap_err().http, Some(StatusCode::PAYLOAD_TOO_LARGE));
    }

    #[tokio::test]
    async fn gzip_is_bounded_by_what_comes_out_of_it() {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let body = |bytes: &[u8]| Body::new(Full::new(gzip(bytes)));
        assert_eq!(whole(&headers, body(b"{\"a\":1}"), 100).await.unwrap(), "{\"a\":1}");
        let bomb = vec![b' '; 1_000_000];
        assert_eq!(
            whole(&headers, body(&bomb), 10_000).await.unwrap_err().error.code,
            Code::ResourceExhausted
        );
        let not_gzip = Body::new(Full::new(Bytes::from_static(b"{}")));
        assert_eq!(whole(&headers, not_gzip, 100).await.unwrap_err().error.code, Code::InvalidArgument);
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(
            whole(&headers, body(b""), 100).await.unwrap_err().http,
            Some(StatusCode::UNSUPPORTED_MEDIA_TYPE)
        );
    }
}
