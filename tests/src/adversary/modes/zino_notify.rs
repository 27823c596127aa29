//! What Zino's notification channel can say.

use crate::adversary::limits::Limits;
use crate::adversary::mode::Mode;
use crate::adversary::say::Say;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// Notifications of a flood.
const FLOOD: u64 = 100_000;

pub(super) fn modes() -> Vec<Mode> {
    [channels(), lines()].concat()
}

fn channels() -> Vec<Mode> {
    vec![
        Mode::nonce("nonce-missing", "accepts and never says the nonce, as long as the client stays", |_| {
            vec![Say::SilenceForEver]
        }),
        Mode::nonce("nonce-garbage", "something else in the place of the nonce", |_| {
            vec![Say::text("\u{1b}[31mno nonce\r\n"), Say::Silence]
        }),
        Mode::nonce("nonce-endless", "a nonce without an end", |_| vec![Say::Endless(vec![b'a'; 65_536])]),
        Mode::nonce("nonce-dripping", "the nonce, one byte a second", |honest| {
            vec![Say::Drip(honest, SECOND)]
        }),
        Mode::nonce("nonce-of-another", "a nonce of no channel", |_| {
            vec![Say::text("0123456789abcdef0123456789abcdef01234567\r\n")]
        }),
        Mode::notify("channel-closed", "closes the notification channel", || vec![Say::Close])
            .allow(Limits::reconnect),
        Mode::notify("channel-half-closed", "says that no more notifications will come", || {
            vec![Say::HalfClose, Say::SilenceForEver]
        })
        .allow(Limits::reconnect),
        Mode::notify("channel-silent", "says no more notifications, as long as the client stays", || {
            vec![Say::SilenceForEver]
        })
        .isolated()
        .allow(|limits| Limits { reason: "B11: all is read every reconcile_interval", ..limits }),
        Mode::notify("goodbyes", "says goodbye again and again and stays", || {
            vec![Say::Endless(b"Normal quit from client, closing down\r\n".repeat(1000))]
        })
        .allow(Limits::reconnect),
    ]
}

fn flood(count: u64, line: impl Fn(u64) -> String) -> Vec<Say> {
    let text: Vec<String> = (0..count).map(|number| line(number) + "\r\n").collect();
    vec![Say::text(&text.concat())]
}

fn lines() -> Vec<Mode> {
    vec![
        Mode::notify("notification-endless", "a notification line without an end", || {
            vec![Say::Endless(vec![b'1'; 65_536])]
        })
        .allow(Limits::reconnect),
        Mode::notify("notifications-garbage", "100,000 lines that are no notifications", || {
            flood(FLOOD, |number| format!("\u{1b}[3{}m garbage \0", number % 8))
        })
        .isolated(),
        Mode::notify("flood-for-one-case", "100,000 notifications for one case", || {
            flood(FLOOD, |_| String::from("1 attr lastevent"))
        })
        .isolated(),
        Mode::notify(
            "flood-for-made-up-cases",
            "100,000 notifications, each for another case that is none",
            || flood(FLOOD, |number| format!("{} state embryonic open", number + 1000)),
        )
        .allow(|limits| {
            limits.processor(10, "100,000 cases are asked for").memory(64, "100,000 cases are asked for")
        }),
        Mode::notify("flood-of-endings", "a million made-up cases are closed or scavenged", || {
            flood(10 * FLOOD, |number| match number % 2 {
                0 => format!("{} state open closed", number + 1000),
                _ => format!("{} scavenged", number + 1000),
            })
        })
        .lasting(10)
        .allow(|limits| limits.memory(150, "200,000 case numbers at most").processor(20, "200,000 cases")),
        Mode::notify("ending-forged", "a bystander that is open is said to be closed, 10,000 times", || {
            vec![Say::text(&"2 state open closed\r\n".repeat(10_000))]
        })
        .believed()
        .allow(|limits| Limits {
            reason: "B27: a notification is proof; B30: then it is reopened",
            ..limits
        }),
        Mode::notify("numbers-absurd", "notifications with numbers that are none", || {
            flood(FLOOD, |number| format!("-{number}99999999999999999999 history 1"))
        })
        .isolated(),
    ]
}
