//! Bodies: JSON, or a form with `payload_json` and files.

use crate::refusal::Refusal;
use bytes::Bytes;
use http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;

/// A file that came with a body.
#[derive(Debug, Clone)]
pub(crate) struct File {
    /// The number in `files[n]`.
    pub(crate) number: String,
    /// Its name.
    pub(crate) name: String,
    /// Its media type.
    pub(crate) media: String,
    /// Its content.
    pub(crate) bytes: Bytes,
}

/// A body.
#[derive(Debug, Clone)]
pub(crate) struct Payload {
    /// Its JSON; null of an empty body.
    pub(crate) json: Value,
    /// Its files.
    pub(crate) files: Vec<File>,
}

impl Payload {
    /// Reads a body by its content type.
    pub(crate) fn read(headers: &HeaderMap, body: &Bytes) -> Result<Self, Refusal> {
        let media = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if let Some(boundary) = boundary(media) {
            return Self::read_form(boundary, body).ok_or_else(Refusal::invalid_json);
        }
        if body.is_empty() {
            return Ok(Self { json: Value::Null, files: Vec::new() });
        }
        let json = serde_json::from_slice(body).map_err(|_| Refusal::invalid_json())?;
        if media.split(';').next().unwrap_or_default().trim() != "application/json" {
            return Err(Refusal::invalid_json());
        }
        Ok(Self { json, files: Vec::new() })
    }

    /// Reads `multipart/form-data`; none where it is none.
    fn read_form(boundary: &str, body: &Bytes) -> Option<Self> {
        let mut payload = Self { json: Value::Null, files: Vec::new() };
        let delimiter = format!("\r\n--{boundary}");
        // The first delimiter has no line end before it.
        let mut rest = find(body, &delimiter.as_bytes()[2..]).map(|at| at + delimiter.len() - 2)?;
        while !body[rest..].starts_with(b"--") {
            let head_start = rest + 2;
            let head_end = head_start + find(body.get(head_start..)?, b"\r\n\r\n")?;
            let content_start = head_end + 4;
            let content_end = content_start + find(body.get(content_start..)?, delimiter.as_bytes())?;
            let head = String::from_utf8_lossy(&body[head_start..head_end]).into_owned();
            payload.take(&head, body.slice(content_start..content_end))?;
            rest = content_end + delimiter.len();
        }
        Some(payload)
    }

    fn take(&mut self, head: &str, content: Bytes) -> Option<()> {
        let line = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(':'));
            lines.find(|(key, _)| key.trim().eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
        };
        let disposition = line("content-disposition")?;
        let name = parameter(disposition, "name")?;
        if name == "payload_json" {
            self.json = serde_json::from_slice(&content).ok()?;
        } else if let Some(number) = name.strip_prefix("files[").and_then(|rest| rest.strip_suffix(']')) {
            self.files.push(File {
                number: number.to_owned(),
                // A name that is not ASCII comes encoded, and stays so here.
                name: parameter(disposition, "filename").or(parameter(disposition, "filename*"))?.to_owned(),
                media: line("content-type").unwrap_or("application/octet-stream").to_owned(),
                bytes: content,
            });
        }
        Some(())
    }
}

fn boundary(media: &str) -> Option<&str> {
    media.starts_with("multipart/form-data").then(|| parameter(media, "boundary")).flatten()
}

/// A parameter of a header, quoted or not.
fn parameter<'h>(header: &'h str, name: &str) -> Option<&'h str> {
    let mut rest = header.split_once(';')?.1;
    loop {
        let (key, after) = rest.split_once('=')?;
        let (value, next) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"')?,
            None => after.split_at(after.find(';').unwrap_or(after.len())),
        };
        if key.trim_matches([' ', ';']) == name {
            return Some(value);
        }
        rest = next;
    }
}

fn find(within: &[u8], what: &[u8]) -> Option<usize> {
    within.windows(what.len()).position(|window| window == what)
}
