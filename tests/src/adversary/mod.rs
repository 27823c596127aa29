//! The adversary: servers that lie, drip, flood and cut, on real sockets, against the built program.
//!
//! A [`Mode`] is one way in which a Zino, an Argus or an SNMP agent can be hostile. In its run the program works with
//! peers that are honest (those of `glue_sim`), then one of them attacks for some seconds, then all are honest again.
//! Meanwhile and afterwards it is measured what the attack has cost: memory, processor time, lines of the log, the
//! patience of whoever asks `/healthz`, and the time until everything is in step again. Each has a limit, and nothing
//! may be told that is a secret, become a line of its own in the log, or end an incident whose case is open.
//!
//! | file | what |
//! |---|---|
//! | `stage.rs` | whether the attack goes on, which all hostile peers look at |
//! | `say.rs` | what a hostile peer can do with a connection |
//! | `listener.rs` | ports and their connections |
//! | `zino.rs`, `argus.rs`, `snmp.rs` | the three peers, honest until the attack begins |
//! | `program.rs`, `proc.rs` | the program under test, and what the system says of it |
//! | `log.rs` | what may stand in the log |
//! | `board.rs` | what must be true of both servers in the end |
//! | `course.rs` | one mode from its beginning to its end |
//! | `limits.rs`, `mode.rs`, `modes/` | the limits, and the table of modes |
//! | `report.rs` | the tables |

mod argus;
mod board;
mod course;
mod limits;
mod listener;
mod log;
mod mode;
mod modes;
mod proc;
mod program;
mod report;
mod say;
mod snmp;
mod stage;
mod zino;

pub use course::{Measured, Outcome, Terms, run};
pub use limits::Limits;
pub use mode::Mode;
pub use modes::all;
pub use report::{heading, page, row};

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The program's user in Zino.
const USER: &str = "glue";
/// The program's source in Argus.
const SOURCE: &str = "zino";
/// What must never be seen.
const TOKEN: &str = "hush-token-4711";
/// What must never be seen, either.
const SECRET: &str = "hush-secret-4711";
/// Nor this.
const COMMUNITY: &str = "hush-community-4711";

/// Locks, also after a thread that has panicked: what it left is still good enough to look at.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Asks until it holds, at most so long; tells how long it took.
fn until(patience: Duration, mut holds: impl FnMut() -> bool) -> Option<Duration> {
    let start = Instant::now();
    loop {
        if holds() {
            return Some(start.elapsed());
        }
        if start.elapsed() > patience {
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_of_the_modes_is_that_of_the_page() {
        let page = include_str!("../../adversary/README.md");
        assert!(page.contains(&super::page(&super::all())), "see `adversary --list`");
    }
}
