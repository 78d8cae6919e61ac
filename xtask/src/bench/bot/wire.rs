//! HTTP/1.1 over blocking sockets: what this bench sends and takes, and no more.
//!
//! A load generator and a sink that share the cores with what they measure must cost little themselves.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// Longest wait for an answer; Slack gives up after 3 s, and later ones are told apart by their time.
const ANSWER_MAX: Duration = Duration::from_secs(10);

/// Largest body that is taken.
const BODY_MAX_BYTES: u64 = 8 * 1024 * 1024;

/// A request or a response.
pub(super) struct Message {
    /// Its first line.
    pub(super) start: String,
    pub(super) body: Vec<u8>,
}

impl Message {
    /// The status of a response.
    pub(super) fn status(&self) -> Option<u16> {
        self.start.split(' ').nth(1)?.parse().ok()
    }

    /// The path of a request.
    pub(super) fn path(&self) -> &str {
        self.start.split(' ').nth(1).unwrap_or_default()
    }
}

/// The next message; none where the other side has closed.
pub(super) fn read(from: &mut impl BufRead) -> io::Result<Option<Message>> {
    let Some(start) = line(from)? else { return Ok(None) };
    let (mut length, mut chunked) = (0, false);
    loop {
        let header = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        if header.is_empty() {
            break;
        }
        let Some((name, value)) = header.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().map_err(|_| io::ErrorKind::InvalidData)?;
        } else if name.eq_ignore_ascii_case("transfer-encoding") {
            chunked = value.trim().eq_ignore_ascii_case("chunked");
        }
    }
    let mut body = Vec::new();
    if chunked {
        while chunk(from, &mut body)? {}
    } else {
        take(from, length, &mut body)?;
    }
    Ok(Some(Message { start, body }))
}

/// Adds a chunk to the body; false after the last one.
fn chunk(from: &mut impl BufRead, body: &mut Vec<u8>) -> io::Result<bool> {
    let head = line(from)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let digits = head.split(';').next().unwrap_or_default().trim();
    let length = u64::from_str_radix(digits, 16).map_err(|_| io::ErrorKind::InvalidData)?;
    take(from, length, body)?;
    line(from)?;
    Ok(length > 0)
}

fn take(from: &mut impl BufRead, length: u64, body: &mut Vec<u8>) -> io::Result<()> {
    if length > BODY_MAX_BYTES {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let read = from.take(length).read_to_end(body)?;
    if u64::try_from(read).is_ok_and(|read| read == length) {
        Ok(())
    } else {
        Err(io::ErrorKind::UnexpectedEof.into())
    }
}

fn line(from: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if from.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    line.truncate(line.trim_end().len());
    Ok(Some(line))
}

/// A connection that is kept.
pub(super) struct Connection {
    stream: BufReader<TcpStream>,
}

impl Connection {
    pub(super) fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(ANSWER_MAX))?;
        Ok(Self { stream: BufReader::new(stream) })
    }

    /// Sends a whole request and waits for its answer.
    pub(super) fn exchange(&mut self, request: &[u8]) -> io::Result<Message> {
        self.stream.get_mut().write_all(request)?;
        read(&mut self.stream)?.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }

    /// Calls a method of Micro's API in JSON.
    pub(super) fn call(&mut self, port: u16, method: &str, token: &str, body: &Value) -> Result<Value> {
        let authorization = format!("Authorization: Bearer {token}\r\n");
        let request =
            post(port, &format!("/{method}"), "application/json", &authorization, &body.to_string());
        let answer = self.exchange(&request).with_context(|| format!("no answer to {method}"))?;
        if answer.status() != Some(200) {
            bail!("{method}: {}: {}", answer.start, String::from_utf8_lossy(&answer.body));
        }
        serde_json::from_slice(&answer.body).with_context(|| format!("{method} answered with no JSON"))
    }
}

/// A request as its bytes; `headers` are whole lines.
pub(super) fn post(port: u16, path: &str, kind: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n\
         {headers}\r\n{body}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bodies(mut bytes: &[u8]) -> Vec<(String, String)> {
        let mut found = Vec::new();
        while let Ok(Some(message)) = read(&mut bytes) {
            found.push((message.start, String::from_utf8_lossy(&message.body).into_owned()));
        }
        found
    }

    #[test]
    fn messages_follow_each_other_by_length_and_in_chunks() {
        let bytes = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\
            POST /respond/7 HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n1;x\r\nd\r\n0\r\n\r\n\
            HTTP/1.1 204 No Content\r\n\r\n";
        let expected = [("HTTP/1.1 200 OK", "ok"), ("POST /respond/7 HTTP/1.1", "abcd")];
        let expected = expected.into_iter().chain([("HTTP/1.1 204 No Content", "")]);
        let owned: Vec<_> = expected.map(|(start, body)| (start.to_owned(), body.to_owned())).collect();
        assert_eq!(bodies(bytes), owned);
    }

    #[test]
    fn a_body_that_breaks_off_is_no_message() {
        assert!(read(&mut &b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc"[..]).is_err());
        assert!(read(&mut &b"HTTP/1.1 200 OK\r\nContent"[..]).is_err());
    }
}
