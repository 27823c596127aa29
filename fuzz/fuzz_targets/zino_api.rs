//! Anything at all from Zino's API port, in any pieces, between commands of ours.
#![no_main]

use glue_proto::model::{CaseId, CaseState};
use glue_proto::secret::Secret;
use glue_proto::zino::{ApiChannel, Command};
use libfuzzer_sys::fuzz_target;

const GREETING: &[u8] = b"200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello, there\r\n200 ok\r\n";

fn command(byte: u8) -> Command {
    let id = CaseId(u64::from(byte >> 4));
    match byte % 7 {
        0 => Command::CaseIds,
        1 => Command::Attributes(id),
        2 => Command::History(id),
        3 => Command::Log(id),
        4 => Command::AddHistory { id, text: "a\n.\nb".into() },
        5 => Command::SetState { id, state: CaseState::Working },
        _ => Command::Version,
    }
}

fuzz_target!(|bytes: &[u8]| {
    let mut channel = ApiChannel::new("testuser", &Secret::new("testpassword".into()), 4);
    // Most sessions begin well; some do not.
    if bytes.first().is_some_and(|byte| *byte != b'!') {
        channel.receive(GREETING);
    }
    for piece in bytes.split(|byte| *byte == 0) {
        if let Some(byte) = piece.first() {
            let _ = channel.send(command(*byte));
        }
        while channel.poll_transmit().is_some() {}
        channel.receive(piece.get(1..).unwrap_or_default());
        while channel.poll_event().is_some() {}
    }
});
