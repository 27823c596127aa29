//! The daemon at work, in less than ten seconds: a Zino, an Argus and the SNMP agent of a primary live on loopback
//! sockets, people do things on both sides, and both boards are shown side by side as they change.
//!
//! Run it with `cargo run --release --example demo`. Every scene ends with a proof that both boards agree; where they do
//! not, the exit status is 1. Only the peers are simulated: the driver, its sockets and the machine are those of the
//! shipped program.

mod board;
mod check;
mod daemon;
mod names;
mod screen;
mod stage;
mod story;

use screen::Screen;
use std::io::{self, ErrorKind, Write as _};
use std::process::ExitCode;
use thiserror::Error;

/// Why the story did not come to its end.
#[derive(Debug, Error)]
enum Failure {
    /// It went otherwise than it should.
    #[error("{0}")]
    Story(String),
    /// The system did not give what it takes.
    #[error("the stage cannot be set: {0}")]
    Setup(#[source] io::Error),
    /// Nobody can see it.
    #[error("standard output: {0}")]
    Output(#[source] io::Error),
}

impl Failure {
    fn story(text: impl Into<String>) -> Self {
        Self::Story(text.into())
    }
}

fn main() -> ExitCode {
    match story::tell(Screen::new()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // An audience that has left wants to hear of nothing, and standard error may be closed as well.
            let has_left =
                matches!(&failure, Failure::Output(error) if error.kind() == ErrorKind::BrokenPipe);
            if !has_left {
                let _ = writeln!(io::stderr(), "FAILED: {failure}");
            }
            ExitCode::FAILURE
        }
    }
}
