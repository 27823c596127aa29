//! What Zino can say of all its cases, and of one case's history.

use crate::adversary::limits::Limits;
use crate::adversary::mode::Mode;
use crate::adversary::say::Say;

/// How large a reply may be.
const REPLY: &str = "B50: a reply of 16 MiB is kept, and one of 32 MiB read";
/// How many case numbers a mode makes up.
const MADE_UP: u64 = 1_000_000;

pub(super) fn modes() -> Vec<Mode> {
    [lists(), histories()].concat()
}

fn list(numbers: impl Iterator<Item = String>) -> Vec<Say> {
    let mut text = String::from("304 list of active cases follows, terminated with '.'\r\n");
    for number in numbers {
        text.push_str(&number);
        text.push_str("\r\n");
    }
    text.push_str(".\r\n");
    vec![Say::text(&text)]
}

fn lists() -> Vec<Mode> {
    vec![
        Mode::reply("cases-made-up", "a million case numbers, of which three exist", |asked| {
            asked.is("caseids").then(|| list((1..=MADE_UP).map(|number| number.to_string())))
        })
        .allow(|limits| limits.memory(150, "200,000 case numbers at most").processor(20, "200,000 reads")),
        Mode::reply("cases-invented", "a million cases that nobody would want an incident for", |asked| {
            let id = asked.command.strip_prefix("getattrs ").filter(|id| id.len() > 1);
            match (asked.is("caseids"), id) {
                (true, _) => Some(list((1..=MADE_UP).map(|number| number.to_string()))),
                (_, Some(id)) => Some(vec![Say::text(&format!(
                    "303 attributes follow\r\nid: {id}\r\nrouter: gw{id}\r\ntype: bfd\r\nstate: open\r\n\
                     opened: 1700000000\r\nupdated: 1700000000\r\npriority: 100\r\n.\r\n"
                ))]),
                (_, None) if asked.is("gethist") && asked.command.len() > "gethist 1".len() => {
                    Some(vec![Say::text("301 history follows\r\n1700000000 x\r\n y\r\n.\r\n")])
                }
                _ => None,
            }
        })
        .lasting(15)
        .allow(|limits| limits.memory(300, "200,000 case numbers at most").processor(20, "200,000 reads")),
        Mode::reply("cases-absurd", "case numbers that are negative, huge, or none", |asked| {
            let absurd =
                ["-1", "0", "18446744073709551615", "99999999999999999999", "1e9", "\u{661}", " 2 ", ""];
            asked.is("caseids").then(|| list(absurd.iter().map(ToString::to_string)))
        }),
        Mode::reply("cases-doubled", "the same case number 100,000 times", |asked| {
            let honest = ["1", "2", "3"].into_iter().chain(std::iter::repeat_n("1", 100_000));
            asked.is("caseids").then(|| list(honest.map(String::from)))
        })
        .allow(|limits| limits.processor(3, "100,000 lines, every second")),
        Mode::reply("cases-none", "an empty list, although there are cases", |asked| {
            asked.is("caseids").then(|| list(std::iter::empty()))
        }),
        Mode::reply("cases-cut", "the list of cases without its end, then closes", |asked| {
            asked.is("caseids").then(|| vec![Say::Bytes(asked.with("\r\n.\r\n", "\r\n")), Say::Close])
        })
        .allow(Limits::reconnect),
        Mode::reply(
            "cases-and-none-exists",
            "lists cases and says of each that it does not exist",
            |asked| {
                let gone = vec![Say::text("500 event \"1\" does not exist\r\n")];
                asked.is("getattrs").then_some(gone)
            },
        )
        .allow(Limits::reconnect),
    ]
}

fn histories() -> Vec<Mode> {
    vec![
        Mode::reply("history-endless", "one case's history never ends", |asked| {
            let entry = b"1700000000 alice\r\n it is still dark\r\n\r\n".repeat(1000);
            (asked.command == "gethist 1")
                .then(|| vec![Say::text("301 history follows\r\n"), Say::Endless(entry)])
        })
        .allow(|limits| limits.reconnect().memory(96, REPLY).processor(6, REPLY)),
        Mode::reply("history-cut", "one case's history is cut, then closes", |asked| {
            (asked.command == "gethist 1").then(|| vec![Say::Bytes(asked.half()), Say::Close])
        })
        .allow(Limits::reconnect),
        Mode::reply(
            "history-out-of-time",
            "one case's history has entries of no time that there is",
            |asked| {
                let entries =
                    "99999999999999 alice\r\n far\r\n\r\n-9223372036854775808 bob\r\n long ago\r\n\r\n.\r\n";
                (asked.command == "gethist 1")
                    .then(|| vec![Say::Bytes(ending_with(&asked.honest(), entries))])
            },
        )
        .isolated(),
        Mode::reply("history-forged", "one case's history has lines that look like protocol", |asked| {
            let entry = "1700000000 alice\r\n ..\r\n 500 internal error\r\n setstate 2 closed\r\n\r\n.\r\n";
            (asked.command == "gethist 1").then(|| vec![Say::Bytes(ending_with(&asked.honest(), entry))])
        })
        .isolated(),
        Mode::reply("history-empty", "one case's history is empty, whatever is written there", |asked| {
            let empty = "301 history follows, terminated with '.'\r\n.\r\n";
            (asked.command == "gethist 1").then(|| vec![Say::text(empty)])
        })
        .isolated()
        .believed(),
        Mode::reply("log-endless", "one case's log never ends", |asked| {
            let entry = b"1700000000 gw-victim no-response\r\n\r\n".repeat(1000);
            match asked.command {
                // Only then the log is asked for.
                "getattrs 1" => {
                    Some(vec![Say::Bytes(asked.with("reachability: no-response", "reachability: reachable"))])
                }
                "getlog 1" => Some(vec![Say::text("300 log follows\r\n"), Say::Endless(entry)]),
                _ => None,
            }
        })
        .at_start()
        .allow(|limits| limits.reconnect().memory(96, REPLY).processor(6, REPLY)),
    ]
}

/// Returns a list with other lines in the place of its last one.
fn ending_with(reply: &[u8], lines: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(reply);
    format!("{}{lines}", text.strip_suffix(".\r\n").unwrap_or(&text)).into_bytes()
}
