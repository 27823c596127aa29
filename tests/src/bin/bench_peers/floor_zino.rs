//! A bare client of Zino: logs in, and reads with many commands under way.

use crate::Failure;
use crate::settings::Settings;
use sha1::{Digest, Sha1};
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

/// How many cases are asked for at once.
const BATCH: usize = 32;

/// A session that is logged in.
pub(crate) struct Zino {
    stream: BufReader<TcpStream>,
    commands: u64,
}

impl Zino {
    /// Reads `zino=HOST:PORT`, `user=` and `secret=`, and logs in.
    pub(crate) fn connect(settings: &Settings) -> Result<Self, Failure> {
        let stream = TcpStream::connect(settings.text("zino")?)?;
        stream.set_nodelay(true)?;
        let mut zino = Self { stream: BufReader::new(stream), commands: 0 };
        let greeting = zino.line()?;
        let challenge = greeting.split(' ').nth(1).ok_or("no challenge")?;
        let digest = Sha1::digest(format!("{challenge} {}", settings.text("secret")?));
        let mut hex = String::new();
        for byte in digest {
            write!(hex, "{byte:02x}")?;
        }
        zino.send(&[format!("user {} {hex}  -", settings.text("user")?)])?;
        zino.expect("200")?;
        Ok(zino)
    }

    /// Ties a notification channel, `notify=HOST:PORT`, and returns it.
    pub(crate) fn tie(&mut self, settings: &Settings) -> Result<BufReader<TcpStream>, Failure> {
        let mut channel = BufReader::new(TcpStream::connect(settings.text("notify")?)?);
        let mut nonce = String::new();
        channel.read_line(&mut nonce)?;
        self.send(&[format!("ntie {}", nonce.trim_end())])?;
        self.expect("200")?;
        Ok(channel)
    }

    /// Reads attributes and history of every case, and the log of every port; returns the number of commands.
    pub(crate) fn read_all(mut self) -> Result<u64, Failure> {
        let ids = self.list("caseids")?;
        let mut ports: Vec<String> = Vec::new();
        for batch in ids.chunks(BATCH) {
            let asked = batch.iter().flat_map(|id| [format!("getattrs {id}"), format!("gethist {id}")]);
            let logs = ports.drain(..).map(|id| format!("getlog {id}"));
            let commands: Vec<String> = asked.chain(logs).collect();
            self.send(&commands)?;
            for number in 0..commands.len() {
                let lines = self.lines()?;
                if number % 2 == 0 && lines.iter().any(|line| line == "type: portstate") {
                    ports.extend(batch.get(number / 2).cloned());
                }
            }
        }
        let logs: Vec<String> = ports.iter().map(|id| format!("getlog {id}")).collect();
        self.send(&logs)?;
        for _ in &logs {
            self.lines()?;
        }
        Ok(self.commands)
    }

    /// Sends one command whose answer is a list, and returns the list.
    pub(crate) fn list(&mut self, command: &str) -> Result<Vec<String>, Failure> {
        self.send(&[command.to_owned()])?;
        self.lines()
    }

    fn send(&mut self, commands: &[String]) -> Result<(), Failure> {
        self.commands += u64::try_from(commands.len())?;
        let bytes: String = commands.iter().map(|command| format!("{command}\r\n")).collect();
        Ok(self.stream.get_mut().write_all(bytes.as_bytes())?)
    }

    fn line(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        if self.stream.read_line(&mut line)? == 0 {
            return Err("Zino hung up".into());
        }
        Ok(line.trim_end().to_owned())
    }

    /// Reads the lines of a list, up to its dot.
    fn lines(&mut self) -> Result<Vec<String>, Failure> {
        self.expect("30")?;
        let mut lines = Vec::new();
        loop {
            let line = self.line()?;
            if line == "." {
                return Ok(lines);
            }
            lines.push(line);
        }
    }

    fn expect(&mut self, code: &str) -> Result<(), Failure> {
        let line = self.line()?;
        if line.starts_with(code) { Ok(()) } else { Err(format!("Zino said: {line}").into()) }
    }
}
