//! Zino's notification port, and the lines that both of its ports are made of.

use glue_proto::model::CaseState;
use glue_proto::wire::zino::{
    LineReader, MAX_NOTIFY_LINE, Notification, NotificationKind, NotifyChannel, NotifyEvent,
    decode_notification, decode_text,
};

/// The first byte that makes one line too long for the channel.
const LONG_LINE: u8 = 0xff;
/// How long a quotation of a line may be, in bytes.
const MOST_QUOTED: usize = 210;

/// Takes the bytes for what comes on a notification connection.
///
/// The first byte says into what pieces the stream is cut, and how long a line may be; or that one line in its middle is
/// longer than any may be.
///
/// * How the stream is cut makes no difference, neither to the lines nor to the events.
/// * The lines are those of the stream, up to the first that is too long.
/// * Each line is one event; nothing comes after a failure; what is quoted is short.
/// * A notification that is written again is read again as the same.
///
/// # Panics
///
/// One of these does not hold.
pub fn zino_notify(bytes: &[u8]) {
    let Some((options, stream)) = bytes.split_first() else { return };
    let size = usize::from(options & 15) + 1;
    let limit = usize::from(options >> 4) * 8;
    let lines = lines(stream, limit);
    for pieces in [size, usize::MAX] {
        assert_eq!(
            read(stream, limit, pieces),
            lines,
            "lines of at most {limit} bytes, in pieces of {pieces}"
        );
    }
    if *options == LONG_LINE {
        let (head, tail) = stream.split_at(stream.len() / 2);
        let long = [head, &vec![b'x'; MAX_NOTIFY_LINE], tail].concat();
        check(&long, size * 1000);
    } else {
        check(stream, size);
    }
}

fn check(stream: &[u8], size: usize) {
    let events = hear(stream, usize::MAX);
    assert_eq!(events, hear(stream, size), "in pieces of {size}");
    let (lines, too_long) = lines(stream, MAX_NOTIFY_LINE);
    let failed = matches!(events.last(), Some(NotifyEvent::Failed(_)));
    let no_nonce = failed && events.len() == 1;
    if !no_nonce {
        assert_eq!(events.len(), lines.len() + usize::from(too_long), "each line is one event");
        assert_eq!(failed, too_long, "only a line that is too long ends a session that has begun");
    }
    for (index, event) in events.iter().enumerate() {
        let line = lines.get(index).map_or("", String::as_str);
        match event {
            NotifyEvent::Nonce(nonce) => assert!(index == 0 && nonce == line && nonce.len() == 40),
            NotifyEvent::Notification(notification) => {
                assert!(index > 0 && line.starts_with(|c: char| c.is_ascii_digit()), "{line:?}");
                read_again(notification);
            }
            NotifyEvent::Goodbye => assert!(index > 0 && line.starts_with("Normal quit")),
            NotifyEvent::Unreadable { line } => assert!(index > 0 && line.len() <= MOST_QUOTED),
            NotifyEvent::Failed(error) => {
                assert_eq!(index + 1, events.len(), "nothing comes after a failure");
                assert!(error.to_string().len() <= 10 * MOST_QUOTED);
            }
        }
    }
}

/// Writes a notification as the server would, and reads it.
fn read_again(notification: &Notification) {
    let id = notification.id;
    let line = match &notification.kind {
        NotificationKind::State { from, to } => {
            // A word of more than one word is none that a server could have said.
            let words = |state: &CaseState| {
                !state.as_str().is_empty() && !state.as_str().contains(char::is_whitespace)
            };
            if !words(from) || !words(to) {
                return;
            }
            format!("{id} state {} {}", from.as_str(), to.as_str())
        }
        NotificationKind::Attribute => format!("{id} attr x"),
        NotificationKind::Log => format!("{id} log 1"),
        NotificationKind::History => format!("{id} history 1"),
        NotificationKind::Scavenged => format!("{id} scavenged"),
        NotificationKind::Other => format!("{id} x"),
    };
    assert_eq!(decode_notification(&line).as_ref(), Some(notification), "{line:?}");
}

fn hear(stream: &[u8], size: usize) -> Vec<NotifyEvent> {
    let mut channel = NotifyChannel::new();
    let mut events = Vec::new();
    for piece in stream.chunks(size) {
        channel.receive(piece);
        events.extend(core::iter::from_fn(|| channel.poll_event()));
    }
    events
}

/// Reads lines, and tells whether one was too long.
fn read(stream: &[u8], limit: usize, size: usize) -> (Vec<String>, bool) {
    let mut reader = LineReader::new(limit);
    let mut lines = Vec::new();
    for piece in stream.chunks(size) {
        reader.receive(piece);
        loop {
            match reader.next_line() {
                Ok(Some(line)) => lines.push(line),
                Ok(None) => break,
                Err(_) => return (lines, true),
            }
        }
    }
    (lines, false)
}

/// Says what lines there are, in the plainest way.
fn lines(stream: &[u8], limit: usize) -> (Vec<String>, bool) {
    let mut lines = Vec::new();
    let mut rest = stream;
    while let Some(end) = rest.windows(2).position(|pair| pair == b"\r\n") {
        if end > limit {
            return (lines, true);
        }
        let line = decode_text(&rest[..end]);
        if let Ok(text) = str::from_utf8(&rest[..end]) {
            assert_eq!(line, text, "what is UTF-8 stays as it is");
        }
        lines.push(line);
        rest = &rest[end + 2..];
    }
    // The CR may be the first half of a line's end.
    let length = rest.strip_suffix(b"\r").unwrap_or(rest).len();
    (lines, length > limit)
}
