//! What the SNMP agent of the primary can answer.

use crate::adversary::COMMUNITY;
use crate::adversary::mode::{Expected, Mode};
use crate::adversary::snmp::Datagram::{Here, OtherAddress, OtherPort};
use Expected::{StandsBy, TakesOver};

/// `zinoUpTime`, in front of the instance.
const OID: &[u8] = &[0x2b, 6, 1, 4, 1, 0x92, 0x7c, 0x81, 2, 1, 1, 1, 0];
/// Datagrams in a hundredth of a second: 10,000 in a second.
const FLOOD: u32 = 100;

pub(super) fn modes() -> Vec<Mode> {
    [values(), shapes(), origins()].concat()
}

/// Returns the answer with other bytes in the place of the first ones that are like these.
fn with(honest: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let at = honest.windows(old.len()).position(|found| found == old);
    let mut bytes = honest.to_vec();
    if let Some(at) = at {
        bytes.splice(at..at + old.len(), new.iter().copied());
    }
    bytes
}

/// Returns where the content of the value of the first field with this tag begins, after the community.
fn after_community(honest: &[u8]) -> usize {
    let found = honest.windows(COMMUNITY.len()).position(|text| text == COMMUNITY.as_bytes());
    found.map_or(0, |at| at + COMMUNITY.len())
}

/// Flips one byte, so many bytes after the community.
fn flip(honest: &[u8], offset: usize) -> Vec<u8> {
    let mut bytes = honest.to_vec();
    let at = after_community(honest) + offset;
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 0x55;
    }
    bytes
}

fn values() -> Vec<Mode> {
    vec![
        Mode::snmp("snmp-wrong-id", "answers with another request id", TakesOver, |honest| {
            // The PDU's tag and length, the tag and the length of the id, its first byte.
            vec![Here(flip(honest, 4))]
        }),
        Mode::snmp(
            "snmp-wrong-community",
            "answers with another community, which B60 does not ask for",
            StandsBy,
            |honest| {
                let other = "x".repeat(COMMUNITY.len());
                vec![Here(with(honest, COMMUNITY.as_bytes(), other.as_bytes()))]
            },
        ),
        Mode::snmp("snmp-wrong-oid", "answers with another object", TakesOver, |honest| {
            let mut oid = OID.to_vec();
            oid[11] = 7;
            vec![Here(with(honest, OID, &oid))]
        }),
        Mode::snmp(
            "snmp-no-such-object",
            "answers with an exception in the place of a value",
            TakesOver,
            |honest| {
                let at = honest.windows(OID.len()).position(|found| found == OID).unwrap_or(0) + OID.len();
                let mut bytes = honest.to_vec();
                let length = bytes.get(at + 1).copied().unwrap_or(0);
                if let Some(tag) = bytes.get_mut(at) {
                    *tag = 0x80;
                }
                // An exception has no content: what follows belongs to nothing.
                if let Some(byte) = bytes.get_mut(at + 1) {
                    *byte = length;
                }
                vec![Here(bytes)]
            },
        ),
        Mode::snmp("snmp-error-status", "answers with an error status", TakesOver, |honest| {
            vec![Here(with(honest, &[2, 1, 0, 2, 1, 0], &[2, 1, 5, 2, 1, 1]))]
        }),
    ]
}

fn shapes() -> Vec<Mode> {
    vec![
        Mode::snmp("snmp-cut", "answers that are cut, at every length", TakesOver, |honest| {
            (0..honest.len())
                .filter_map(|length| honest.get(..length))
                .map(|cut| Here(cut.to_vec()))
                .collect()
        }),
        Mode::snmp("snmp-length-overflow", "lengths that go beyond everything", TakesOver, |honest| {
            let long = [&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], honest].concat();
            let longer = [&[0x30, 0x89, 1, 0, 0, 0, 0, 0, 0, 0, 0], honest].concat();
            let longest = [&[0x30, 0xff][..], &[0xff; 127], honest].concat();
            vec![Here(long), Here(longer), Here(longest)]
        }),
        Mode::snmp(
            "snmp-indefinite-length",
            "lengths that are not said, which count as any other",
            StandsBy,
            |honest| {
                let content = honest.get(2..).unwrap_or_default();
                vec![Here([&[0x30, 0x80], content, &[0, 0]].concat())]
            },
        ),
        Mode::snmp("snmp-deep", "30,000 sequences, one in another", TakesOver, |_| {
            vec![Here([0x30, 0x80].repeat(30_000)), Here([0x30, 0x82, 0xff, 0xff].repeat(16_000))]
        }),
        Mode::snmp("snmp-64-kib", "the largest datagram that there is", TakesOver, |honest| {
            vec![Here([honest, &[0x30; 65_000]].concat()), Here(vec![0xff; 65_507]), Here(Vec::new())]
        }),
    ]
}

fn origins() -> Vec<Mode> {
    vec![
        Mode::snmp("snmp-silent", "does not answer", TakesOver, |_| Vec::new()),
        Mode::snmp("snmp-other-port", "answers from another port", TakesOver, |honest| {
            vec![OtherPort(honest.to_vec())]
        }),
        Mode::snmp("snmp-other-address", "answers from another address", TakesOver, |honest| {
            vec![OtherAddress(honest.to_vec())]
        }),
        Mode::snmp("snmp-garbage-first", "garbage from everywhere, then the answer", StandsBy, |honest| {
            let garbage = flip(honest, 4);
            vec![OtherPort(garbage.clone()), Here(garbage), Here(Vec::new()), Here(honest.to_vec())]
        }),
        Mode::snmp("snmp-answers-doubled", "each answer 100 times", StandsBy, |honest| {
            (0..100).map(|_| Here(honest.to_vec())).collect()
        }),
        Mode::snmp("snmp-flood", "10,000 false answers a second besides the true one", StandsBy, |honest| {
            vec![Here(honest.to_vec())]
        })
        .flood(|honest| flip(honest, 4), FLOOD),
        Mode::snmp("snmp-flood-alone", "10,000 false answers a second and no true one", TakesOver, |_| {
            Vec::new()
        })
        .flood(|honest| flip(honest, 4), FLOOD)
        .allow(|limits| limits.processor(4, "a probe listens until ping_timeout (B60)")),
        Mode::snmp(
            "snmp-flood-of-64-kib",
            "100 datagrams of 64 KiB in a hundredth of a second",
            TakesOver,
            |_| Vec::new(),
        )
        .flood(|_| vec![0x30; 65_507], FLOOD)
        .allow(|limits| limits.processor(8, "a probe listens until ping_timeout (B60)")),
    ]
}
