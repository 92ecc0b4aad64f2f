//! A blocking HTTP client of a few lines: one request a connection.

use serde_json::Value;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// No answer takes so long unless something hangs.
const ANSWER_WITHIN: Duration = Duration::from_secs(20);

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The line with the status, and the headers.
    pub(crate) head: String,
    /// The body as it came.
    pub(crate) text: String,
    /// The body, where it is JSON.
    pub(crate) json: Value,
}

/// An address and the service key for it.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    /// Where the server listens.
    pub(crate) address: SocketAddr,
    /// What it is asked with.
    pub(crate) key: String,
}

impl Api {
    /// Sends a request to the API; an error means that no whole answer came.
    pub(crate) fn call(&self, method: &str, path: &str, body: Option<&Value>) -> io::Result<Answer> {
        let head = format!("authorization: Bearer {}\r\ncontent-type: application/json\r\n", self.key);
        let body = body.map(Value::to_string).unwrap_or_default();
        request(self.address, (method, &format!("/api/v1{path}")), (&head, &body))
    }
}

/// Gets a page.
pub(crate) fn get(address: SocketAddr, path: &str) -> io::Result<Answer> {
    request(address, ("GET", path), ("", ""))
}

/// Asks whether a token's session is live, as a proxy does.
pub(crate) fn forward_auth(address: SocketAddr, token: &str) -> io::Result<Answer> {
    request(address, ("GET", "/forward-auth"), (&format!("cookie: innkeeper={token}\r\n"), ""))
}

/// A stream of server-sent events.
pub(crate) struct Stream(BufReader<TcpStream>);

impl Stream {
    /// Opens the one that a page of this session listens to.
    pub(crate) fn live(address: SocketAddr, token: &str) -> io::Result<Self> {
        let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
        stream.set_read_timeout(Some(ANSWER_WITHIN))?;
        let head = format!("host: innkeeper\r\naccept: text/event-stream\r\ncookie: innkeeper={token}\r\n\r\n");
        stream.write_all(format!("GET /account/live HTTP/1.1\r\n{head}").as_bytes())?;
        Ok(Self(BufReader::new(stream)))
    }

    /// Reads on to the next line that begins so.
    pub(crate) fn until(&mut self, begins: &str) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line.starts_with(begins) {
                return Ok(line);
            }
        }
    }

    /// Reads to the end.
    pub(crate) fn until_it_ends(&mut self) -> io::Result<()> {
        self.0.read_to_end(&mut Vec::new()).map(drop)
    }
}

/// Sends a request with these further headers and this body.
pub(crate) fn request(
    address: SocketAddr,
    (method, path): (&str, &str),
    (head, body): (&str, &str),
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect_timeout(&address, ANSWER_WITHIN)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    let length = body.len();
    let text = format!(
        "{method} {path} HTTP/1.1\r\nhost: innkeeper\r\nconnection: close\r\n{head}content-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(text.as_bytes())?;
    read_answer(&mut stream)
}

/// Reads an answer to its end, and insists on all of it.
pub(crate) fn read_answer(stream: &mut TcpStream) -> io::Result<Answer> {
    let mut text = Vec::new();
    stream.read_to_end(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    let broken = || io::Error::new(io::ErrorKind::UnexpectedEof, "the answer broke off");
    let (head, body) = text.split_once("\r\n\r\n").ok_or_else(broken)?;
    let status = head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(broken)?;
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    if length.is_some_and(|length: usize| body.len() < length) {
        return Err(broken());
    }
    Ok(Answer {
        status,
        head: head.to_owned(),
        text: body.to_owned(),
        json: serde_json::from_str(body).unwrap_or(Value::Null),
    })
}
