//! What Zino can answer to a command.

use crate::adversary::limits::Limits;
use crate::adversary::mode::Mode;
use crate::adversary::say::Say;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
/// How large a reply may be.
const REPLY: &str = "B50: a reply of 16 MiB is kept, and one of 32 MiB read";

pub(super) fn modes() -> Vec<Mode> {
    [framing(), codes(), contents(), writes()].concat()
}

fn framing() -> Vec<Mode> {
    vec![
        Mode::reply("line-endless", "a reply line that never ends", |asked| {
            asked.is("getattrs").then(|| vec![Say::text("303 "), Say::Endless(vec![b'x'; 65_536])])
        })
        .allow(Limits::reconnect),
        Mode::reply("list-endless", "a list of lines that never ends", |asked| {
            let lines = b"x: y\r\n".repeat(4096);
            asked.is("getattrs").then(|| vec![Say::text("303 attributes follow\r\n"), Say::Endless(lines)])
        })
        .allow(|limits| limits.reconnect().memory(96, REPLY).processor(6, REPLY)),
        Mode::reply("list-of-long-lines", "a list of lines of 1 MB that never ends", |asked| {
            let line = [vec![b'x'; 1_000_000], b": y\r\n".to_vec()].concat();
            asked.is("getattrs").then(|| vec![Say::text("303 attributes follow\r\n"), Say::Endless(line)])
        })
        .allow(|limits| limits.reconnect().memory(96, REPLY).processor(6, REPLY)),
        Mode::reply("reply-dripping", "each reply, one byte a second", |asked| {
            Some(vec![Say::Drip(asked.honest(), SECOND)])
        })
        .allow(Limits::reconnect),
        Mode::reply("reply-cut", "half of a reply, then closes", |asked| {
            asked.is("getattrs").then(|| vec![Say::Bytes(asked.half()), Say::Close])
        })
        .allow(Limits::reconnect),
        Mode::reply("reply-stopped", "half of a reply, then silence as long as the client stays", |asked| {
            asked.is("getattrs").then(|| vec![Say::Bytes(asked.half()), Say::SilenceForEver])
        })
        .allow(|limits| {
            limits.recovery(45, "B50: a reply may be silent for 10 s, and no two sessions within 5 s")
        }),
        Mode::reply("reply-half-closed", "a reply, then says that nothing more will come", |asked| {
            asked.is("getattrs").then(|| vec![Say::Bytes(asked.honest()), Say::HalfClose, Say::Silence])
        })
        .allow(Limits::reconnect),
        Mode::reply("line-feeds-only", "replies with bare line feeds", |asked| {
            asked.is("getattrs").then(|| vec![Say::Bytes(asked.with("\r\n", "\n")), Say::Silence])
        })
        .allow(Limits::reconnect),
    ]
}

fn codes() -> Vec<Mode> {
    vec![
        Mode::reply("codes-wrong", "the code of another command's reply", |asked| {
            (asked.is("getattrs") || asked.is("caseids"))
                .then(|| vec![Say::Bytes(asked.with("303 ", "304 "))])
        })
        .allow(Limits::reconnect),
        Mode::reply("codes-unknown", "codes that nobody knows", |asked| {
            (!asked.is("user") && !asked.is("ntie")).then(|| vec![Say::text("777 whatever\r\n")])
        })
        .allow(Limits::reconnect),
        Mode::reply("codes-garbage", "lines that begin with no code, with escapes in them", |asked| {
            asked.is("getattrs").then(|| vec![Say::text("\u{1b}]0;gone\u{7}\0 no code \u{9b}2J\r\n")])
        })
        .allow(Limits::reconnect),
        Mode::reply("internal-errors", "an internal error for every command", |asked| {
            (!asked.is("user")).then(|| vec![Say::text("500 internal error\r\n")])
        })
        .allow(Limits::reconnect),
        Mode::reply("zino-tells-secret", "errors that quote the secret, and break the line", |asked| {
            let error = format!("500 {0} {0:?}\u{85}{0}\r\n", crate::adversary::SECRET);
            asked.is("getattrs").then(|| vec![Say::text(&error)])
        })
        .allow(Limits::reconnect),
        Mode::reply("replies-doubled", "every reply twice", |asked| {
            (!asked.is("user")).then(|| vec![Say::Bytes(asked.honest().repeat(2))])
        })
        .allow(Limits::reconnect),
        Mode::reply("replies-unasked", "a flood of replies that nobody has asked for", |asked| {
            asked.is("caseids").then(|| vec![Say::Endless(b"200 ok\r\n".repeat(4096))])
        })
        .allow(Limits::reconnect),
        Mode::reply("replies-swapped", "each two replies in the wrong order", |asked| {
            let first = asked.memory.replace(Vec::new());
            let is_read = asked.is("getattrs") || asked.is("gethist") || asked.is("getlog");
            match (is_read, first.is_empty()) {
                (false, _) => None,
                (true, true) => {
                    asked.memory.replace(asked.honest());
                    Some(Vec::new())
                }
                (true, false) => Some(vec![Say::Bytes(asked.honest()), Say::Bytes(first)]),
            }
        })
        .allow(|limits| {
            limits.recovery(45, "B50: a reply may be silent for 10 s, and no two sessions within 5 s")
        }),
    ]
}

fn contents() -> Vec<Mode> {
    vec![
        Mode::reply("victim-is-another", "one case's attributes say that it is another", |asked| {
            (asked.command == "getattrs 1").then(|| vec![Say::Bytes(asked.with("id: 1\r\n", "id: 2\r\n"))])
        })
        .allow(Limits::reconnect),
        Mode::reply("victim-in-bad-bytes", "NUL, invalid UTF-8 and escapes in one case's texts", |asked| {
            (asked.command == "getattrs 1").then(|| {
                let mut bytes = asked.with("gw-victim", "gw-\0\u{1b}[31m\u{202e}\u{85}victim\u{fffe}");
                let bad = bytes.iter().position(|&byte| byte == 0x1b).unwrap_or_default();
                bytes.splice(bad..bad, [0xff, 0xc0, 0x80]);
                vec![Say::Bytes(bytes)]
            })
        })
        .isolated(),
        Mode::reply("victim-vanishes", "one case does not exist, and stands in the list", |asked| {
            let gone = vec![Say::text("500 event \"1\" does not exist\r\n")];
            ["getattrs 1", "gethist 1", "getlog 1"].contains(&asked.command).then_some(gone)
        })
        .isolated()
        .believed()
        .allow(|limits| Limits {
            reason: "B28: what does not exist in two reads, 10 s apart, is gone",
            ..limits
        }),
        Mode::reply("victim-of-unknown-type", "one case's type is 3 MB of escapes", |asked| {
            let kind = format!("type: {}\r\n", "\u{1b}[2J".repeat(800_000));
            (asked.command == "getattrs 1")
                .then(|| vec![Say::Bytes(asked.with("type: reachability\r\n", &kind))])
        })
        .isolated()
        .allow(|limits| limits.memory(96, REPLY)),
        Mode::reply("victim-of-100-mb", "an attribute of one case has 100 MB", |asked| {
            let line = Say::Bytes(vec![b'x'; 1_000_000]);
            let mut says = vec![Say::text("303 attributes follow\r\ndescr: ")];
            says.extend(vec![line; 100]);
            says.push(Say::text("\r\n.\r\n"));
            (asked.command == "getattrs 1").then_some(says)
        })
        .allow(Limits::reconnect),
        Mode::reply("victim-out-of-time", "one case began before all time, and changed after it", |asked| {
            (asked.command == "getattrs 1").then(|| {
                let early = with_value(&asked.honest(), "opened", "-9223372036854775808");
                vec![Say::Bytes(with_value(&early, "updated", "9223372036854775807"))]
            })
        })
        .isolated()
        .believed(),
        Mode::reply("victim-numbers-huge", "one case's priority has 1000 digits", |asked| {
            (asked.command == "getattrs 1")
                .then(|| vec![Say::Bytes(with_value(&asked.honest(), "priority", &"9".repeat(1000)))])
        })
        .isolated()
        .allow(|limits| limits.recovery(45, "B14: it is set aside for 5 s, doubled at each try")),
    ]
}

/// Gives an attribute another value.
fn with_value(reply: &[u8], name: &str, value: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(reply);
    let begin = format!("{name}: ");
    let lines: Vec<_> = text
        .split("\r\n")
        .map(|line| if line.starts_with(&begin) { format!("{begin}{value}") } else { line.to_owned() })
        .collect();
    lines.join("\r\n").into_bytes()
}

fn writes() -> Vec<Mode> {
    vec![
        Mode::reply(
            "writes-refused",
            "every note and every state is refused, with escapes and the secret",
            |asked| {
                let refusal = format!("500 \u{1b}[31m{} refused\u{85}\r\n", crate::adversary::SECRET);
                (asked.is("setstate") || asked.is("addhist")).then(|| vec![Say::text(&refusal)])
            },
        )
        .isolated(),
        Mode::reply(
            "writes-unanswered",
            "takes notes and states and does not answer, as long as the client stays",
            |asked| (asked.is("setstate") || asked.is("addhist")).then(|| vec![Say::SilenceForEver]),
        )
        .allow(|limits| {
            limits.recovery(45, "B50: a reply may be silent for 10 s, and no two sessions within 5 s")
        }),
    ]
}
