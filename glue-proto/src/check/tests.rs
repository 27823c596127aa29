//! Peers in a few lines each: what they say, and what is found then.

use super::argus::{BEAT, COUNT, FIRST_OF_SEARCH, TYPES};
use super::*;
use crate::face::{
    CallId, Channel, ConnId, Disconnect, FailoverSettings, HealthAnswer, HttpCause, HttpFailure, LocalFault,
    Method, Millis, Mono, Operator, OwnedInput, OwnedResponse, ProbeFailure, ProbeId, Secret, TlsFailure,
    Wall,
};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use proptest::prelude::*;

const NONCE: &str = "0123456789abcdef0123456789abcdef01234567";
const API: ConnId = ConnId(1);
const NOTIFY: ConnId = ConnId(2);
const OURSELVES: CallId = CallId(FIRST_OF_SEARCH);
const SOURCES: CallId = CallId(FIRST_OF_SEARCH + 1);
const USER: CallId = CallId(FIRST_OF_SEARCH + 2);
/// The moment of the tests, and the same as Argus tells it.
const NOON: i64 = 1_795_348_800;
const DATE: &str = "Sun, 22 Nov 2026 12:00:00 GMT";
const FORM: &str =
    "{\"actions\":{\"POST\":{\"type\":{\"choices\":[{\"value\":\"END\"},{\"value\":\"RES\"}]}}}}";

fn settings() -> Settings {
    let failover = FailoverSettings::builder().community(Secret::new("public".into()));
    let failover = failover.ping_timeout(Millis::from_secs(5));
    Settings::example().to_builder().failover(Some(failover)).build().unwrap()
}

fn addresses() -> Vec<IpAddr> {
    ["192.0.2.7", "2001:db8::7"].map(|address| address.parse().unwrap()).to_vec()
}

fn at(millis: u64) -> Now {
    Now { mono: Mono(millis), wall: Wall(NOON) }
}

/// Takes what the machine wants, and tells whether it has ended.
fn drain(check: &mut Check) -> (Vec<Action>, bool) {
    let actions: Vec<_> = core::iter::from_fn(|| check.poll_action()).collect();
    let ended = actions.iter().any(|action| matches!(action, Action::Exit(_)));
    (actions, ended)
}

fn from_zino(conn: ConnId, text: &str) -> OwnedInput {
    OwnedInput::Received { conn, bytes: text.into() }
}

fn disconnected(conn: ConnId, reason: Disconnect) -> OwnedInput {
    OwnedInput::Disconnected { conn, reason }
}

fn greeting() -> OwnedInput {
    from_zino(API, &format!("200 {NONCE} Hello, there\r\n"))
}

/// A Zino that takes the login, and says this to what comes then.
fn zino(answers: &[&str]) -> Vec<OwnedInput> {
    let mut said = vec![OwnedInput::Connected { conn: API }, greeting(), from_zino(API, "200 ok\r\n")];
    said.extend(answers.iter().map(|answer| from_zino(API, answer)));
    said
}

const NO_CASES: &str = "304 list of active cases follows, terminated with '.'\r\n.\r\n";
const CASES: &str = "304 list of active cases follows, terminated with '.'\r\n7\r\n34\r\n12\r\n.\r\n";
const ATTRIBUTES: &str = "303 simple attributes follow, terminated with '.'\r\nid: 34\r\ntype: reachability\r\n\
                          router: gw1\r\nstate: open\r\npriority: 100\r\nopened: 1795348000\r\n.\r\n";

fn tie(answer: &str) -> Vec<OwnedInput> {
    vec![
        OwnedInput::Connected { conn: NOTIFY },
        from_zino(NOTIFY, &format!("{NONCE}\r\n")),
        from_zino(API, answer),
    ]
}

fn answer(call: CallId, status: u16, body: &str) -> OwnedInput {
    let date = Some(DATE.into());
    let response = OwnedResponse { status, retry_after: None, date, body: body.into() };
    OwnedInput::HttpDone { call, response }
}

fn unanswered(call: CallId, cause: HttpCause) -> OwnedInput {
    OwnedInput::HttpFailed { call, failure: HttpFailure::NotSent, cause }
}

fn accepted() -> OwnedInput {
    answer(COUNT, 200, "{\"count\":3}")
}

fn user(call: CallId, name: &str) -> OwnedInput {
    answer(call, 200, &format!("{{\"username\":\"{name}\"}}"))
}

fn sources(list: &[(&str, u64)]) -> OwnedInput {
    let rows = list.iter().map(|(name, user)| format!("{{\"pk\":1,\"name\":\"{name}\",\"user\":{user}}}"));
    answer(SOURCES, 200, &format!("[{}]", rows.collect::<Vec<_>>().join(",")))
}

/// The agent's answer: the question sent back as a response, with a value in the place of the null.
fn primary(probe: ProbeId, question: &[u8], value: &[u8]) -> OwnedInput {
    // Every length is a single byte: a header of two, the version in three, the community, then the PDU with the request
    // id and twice three bytes in front of the list of one variable.
    let pdu = 2 + 3 + 2 + usize::from(question[6]);
    let list = pdu + 2 + 2 + usize::from(question[pdu + 3]) + 3 + 3;
    let mut bytes = question[..question.len() - 2].to_vec();
    bytes[pdu] = 0xa2;
    bytes.extend(value);
    for header in [0, pdu, list, list + 2] {
        bytes[header + 1] += u8::try_from(value.len() - 2).unwrap();
    }
    OwnedInput::Datagram { probe, bytes }
}

/// Begins a check; returns it with the datagrams that it sends to the primary.
fn begin() -> (Check, Vec<Vec<u8>>) {
    let mut check = Check::new(settings(), Ok(addresses()), at(0), 7);
    let (actions, _) = drain(&mut check);
    let question = |action: &Action| {
        if let Action::SendDatagram { bytes, .. } = action { Some(bytes.clone()) } else { None }
    };
    let questions = actions.iter().filter_map(question).collect();
    (check, questions)
}

/// Lets peers say what they say.
fn heard(check: &mut Check, said: impl IntoIterator<Item = OwnedInput>) {
    for input in said {
        check.handle(at(1), input.as_input());
        assert!(!drain(check).1, "the others have not been heard");
    }
}

/// Returns what is found about an item when these things were said.
fn found(item: Item, said: impl IntoIterator<Item = OwnedInput>) -> Checked {
    let (mut check, _) = begin();
    heard(&mut check, said);
    let (ours, others): (Vec<_>, Vec<_>) =
        check.report().into_iter().partition(|checked| checked.item.peer() == item.peer());
    assert!(others.iter().all(|checked| checked.finding == Finding::Interrupted), "{others:?}");
    ours.into_iter().find(|checked| checked.item == item).unwrap()
}

/// Begins or ends of hints, short enough for a table; an empty one stands for none.
fn assert_found(item: Item, said: Vec<OwnedInput>, verdict: Verdict, text: &str, hint: &str) {
    let checked = found(item, said);
    assert_eq!((checked.verdict, &*checked.finding.to_string()), (verdict, text), "{checked:?}");
    let shown = checked.hint().unwrap_or_default();
    assert!(shown.contains(hint) && shown.is_empty() == hint.is_empty(), "{text}: {shown}");
}

#[test]
fn b2_what_zino_says_to_the_login_leads_to_its_finding() {
    let refused = vec![greeting(), from_zino(API, "500 User unknown\r\n")];
    let table = [
        (zino(&[]), Verdict::Ok, "logged in as testuser", ""),
        (refused, Verdict::Refused, "the login of testuser was refused: User unknown", "zino.secret"),
        (
            vec![from_zino(API, "SSH-2.0-x\r\n")],
            Verdict::Failed,
            "not the greeting of a Zino server: \"SSH-2.0-x\"",
            "by default 8001",
        ),
        (
            vec![disconnected(API, Disconnect::Refused)],
            Verdict::Failed,
            "connection refused",
            "does Zino run on zino.server, on zino.port",
        ),
        (
            vec![disconnected(API, Disconnect::Unresolved)],
            Verdict::Failed,
            "the name does not resolve",
            "is zino.server spelt right",
        ),
        (
            vec![disconnected(API, Disconnect::Unreachable)],
            Verdict::Failed,
            "unreachable",
            "a route to zino.server",
        ),
        (
            vec![disconnected(API, Disconnect::Closed)],
            Verdict::Failed,
            "closed by the other side",
            "the log of Zino",
        ),
        (
            vec![disconnected(API, Disconnect::Local(LocalFault::TooManyFiles))],
            Verdict::Failed,
            "too many open files",
            "LimitNOFILE",
        ),
        // The first finding counts.
        (
            [zino(&[]), vec![disconnected(API, Disconnect::Reset)]].concat(),
            Verdict::Ok,
            "logged in as testuser",
            "",
        ),
        // Connections that were not asked for.
        (
            vec![
                from_zino(ConnId(9), "500 no\r\n"),
                from_zino(NOTIFY, "500 no\r\n"),
                disconnected(NOTIFY, Disconnect::Reset),
            ],
            Verdict::Failed,
            "interrupted",
            "",
        ),
    ];
    for (said, verdict, text, hint) in table {
        assert_found(Item::Login, said, verdict, text, hint);
    }
}

#[test]
fn b50_what_becomes_of_the_notification_channel_leads_to_its_finding() {
    let open = || zino(&[NO_CASES]);
    let after = |more: Vec<OwnedInput>| [open(), more].concat();
    let table = [
        (after(tie("200 ok\r\n")), Verdict::Ok, "tied to the session", ""),
        (after(tie("500 no\r\n")), Verdict::Failed, "could not be tied: no", "the same Zino as zino.port"),
        (
            after(vec![from_zino(NOTIFY, "HTTP/1.1 400\r\n")]),
            Verdict::Failed,
            "not the nonce of a Zino server: \"HTTP/1.1 400\"",
            "by default 8002",
        ),
        (
            after(vec![disconnected(NOTIFY, Disconnect::Unreachable)]),
            Verdict::Failed,
            "unreachable",
            "both ports",
        ),
        (
            after(vec![disconnected(NOTIFY, Disconnect::Refused)]),
            Verdict::Failed,
            "connection refused",
            "zino.notify_port",
        ),
        (
            after(vec![disconnected(API, Disconnect::Reset)]),
            Verdict::Failed,
            "connection reset",
            "the log of Zino",
        ),
        (vec![disconnected(API, Disconnect::Refused)], Verdict::NotTried, "it takes a login", ""),
    ];
    for (said, verdict, text, hint) in table {
        assert_found(Item::Notifications, said, verdict, text, hint);
    }
}

#[test]
fn b50_what_zino_says_of_its_cases_leads_to_its_finding() {
    let table = [
        (zino(&[NO_CASES]), Verdict::Ok, "there is none at present", ""),
        (zino(&[CASES, ATTRIBUTES]), Verdict::Ok, "case 34 was read, one of 3", ""),
        (zino(&[CASES, "500 event \"34\" does not exist\r\n"]), Verdict::Ok, "case 34 has gone just now", ""),
        (
            zino(&[CASES, "303 simple attributes follow, terminated with '.'\r\nid: 34\r\n.\r\n"]),
            Verdict::Warning,
            "case 34 cannot be read: the attribute \"router\" is missing",
            "puts such a case aside",
        ),
        (
            zino(&["500 internal error\r\n"]),
            Verdict::Failed,
            "the cases were not listed: internal error",
            "the log of Zino",
        ),
        (zino(&["what?\r\n"]), Verdict::Failed, "not a reply: \"what?\"", "by default 8001"),
        (
            [zino(&[CASES]), vec![disconnected(API, Disconnect::Closed)]].concat(),
            Verdict::Failed,
            "closed by the other side",
            "the log of Zino",
        ),
        (vec![from_zino(API, "SSH-2.0-x\r\n")], Verdict::NotTried, "it takes a login", ""),
    ];
    for (said, verdict, text, hint) in table {
        assert_found(Item::Case, said, verdict, text, hint);
    }
}

#[test]
fn b2_what_argus_says_to_the_token_leads_to_its_finding() {
    let page = "{\"next\":null,\"previous\":null,\"results\":[]}";
    let invalid = "{\"detail\":\"Invalid token.\"}";
    let moved = "301: the server wants another URL; check argus.url";
    let table = [
        (accepted(), Verdict::Ok, "accepted, open incidents: 3", ""),
        (answer(COUNT, 200, page), Verdict::Ok, "accepted", ""),
        (answer(COUNT, 401, invalid), Verdict::Refused, "401 Unauthorized: Invalid token.", "a new token"),
        (answer(COUNT, 403, invalid), Verdict::Refused, "403 Forbidden: Invalid token.", "a new token"),
        (answer(COUNT, 404, "<html>"), Verdict::Failed, "404: a page in HTML", "/api/v2/"),
        (answer(COUNT, 301, ""), Verdict::Failed, moved, "/api/v2/"),
        (answer(COUNT, 500, ""), Verdict::Failed, "500: no explanation", "its log says which"),
        (answer(COUNT, 503, ""), Verdict::Failed, "503: no explanation", "its log says which"),
        // Only a request that was sent is answered.
        (answer(BEAT, 405, ""), Verdict::Failed, "interrupted", ""),
        (unanswered(USER, HttpCause::Reset), Verdict::Failed, "interrupted", ""),
    ];
    for (said, verdict, text, hint) in table {
        assert_found(Item::Token, vec![said], verdict, text, hint);
    }
    // The first finding counts.
    let twice = vec![answer(COUNT, 401, invalid), accepted()];
    assert_found(Item::Token, twice, Verdict::Refused, "401 Unauthorized: Invalid token.", "a new token");
}

#[test]
fn b51_each_way_not_to_reach_argus_has_a_hint_of_its_own() {
    let tls = |failure| HttpCause::Tls(failure);
    let table = [
        (HttpCause::Refused, "does Argus run"),
        (HttpCause::Unreachable, "a proxy needed"),
        (HttpCause::Unresolved, "spelt right"),
        (HttpCause::Reset, "a firewall"),
        (HttpCause::Cancelled, "argus.timeout"),
        (HttpCause::Proxy(407), "NO_PROXY"),
        (HttpCause::NotHttp, "http or https"),
        (HttpCause::Local(LocalFault::NoMemory), "MemoryMax"),
        (HttpCause::TooLarge, "/api/v2/"),
        (HttpCause::Other, "/api/v2/"),
        (tls(TlsFailure::Expired), "renew its certificate"),
        (tls(TlsFailure::NotYetValid), "is the clock of this machine right?"),
        (tls(TlsFailure::OtherName), "stands in the certificate"),
        (tls(TlsFailure::UnknownIssuer), "argus.ca_file"),
        (tls(TlsFailure::NotTls), "is it http"),
        (tls(TlsFailure::Incompatible), "in front of Argus"),
    ];
    for (cause, hint) in table {
        let said = || vec![unanswered(COUNT, cause)];
        assert_found(Item::Token, said(), Verdict::Failed, &cause.to_string(), hint);
        for item in [Item::Source, Item::Heartbeat, Item::Reopening] {
            assert_found(item, said(), Verdict::NotTried, "it takes a token that is accepted", "");
        }
        assert_found(Item::Clock, said(), Verdict::NotTried, "it takes an answer", "");
    }
}

#[test]
fn b52_the_token_belongs_to_a_source_system_or_to_somebody_else() {
    let three = || sources(&[("argus", 1), ("nav", 2), ("zino", 9)]);
    let next = |n| CallId(USER.0 + n);
    let person = "the token belongs to bob, a user without a source system";
    let table = [
        // The one with the name of its user is looked at first.
        (vec![user(OURSELVES, "zino"), three(), user(USER, "zino")], Verdict::Ok, "zino", ""),
        (vec![three(), user(OURSELVES, "nav"), user(USER, "nav")], Verdict::Ok, "nav", ""),
        // Then the one that its user is called after.
        (vec![three(), user(OURSELVES, "nav_0A1B2C"), user(USER, "nav_0A1B2C")], Verdict::Ok, "nav", ""),
        // Then all of them.
        (
            vec![user(OURSELVES, "bob"), three(), user(USER, "argus"), user(next(1), "bob")],
            Verdict::Ok,
            "nav",
            "",
        ),
        (
            vec![user(OURSELVES, "bob"), three(), user(USER, "a"), user(next(1), "n"), user(next(2), "z")],
            Verdict::Refused,
            person,
            "make a token for the user of a source system",
        ),
        (vec![user(OURSELVES, "bob"), sources(&[])], Verdict::Refused, person, "make a token"),
        (
            vec![answer(OURSELVES, 404, "<html>")],
            Verdict::NotTried,
            "the server does not tell: 404: a page in HTML",
            "it does no harm",
        ),
        (
            vec![unanswered(SOURCES, HttpCause::Reset)],
            Verdict::Failed,
            "the connection was cut",
            "a firewall",
        ),
        (vec![user(OURSELVES, "bob"), answer(USER, 200, "{}")], Verdict::Failed, "interrupted", ""),
        (
            vec![user(OURSELVES, "bob"), three(), answer(USER, 404, "")],
            Verdict::NotTried,
            "the server does not tell: 404: no explanation",
            "it does no harm",
        ),
    ];
    for (said, verdict, text, hint) in table {
        assert_found(Item::Source, [vec![accepted()], said].concat(), verdict, text, hint);
    }
}

#[test]
fn b53_b30_what_argus_supports_is_asked_for_without_using_it() {
    let table = [
        (Item::Heartbeat, answer(BEAT, 405, ""), Verdict::Ok, "supported", ""),
        (Item::Heartbeat, answer(BEAT, 404, "<html>"), Verdict::Warning, "not supported", "cannot notice"),
        (Item::Reopening, answer(TYPES, 200, FORM), Verdict::Ok, "supported", ""),
        (
            Item::Reopening,
            answer(TYPES, 200, &FORM.replace("RES", "STA")),
            Verdict::Warning,
            "not supported",
            "cannot be opened again",
        ),
        (
            Item::Reopening,
            answer(TYPES, 403, "<html>"),
            Verdict::NotTried,
            "the server does not tell: 403 Forbidden: a page in HTML",
            "it does no harm",
        ),
        (
            Item::Reopening,
            unanswered(TYPES, HttpCause::Reset),
            Verdict::Failed,
            "the connection was cut",
            "a firewall",
        ),
    ];
    for (item, said, verdict, text, hint) in table {
        assert_found(item, vec![accepted(), said], verdict, text, hint);
    }
}

#[test]
fn b15_the_clock_of_argus_is_compared_with_ours_as_far_as_both_tell() {
    let table = [
        // Our clock, and when the answer came: both sides have whole seconds, and one may be just over.
        (0, 1, Verdict::Ok, "the same as ours"),
        (1, 1, Verdict::Ok, "the same as ours"),
        (-1, 1, Verdict::Ok, "the same as ours"),
        (-2, 1, Verdict::Ok, "1 s ahead of ours"),
        (-6, 1, Verdict::Ok, "5 s ahead of ours"),
        (-7, 1, Verdict::Warning, "6 s ahead of ours"),
        (2, 1, Verdict::Ok, "the same as ours"),
        (3, 1, Verdict::Ok, "1 s behind ours"),
        (7, 1, Verdict::Ok, "5 s behind ours"),
        (8, 1, Verdict::Warning, "6 s behind ours"),
        // While the answer was waited for, nobody knows when the server has looked.
        (8, 1500, Verdict::Ok, "5 s behind ours"),
        (i64::MAX - NOON, 1, Verdict::Warning, "9223372035059427005 s behind ours"),
    ];
    for (late, millis, verdict, text) in table {
        let mut check = Check::new(settings(), Ok(addresses()), at(0), 7);
        let now = Now { mono: Mono(millis), wall: Wall(NOON + late) };
        check.handle(now, accepted().as_input());
        let report = check.report();
        let checked = report.iter().find(|checked| checked.item == Item::Clock).unwrap();
        assert_eq!((checked.verdict, &*checked.finding.to_string()), (verdict, text), "{late} {millis}");
        assert_eq!(checked.hint().is_some_and(|hint| hint.contains("NTP")), verdict == Verdict::Warning);
    }
    let mut silent =
        OwnedResponse { status: 200, retry_after: None, date: None, body: b"{\"count\":3}".to_vec() };
    for date in [None, Some(String::from("noon"))] {
        silent.date = date;
        let said = vec![OwnedInput::HttpDone { call: COUNT, response: silent.clone() }];
        assert_found(
            Item::Clock,
            said,
            Verdict::NotTried,
            "the server does not tell its time",
            "removes the header",
        );
    }
}

#[test]
fn b60_each_address_of_the_primary_has_a_line_and_one_that_answers_speaks_for_the_host() {
    let uptime = [2, 1, 42];
    let refused = |n| OwnedInput::DatagramFailed { probe: ProbeId(n), reason: ProbeFailure::Refused };
    let (mut check, questions) = begin();
    let [first, second] = &questions[..] else { panic!("a probe to each address") };
    assert_ne!(first, second, "each has a request id of its own");
    let lines = |check: &Check| {
        let primary = check.report().into_iter().filter(|checked| checked.item.peer() == Peer::Primary);
        let line = |checked: Checked| {
            let hint = checked.hint().unwrap_or("-");
            format!("{}: {}: {}; {hint}", checked.item, checked.verdict, checked.finding)
        };
        primary.map(line).collect::<Vec<_>>()
    };
    // What is no answer to the question is waited past, and so is what another address was asked.
    let stranger = OwnedInput::Datagram { probe: ProbeId(0), bytes: b"x".to_vec() };
    heard(&mut check, [stranger, primary(ProbeId(0), second, &uptime), refused(2), refused(u64::MAX)]);
    assert!(lines(&check)[0].contains("interrupted"));
    heard(&mut check, [refused(1)]);
    let dead = "2001:db8::7: FAILED: port unreachable; does Zino run there, with its SNMP agent on \
                failover.primary_snmp_port?";
    assert_eq!(lines(&check)[1], dead);
    heard(&mut check, [primary(ProbeId(0), first, &uptime)]);
    let beside = "2001:db8::7: WARNING: port unreachable; the primary counts as alive by another address; take this one \
                  out of its name, or mend it";
    assert_eq!(lines(&check), ["192.0.2.7: ok: answered, up for 42 s; -", beside]);

    let (mut check, questions) = begin();
    heard(&mut check, [primary(ProbeId(0), &questions[0], &[5, 0])]);
    let other = "192.0.2.7: FAILED: zinoUpTime.0 is not an integer; failover.primary_snmp_port is the port of the agent of \
                 Zino, not of the machine";
    assert_eq!(lines(&check)[0], other);

    let mut nameless = Check::new(settings(), Err(ProbeFailure::Unresolved), at(0), 7);
    assert_eq!(drain(&mut nameless).0.len(), 2);
    heard(&mut nameless, [primary(ProbeId(0), &questions[0], &uptime)]);
    let unresolved = "name: FAILED: the name does not resolve; is failover.primary_server spelt right, and does this \
                      machine have a name server?";
    assert_eq!(lines(&nameless), [unresolved]);
}

#[test]
fn each_peer_has_its_time_and_the_check_ends_with_the_last() {
    let (mut check, _) = begin();
    let table = [
        (2000, Timer::ArgusReply, Item::Token, "no answer within 2 s", "argus.timeout"),
        (5000, Timer::ProbeReply, Item::Address(addresses()[0]), "no answer within 5 s", "UDP"),
        (10_000, Timer::ZinoSetup, Item::Login, "no answer within 10 s", "zino.port"),
    ];
    for (millis, why, item, text, hint) in table {
        assert_eq!(check.next_wakeup(), Some(Wakeup { at: Mono(millis), why }));
        check.handle(at(millis - 1), Input::Wake);
        assert!(!drain(&mut check).1);
        check.handle(at(millis), Input::Wake);
        let report = check.report();
        let checked = report.iter().find(|checked| checked.item == item).unwrap();
        assert_eq!(checked.finding.to_string(), text);
        assert!(checked.hint().unwrap().contains(hint), "{checked:?}");
    }
    assert_eq!(drain(&mut check).0, [Action::Exit(Exit::Done)]);
    assert_eq!(check.next_wakeup(), None);
    check.handle(at(20_000), Input::Shutdown);
    assert_eq!(drain(&mut check).0, []);
}

#[test]
fn what_is_asked_later_has_its_time_from_then_on() {
    let mut check = Check::new(Settings::example(), Ok(Vec::new()), at(0), 7);
    let mut hear = |millis, input: OwnedInput| {
        check.handle(at(millis), input.as_input());
        check.next_wakeup().map(|wakeup| wakeup.at)
    };
    assert_eq!(hear(1500, accepted()), Some(Mono(3500)));
    assert_eq!(hear(2000, user(OURSELVES, "zino")), Some(Mono(3500)));
    assert_eq!(hear(2500, sources(&[("zino", 9)])), Some(Mono(3500)));
    assert_eq!(hear(3500, OwnedInput::Wake), Some(Mono(4500)), "the heartbeat and the types had their time");
    assert_eq!(hear(4500, OwnedInput::Wake), Some(Mono(10_000)));
    let silent =
        check.report().into_iter().filter(|checked| matches!(checked.finding, Finding::Silent { .. }));
    let silent: Vec<_> = silent.map(|checked| checked.item).collect();
    assert_eq!(silent, [Item::Source, Item::Heartbeat, Item::Reopening]);
}

#[test]
fn a_clock_that_runs_backwards_or_has_reached_its_end_holds_up_nothing() {
    let (mut check, _) = begin();
    check.handle(at(1999), Input::Wake);
    check.handle(at(0), Input::Wake);
    assert_eq!(check.next_wakeup().map(|wakeup| wakeup.at), Some(Mono(2000)));
    let mut late = Check::new(settings(), Ok(addresses()), at(u64::MAX), 7);
    late.handle(at(u64::MAX), Input::Wake);
    assert!(!drain(&mut late).1 && late.next_wakeup().is_some());
    late.handle(at(u64::MAX), Input::Shutdown);
    assert!(drain(&mut late).1);
}

#[test]
fn b52_the_search_for_the_source_system_is_given_up_where_there_are_too_many() {
    let mut check = Check::new(Settings::example(), Ok(Vec::new()), at(0), 7);
    let many: Vec<_> = (0..60).map(|_| ("x", 2)).collect();
    heard(&mut check, [accepted(), user(OURSELVES, "bob"), sources(&many)]);
    for n in 0..40 {
        check.handle(at(250 * (n + 1)), user(CallId(USER.0 + n), "x").as_input());
    }
    let report = check.report();
    let checked = report.iter().find(|checked| checked.item == Item::Source).unwrap();
    let text = "none of the first 40 source systems has this user";
    assert_eq!((checked.verdict, &*checked.finding.to_string()), (Verdict::NotTried, text));
    assert!(checked.hint().unwrap().contains("too long"));
}

/// Keeps the requests and the lines that are sent, in the order in which they are.
fn sent(actions: &[Action]) -> Vec<String> {
    let line = |action: &Action| {
        if let Action::Send { conn: API, bytes } = action {
            String::from_utf8_lossy(bytes).trim_end().to_string()
        } else if let Action::Http { request, .. } = action {
            format!("{:?} {}", request.method, request.target)
        } else {
            format!("{action:?}")
        }
    };
    actions.iter().map(line).collect()
}

#[test]
fn all_is_asked_at_once_and_nothing_that_is_sent_writes() {
    let mut check = Check::new(settings(), Ok(addresses()), at(0), 7);
    let mut all = drain(&mut check).0;
    assert_eq!(all[0], Action::Connect { conn: API, channel: Channel::Api });
    assert!(matches!(&all[1], Action::Http { call: COUNT, .. }));
    assert!(matches!(&all[2..], [Action::SendDatagram { .. }, Action::SendDatagram { .. }]));
    let zino = [zino(&[CASES, ATTRIBUTES]), tie("200 ok\r\n")].concat();
    let argus = [accepted(), answer(BEAT, 405, ""), answer(TYPES, 200, FORM), user(OURSELVES, "zino")];
    let search = [sources(&[("zino", 9)]), user(USER, "zino")];
    for input in zino.into_iter().chain(argus).chain(search) {
        check.handle(at(1), input.as_input());
        all.extend(drain(&mut check).0);
    }
    let told = sent(&all);
    assert!(told[4].starts_with("user testuser "), "{told:?}");
    let rest = [
        "Connect(2, Notify)",
        "caseids",
        "getattrs 34",
        &format!("ntie {NONCE}"),
        "Get incidents/sources/heartbeat/",
        "Options incidents/0/events/",
        "Get auth/user/",
        "Get incidents/sources/",
        "Get auth/users/9/",
    ];
    assert_eq!(told[5..], rest);
    let writes = |action: &Action| matches!(action, Action::Http { request, .. } if !matches!(request.method, Method::Get | Method::Options));
    assert!(!all.iter().any(writes));
    for probe in [0, 1].map(ProbeId) {
        let gone = Input::DatagramFailed { probe, reason: ProbeFailure::Other };
        check.handle(at(3), gone);
    }
    assert_eq!(drain(&mut check).0, [Action::Exit(Exit::Done)]);
    let items: Vec<_> = check.report().into_iter().map(|checked| checked.item.to_string()).collect();
    let expected =
        ["login", "notifications", "case", "token", "source system", "heartbeat", "reopening", "clock"];
    assert_eq!(items[..8], expected);
    assert_eq!(items[8..], ["192.0.2.7", "2001:db8::7"]);
}

#[test]
fn a_check_that_is_interrupted_says_so_and_one_without_failover_asks_no_primary() {
    let mut check = Check::new(Settings::example(), Ok(addresses()), at(0), 7);
    assert_eq!(drain(&mut check).0.len(), 2);
    check.handle(at(1), Input::Command(Operator::Reconcile));
    check.handle(at(1), Input::Datagram { probe: ProbeId(0), bytes: b"x" });
    check.handle(at(1), Input::DatagramFailed { probe: ProbeId(0), reason: ProbeFailure::Other });
    assert!(!drain(&mut check).1);
    check.handle(at(1), Input::Shutdown);
    assert!(drain(&mut check).1);
    let report = check.report();
    assert!(report.len() == 8 && report.iter().all(|checked| checked.finding == Finding::Interrupted));
    assert_eq!(Finding::Interrupted.verdict(), Verdict::Failed);
    assert_eq!(report[0].hint(), None);
}

#[test]
fn b4_nothing_that_is_shown_of_a_check_holds_a_secret() {
    let failover = FailoverSettings::builder().community(Secret::new("hush4711".into()));
    let settings = Settings::example().to_builder().secret(Secret::new("hush4711".into()));
    let settings = settings.failover(Some(failover)).build().unwrap();
    let mut check = Check::new(settings, Ok(addresses()), at(0), 7);
    check.handle(at(1), greeting().as_input());
    let shown = format!("{check:?} {:?}", drain(&mut check));
    assert!(!shown.contains("hush4711") && !shown.contains("104, 117, 115, 104"), "{shown}");
}

/// Everything that the peers of the other tests say, and some that nobody does.
fn anything() -> Vec<OwnedInput> {
    let mut all = zino(&[CASES, ATTRIBUTES, NO_CASES, "500 no\r\n", "what?\r\n"]);
    all.extend(tie("200 ok\r\n"));
    all.extend([disconnected(API, Disconnect::Reset), disconnected(NOTIFY, Disconnect::Closed)]);
    for call in (0..8).map(CallId) {
        all.extend([
            user(call, "zino"),
            answer(call, 200, FORM),
            answer(call, 405, ""),
            answer(call, 401, ""),
        ]);
        all.push(unanswered(call, HttpCause::Other));
    }
    all.extend([accepted(), sources(&[("zino", 9)]), OwnedInput::Wake]);
    for probe in (0..3).map(ProbeId) {
        all.push(OwnedInput::Datagram { probe, bytes: b"x".to_vec() });
        all.push(OwnedInput::DatagramFailed { probe, reason: ProbeFailure::Other });
    }
    all
}

#[test]
fn b78_the_daemon_of_the_primary_has_a_verdict_and_a_hint() {
    let failover = FailoverSettings::builder().ping_timeout(Millis::from_secs(5)).asks_health(true);
    let settings = Settings::example().to_builder().failover(Some(failover)).build().unwrap();
    let line = |answer: Option<HealthAnswer>| {
        let mut check = Check::new(settings.clone(), Ok(Vec::new()), at(0), 7);
        let asked = |action: &Action| matches!(action, Action::AskHealth { probe: ProbeId(0) });
        assert_eq!(drain(&mut check).0.iter().filter(|action| asked(action)).count(), 1);
        if let Some(answer) = answer {
            check.handle(at(1), Input::HealthAnswered { probe: ProbeId(0), answer });
        }
        check.handle(at(5000), Input::Wake);
        let report = check.report();
        let checked = report.last().unwrap();
        assert_eq!((checked.item.peer(), checked.item.to_string()), (Peer::Peer, "health".into()));
        let hint = checked.hint().unwrap_or("-");
        format!("{}: {}; {hint}", checked.verdict, checked.finding)
    };
    let status = |status| Some(HealthAnswer::Status(status));
    let failed = |cause| Some(HealthAnswer::Failed(cause));
    for (answer, start, hint) in [
        (status(200), "ok: ACTIVE, and able to work", "-"),
        (status(503), "WARNING: not ACTIVE, or not able to work", "/readyz"),
        (status(404), "FAILED: answers with status 404", "/active"),
        (failed(HttpCause::Refused), "FAILED: connection refused", "status.health_listen"),
        (failed(HttpCause::Tls(TlsFailure::NotTls)), "FAILED: the server does not speak TLS", "http"),
        (failed(HttpCause::Local(LocalFault::NoMemory)), "FAILED: out of memory", "LimitNOFILE"),
        (failed(HttpCause::Unreachable), "FAILED: unreachable", "SNMP alone counts"),
        (None, "FAILED: no answer within 5 s", "SNMP alone counts"),
    ] {
        let line = line(answer);
        assert!(line.starts_with(start) && line.contains(hint), "{line}");
    }
}

proptest! {
    #[test]
    fn invariant9_whatever_comes_in_whatever_order_the_check_ends_and_says_something_of_everything(
        order in proptest::collection::vec((any::<proptest::sample::Index>(), 0..3000_u64), 0..60),
    ) {
        let (mut check, _) = begin();
        let (all, mut now) = (anything(), 0);
        for (which, later) in order {
            now += later;
            check.handle(at(now), all[which.index(all.len())].as_input());
            drain(&mut check);
        }
        while let Some(wakeup) = check.next_wakeup() {
            check.handle(Now { mono: wakeup.at.max(at(now).mono), ..at(now) }, Input::Wake);
        }
        let report = check.report();
        prop_assert_eq!(report.len(), 10);
        prop_assert!(report.iter().all(|checked| checked.finding != Finding::Interrupted), "{:?}", report);
        let shown = |checked: &Checked| !checked.finding.to_string().is_empty() && checked.hint() != Some("");
        prop_assert!(report.iter().all(shown));
    }
}
