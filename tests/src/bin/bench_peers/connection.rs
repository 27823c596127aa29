//! One blocking HTTP/1.1 connection to Argus, kept as long as the server keeps it.

use crate::Failure;
use crate::settings::Settings;
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

/// Where Argus is, and a connection to it once there was a request.
pub(crate) struct Connection {
    address: String,
    token: String,
    stream: Option<BufReader<TcpStream>>,
}

impl Connection {
    /// Reads `argus=HOST:PORT` and `token=`.
    pub(crate) fn new(settings: &Settings) -> Result<Self, Failure> {
        let (address, token) = (settings.text("argus")?.to_owned(), settings.text("token")?.to_owned());
        Ok(Self { address, token, stream: None })
    }

    /// Sends one request below `/api/v2/` and returns the answer, which must be a success.
    pub(crate) fn request(&mut self, method: &str, path: &str, body: &str) -> Result<Vec<u8>, Failure> {
        let head = format!(
            "{method} /api/v2/{path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Token {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            self.address,
            self.token,
            body.len()
        );
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        stream.get_mut().write_all(head.as_bytes())?;
        let (status, answer, keeps) = read_reply(&mut stream)?;
        if keeps {
            self.stream = Some(stream);
        }
        if (200..300).contains(&status) {
            Ok(answer)
        } else {
            Err(format!("{method} {path}: {status} {}", String::from_utf8_lossy(&answer)).into())
        }
    }

    /// Posts and returns the pk of what was made.
    pub(crate) fn post(&mut self, path: &str, body: &Value) -> Result<u64, Failure> {
        let answer: Value = serde_json::from_slice(&self.request("POST", path, &body.to_string())?)?;
        answer["pk"].as_u64().ok_or_else(|| "an answer without a pk".into())
    }

    fn connect(&self) -> Result<BufReader<TcpStream>, Failure> {
        let stream = TcpStream::connect(&self.address)?;
        stream.set_nodelay(true)?;
        Ok(BufReader::new(stream))
    }
}

/// Returns status, body, and whether the connection can be used again.
fn read_reply(stream: &mut BufReader<TcpStream>) -> Result<(u16, Vec<u8>, bool), Failure> {
    let mut line = String::new();
    stream.read_line(&mut line)?;
    let status = line.split(' ').nth(1).ok_or("not HTTP")?.parse()?;
    let (mut length, mut keeps) = (None, true);
    loop {
        line.clear();
        stream.read_line(&mut line)?;
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<u64>()?);
        } else if name.eq_ignore_ascii_case("connection") {
            keeps = !value.trim().eq_ignore_ascii_case("close");
        }
    }
    let mut body = Vec::new();
    match length {
        Some(length) => stream.take(length).read_to_end(&mut body)?,
        None if keeps => 0,
        None => stream.read_to_end(&mut body)?,
    };
    Ok((status, body, keeps))
}
