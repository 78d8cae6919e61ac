//! qr: draws QR codes, as a bitmap or as a vector drawing of exactly the size that was asked for.

mod png;

use std::fmt::Write;

use bytes::Bytes;
use qrcode::types::QrError;
use qrcode::{Color, EcLevel, QrCode};
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use self::pb::qr_server::{Qr, QrServer};
use self::pb::{ErrorCorrection, Format};
use crate::{Base, status};

crate::generated!("qr");

const SIZE_DEFAULT_PIXELS: u32 = 256;
const SIZE_RANGE_PIXELS: std::ops::RangeInclusive<u32> = 32..=2_048;
/// The longest text any QR code holds, so that longer ones are refused before any work.
const TEXT_LIMIT_BYTES: usize = 7_089;
/// The empty margin around a code, which the standard asks for so that readers find it.
const MARGIN_MODULES: u32 = 4;
const PIXELS_PER_BYTE: usize = 8;

/// The service, for the catalog.
pub(crate) fn base() -> Base {
    Base::new("qr", DESCRIPTORS, Routes::new(QrServer::new(Printer)))
}

struct Printer;

#[tonic::async_trait]
impl Qr for Printer {
    async fn generate(
        &self,
        request: Request<pb::GenerateRequest>,
    ) -> Result<Response<pb::GenerateResponse>, Status> {
        let request = request.into_inner();
        // A large code takes milliseconds to lay out and compress, which must not hold up other calls.
        let drawn = tokio::task::spawn_blocking(move || generate(&request)).await;
        let response = drawn.map_err(|error| status::internal("The code could not be drawn.", &error))??;
        Ok(Response::new(response))
    }
}

fn generate(request: &pb::GenerateRequest) -> Result<pb::GenerateResponse, Status> {
    let size = if request.size == 0 { SIZE_DEFAULT_PIXELS } else { request.size };
    let (smallest, largest) = SIZE_RANGE_PIXELS.into_inner();
    if !SIZE_RANGE_PIXELS.contains(&size) {
        return Err(status::invalid(
            "size",
            format!("is {size}, {smallest} to {largest} pixels are allowed"),
        ));
    }
    let format =
        Format::try_from(request.format).map_err(|_| status::invalid("format", "is none of PNG and SVG"))?;
    let matrix = Matrix::encode(&request.text, level(request.error_correction)?)?;
    if matrix.full_width() > size {
        let needed = matrix.full_width();
        return Err(status::invalid(
            "size",
            format!(
                "is {size}, but this text makes a code of {needed} modules, which needs at least {needed} pixels"
            ),
        ));
    }
    let (content, content_type) = match format {
        Format::Unspecified | Format::Png => {
            let png = matrix
                .png(size)
                .map_err(|error| status::internal("The picture could not be written.", &error))?;
            (png, "image/png")
        }
        Format::Svg => (matrix.svg(size).into_bytes(), "image/svg+xml"),
    };
    Ok(pb::GenerateResponse { content: Bytes::from(content), content_type: content_type.to_owned(), size })
}

fn level(error_correction: i32) -> Result<EcLevel, Status> {
    match ErrorCorrection::try_from(error_correction) {
        Ok(ErrorCorrection::Low) => Ok(EcLevel::L),
        Ok(ErrorCorrection::Unspecified | ErrorCorrection::Medium) => Ok(EcLevel::M),
        Ok(ErrorCorrection::Quartile) => Ok(EcLevel::Q),
        Ok(ErrorCorrection::High) => Ok(EcLevel::H),
        Err(_) => Err(status::invalid("error_correction", "is none of LOW, MEDIUM, QUARTILE and HIGH")),
    }
}

/// The modules of a code, the squares it is made of.
struct Matrix {
    width: u32,
    dark: Vec<bool>,
}

impl Matrix {
    fn encode(text: &str, level: EcLevel) -> Result<Self, Status> {
        if text.is_empty() {
            return Err(status::invalid("text", "is empty"));
        }
        status::at_most("text", text, TEXT_LIMIT_BYTES)?;
        let code = QrCode::with_error_correction_level(text, level).map_err(|error| match error {
            QrError::DataTooLong => {
                status::invalid("text", "does not fit: shorten it or take a lower error_correction")
            }
            other => status::invalid("text", format!("cannot be encoded: {other}")),
        })?;
        let width = u32::try_from(code.width()).unwrap_or(u32::MAX);
        let dark = code.into_colors().into_iter().map(|color| color == Color::Dark).collect();
        Ok(Self { width, dark })
    }

    fn full_width(&self) -> u32 {
        self.width + 2 * MARGIN_MODULES
    }

    fn rows(&self) -> impl Iterator<Item = &[bool]> {
        self.dark.chunks_exact(self.width as usize)
    }

    /// One bit per pixel. Modules are whole pixels, all of one size, so that nothing blurs; what is left over widens
    /// the margin.
    fn png(&self, size: u32) -> std::io::Result<Vec<u8>> {
        let (scale, margin) = self.placement(size);
        let stride = (size as usize).div_ceil(PIXELS_PER_BYTE);
        let mut light = vec![0xff_u8; stride];
        light.insert(0, png::NO_FILTER);
        let mut picture = png::Writer::new(size);
        picture.rows(&light, margin)?;
        for modules in self.rows() {
            let mut row = light.clone();
            for (x, _) in modules.iter().enumerate().filter(|(_, dark)| **dark) {
                for pixel in margin + x * scale..margin + (x + 1) * scale {
                    row[1 + pixel / PIXELS_PER_BYTE] &= !(0x80 >> (pixel % PIXELS_PER_BYTE));
                }
            }
            picture.rows(&row, scale)?;
        }
        picture.rows(&light, size as usize - margin - scale * self.width as usize)?;
        picture.finish()
    }

    /// How many pixels a module is wide, and how many lie before the first.
    fn placement(&self, size: u32) -> (usize, usize) {
        let scale = (size / self.full_width()) as usize;
        (scale, (size as usize - scale * self.width as usize) / 2)
    }

    /// One path; each run of dark modules in a row is a rectangle.
    fn svg(&self, size: u32) -> String {
        let full = self.full_width();
        let mut path = String::new();
        for (y, row) in self.rows().enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|left, right| left == right) {
                if run[0] {
                    let (left, top) = (x + MARGIN_MODULES as usize, y + MARGIN_MODULES as usize);
                    // Writing to a string cannot fail.
                    let _ = write!(path, "M{left} {top}h{width}v1h-{width}z", width = run.len());
                }
                x += run.len();
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{size}\" height=\"{size}\" viewBox=\"0 0 {full} {full}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{full}v{full}H0z\"/><path d=\"{path}\"/></svg>"
        )
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    const LINK: &str = "https://micro.example.com/u/abc";

    /// The modules of a PNG, read back from the middle of each square.
    fn modules(file: &[u8], matrix: &Matrix, size: u32) -> Vec<bool> {
        let pixels = png::tests::pixels(file, size);
        let (scale, margin) = matrix.placement(size);
        let middle = |module: usize| margin + module * scale + scale / 2;
        (0..matrix.dark.len())
            .map(|index| (index % matrix.width as usize, index / matrix.width as usize))
            .map(|(x, y)| pixels[middle(y)][middle(x)])
            .collect()
    }

    #[test]
    fn the_bitmap_shows_every_module_at_the_size_asked_for() {
        let matrix = Matrix::encode(LINK, EcLevel::M).expect("encoded");
        for size in [64, 255, 256, 1_000] {
            let file = matrix.png(size).expect("written");
            assert_eq!(modules(&file, &matrix, size), matrix.dark, "{size} pixels");
        }
    }

    #[test]
    fn the_drawing_covers_as_many_modules_as_are_dark() {
        let matrix = Matrix::encode(LINK, EcLevel::H).expect("encoded");
        let svg = matrix.svg(300);
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"300\" height=\"300\""));
        let path = svg.rsplit("d=\"").next().expect("a path");
        let covered: usize =
            path.split('h').skip(1).filter_map(|run| run.split_once('v')?.0.parse::<usize>().ok()).sum();
        assert_eq!(covered, matrix.dark.iter().filter(|dark| **dark).count());
    }

    #[test]
    fn what_cannot_be_drawn_is_refused_with_the_field() {
        let refused = |text: &str, size: u32, error_correction: i32| {
            let request =
                pb::GenerateRequest { text: text.to_owned(), size, error_correction, ..Default::default() };
            generate(&request).expect_err("refused").message().to_owned()
        };
        assert!(refused("", 0, 0).starts_with("text: is empty"));
        assert!(refused("x", 31, 0).starts_with("size: is 31"));
        assert!(refused(&"x".repeat(1_274), 2_048, 4).starts_with("text: does not fit"));
        assert!(refused(&"x".repeat(2_000), 100, 1).contains("needs at least"));
        assert!(refused("x", 0, 9).starts_with("error_correction"));
    }
}
