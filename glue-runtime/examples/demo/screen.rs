//! What the audience sees: at most 100 columns, and no colours where nobody can see them.

use crate::Failure;
use crate::board::Row;
use std::env;
use std::io::{self, IsTerminal as _, StdoutLock, Write as _};
use std::time::{Duration, Instant};

/// The width of everything.
const WIDTH: usize = 100;
/// The width of the column with the times.
const GUTTER: usize = 11;
/// The width of one side of the board.
const SIDE: usize = 43;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";

/// Standard output, locked.
#[derive(Debug)]
pub(crate) struct Screen {
    out: StdoutLock<'static>,
    has_colours: bool,
    start: Instant,
}

impl Screen {
    /// Begins at time zero.
    pub(crate) fn new() -> Self {
        let out = io::stdout().lock();
        let has_colours = out.is_terminal() && env::var_os("NO_COLOR").is_none();
        Self { out, has_colours, start: Instant::now() }
    }

    /// Returns the time since the beginning.
    pub(crate) fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Writes a line as it is.
    pub(crate) fn line(&mut self, text: &str) -> Result<(), Failure> {
        self.put("", text)
    }

    /// Writes the headline of a scene, and what the two sides of the board are.
    pub(crate) fn headline(&mut self, title: &str) -> Result<(), Failure> {
        let rule = "=".repeat(WIDTH.saturating_sub(title.chars().count() + 4));
        self.put("", "")?;
        self.put(BOLD, &format!("== {title} {rule}"))?;
        self.put(DIM, &format!("{:GUTTER$}{:SIDE$} | ARGUS", "", "ZINO"))
    }

    /// Writes what somebody does.
    pub(crate) fn cause(&mut self, text: &str) -> Result<(), Failure> {
        let gutter = self.time();
        self.put(BOLD, &format!("{gutter}> {text}"))
    }

    /// Writes a line of the daemon's log.
    pub(crate) fn log(&mut self, text: &str) -> Result<(), Failure> {
        let gutter = self.time();
        let width = WIDTH - GUTTER - "log: ".len();
        for (index, part) in wrap(text, width).iter().enumerate() {
            let before = if index == 0 { format!("{gutter}log: ") } else { " ".repeat(GUTTER + 5) };
            self.put(YELLOW, &format!("{before}{part}"))?;
        }
        Ok(())
    }

    /// Writes a row that has changed, so long after its cause. The side that is as it was before is put back.
    pub(crate) fn row(&mut self, row: &Row, before: Option<&Row>, after: Duration) -> Result<(), Failure> {
        let gutters = [self.time(), format!("{:>9}  ", format!("+{} ms", after.as_millis()))];
        let zino_style = if before.is_some_and(|before| before.zino == row.zino) { DIM } else { "" };
        let argus_style = if before.is_some_and(|before| before.argus == row.argus) { DIM } else { "" };
        for ((gutter, zino), argus) in gutters.iter().zip(&row.zino).zip(&row.argus) {
            let zino = self.styled(zino_style, &format!("{:SIDE$}", cut(zino)));
            let argus = self.styled(argus_style, &cut(argus));
            self.put("", format!("{gutter}{zino} | {argus}").trim_end())?;
        }
        Ok(())
    }

    /// Writes something that was proved.
    pub(crate) fn proved(&mut self, text: &str) -> Result<(), Failure> {
        self.put(GREEN, &format!("{:GUTTER$}ok: {text}", ""))
    }

    fn time(&self) -> String {
        format!("{:>7.3} s  ", self.elapsed().as_secs_f64())
    }

    fn put(&mut self, style: &str, text: &str) -> Result<(), Failure> {
        let text = self.styled(style, text);
        writeln!(self.out, "{text}").and_then(|()| self.out.flush()).map_err(Failure::Output)
    }

    fn styled(&self, style: &str, text: &str) -> String {
        if self.has_colours && !style.is_empty() && !text.is_empty() {
            format!("{style}{text}\x1b[0m")
        } else {
            text.to_owned()
        }
    }
}

/// Cuts a text to the width of a side.
fn cut(text: &str) -> String {
    if text.chars().count() <= SIDE {
        return text.to_owned();
    }
    text.chars().take(SIDE - 1).chain(['…']).collect()
}

/// Breaks a text into lines at its blanks.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}
