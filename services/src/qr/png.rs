//! Just enough of PNG (ISO/IEC 15948) for a picture in black and white. A whole image library would do no more here.

use std::io::{self, Write};

use flate2::Compression;
use flate2::write::ZlibEncoder;

/// What each row begins with, since its bits are stored as they are.
pub(super) const NO_FILTER: u8 = 0;
const SIGNATURE: &[u8; 8] = b"\x89PNG\r\n\x1a\n";
/// One bit per pixel, shades of grey, and the only method of compression, filtering and interlacing each.
const FORMAT: [u8; 5] = [1, 0, 0, 0, 0];

/// Writes a square picture row by row.
pub(super) struct Writer {
    size: u32,
    data: ZlibEncoder<Vec<u8>>,
}

impl Writer {
    /// A picture of `size` by `size` pixels, without a row yet.
    pub(super) fn new(size: u32) -> Self {
        Self { size, data: ZlibEncoder::new(Vec::new(), Compression::default()) }
    }

    /// Adds the same row several times: [`NO_FILTER`], then the pixels from the left, 1 for white, 8 to a byte.
    pub(super) fn rows(&mut self, row: &[u8], times: usize) -> io::Result<()> {
        (0..times).try_for_each(|_| self.data.write_all(row))
    }

    /// The whole file.
    pub(super) fn finish(self) -> io::Result<Vec<u8>> {
        let size = self.size.to_be_bytes();
        let mut file = SIGNATURE.to_vec();
        chunk(&mut file, *b"IHDR", &[&size[..], &size[..], &FORMAT[..]].concat())?;
        chunk(&mut file, *b"IDAT", &self.data.finish()?)?;
        chunk(&mut file, *b"IEND", &[])?;
        Ok(file)
    }
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) -> io::Result<()> {
    let length = u32::try_from(data.len()).map_err(io::Error::other)?;
    let mut checksum = flate2::Crc::new();
    checksum.update(&kind);
    checksum.update(data);
    file.extend_from_slice(&length.to_be_bytes());
    file.extend_from_slice(&kind);
    file.extend_from_slice(data);
    file.extend_from_slice(&checksum.sum().to_be_bytes());
    Ok(())
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
pub(super) mod tests {
    use super::*;
    use std::io::Read;

    /// The rows of a picture, true for black.
    pub(in super::super) fn pixels(file: &[u8], size: u32) -> Vec<Vec<bool>> {
        let mut rest = file.strip_prefix(SIGNATURE).expect("the signature");
        let mut chunks = Vec::new();
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let length = u32::from_be_bytes(*length) as usize;
            let (kind, data) = after[..4 + length].split_at(4);
            chunks.push((kind, data));
            rest = &after[4 + length + 4..];
        }
        assert_eq!(chunks.iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), [b"IHDR", b"IDAT", b"IEND"]);
        assert_eq!(chunks[0].1[..4], size.to_be_bytes());
        let mut data = Vec::new();
        flate2::read::ZlibDecoder::new(chunks[1].1).read_to_end(&mut data).expect("compressed data");
        let stride = 1 + (size as usize).div_ceil(8);
        assert_eq!(data.len(), stride * size as usize);
        let row = |row: &[u8]| {
            assert_eq!(row[0], NO_FILTER);
            (0..size as usize).map(|x| row[1 + x / 8] & (0x80 >> (x % 8)) == 0).collect()
        };
        data.chunks_exact(stride).map(row).collect()
    }

    #[test]
    fn the_end_of_a_file_is_the_one_every_png_has() {
        let file = Writer::new(1).finish().expect("written");
        assert!(file.ends_with(b"\0\0\0\0IEND\xae\x42\x60\x82"));
    }
}
