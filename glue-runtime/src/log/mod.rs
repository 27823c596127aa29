//! The log: one line per record on standard error (behaviour B1, B4, B5, B73).

mod form;
mod mask;
mod queue;

pub use form::Form;
pub use queue::Records;

use form::Lines;
use glue_proto::{Level, Notice, Secret};
use mask::Scrubber;
use queue::Queue;
use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::panic;
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use tracing::level_filters::LevelFilter;
use tracing::{debug, error, info, trace, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target of our own records.
const OURS: &str = "zinoargus";
/// How long the end of the process waits for the last records. With the second that requests under way get it is less
/// than the two of behaviour B2.
const FLUSH_TIME: Duration = Duration::from_millis(500);

/// What is masked in the log of this process.
static SECRETS: OnceLock<Scrubber> = OnceLock::new();

/// Where the records of this process go, once it takes any.
static QUEUE: OnceLock<Queue> = OnceLock::new();

/// Standard error, written to by a thread of its own: nothing here ever waits for whoever reads it (behaviour B5).
#[derive(Debug)]
pub struct Log {
    queue: Queue,
    form: Form,
}

impl Log {
    /// Opens standard error, for records in a form.
    ///
    /// # Errors
    ///
    /// If the system gives no descriptor or no thread.
    pub fn open(form: Form) -> io::Result<Self> {
        // A descriptor of our own, without the lock that the standard library holds while it writes.
        let out = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        Ok(Self { queue: Queue::start(out, warning)?, form })
    }

    /// Writes a text for people, why nothing is done: each line of it as it is, or as an error where programs read the log.
    pub fn say(&self, text: &impl core::fmt::Display) {
        for line in text.to_string().lines() {
            self.queue.push(format!("{}\n", self.form.line(line)).as_bytes());
        }
    }

    /// Starts to take records. Libraries are heard from `WARN` on, and in full only when everything is.
    ///
    /// Nothing writes a secret into the log; if something ever does, the text of `secrets` is masked all the same. A
    /// secret of less than six characters is not, because it may be part of any word.
    pub fn start(&self, level: LevelFilter, secrets: &[&Secret]) {
        hide(secrets);
        let libraries = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
        let filter = Targets::new()
            .with_default(libraries)
            .with_target(OURS, level)
            .with_target("glue_runtime", level);
        let lines = tracing_subscriber::fmt::layer()
            .event_format(Lines { form: self.form, shows_target: level == LevelFilter::TRACE })
            .with_writer(Masked {
                secrets: SECRETS.get_or_init(Scrubber::default).clone(),
                out: self.queue.clone(),
            });
        // Only a second start can fail, and then the log is there already.
        let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
        let queue = QUEUE.get_or_init(|| self.queue.clone()).clone();
        // The standard library's own hook would wait for ever where nobody reads.
        panic::set_hook(Box::new(move |panic| {
            error!(target: OURS, "{}", one_line(&panic.to_string()));
            queue.flush(FLUSH_TIME);
        }));
    }

    /// Waits for the last records to be written, at most half a second.
    pub fn flush(&self) {
        self.queue.flush(FLUSH_TIME);
    }
}

/// Waits for the records of this process to be written, at most half a second.
pub fn flush() {
    QUEUE.get().into_iter().for_each(|queue| queue.flush(FLUSH_TIME));
}

/// Returns what becomes of the records of this process.
#[must_use]
pub fn records() -> Records {
    QUEUE.get().map(|queue| queue.records(Instant::now())).unwrap_or_default()
}

/// Masks these secrets in the log from now on, as [`Log::start`] does.
pub fn hide(secrets: &[&Secret]) {
    SECRETS.get_or_init(Scrubber::default).add(secrets);
}

/// Masks these secrets in bytes of another kind, which are not changed where there are none.
pub(crate) fn mask(bytes: &[u8]) -> Vec<u8> {
    let masked = SECRETS.get_or_init(Scrubber::default).mask(bytes);
    if masked == String::from_utf8_lossy(bytes) { bytes.to_vec() } else { masked.into_owned().into_bytes() }
}

/// Writes a notice of the machine into the log.
pub fn notice(notice: &Notice) {
    let text = notice.to_string();
    let text = one_line(&text);
    let (case, incident, rule) = (notice.case().map(|case| case.0), notice.incident(), notice.rule());
    match notice.level() {
        Level::Trace => trace!(target: OURS, case, incident, rule, "{text}"),
        Level::Debug => debug!(target: OURS, case, incident, rule, "{text}"),
        Level::Info => info!(target: OURS, case, incident, rule, "{text}"),
        Level::Warn => warn!(target: OURS, case, incident, rule, "{text}"),
        Level::Error => error!(target: OURS, case, incident, rule, "{text}"),
    }
}

/// Writes a warning of the shell into the log.
pub fn warning(text: &str) {
    warn!(target: OURS, "{}", one_line(text));
}

/// Writes what somebody has to mend into the log.
pub fn failure(text: &str) {
    error!(target: OURS, "{}", one_line(text));
}

/// Writes what has happened in the shell into the log.
pub fn event(text: &str) {
    info!(target: OURS, "{}", one_line(text));
}

/// Writes what matters only to those who look closely into the log.
pub fn detail(text: &str) {
    debug!(target: OURS, "{}", one_line(text));
}

/// Writes control characters as escapes: what a peer says must not look like a record of its own.
pub(crate) fn one_line(text: &str) -> Cow<'_, str> {
    if !text.chars().any(char::is_control) {
        return Cow::Borrowed(text);
    }
    let escape = |c: char| if c.is_control() { c.escape_default().to_string() } else { c.to_string() };
    Cow::Owned(text.chars().map(escape).collect())
}

/// Makes writers that mask secrets on their way to the queue.
struct Masked {
    secrets: Scrubber,
    out: Queue,
}

/// Writes whole records: `tracing-subscriber` hands over each with a single call.
struct MaskedLine<'a>(&'a Masked);

impl<'a> MakeWriter<'a> for Masked {
    type Writer = MaskedLine<'a>;

    fn make_writer(&'a self) -> Self::Writer {
        MaskedLine(self)
    }
}

impl Write for MaskedLine<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.out.push(self.0.secrets.mask(line).as_bytes());
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};

    /// Keeps what is written.
    #[derive(Clone, Default)]
    pub(in crate::log) struct Sink(pub(in crate::log) Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn b4_whole_records_pass_through_the_mask() {
        let token = Secret::new(String::from("0123456789"));
        let sink = Sink::default();
        let queue = Queue::start(sink.clone(), |_| {}).unwrap();
        let masked = Masked { secrets: Scrubber::new(&[&token]), out: queue.clone() };
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(masked);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            trace!(token = "0123456789", "sent {:?}", b"Token 0123456789");
            warning("two\nlines\u{1b}[0m");
        });
        queue.flush(Duration::from_secs(20));
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("sent") && !text.contains("0123456789"), "{text}");
        assert!(text.contains(r"two\nlines\u{1b}[0m") && text.lines().count() == 2, "{text}");
    }
}
