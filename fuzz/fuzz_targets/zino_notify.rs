//! Anything at all from Zino's notification port: the events do not depend on how the bytes are cut.
#![no_main]

use glue_proto::zino::{NotifyChannel, NotifyEvent};
use libfuzzer_sys::fuzz_target;

fn events<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> Vec<NotifyEvent> {
    let mut channel = NotifyChannel::new();
    let mut events = Vec::new();
    for piece in pieces {
        channel.receive(piece);
        events.extend(core::iter::from_fn(|| channel.poll_event()));
    }
    events
}

fuzz_target!(|bytes: &[u8]| {
    let size = usize::from(bytes.first().copied().unwrap_or(1) % 16) + 1;
    assert_eq!(events(core::iter::once(bytes)), events(bytes.chunks(size)));
});
