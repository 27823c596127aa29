//! What a hostile peer can do with a connection.

use super::stage::Stage;
use std::io::{self, ErrorKind, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

/// One thing, after which the next one follows.
#[derive(Clone, Debug)]
pub(super) enum Say {
    /// Sends these bytes.
    Bytes(Vec<u8>),
    /// Sends them again and again, as fast as they are taken, until the attack is over, and closes.
    Endless(Vec<u8>),
    /// Sends them one byte at a time with this pause between them, from the beginning again, and closes when the attack is
    /// over.
    Drip(Vec<u8>, Duration),
    /// Says nothing until the attack is over, and closes.
    Silence,
    /// Says nothing as long as the other side stays.
    SilenceForEver,
    /// Says that nothing more will come, and goes on to listen.
    HalfClose,
    /// Closes.
    Close,
    /// Closes while something lies there that was not read: the system answers it with a reset.
    Reset,
}

/// How often is looked whether a wait is over.
const TICK: Duration = Duration::from_millis(20);

impl Say {
    /// Sends a text.
    pub(super) fn text(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

/// Does all of it. `false` means that the connection is over.
pub(super) fn perform(stream: &TcpStream, says: Vec<Say>, stage: &Stage) -> bool {
    says.into_iter().all(|say| perform_one(stream, say, stage).unwrap_or(false))
}

fn perform_one(stream: &TcpStream, say: Say, stage: &Stage) -> io::Result<bool> {
    match say {
        Say::Bytes(bytes) => write_patiently(stream, &bytes, || !stage.is_closed()).map(|()| true),
        Say::Endless(bytes) => {
            while stage.is_hostile() {
                write_patiently(stream, &bytes, || stage.is_hostile())?;
            }
            Ok(false)
        }
        Say::Drip(bytes, pause) => {
            for byte in bytes.iter().cycle() {
                if !stage.is_hostile() {
                    break;
                }
                write_patiently(stream, &[*byte], || stage.is_hostile())?;
                wait(pause, stage);
            }
            Ok(false)
        }
        Say::Silence => {
            while stage.is_hostile() && !is_left(stream) {
                std::thread::sleep(TICK);
            }
            Ok(false)
        }
        Say::SilenceForEver => {
            while !stage.is_closed() && !is_left(stream) {
                std::thread::sleep(TICK);
            }
            Ok(false)
        }
        Say::HalfClose => stream.shutdown(Shutdown::Write).map(|()| true),
        Say::Close => Ok(false),
        Say::Reset => {
            super::until(Duration::from_secs(1), || stream.peek(&mut [0]).is_ok());
            Ok(false)
        }
    }
}

/// Waits while the attack goes on, at most so long.
fn wait(pause: Duration, stage: &Stage) {
    super::until(pause, || !stage.is_hostile());
}

/// Tells whether the other side has closed the connection. What it has sent is left there.
fn is_left(stream: &TcpStream) -> bool {
    matches!(stream.peek(&mut [0]), Ok(0))
}

/// Writes all of it as long as that is wanted, however long the other side does not read.
fn write_patiently(mut stream: &TcpStream, mut bytes: &[u8], wanted: impl Fn() -> bool) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.write(bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if is_wait(error.kind()) && wanted() => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Tells whether an error means that nothing has happened within the time limit of the socket.
pub(super) fn is_wait(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}
