//! A primary whose name has several addresses: one address is not the host (behaviour B60).

use glue_proto::{
    Action, Daemon, FailoverSettings, Input, Millis, Mode, Mono, Now, ProbeFailure, ProbeId, Settings, Wall,
};

/// What an address of the primary does.
#[derive(Clone, Copy, Debug)]
enum Does {
    /// It answers with its uptime.
    Answer,
    /// It answers with an error.
    Refuse,
    /// It sends something else.
    Babble,
    /// An ICMP error comes back.
    Fail,
}

use Does::{Answer, Babble, Fail, Refuse};

const TIMEOUT: Millis = Millis(500);

/// A secondary that one probe decides for, and its first probe.
struct Secondary {
    daemon: Daemon,
    probe: ProbeId,
    question: Vec<u8>,
}

fn at(millis: u64) -> Now {
    Now { mono: Mono(millis), wall: Wall(1_795_357_544) }
}

impl Secondary {
    fn new() -> Self {
        let failover =
            FailoverSettings::builder().ping_timeout(TIMEOUT).ping_interval(Millis(60_000)).threshold(1);
        let settings = Settings::example()
            .to_builder()
            .failover(Some(failover))
            .build()
            .expect("each value is in its range");
        let mut daemon = Daemon::new(settings, at(0), 7);
        let mut asked = None;
        daemon.handle(at(0), Input::Wake);
        while let Some(action) = daemon.poll_action() {
            if let Action::SendDatagram { probe, bytes } = action {
                assert!(asked.replace((probe, bytes)).is_none(), "one probe at a time");
            }
        }
        let (probe, question) = asked.expect("the primary is asked at the start");
        Self { daemon, probe, question }
    }

    fn see(&mut self, does: Does) {
        let Self { daemon, probe, question } = self;
        let probe = *probe;
        let reply = match does {
            Answer => answer(question, 0),
            Refuse => answer(question, 5),
            Babble => b"\x30\x03\x02\x01\x01".to_vec(),
            Fail => {
                daemon.handle(at(1), Input::DatagramFailed { probe, reason: ProbeFailure::Refused });
                return;
            }
        };
        daemon.handle(at(1), Input::Datagram { probe, bytes: &reply });
    }
}

/// The question sent back as a response, with a number in the place of the null and an error status.
fn answer(question: &[u8], error_status: u8) -> Vec<u8> {
    // Every length is a single byte: a header of two, the version in three, the community, then the PDU with the request
    // id and twice three bytes in front of the list of one variable.
    let pdu = 2 + 3 + 2 + usize::from(question[6]);
    let errors = pdu + 2 + 2 + usize::from(question[pdu + 3]);
    let list = errors + 3 + 3;
    let mut reply = question[..question.len() - 2].to_vec();
    (reply[pdu], reply[errors + 2]) = (0xa2, error_status);
    reply.extend([2, 1, 42]);
    for header in [0, pdu, list, list + 2] {
        reply[header + 1] += 1;
    }
    reply
}

/// Tells the mode after each of the things that the addresses do, and at last after the timeout.
fn modes(addresses: Option<u32>, does: &[Does]) -> Vec<Mode> {
    let mut secondary = Secondary::new();
    if let Some(addresses) = addresses {
        secondary.daemon.handle(at(1), Input::ProbeSent { probe: secondary.probe, addresses });
    }
    let mut modes = Vec::new();
    for does in does {
        secondary.see(*does);
        modes.push(secondary.daemon.inspect().mode());
    }
    secondary.daemon.handle(at(TIMEOUT.0), Input::Wake);
    modes.push(secondary.daemon.inspect().mode());
    modes
}

#[test]
fn b60_what_one_address_does_decides_nothing_while_another_may_still_answer() {
    const S: Mode = Mode::Standby;
    const A: Mode = Mode::Active;
    let table: [(Option<u32>, &[Does], &[Mode]); 14] = [
        (None, &[], &[A]),
        (None, &[Answer], &[S, S]),
        (None, &[Fail], &[A, A]),
        (None, &[Refuse], &[A, A]),
        (Some(1), &[Fail], &[A, A]),
        (Some(0), &[Fail], &[A, A]),
        (Some(2), &[Fail], &[S, A]),
        (Some(2), &[Fail, Answer], &[S, S, S]),
        (Some(2), &[Answer, Fail, Fail], &[S, S, S, S]),
        (Some(2), &[Fail, Fail], &[S, A, A]),
        (Some(2), &[Refuse, Refuse, Answer], &[S, S, S, S]),
        (Some(2), &[Fail, Refuse], &[S, A, A]),
        (Some(3), &[Babble, Fail, Babble, Fail, Answer], &[S, S, S, S, S, S]),
        (Some(3), &[Fail, Fail, Babble], &[S, S, S, A]),
    ];
    for (addresses, does, expected) in table {
        assert_eq!(modes(addresses, does), expected, "{addresses:?} {does:?}");
    }
}

#[test]
fn b60_how_many_addresses_another_probe_has_means_nothing() {
    let mut secondary = Secondary::new();
    let other = ProbeId(secondary.probe.0 + 1);
    secondary.daemon.handle(at(1), Input::ProbeSent { probe: other, addresses: 9 });
    secondary.see(Fail);
    assert_eq!(secondary.daemon.inspect().mode(), Mode::Active);
}
