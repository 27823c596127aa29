//! The log: one line per record on standard error, in UTC (behaviour B1, B4).

use glue_proto::{Level, Notice, Secret};
use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write};
use std::sync::Arc;
use tracing::level_filters::LevelFilter;
use tracing::{debug, error, info, trace, warn};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// The target of our own records.
const OURS: &str = "zinoargus";
/// What stands in the log instead of a secret.
const MASK: &str = "***";
/// A shorter secret would also hide ordinary words.
const SHORTEST_SECRET: usize = 6;

/// Starts the log. Libraries are heard from `WARN` on, and in full only when everything is.
///
/// Nothing writes a secret into the log; if something ever does, the text of `secrets` is masked all the same. A secret
/// of less than six characters is not, because it may be part of any word.
pub fn start(level: LevelFilter, secrets: &[&Secret]) {
    let libraries = if level == LevelFilter::TRACE { level } else { level.min(LevelFilter::WARN) };
    let filter =
        Targets::new().with_default(libraries).with_target(OURS, level).with_target("glue_runtime", level);
    let lines = tracing_subscriber::fmt::layer()
        .with_target(level == LevelFilter::TRACE)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(Masked { secrets: Scrubber::new(secrets), out: io::stderr });
    // Only a second start can fail, and then the log is there already.
    let _ = tracing_subscriber::registry().with(lines).with(filter).try_init();
}

/// Writes a notice of the machine into the log.
pub fn notice(notice: &Notice) {
    let text = notice.to_string();
    let text = one_line(&text);
    match notice.level() {
        Level::Trace => trace!(target: OURS, "{text}"),
        Level::Debug => debug!(target: OURS, "{text}"),
        Level::Info => info!(target: OURS, "{text}"),
        Level::Warn => warn!(target: OURS, "{text}"),
        Level::Error => error!(target: OURS, "{text}"),
    }
}

/// Writes a warning of the shell into the log.
pub fn warning(text: &str) {
    warn!(target: OURS, "{}", one_line(text));
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

/// Masks secrets in text.
#[derive(Clone)]
struct Scrubber(Arc<[String]>);

impl Scrubber {
    fn new(secrets: &[&Secret]) -> Self {
        let long_enough = |secret: &&&Secret| secret.expose().chars().count() >= SHORTEST_SECRET;
        let mut texts: Vec<String> = secrets
            .iter()
            .filter(long_enough)
            .flat_map(|secret| [secret.expose().to_owned(), secret.expose().escape_debug().to_string()])
            .collect();
        // A secret that is part of another must not spoil the match of the longer one.
        texts.sort_by_key(|text| core::cmp::Reverse(text.len()));
        texts.dedup();
        Self(texts.into())
    }

    fn mask<'a>(&self, line: &'a [u8]) -> Cow<'a, str> {
        let text = String::from_utf8_lossy(line);
        self.0.iter().fold(text, |text, secret| {
            if text.contains(secret.as_str()) {
                Cow::Owned(text.replace(secret.as_str(), MASK))
            } else {
                text
            }
        })
    }
}

/// Makes writers that mask secrets on their way to `out`.
struct Masked<M> {
    secrets: Scrubber,
    out: M,
}

/// Writes whole records: `tracing-subscriber` hands over each with a single call.
struct MaskedLine<'a, W> {
    secrets: &'a Scrubber,
    out: W,
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masked<M> {
    type Writer = MaskedLine<'a, M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        MaskedLine { secrets: &self.secrets, out: self.out.make_writer() }
    }
}

impl<W: Write> Write for MaskedLine<'_, W> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.out.write_all(self.secrets.mask(line).as_bytes())?;
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Mutex;

    #[derive(Clone, Default)]
    struct Sink(Arc<Mutex<Vec<u8>>>);

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    #[test]
    fn b4_secrets_are_masked_wherever_they_stand_in_a_record() {
        let (token, password, short) =
            (secret("0123456789"), secret("a\"b\\c 0123456789 d"), secret("five5"));
        let scrubber = Scrubber::new(&[&token, &password, &short]);
        let mask = |line: &str| scrubber.mask(line.as_bytes()).into_owned();
        assert_eq!(mask("Token 0123456789, 0123456789"), "Token ***, ***");
        assert_eq!(mask("a\"b\\c 0123456789 d"), "***");
        assert_eq!(mask(&format!("{:?}", "a\"b\\c 0123456789 d")), "\"***\"");
        assert_eq!(mask("five5"), "five5");
    }

    #[test]
    fn b4_whole_records_pass_through_the_mask() {
        let token = secret("0123456789");
        let sink = Sink::default();
        let out = sink.clone();
        let masked = Masked { secrets: Scrubber::new(&[&token]), out: move || out.clone() };
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(masked);
        tracing::subscriber::with_default(tracing_subscriber::registry().with(lines), || {
            tracing::trace!(token = "0123456789", "sent {:?}", b"Token 0123456789");
            warning("two\nlines\u{1b}[0m");
        });
        let text = String::from_utf8(sink.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("sent") && !text.contains("0123456789"), "{text}");
        assert!(text.contains(r"two\nlines\u{1b}[0m") && text.lines().count() == 2, "{text}");
    }
}
