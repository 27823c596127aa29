//! How inputs and actions are written down, and how secrets are kept out of that (behaviour B4, B79).
//!
//! A secret of the settings is replaced by another one, so that the machine does the same with it: the one of Zino by its
//! number among those that were seen, a community by one of the same length, also in datagrams. What proves the secret
//! to Zino is cut out of the login. The token is in none of this; should a server repeat it, or a secret, it is masked as in
//! the log.

use crate::event::Event;
use crate::log;
use glue_proto::{Action, Channel, Exit, Level, Method, OwnedInput, Reuse, Secret, Server, Settings};
use serde_json::{Value, json};

/// The community that everybody knows.
const KNOWN_COMMUNITY: &str = "public";
/// What stands instead of the proof in a login.
const PROOF: &str = "***";

/// The secrets that were seen, in the order in which they were.
#[derive(Debug, Default)]
pub(crate) struct Masks {
    zino: Vec<Secret>,
    communities: Vec<Secret>,
}

/// Returns the place of a secret among those that were seen.
fn place(seen: &mut Vec<Secret>, secret: &Secret) -> usize {
    seen.iter().position(|one| one == secret).unwrap_or_else(|| {
        seen.push(secret.clone());
        seen.len() - 1
    })
}

/// Returns what stands for a community.
fn instead(place: usize, community: &Secret) -> String {
    let letter = char::from(b'A' + u8::try_from(place % 26).unwrap_or_default());
    core::iter::repeat_n(letter, community.expose().len()).collect()
}

impl Masks {
    /// Writes settings, each secret replaced.
    pub(crate) fn settings(&mut self, settings: &Settings) -> Value {
        let mut value = json!(settings);
        let number = place(&mut self.zino, settings.zino().secret()) + 1;
        value["secret"] = json!(format!("secret-{number}"));
        if let Some(failover) = settings.failover() {
            let community = failover.community();
            value["failover"]["community"] = if community.expose() == KNOWN_COMMUNITY {
                json!(KNOWN_COMMUNITY)
            } else {
                json!(instead(place(&mut self.communities, community), community))
            };
        }
        masked(value)
    }

    /// Writes an input.
    pub(crate) fn input(&mut self, event: &Event) -> Value {
        let written = match event {
            OwnedInput::Reload(reload) => {
                let mut value = json!(event);
                value["reload"]["settings"] = self.settings(&reload.settings);
                value
            }
            OwnedInput::Received { conn, bytes } => {
                json!(OwnedInput::Received { conn: *conn, bytes: log::mask(bytes) })
            }
            OwnedInput::HttpDone { call, response } => {
                let mut response = response.clone();
                response.body = log::mask(&response.body);
                json!(OwnedInput::HttpDone { call: *call, response })
            }
            OwnedInput::Datagram { probe, bytes } => {
                json!(OwnedInput::Datagram { probe: *probe, bytes: self.datagram(bytes) })
            }
            OwnedInput::Wake
            | OwnedInput::Connected { .. }
            | OwnedInput::Disconnected { .. }
            | OwnedInput::HttpConnected { .. }
            | OwnedInput::HttpFailed { .. }
            | OwnedInput::ProbeSent { .. }
            | OwnedInput::DatagramFailed { .. }
            | OwnedInput::HealthAnswered { .. }
            | OwnedInput::Command(_)
            | OwnedInput::Shutdown => json!(event),
        };
        masked(written)
    }

    /// Writes an action.
    pub(crate) fn action(&self, action: &Action) -> Value {
        let written = match action {
            Action::Connect { conn, channel } => {
                let channel = match channel {
                    Channel::Api => "api",
                    Channel::Notify => "notify",
                };
                json!({ "connect": { "conn": conn, "channel": channel } })
            }
            Action::Send { conn, bytes } => json!({ "send": { "conn": conn, "bytes": sent(bytes) } }),
            Action::Close { conn } => json!({ "close": { "conn": conn } }),
            Action::Http { call, request } => {
                let method = match request.method {
                    Method::Get => "GET",
                    Method::Post => "POST",
                    Method::Patch => "PATCH",
                    Method::Options => "OPTIONS",
                };
                let reuse = match request.reuse {
                    Reuse::Any => "any",
                    Reuse::Recent => "recent",
                    Reuse::Never => "never",
                };
                json!({ "http": {
                    "call": call, "method": method, "target": request.target, "body": text(&request.body),
                    "max_body": request.max_body, "reuse": reuse,
                } })
            }
            Action::CancelHttp { call } => json!({ "cancel_http": { "call": call } }),
            Action::SendDatagram { probe, bytes } => {
                json!({ "send_datagram": { "probe": probe, "hex": hex(&self.datagram(bytes)) } })
            }
            Action::AskHealth { probe } => json!({ "ask_health": { "probe": probe } }),
            Action::ReadSecret { server } => {
                let server = match server {
                    Server::Zino => "zino",
                    Server::Argus => "argus",
                };
                json!({ "read_secret": server })
            }
            Action::Notice(notice) => json!({ "notice": {
                "level": word(notice.level()), "case": notice.case(), "incident": notice.incident(),
                "rule": notice.rule(), "text": notice.to_string(),
            } }),
            Action::Exit(exit) => {
                let exit = match exit {
                    Exit::Done => "done",
                    Exit::Credentials => "credentials",
                    Exit::Differs => "differs",
                    Exit::GaveUp => "gave_up",
                };
                json!({ "exit": exit })
            }
        };
        masked(written)
    }

    /// Replaces every community that was seen, by one of the same length: the lengths in a datagram stay right.
    fn datagram(&self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for (place, community) in self.communities.iter().enumerate() {
            let (old, new) = (community.expose().as_bytes(), instead(place, community));
            let mut from = 0;
            while let Some(at) = find(bytes.get(from..).unwrap_or_default(), old) {
                let range = from + at..from + at + old.len();
                from = range.end;
                bytes.splice(range, new.bytes());
            }
        }
        bytes
    }
}

/// Finds the first place of something that is not empty.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    if what.is_empty() { None } else { bytes.windows(what.len()).position(|window| window == what) }
}

/// Masks whatever a server may have repeated.
pub(super) fn masked(value: Value) -> Value {
    match value {
        Value::String(text) => String::from_utf8_lossy(&log::mask(text.as_bytes())).into(),
        Value::Array(values) => values.into_iter().map(masked).collect(),
        Value::Object(map) => map.into_iter().map(|(key, value)| (key, masked(value))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
    }
}

/// Writes what is sent to Zino, without the proof in a login: `user NAME PROOF  -`.
fn sent(bytes: &[u8]) -> Value {
    let mut words: Vec<_> = bytes.split(|byte| *byte == b' ').collect();
    if let [b"user", _, proof, ..] = &mut *words {
        *proof = PROOF.as_bytes();
        return text(&words.join(&b' '));
    }
    text(bytes)
}

/// Writes bytes as text if they are, else as hex digits.
fn text(bytes: &[u8]) -> Value {
    core::str::from_utf8(bytes).map_or_else(|_| json!({ "hex": hex(bytes) }), |text| json!(text))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

const fn word(level: Level) -> &'static str {
    match level {
        Level::Trace => "trace",
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warn => "warn",
        Level::Error => "error",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::{ConnId, FailoverSettings, ProbeId, Reload};

    fn settings(secret: &str, community: &str) -> Settings {
        let failover = FailoverSettings::builder().community(Secret::new(community.into()));
        let builder = Settings::example().to_builder().secret(Secret::new(secret.into()));
        builder.failover(Some(failover)).build().unwrap()
    }

    #[test]
    fn b4_b79_each_secret_of_the_settings_is_replaced_by_one_that_does_the_same() {
        let mut masks = Masks::default();
        let first = masks.settings(&settings("hush1", "closed"));
        assert_eq!(
            (&first["secret"], &first["failover"]["community"]),
            (&json!("secret-1"), &json!("AAAAAA"))
        );
        let reload =
            |secret, community| OwnedInput::Reload(Box::new(Reload::of(settings(secret, community))));
        let second = masks.input(&reload("hush2", "private"))["reload"]["settings"].clone();
        assert_eq!(
            (&second["secret"], &second["failover"]["community"]),
            (&json!("secret-2"), &json!("BBBBBBB"))
        );
        assert_eq!(masks.input(&reload("hush1", "closed"))["reload"]["settings"], first);
        let datagram =
            Action::SendDatagram { probe: ProbeId(1), bytes: b"\x04\x06closed\x04\x07private".to_vec() };
        let hex = hex(b"\x04\x06AAAAAA\x04\x07BBBBBBB");
        assert_eq!(masks.action(&datagram), json!({ "send_datagram": { "probe": 1, "hex": hex } }));
    }

    #[test]
    fn b4_b79_a_login_is_written_without_its_proof() {
        let send = |bytes: &[u8]| Action::Send { conn: ConnId(1), bytes: bytes.to_vec() };
        let table: [(&[u8], Value); 3] = [
            (b"user glue 4bd5ecc5  -\r\n", json!("user glue ***  -\r\n")),
            (b"caseids\r\n", json!("caseids\r\n")),
            (
                b"addhist 1  -\r\nuser \xff\r\n.\r\n",
                json!({ "hex": hex(b"addhist 1  -\r\nuser \xff\r\n.\r\n") }),
            ),
        ];
        for (bytes, written) in table {
            assert_eq!(Masks::default().action(&send(bytes))["send"]["bytes"], written);
        }
    }
}
