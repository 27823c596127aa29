//! How a session with Zino can begin.

use crate::adversary::limits::Limits;
use crate::adversary::mode::Mode;
use crate::adversary::say::Say;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

pub(super) fn modes() -> Vec<Mode> {
    [greetings(), logins()].concat()
}

fn greetings() -> Vec<Mode> {
    vec![
        Mode::greeting("greeting-endless", "a greeting without a line end, as fast as it is read", |_| {
            vec![Say::Endless(vec![b'2'; 65_536])]
        }),
        Mode::greeting("greeting-dripping", "the greeting, one byte a second", |honest| {
            vec![Say::Drip(honest, SECOND)]
        }),
        Mode::greeting(
            "greeting-missing",
            "accepts and never says a word, as long as the client stays",
            |_| vec![Say::SilenceForEver],
        ),
        Mode::greeting("greeting-closed", "closes each connection at once", |_| vec![Say::Close]),
        Mode::greeting("greeting-then-closed", "greets and closes", |honest| {
            vec![Say::Bytes(honest), Say::Close]
        }),
        Mode::greeting("greeting-then-reset", "greets and answers the login with a reset", |honest| {
            vec![Say::Bytes(honest), Say::Reset]
        }),
        Mode::greeting("greeting-no-challenge", "greets without a challenge", |_| {
            vec![Say::text("200 Hello, there\r\n"), Say::Silence]
        }),
        Mode::greeting(
            "greeting-other-server",
            "greets as another kind of server, with escapes in it",
            |_| vec![Say::text("SSH-2.0-\u{1b}[31mOpenSSH\u{7}\r\n\0\0\0"), Say::Silence],
        ),
        Mode::greeting("greeting-flood", "greets again and again in one connection", |honest| {
            vec![Say::Endless(honest)]
        }),
        Mode::greeting("greeting-half-closed", "greets and says that nothing more will come", |honest| {
            vec![Say::Bytes(honest), Say::HalfClose, Say::Silence]
        }),
    ]
}

fn logins() -> Vec<Mode> {
    vec![
        Mode::reply(
            "login-refused-once",
            "refuses the first login, and tells the secret in doing so",
            |asked| {
                let refusal = format!("500 wrong secret {}\r\n", crate::adversary::SECRET);
                (asked.is("user") && asked.strikes == 0).then(|| vec![Say::text(&refusal)])
            },
        )
        .at_start()
        .allow(|limits| limits.recovery(30, "B52: one retry after 10 s")),
        Mode::reply("login-fails", "answers the login with an internal error", |asked| {
            asked.is("user").then(|| vec![Say::text("500 internal error\r\n")])
        })
        .at_start()
        .allow(Limits::reconnect),
        Mode::reply("login-unanswered", "never answers the login, as long as the client stays", |asked| {
            asked.is("user").then(|| vec![Say::SilenceForEver])
        })
        .at_start()
        .allow(Limits::reconnect),
        Mode::reply("login-endless", "answers the login with a list that never ends", |asked| {
            asked.is("user").then(|| vec![Say::text("303 list\r\n"), Say::Endless(b"x: y\r\n".repeat(4096))])
        })
        .at_start()
        .allow(|limits| {
            let reason = "B50: a reply of 16 MiB is kept, and one of 32 MiB read";
            limits.reconnect().memory(96, reason).processor(6, reason)
        }),
        Mode::reply("tie-refused", "refuses to tie the notifications", |asked| {
            asked.is("ntie").then(|| vec![Say::text("500 no such channel\r\n")])
        })
        .at_start()
        .allow(Limits::reconnect),
    ]
}
