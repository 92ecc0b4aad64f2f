//! A blocking client on one kept connection: no pool, no runtime, nothing between the socket and the watch.

use anyhow::{Context, bail};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// From before the request was written until the first byte of the answer was read.
    pub first_byte: Duration,
    /// Status line and headers.
    pub head: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// One kept connection.
pub struct Client {
    stream: TcpStream,
}

impl Client {
    /// Connects.
    pub fn connect(address: SocketAddr) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).with_context(|| format!("no connection to {address}"))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        Ok(Self { stream })
    }

    /// Asks, and reads the answer to its end.
    pub fn ask(&mut self, request: &[u8]) -> anyhow::Result<Answer> {
        let mut buffer = vec![0; 128 * 1024];
        let started = Instant::now();
        self.stream.write_all(request)?;
        let mut filled = self.read(&mut buffer)?;
        let first_byte = started.elapsed();
        buffer.truncate(filled);
        loop {
            if let Some((head, length)) = whole(&buffer)? {
                let body = buffer[head..head + length].to_vec();
                let head = String::from_utf8_lossy(&buffer[..head]).into_owned();
                return Ok(Answer { status: status(&buffer)?, first_byte, head, body });
            }
            let mut more = [0; 64 * 1024];
            filled = self.read(&mut more)?;
            buffer.extend_from_slice(&more[..filled]);
        }
    }

    fn read(&mut self, buffer: &mut [u8]) -> anyhow::Result<usize> {
        match self.stream.read(buffer)? {
            0 => bail!("the server closed the connection"),
            filled => Ok(filled),
        }
    }
}

/// A request without body.
pub fn get(path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
    request("GET", path, headers, "")
}

/// A request.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        text += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        text += &format!("Content-Length: {}\r\n", body.len());
    }
    text += "\r\n";
    text += body;
    text.into_bytes()
}

/// Length of head and body of the answer at the start of the buffer, once all of it is there. The chunks of a body that
/// came in chunks stay as they are.
pub fn whole(buffer: &[u8]) -> anyhow::Result<Option<(usize, usize)>> {
    let Some(end) = find(buffer, b"\r\n\r\n") else { return Ok(None) };
    let head = end + 4;
    let length = match framing(&buffer[..head])? {
        Framing::Length(length) => length,
        Framing::Chunked => match chunks(&buffer[head..])? {
            Some(length) => length,
            None => return Ok(None),
        },
    };
    Ok((buffer.len() >= head + length).then_some((head, length)))
}

enum Framing {
    Length(usize),
    Chunked,
}

fn framing(head: &[u8]) -> anyhow::Result<Framing> {
    let head = std::str::from_utf8(head).context("the head of an answer is text")?;
    for line in head.split("\r\n").skip(1) {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("content-length") {
            return Ok(Framing::Length(value.trim().parse().context("a content length is a number")?));
        }
        if name.eq_ignore_ascii_case("transfer-encoding") {
            return Ok(Framing::Chunked);
        }
    }
    Ok(Framing::Length(0))
}

/// Length of all chunks, once the last of them is there.
fn chunks(buffer: &[u8]) -> anyhow::Result<Option<usize>> {
    let mut at = 0;
    loop {
        let Some(end) = buffer.get(at..).and_then(|rest| find(rest, b"\r\n")) else { return Ok(None) };
        let size = std::str::from_utf8(&buffer[at..at + end]).context("a chunk says its size")?;
        let size = usize::from_str_radix(size.trim(), 16).context("the size of a chunk is a number")?;
        at += end + 2 + size + 2;
        if size == 0 {
            return Ok(Some(at));
        }
    }
}

fn find(buffer: &[u8], what: &[u8]) -> Option<usize> {
    buffer.windows(what.len()).position(|part| part == what)
}

/// The status code of the answer at the start of the buffer.
pub fn status(buffer: &[u8]) -> anyhow::Result<u16> {
    let digits = buffer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| digits.parse().ok()).context("an answer begins with a status line")
}
