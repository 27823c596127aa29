//! What turns bytes into meaning and back, each with a sample of its work.

use super::{Meter, Peers};
use core::hint::black_box;
use glue_proto::model::{CaseId, EventType, NewEvent, NewIncident, Patch};
use glue_proto::wire::argus::{Call, Filter, read_reply};
use glue_proto::wire::snmp;
use glue_proto::wire::zino::{ApiChannel, Command, MAX_WINDOW, NotifyChannel};
use glue_proto::{Response, Secret};
use glue_sim::snmp::SnmpAgent;
use glue_sim::world::BEGIN;

/// How many rows or lines a sample has.
const ROWS: usize = 1000;
/// How many replies a sample of Zino's has: a window full.
const REPLIES: u64 = 64;
const NONCE: &str = "0123456789abcdef0123456789abcdef01234567";

/// Something that can be done, and measured, again and again.
pub type Work = Box<dyn FnMut(&mut dyn Meter)>;

/// One of the codecs of the core.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Codec {
    /// Replies to `getattrs` and `gethist`, from bytes to attributes and entries.
    ZinoReplies,
    /// Lines of the notification channel.
    Notifications,
    /// A page of Argus's listing.
    ArgusPage,
    /// The events of one incident.
    ArgusEvents,
    /// New incidents, events and changes, from what they say to their JSON.
    ArgusWrites,
    /// One SNMP request.
    SnmpEncode,
    /// One SNMP reply.
    SnmpDecode,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ZinoReplies,
        Self::Notifications,
        Self::ArgusPage,
        Self::ArgusEvents,
        Self::ArgusWrites,
        Self::SnmpEncode,
        Self::SnmpDecode,
    ];

    /// Returns its name, in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ZinoReplies => "zino_replies",
            Self::Notifications => "notifications",
            Self::ArgusPage => "argus_page",
            Self::ArgusEvents => "argus_events",
            Self::ArgusWrites => "argus_writes",
            Self::SnmpEncode => "snmp_encode",
            Self::SnmpDecode => "snmp_decode",
        }
    }

    /// Returns the size of the sample in bytes, and what works on it once.
    #[must_use]
    pub fn sample(self) -> (u64, Work) {
        match self {
            Self::ZinoReplies => zino_replies(),
            Self::Notifications => notifications(),
            Self::ArgusPage => answer(Call::List { filter: Filter::Open }),
            Self::ArgusEvents => answer(Call::Events { pk: 1001 }),
            Self::ArgusWrites => argus_writes(),
            Self::SnmpEncode => {
                let size = snmp::encode_get(b"public", 1).len() as u64;
                let mut encode = || drop(black_box(snmp::encode_get(black_box(b"public"), black_box(1))));
                (size, Box::new(move |meter| meter.measure(&mut encode)))
            }
            Self::SnmpDecode => {
                let agent = SnmpAgent::new("public", BEGIN - 1000);
                let reply = agent.answer(&snmp::encode_get(b"public", 1), BEGIN).unwrap_or_default();
                assert!(snmp::read_reply(&reply, 1).is_ok());
                let size = reply.len() as u64;
                let mut decode = move || drop(black_box(snmp::read_reply(black_box(&reply), 1)));
                (size, Box::new(move |meter| meter.measure(&mut decode)))
            }
        }
    }
}

/// Makes a channel that is logged in and waits for replies, and their bytes.
fn zino_replies() -> (u64, Work) {
    let peers = Peers::new(ROWS);
    let mut channel = ApiChannel::new("testuser", &Secret::new("testpassword".into()), MAX_WINDOW);
    channel.receive(format!("200 {NONCE} Hello, there\r\n").as_bytes());
    drop(channel.poll_transmit());
    channel.receive(b"200 ok\r\n");
    let mut replies = String::new();
    for case in 1..=REPLIES {
        let (id, is_even) = (CaseId(case), case % 2 == 0);
        let command = if is_even { Command::Attributes(id) } else { Command::History(id) };
        assert_eq!(channel.send(command), Ok(()));
        peers.zino(&format!("{} {case}", if is_even { "getattrs" } else { "gethist" }), &mut replies);
    }
    while channel.poll_transmit().is_some() || channel.poll_event().is_some() {}
    let size = replies.len() as u64;
    let run = move |meter: &mut dyn Meter| {
        let mut channel = channel.clone();
        let mut events = 0;
        meter.measure(&mut || {
            channel.receive(black_box(replies.as_bytes()));
            while let Some(event) = channel.poll_event() {
                events += 1;
                drop(black_box(event));
            }
        });
        assert_eq!(events, REPLIES);
    };
    (size, Box::new(run))
}

fn notifications() -> (u64, Work) {
    let mut channel = NotifyChannel::new();
    channel.receive(format!("{NONCE}\r\n").as_bytes());
    drop(channel.poll_event());
    let kinds = ["state open working", "attr priority", "log 1", "history 1"];
    let line = |(case, kind): (u64, &&str)| format!("{case} {kind}\r\n");
    let lines: String = (1_u64..).zip(kinds.iter().cycle().take(ROWS)).map(line).collect();
    let size = lines.len() as u64;
    let run = move |meter: &mut dyn Meter| {
        let mut events = 0;
        meter.measure(&mut || {
            channel.receive(black_box(lines.as_bytes()));
            while let Some(event) = channel.poll_event() {
                events += 1;
                drop(black_box(event));
            }
        });
        assert_eq!(events, ROWS);
    };
    (size, Box::new(run))
}

/// Makes the answer of Argus to a call.
fn answer(call: Call) -> (u64, Work) {
    // Half of them are open.
    let (status, body) = Peers::new(2 * ROWS).argus(&call.request());
    let size = body.len() as u64;
    let run = move |meter: &mut dyn Meter| {
        let response = Response { status, retry_after: None, date: None, body: body.as_bytes() };
        let mut reply = None;
        meter.measure(&mut || reply = Some(read_reply(black_box(&call), black_box(&response))));
        assert!(reply.is_some_and(|reply| reply.is_ok()));
    };
    (size, Box::new(run))
}

fn argus_writes() -> (u64, Work) {
    let tags = || vec!["host=gw1.example.org".into(), "event_type=portstate".into(), "priority=100".into()];
    let calls = [
        Call::Create(NewIncident {
            start_time: BEGIN,
            source_incident_id: "4711".into(),
            description: "gw1.example.org port ge-0/0/1 changed state to DOWN (to-customer1, Ae1)".into(),
            level: 3,
            tags: tags(),
        }),
        Call::Post {
            pk: 4711,
            event: NewEvent {
                at: BEGIN,
                event_type: EventType::Other,
                description: "lars\nThe line is being looked at, ticket 4711 at the carrier".into(),
            },
        },
        Call::Patch { pk: 4711, patch: Patch { level: Some(1), description: None, tags: Some(tags()) } },
    ];
    let size: usize = calls.iter().map(|call| call.request().body.len()).sum();
    let run = move |meter: &mut dyn Meter| {
        meter.measure(&mut || {
            for call in black_box(&calls) {
                drop(black_box(call.request()));
            }
        });
    };
    (size as u64, Box::new(run))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::Unmeasured;

    #[test]
    fn every_codec_does_its_work_again_and_again() {
        for codec in Codec::ALL {
            let (size, mut run) = codec.sample();
            assert!(size > 10, "{codec:?}");
            run(&mut Unmeasured);
            run(&mut Unmeasured);
        }
    }
}
