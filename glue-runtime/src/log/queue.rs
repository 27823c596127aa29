//! Between the daemon and standard error: a bounded queue and a thread that writes (behaviour B5).
//!
//! Whoever logs puts a record into memory and goes on. Only the thread waits for the reader of standard error: when a
//! pipe is full, a terminal paused or a disk without space, records are dropped and counted, and the count is logged
//! where they are missing.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// The most that waits to be written, in bytes; as much again may be with the thread.
const MOST_WAITING: usize = 512 * 1024;
/// A buffer of more bytes than this is given back once it is empty.
const KEPT: usize = 64 * 1024;
/// Pause before the next try where standard error was set not to block and takes nothing.
const RETRY: Duration = Duration::from_millis(20);

/// After so long it is no slowness any more: nobody takes the record that is being written.
const BLOCKED_AFTER: Duration = Duration::from_secs(1);

/// What becomes of the records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Whether one has waited for more than a second to be taken.
    pub is_blocked: bool,
    /// How many were lost since the start: they found no room, or could not be written.
    pub dropped: u64,
}

/// The way in. Every clone leads to the same thread.
#[derive(Clone, Debug, Default)]
pub(super) struct Queue(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Whole records, each with its end of line.
    waiting: Vec<u8>,
    /// Records that found no room and have not been reported.
    dropped: u64,
    /// All records that were lost so far.
    lost: u64,
    /// Since when the record waits that is being written.
    writing_since: Option<Instant>,
    /// Records are being written, or their loss is being reported.
    is_busy: bool,
    writer: Option<ThreadId>,
}

impl Queue {
    /// Starts the thread, which writes to `out` for as long as the process runs. It calls `report` with a text for the
    /// log when records were lost; what is pushed from there always finds room.
    ///
    /// # Errors
    ///
    /// If the system gives no thread.
    pub(super) fn start(
        out: impl Write + Send + 'static,
        report: impl Fn(&str) + Send + 'static,
    ) -> io::Result<Self> {
        let queue = Self::default();
        let writer = queue.clone();
        thread::Builder::new().name(String::from("log")).spawn(move || writer.run(out, report))?;
        Ok(queue)
    }

    /// Puts in a record that ends with the end of its line. It never waits for whoever reads the log.
    pub(super) fn push(&self, record: &[u8]) {
        let mut state = self.lock();
        // Once a record is missing, later ones have to be missing too until that was reported: only so does the
        // report stand where they are missing.
        let is_full = state.dropped > 0 || state.waiting.len() + record.len() > MOST_WAITING;
        if is_full && state.writer != Some(thread::current().id()) {
            state.dropped += 1;
            state.lost += 1;
        } else {
            state.waiting.extend_from_slice(record);
        }
        self.0.changed.notify_all();
    }

    /// Returns what becomes of the records at a moment.
    pub(super) fn records(&self, now: Instant) -> Records {
        let state = self.lock();
        let waits = state.writing_since.map(|since| now.saturating_duration_since(since));
        Records { is_blocked: waits.is_some_and(|waits| waits >= BLOCKED_AFTER), dropped: state.lost }
    }

    /// Waits until everything was written and reported, at most for `patience`.
    pub(super) fn flush(&self, patience: Duration) {
        let is_unwritten =
            |state: &mut State| state.is_busy || state.dropped > 0 || !state.waiting.is_empty();
        drop(self.0.changed.wait_timeout_while(self.lock(), patience, is_unwritten));
    }

    fn run(&self, mut out: impl Write, report: impl Fn(&str)) {
        self.lock().writer = Some(thread::current().id());
        let mut failed = Failed::default();
        loop {
            let (records, dropped) = self.take();
            // A pipe takes each record as a whole or not at all.
            for record in records.split_inclusive(|byte| *byte == b'\n') {
                failed.note(self.write(&mut out, record), &report);
            }
            if dropped > 0 {
                report(&format!("log records dropped, because nobody took them in time: {dropped}"));
            }
            let mut state = self.lock();
            state.dropped -= dropped;
            state.is_busy = false;
            if state.waiting.capacity() == 0 && records.capacity() <= KEPT {
                state.waiting = records;
                state.waiting.clear();
            }
            drop(state);
            self.0.changed.notify_all();
        }
    }

    /// Writes one record, in sight of whoever asks how long that takes.
    fn write(&self, out: &mut impl Write, record: &[u8]) -> io::Result<()> {
        self.lock().writing_since = Some(Instant::now());
        let written = write_whole(out, record);
        let mut state = self.lock();
        state.writing_since = None;
        state.lost += u64::from(written.is_err());
        drop(state);
        written
    }

    /// Waits for something to do: all records that wait, and how many found no room after them.
    fn take(&self) -> (Vec<u8>, u64) {
        let is_idle = |state: &mut State| state.waiting.is_empty() && state.dropped == 0;
        let state = self.0.changed.wait_while(self.lock(), is_idle);
        let mut state = state.unwrap_or_else(PoisonError::into_inner);
        state.is_busy = true;
        (core::mem::take(&mut state.waiting), state.dropped)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Records that could not be written, and why.
#[derive(Debug, Default)]
struct Failed {
    count: u64,
    cause: String,
}

impl Failed {
    /// Takes in whether a record was written. A failure is reported as soon as something can be written again.
    fn note(&mut self, written: io::Result<()>, report: &impl Fn(&str)) {
        match written {
            Err(error) => *self = Self { count: self.count + 1, cause: error.to_string() },
            Ok(()) if self.count > 0 => {
                let Self { count, cause } = core::mem::take(self);
                report(&format!("log records that could not be written ({cause}): {count}"));
            }
            Ok(()) => {}
        }
    }
}

fn write_whole(out: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match out.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => thread::sleep(RETRY),
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    const PATIENCE: Duration = Duration::from_secs(20);

    /// Takes a record whenever its test gives it leave, or fails where the test says so.
    struct Reader {
        leave: Receiver<io::Result<()>>,
        heard: Sender<String>,
    }

    impl Write for Reader {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.leave.recv().map_err(|_| io::ErrorKind::BrokenPipe)??;
            let _ = self.heard.send(String::from_utf8(bytes.to_vec()).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// A queue that reports its losses to itself, as the log does.
    fn start() -> (Queue, Sender<io::Result<()>>, Receiver<String>) {
        let (leave, leaves) = channel();
        let (heard, hears) = channel();
        let itself = Arc::new(Mutex::new(None::<Queue>));
        let reports = Arc::clone(&itself);
        let report = move |text: &str| {
            let queue = reports.lock().unwrap();
            queue.as_ref().unwrap().push(format!("{text}\n").as_bytes());
        };
        let queue = Queue::start(Reader { leave: leaves, heard }, report).unwrap();
        *itself.lock().unwrap() = Some(queue.clone());
        (queue, leave, hears)
    }

    fn next(hears: &Receiver<String>) -> String {
        hears.recv_timeout(PATIENCE).expect("something is written")
    }

    #[test]
    fn b5_records_that_find_no_room_are_counted_where_they_are_missing() {
        let (queue, leave, hears) = start();
        queue.push(b"first\n");
        while !queue.lock().is_busy {
            thread::yield_now();
        }
        let long = [vec![b'x'; MOST_WAITING - 7], b"\n".to_vec()].concat();
        queue.push(&long);
        for record in ["no room\n", "short\n", "\n"] {
            queue.push(record.as_bytes());
        }
        while queue.lock().writing_since.is_none() {
            thread::yield_now();
        }
        let later = Instant::now() + BLOCKED_AFTER;
        assert_eq!(queue.records(later), Records { is_blocked: true, dropped: 3 });
        for _ in 0..4 {
            leave.send(Ok(())).unwrap();
        }
        assert_eq!(next(&hears), "first\n");
        assert_eq!(next(&hears).len(), long.len());
        assert_eq!(next(&hears), "log records dropped, because nobody took them in time: 3\n");
        queue.flush(PATIENCE);
        assert_eq!(queue.records(later + BLOCKED_AFTER), Records { is_blocked: false, dropped: 3 });
        queue.push(b"second\n");
        assert_eq!(next(&hears), "second\n");
    }

    #[test]
    fn b5_a_record_larger_than_the_queue_is_counted_too() {
        let (queue, leave, hears) = start();
        leave.send(Ok(())).unwrap();
        queue.push(&vec![b'x'; MOST_WAITING + 1]);
        assert!(next(&hears).starts_with("log records dropped"));
    }

    #[test]
    fn b6_records_that_could_not_be_written_are_told_with_the_cause_once_there_is_a_way() {
        let (queue, leave, hears) = start();
        for result in [Err(io::ErrorKind::StorageFull), Err(io::ErrorKind::StorageFull), Ok(()), Ok(())] {
            leave.send(result.map_err(io::Error::from)).unwrap();
        }
        queue.push(b"lost\nlost too\nwritten\n");
        assert_eq!(next(&hears), "written\n");
        assert_eq!(next(&hears), "log records that could not be written (no storage space): 2\n");
        assert_eq!(queue.records(Instant::now()).dropped, 2);
    }

    #[test]
    fn b6_a_closed_standard_error_takes_no_time() {
        let (queue, leave, _) = start();
        drop(leave);
        for _ in 0..1000 {
            queue.push(b"nobody hears this\n");
        }
        let start = Instant::now();
        queue.flush(PATIENCE);
        assert!(start.elapsed() < PATIENCE);
        assert!(queue.lock().waiting.is_empty());
    }

    #[test]
    fn b2_waiting_for_the_last_records_has_an_end() {
        let (queue, _leave, _) = start();
        queue.push(b"nobody takes this\n");
        queue.flush(Duration::from_millis(10));
        assert!(queue.lock().is_busy);
    }

    #[test]
    fn interruptions_and_partial_writes_lose_nothing() {
        struct Slow(Vec<io::Result<usize>>, Vec<u8>);
        impl Write for Slow {
            fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
                let count = self.0.pop().unwrap_or(Ok(bytes.len()))?.min(bytes.len());
                self.1.extend_from_slice(&bytes[..count]);
                Ok(count)
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let script =
            vec![Ok(2), Err(io::ErrorKind::WouldBlock.into()), Ok(1), Err(io::ErrorKind::Interrupted.into())];
        let mut slow = Slow(script, Vec::new());
        write_whole(&mut slow, b"record\n").unwrap();
        assert_eq!(slow.1, b"record\n");
        let mut stuck = Slow(vec![Ok(0)], Vec::new());
        assert_eq!(write_whole(&mut stuck, b"x").unwrap_err().kind(), io::ErrorKind::WriteZero);
    }
}
