//! Between the daemon and the file of a recording: a bounded buffer and a thread that writes, as for the log (behaviour B5).
//!
//! Nothing is left out in the middle: when the disk is too slow or takes nothing any more, the recording ends.

use super::line;
use crate::log;
use serde_json::json;
use std::fs::{File, OpenOptions, rename};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most that waits to be written, in bytes; as much again may be with the thread.
const MOST_WAITING: usize = 8 * 1024 * 1024;
/// How long the end of the daemon waits for the disk.
const PATIENCE: Duration = Duration::from_secs(1);

/// The way to the file. Dropped, it ends the recording without waiting for the disk.
#[derive(Debug)]
pub(crate) struct Writer(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whole lines.
    waiting: Vec<u8>,
    /// Why nothing more is taken.
    end: Option<&'static str>,
    /// Why it has ended by itself.
    failure: Option<String>,
    /// Everything was written, or nothing can be any more.
    is_over: bool,
}

impl Writer {
    /// Makes the file, which nobody else can read. After `limit` bytes it goes on in another one that begins with
    /// `head`, and the one before is kept.
    ///
    /// # Errors
    ///
    /// If the file cannot be made, or the system gives no thread.
    pub(super) fn start(path: &Path, limit: u64, head: Vec<u8>) -> io::Result<Self> {
        let file = Rotating { path: path.into(), file: make(path)?, written: 0, limit, head };
        let shared = Arc::new(Shared::default());
        let writer = Arc::clone(&shared);
        thread::Builder::new().name(String::from("record")).spawn(move || writer.run(file))?;
        Ok(Self(shared))
    }

    /// Puts in a line, and never waits for the disk.
    pub(super) fn push(&self, line: &[u8]) {
        let mut state = self.0.lock();
        if state.end.is_some() {
            return;
        }
        if state.waiting.len() + line.len() > MOST_WAITING {
            state.end = Some(TOO_SLOW);
            state.failure = Some(TOO_SLOW.into());
        } else {
            state.waiting.extend_from_slice(line);
        }
        drop(state);
        self.0.changed.notify_all();
    }

    /// Returns why the recording has ended by itself, if it has.
    pub(super) fn failure(&self) -> Option<String> {
        self.0.lock().failure.clone()
    }

    /// Ends the recording with this as its last line, and waits until everything is written, for a second at most. Returns
    /// why it had ended by itself, if it had.
    pub(super) fn end(self, why: &'static str) -> Option<String> {
        let mut state = self.0.lock();
        state.end.get_or_insert(why);
        self.0.changed.notify_all();
        let state = self.0.changed.wait_timeout_while(state, PATIENCE, |state| !state.is_over);
        let (state, _) = state.unwrap_or_else(PoisonError::into_inner);
        state.failure.clone()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.0.lock().end.get_or_insert("it was given up");
        self.0.changed.notify_all();
    }
}

/// The end of a recording for which the disk takes too little.
const TOO_SLOW: &str = "the disk was too slow";

impl Shared {
    fn run(&self, mut file: Rotating) {
        loop {
            let is_idle = |state: &mut State| state.waiting.is_empty() && state.end.is_none();
            let state = self.changed.wait_while(self.lock(), is_idle);
            let mut state = state.unwrap_or_else(PoisonError::into_inner);
            let (lines, end) = (core::mem::take(&mut state.waiting), state.end);
            drop(state);
            let last = end.map(|why| line(&json!({ "end": why }))).unwrap_or_default();
            let written = file.write(&lines).and_then(|()| file.write(&last));
            let mut state = self.lock();
            if let Err(error) = written {
                state.failure.get_or_insert(error.to_string());
            }
            if let Some(why) = &state.failure {
                log::warning(&format!("the recording has ended: {why}"));
            }
            if state.failure.is_some() || end.is_some() {
                state.end.get_or_insert("it cannot be written");
                state.waiting = Vec::new();
                state.is_over = true;
                self.changed.notify_all();
                return;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The file that is written, and how it goes on.
struct Rotating {
    path: PathBuf,
    file: File,
    written: u64,
    limit: u64,
    head: Vec<u8>,
}

impl Rotating {
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        for line in lines.split_inclusive(|byte| *byte == b'\n') {
            if self.written >= self.limit {
                self.file = make(&self.path)?;
                self.file.write_all(&self.head)?;
                self.written = 0;
            }
            self.file.write_all(line)?;
            self.written += u64::try_from(line.len()).unwrap_or(u64::MAX);
        }
        Ok(())
    }
}

/// Returns the name that a file gets when another one takes its place.
pub(super) fn name_before(path: &Path) -> PathBuf {
    let mut old = path.as_os_str().to_owned();
    old.push(".1");
    old.into()
}

/// Makes a file that its owner alone can read; one that is there gets the name with `.1`.
fn make(path: &Path) -> io::Result<File> {
    match rename(path, name_before(path)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("zinoargus-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn b79_after_the_limit_it_goes_on_in_another_file_whose_first_line_says_so() {
        let folder = folder("rotating");
        let path = folder.join("a.rec");
        let writer = Writer::start(&path, 10, b"head\n".to_vec()).unwrap();
        for text in ["line 1\n", "line 2\n", "line 3\n"] {
            writer.push(text.as_bytes());
        }
        assert_eq!(writer.end("the daemon ended"), None);
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap();
        assert_eq!(read("a.rec.1"), "line 1\nline 2\n");
        assert_eq!(read("a.rec"), "head\nline 3\n{\"end\":\"the daemon ended\"}\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn b5_b79_when_the_disk_is_too_slow_the_recording_ends_and_says_so() {
        let folder = folder("slow");
        let path = folder.join("a.rec");
        let writer = Writer::start(&path, u64::MAX, Vec::new()).unwrap();
        writer.push(b"line 1\n");
        // As much at once as is never taken has the same effect as a disk that takes nothing.
        writer.push(&vec![b'x'; MOST_WAITING + 1]);
        writer.push(b"line 3\n");
        assert_eq!(writer.end("the daemon ended").as_deref(), Some(TOO_SLOW));
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text, "line 1\n{\"end\":\"the disk was too slow\"}\n");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn b5_b79_when_the_disk_takes_nothing_the_recording_ends_and_it_is_known_why() {
        let full = |path: &str| {
            let file = OpenOptions::new().write(true).open("/dev/full").unwrap();
            let file = Rotating { path: path.into(), file, written: 0, limit: u64::MAX, head: Vec::new() };
            let shared = Arc::new(Shared::default());
            let writer = Arc::clone(&shared);
            (Writer(shared), thread::spawn(move || writer.run(file)))
        };
        let (writer, thread) = full("a.rec");
        writer.push(b"line 1\n");
        thread.join().unwrap();
        let why = writer.failure().unwrap();
        assert!(why.contains("No space left on device"), "{why}");
        writer.push(b"line 2\n");
        assert!(writer.0.lock().waiting.is_empty(), "nothing is kept for a file that takes nothing");
        assert_eq!(writer.end("the daemon ended"), Some(why));
        let (writer, thread) = full("b.rec");
        drop(writer);
        thread.join().unwrap();
    }
}
