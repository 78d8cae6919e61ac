//! gRPC's length-prefixed frames: one byte of flags, four bytes of length, the message. Connect's envelopes and
//! gRPC-Web's frames have the same shape and differ only in what the flags mean.

use super::status::WireError;
use crate::Body;
use bytes::{BufMut as _, Bytes, BytesMut};
use http::{HeaderMap, StatusCode};
use http_body::Body as _;
use micro_domain::{Code, Error};
use std::future::poll_fn;
use std::pin::Pin;

/// Bytes before each message.
pub(crate) const PREFIX_BYTES: usize = 5;
/// The flag of a message that is compressed.
pub(crate) const COMPRESSED: u8 = 0x01;

/// One message as it travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Frame {
    /// What the protocol says about it: [`COMPRESSED`], or that it ends the stream.
    pub(crate) flags: u8,
    /// Its bytes.
    pub(crate) data: Bytes,
}

/// `data` behind its prefix.
pub(crate) fn encode(flags: u8, data: &[u8]) -> Bytes {
    let mut frame = BytesMut::with_capacity(PREFIX_BYTES + data.len());
    frame.put_u8(flags);
    // Messages are bounded far below 4 GiB before they come here.
    frame.put_u32(u32::try_from(data.len()).unwrap_or(u32::MAX));
    frame.put_slice(data);
    frame.freeze()
}

/// A message is longer than it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TooLong {
    /// What its prefix announces, in bytes.
    pub(crate) bytes: u64,
    /// What is allowed, in bytes.
    pub(crate) max_bytes: usize,
}

impl TooLong {
    /// What the caller who sent it is told.
    pub(crate) fn request(self) -> WireError {
        let Self { bytes, max_bytes } = self;
        let error = format!(
            "the message has {bytes} bytes and the limit is {max_bytes}; send less, or split it over a stream"
        );
        WireError::with_http(Error::new(Code::ResourceExhausted, error), StatusCode::PAYLOAD_TOO_LARGE)
    }

    /// What the caller is told when the service's answer is too long.
    pub(crate) fn answer(self) -> WireError {
        let Self { bytes, max_bytes } = self;
        let error =
            format!("the service's message has {bytes} bytes and the limit is {max_bytes}; ask for less");
        WireError::with_http(Error::new(Code::ResourceExhausted, error), StatusCode::BAD_GATEWAY)
    }
}

fn length(prefix: [u8; PREFIX_BYTES]) -> u32 {
    let [_, a, b, c, d] = prefix;
    u32::from_be_bytes([a, b, c, d])
}

fn prefix_of(bytes: &[u8]) -> Option<[u8; PREFIX_BYTES]> {
    bytes.first_chunk().copied()
}

/// Cuts a stream of chunks into frames. Holds at most one message of the allowed size and one chunk.
#[derive(Debug)]
pub(crate) struct Decoder {
    max_bytes: usize,
    /// What came last and is not cut yet; messages that lie in one chunk are sliced out of it, not copied.
    chunk: Bytes,
    /// A message that spans chunks.
    partial: BytesMut,
}

impl Decoder {
    /// Refuses messages longer than `max_bytes`.
    pub(crate) fn new(max_bytes: usize) -> Self {
        Self { max_bytes, chunk: Bytes::new(), partial: BytesMut::new() }
    }

    /// Takes in what arrived. Call [`Decoder::next`] until it gives nothing before pushing again.
    pub(crate) fn push(&mut self, chunk: Bytes) {
        if self.partial.is_empty() && self.chunk.is_empty() {
            self.chunk = chunk;
        } else {
            self.partial.extend_from_slice(&chunk);
        }
    }

    /// The next whole frame, if one is there.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, TooLong> {
        if !self.partial.is_empty() {
            let Some(total) = self.total(&self.partial)? else { return Ok(None) };
            if self.partial.len() < total {
                self.partial.reserve(total - self.partial.len());
                return Ok(None);
            }
            let frame = self.partial.split_to(total).freeze();
            return Ok(Some(cut(&frame, total)));
        }
        match self.total(&self.chunk)? {
            Some(total) if self.chunk.len() >= total => {
                let frame = self.chunk.split_to(total);
                Ok(Some(cut(&frame, total)))
            }
            _ => {
                let rest = std::mem::take(&mut self.chunk);
                self.partial.extend_from_slice(&rest);
                Ok(None)
            }
        }
    }

    /// Nothing is left that would be cut off if the stream ended now.
    pub(crate) fn is_empty(&self) -> bool {
        self.partial.is_empty() && self.chunk.is_empty()
    }

    fn total(&self, bytes: &[u8]) -> Result<Option<usize>, TooLong> {
        let Some(prefix) = prefix_of(bytes) else { return Ok(None) };
        let size = length(prefix);
        match usize::try_from(size) {
            Ok(size) if size <= self.max_bytes => Ok(Some(PREFIX_BYTES + size)),
            _ => Err(TooLong { bytes: size.into(), max_bytes: self.max_bytes }),
        }
    }
}

fn cut(frame: &Bytes, total: usize) -> Frame {
    Frame { flags: frame.first().copied().unwrap_or_default(), data: frame.slice(PREFIX_BYTES..total) }
}

/// What a body of frames holds next.
#[derive(Debug)]
pub(crate) enum Item {
    /// A message.
    Frame(Frame),
    /// The end, with its trailers if there were any.
    End(Option<HeaderMap>),
}

/// Reads a body frame by frame.
pub(crate) struct Reader {
    body: Body,
    decoder: Decoder,
    refuse: fn(TooLong) -> WireError,
}

impl Reader {
    /// Reads what a caller sends, refusing messages longer than `max_bytes`.
    pub(crate) fn request(body: Body, max_bytes: usize) -> Self {
        Self { body, decoder: Decoder::new(max_bytes), refuse: TooLong::request }
    }

    /// Reads what a service answers, refusing messages longer than `max_bytes`.
    pub(crate) fn answer(body: Body, max_bytes: usize) -> Self {
        Self { body, decoder: Decoder::new(max_bytes), refuse: TooLong::answer }
    }

    /// The next frame, or the end. Call it no more after the end or an error.
    pub(crate) async fn next(&mut self) -> Result<Item, WireError> {
        loop {
            if let Some(frame) = self.decoder.next().map_err(self.refuse)? {
                return Ok(Item::Frame(frame));
            }
            match poll_fn(|context| Pin::new(&mut self.body).poll_frame(context)).await {
                Some(Ok(frame)) => match frame.into_data() {
                    Ok(chunk) => self.decoder.push(chunk),
                    Err(frame) => {
                        self.check_whole()?;
                        return Ok(Item::End(frame.into_trailers().ok()));
                    }
                },
                Some(Err(status)) => return Err(WireError::from(status)),
                None => {
                    self.check_whole()?;
                    return Ok(Item::End(None));
                }
            }
        }
    }

    fn check_whole(&self) -> Result<(), Error> {
        if self.decoder.is_empty() {
            return Ok(());
        }
        Err(Error::invalid(
            "the body ends in the middle of a message; send the whole of what its length prefix announces",
        ))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn stream() -> Vec<u8> {
        let mut bytes = encode(0, b"one").to_vec();
        bytes.extend(encode(0, b""));
        bytes.extend(encode(COMPRESSED, &[7; 300]));
        bytes
    }

    #[test]
    fn frames_come_out_whole_however_they_are_chunked() {
        for size in [1, 2, 4, 5, 6, 7, 100, 1000] {
            let mut decoder = Decoder::new(300);
            let mut frames = Vec::new();
            for chunk in stream().chunks(size) {
                decoder.push(Bytes::copy_from_slice(chunk));
                while let Some(frame) = decoder.next().unwrap() {
                    frames.push(frame);
                }
            }
            assert!(decoder.is_empty(), "chunks of {size}");
            let lengths: Vec<(u8, usize)> =
                frames.iter().map(|frame| (frame.flags, frame.data.len())).collect();
            assert_eq!(lengths, [(0, 3), (0, 0), (COMPRESSED, 300)], "chunks of {size}");
            assert_eq!(frames.first().unwrap().data, "one");
        }
    }

    #[test]
    fn a_message_in_one_chunk_is_not_copied() {
        let chunk = encode(0, b"payload");
        let address = chunk.as_ptr() as usize + PREFIX_BYTES;
        let mut decoder = Decoder::new(10);
        decoder.push(chunk);
        assert_eq!(decoder.next().unwrap().unwrap().data.as_ptr() as usize, address);
    }

    #[test]
    fn too_long_a_message_is_refused_by_its_prefix_alone() {
        let prefix = encode(0, &[0; 11]).slice(..PREFIX_BYTES);
        let mut decoder = Decoder::new(10);
        decoder.push(prefix);
        assert_eq!(decoder.next().unwrap_err().bytes, 11);
    }

    #[tokio::test]
    async fn a_body_cut_in_a_message_is_an_error() {
        let whole = encode(0, b"message");
        let body = Body::new(http_body_util::Full::new(whole.slice(..8)));
        let mut reader = Reader::request(body, 100);
        assert_eq!(reader.next().await.unwrap_err().error.code, Code::InvalidArgument);
    }
}
