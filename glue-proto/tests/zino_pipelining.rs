//! A small Zino that answers as the real one was measured to do: the errors of one write overtake its good replies,
//! and cases may vanish at any moment. Whatever is asked of it in whatever order, every reply must end up with the
//! command that it belongs to (behaviour B50).

use glue_proto::Secret;
use glue_proto::model::{CaseId, CaseState, Entry};
use glue_proto::wire::zino::{ApiChannel, ApiEvent, Command, DecodeError, ReadKind};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// The log of this case breaks off in the middle.
const BROKEN_LOG: u64 = 3;

/// The server's side of a session.
#[derive(Default)]
struct Zino {
    cases: BTreeSet<u64>,
    notes: BTreeMap<u64, Vec<String>>,
    /// The case whose note is being read, and its lines so far.
    input: Option<(u64, Vec<String>)>,
    /// Answers that are not delivered yet.
    out: Vec<u8>,
}

impl Zino {
    /// Takes one write, and checks the rules for it.
    fn take(&mut self, write: &[u8]) {
        let text = str::from_utf8(write).expect("we send UTF-8");
        if self.input.is_some() {
            self.take_note(text);
            return;
        }
        let lines: Vec<&str> = text.strip_suffix("\r\n").expect("whole lines").split("\r\n").collect();
        let (mut errors, mut good) = (String::new(), String::new());
        for line in &lines {
            let words: Vec<&str> = line.split(' ').collect();
            let exclusive = ["user", "addhist", "setstate", "ntie"].contains(&words[0]);
            assert!(!exclusive || lines.len() == 1, "{text:?}");
            assert!(!exclusive || self.out.is_empty(), "sent before the answers were in: {text:?}");
            match self.answer(&words) {
                Ok(reply) => good.push_str(&reply),
                Err(error) => errors.push_str(&format!("500 {error}\r\n")),
            }
        }
        self.out.extend(errors.bytes().chain(good.bytes()));
    }

    fn take_note(&mut self, text: &str) {
        let (id, mut note) = self.input.take().expect("a note is awaited");
        let lines: Vec<&str> = text.split_terminator('\n').map(|line| line.trim_end_matches('\r')).collect();
        let (last, body) = lines.split_last().expect("a line");
        assert_eq!(*last, ".");
        assert!(!body.contains(&"."), "a note that ends too early: {text:?}");
        note.extend(body.iter().map(|line| line.trim().to_owned()));
        self.notes.entry(id).or_default().push(note.join("\n").trim_end().into());
        self.out.extend(b"200 ok\r\n");
    }

    fn answer(&mut self, words: &[&str]) -> Result<String, String> {
        let id = words.get(1).and_then(|word| word.parse().ok()).unwrap_or(0);
        let about_a_case = ["getattrs", "gethist", "getlog", "addhist", "setstate"].contains(&words[0]);
        if about_a_case && !self.cases.contains(&id) {
            return Err(format!("event \"{id}\" does not exist"));
        }
        Ok(match words[0] {
            "version" => "200 zino version is 2.5.2\r\n".into(),
            "caseids" => {
                let ids: String = self.cases.iter().map(|id| format!("{id}\r\n")).collect();
                format!("304 list\r\n{ids}.\r\n")
            }
            "getattrs" => format!(
                "303 attributes\r\nid: {id}\r\nrouter: gw{id}\r\ntype: bgp\r\nstate: open\r\nopened: 7\r\n.\r\n"
            ),
            "gethist" => format!("301 history\r\n7 case {id}\r\n one\r\n.\r\n"),
            "getlog" if id == BROKEN_LOG => "300 log\r\n7 first\r\n500 internal error\r\n".into(),
            "getlog" if id.is_multiple_of(2) => "300 log\r\n7 linkDown\r\n.\r\n".into(),
            "getlog" => "300 log\r\n7 linkUp\r\n.\r\n".into(),
            "addhist" => {
                self.input = Some((id, Vec::new()));
                "302 text\r\n".into()
            }
            "setstate" | "ntie" | "user" => "200 ok\r\n".into(),
            other => panic!("unknown command {other:?}"),
        })
    }
}

#[derive(Clone, Debug)]
enum Step {
    Send(Command),
    Transmit,
    Deliver(usize),
    Vanish(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let id = || (1_u64..9).prop_map(CaseId);
    let command = prop_oneof![
        5 => id().prop_map(Command::Attributes),
        5 => id().prop_map(Command::History),
        5 => id().prop_map(Command::Log),
        1 => Just(Command::CaseIds),
        1 => Just(Command::Version),
        1 => (id(), "[.\r\n ab]{0,12}").prop_map(|(id, text)| Command::AddHistory { id, text }),
        1 => id().prop_map(|id| Command::SetState { id, state: CaseState::Working }),
        1 => Just(Command::Tie { nonce: "0".repeat(40) }),
    ];
    let step = prop_oneof![
        6 => command.prop_map(Step::Send),
        2 => Just(Step::Transmit),
        3 => (1_usize..200).prop_map(Step::Deliver),
        1 => (1_u64..9).prop_map(Step::Vanish),
    ];
    proptest::collection::vec(step, 0..120)
}

/// Runs the steps, then lets everything finish; returns what was accepted and what came of it.
fn run(steps: Vec<Step>, window: usize) -> (Vec<Command>, Vec<ApiEvent>, Zino) {
    let mut zino = Zino { cases: (1..7).collect(), ..Zino::default() };
    let mut channel = ApiChannel::new("testuser", &Secret::new("testpassword".into()), window);
    let (mut accepted, mut events) = (Vec::new(), Vec::new());
    channel.receive(format!("200 {} Hello, there\r\n", "a".repeat(40)).as_bytes());
    let finish = (0..4000).flat_map(|_| [Step::Transmit, Step::Deliver(usize::MAX)]);
    for step in steps.into_iter().chain(finish) {
        match step {
            Step::Send(command) => {
                if channel.send(command.clone()).is_ok() {
                    accepted.push(command);
                }
            }
            Step::Transmit => {
                while let Some(write) = channel.poll_transmit() {
                    zino.take(&write);
                }
            }
            Step::Deliver(count) => {
                let count = count.min(zino.out.len());
                let bytes: Vec<u8> = zino.out.drain(..count).collect();
                channel.receive(&bytes);
                events.extend(std::iter::from_fn(|| channel.poll_event()));
            }
            Step::Vanish(id) => {
                zino.cases.remove(&id);
            }
        }
    }
    assert_eq!(channel.waiting(), 0);
    (accepted, events, zino)
}

/// Returns the command that an event is the outcome of, as far as the event tells.
fn subject(event: &ApiEvent) -> (&'static str, Option<CaseId>) {
    match event {
        ApiEvent::Attributes(id, found) => {
            assert_eq!((found.id, &found.router), (*id, &format!("gw{id}")));
            ("getattrs", Some(*id))
        }
        ApiEvent::History(id, entries) => {
            let expected = Entry::new(7, format!("case {id}\none"));
            assert_eq!(*entries, [expected]);
            ("gethist", Some(*id))
        }
        ApiEvent::Log { id, went_down } => {
            assert_eq!(went_down.port, id.0.is_multiple_of(2));
            ("getlog", Some(*id))
        }
        ApiEvent::Unreadable { id, error } => {
            assert_eq!((id.0, error), (BROKEN_LOG, &DecodeError::BrokenOff));
            ("getlog", Some(*id))
        }
        ApiEvent::NoSuchCase { id, kind: ReadKind::Attributes } => ("getattrs", Some(*id)),
        ApiEvent::NoSuchCase { id, kind: ReadKind::History } => ("gethist", Some(*id)),
        ApiEvent::NoSuchCase { id, kind: ReadKind::Log } => ("getlog", Some(*id)),
        ApiEvent::NoteAdded(id) => ("addhist", Some(*id)),
        ApiEvent::StateSet(id) => ("setstate", Some(*id)),
        ApiEvent::WriteRefused { id, gone: true, .. } => ("write", Some(*id)),
        ApiEvent::CaseIds(_) => ("caseids", None),
        ApiEvent::Version(_) => ("version", None),
        ApiEvent::Tied => ("ntie", None),
        ApiEvent::LoggedIn => ("user", None),
        ApiEvent::LoginRefused { .. }
        | ApiEvent::TieRefused { .. }
        | ApiEvent::CaseIdsFailed { .. }
        | ApiEvent::WriteRefused { gone: false, .. }
        | ApiEvent::Failed(_) => panic!("unexpected: {event:?}"),
    }
}

fn name(command: &Command) -> &'static str {
    match command {
        Command::CaseIds => "caseids",
        Command::Attributes(_) => "getattrs",
        Command::History(_) => "gethist",
        Command::Log(_) => "getlog",
        Command::AddHistory { .. } => "addhist",
        Command::SetState { .. } => "setstate",
        Command::Tie { .. } => "ntie",
        Command::Version => "version",
        Command::Quit => "quit",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn b50_every_reply_ends_up_with_its_command(steps in steps(), window in 1_usize..9) {
        let (accepted, events, zino) = run(steps, window);
        let mut awaited: Vec<(&str, Option<CaseId>)> = vec![("user", None)];
        awaited.extend(accepted.iter().map(|command| (name(command), command.case())));
        let answered: Vec<(&str, Option<CaseId>)> = events.iter().map(subject).collect();
        // Once a case is gone both kinds of write to it are refused alike, and the events do not tell which it was.
        let kind = |(name, id): &(&'static str, Option<CaseId>)| {
            (if ["addhist", "setstate"].contains(name) { "write" } else { *name }, *id)
        };
        let mut awaited: Vec<_> = awaited.iter().map(kind).collect();
        let mut answered: Vec<_> = answered.iter().map(kind).collect();
        awaited.sort_unstable();
        answered.sort_unstable();
        prop_assert_eq!(awaited, answered);
        let stored = zino.notes.values().map(Vec::len).sum::<usize>();
        let told = events.iter().filter(|event| matches!(event, ApiEvent::NoteAdded(_))).count();
        prop_assert_eq!(stored, told);
    }

    #[test]
    fn b50_arbitrary_bytes_never_panic(
        pieces in proptest::collection::vec(prop_oneof![
            Just(b"200 ok\r\n".to_vec()), Just(b"302 go\r\n".to_vec()), Just(b"303 x\r\n".to_vec()),
            Just(b"301 x\r\n1 a\r\n".to_vec()), Just(b"300 x\r\n".to_vec()), Just(b"304 x\r\n5\r\n".to_vec()),
            Just(b".\r\n".to_vec()), Just(b"id: 1\r\n".to_vec()), Just(b"500 internal error\r\n".to_vec()),
            Just(b"500 event \"1\" does not exist\r\n".to_vec()), Just(b"205 Bye\r\n".to_vec()),
            Just(b"200- a\r\n".to_vec()), proptest::collection::vec(any::<u8>(), 0..20),
        ], 0..40),
        commands in proptest::collection::vec(0_u8..9, 0..40),
    ) {
        let mut channel = ApiChannel::new("testuser", &Secret::new("testpassword".into()), 4);
        channel.receive(format!("200 {} Hello\r\n", "0".repeat(40)).as_bytes());
        let _ = channel.poll_transmit();
        channel.receive(b"200 ok\r\n");
        let id = CaseId(1);
        let (mut accepted, mut told, mut failed) = (0_usize, 0_usize, false);
        for (index, piece) in pieces.iter().enumerate() {
            let command = match commands.get(index) {
                Some(0) => Command::CaseIds,
                Some(1) => Command::Attributes(id),
                Some(2) => Command::History(id),
                Some(3) => Command::Log(CaseId(2)),
                Some(4) => Command::AddHistory { id, text: ".".into() },
                Some(5) => Command::SetState { id, state: CaseState::Closed },
                Some(6) => Command::Tie { nonce: String::new() },
                Some(7) => Command::Quit,
                Some(_) | None => Command::Version,
            };
            accepted += usize::from(channel.send(command).is_ok());
            while channel.poll_transmit().is_some() {}
            channel.receive(piece);
            while let Some(event) = channel.poll_event() {
                prop_assert!(!failed, "after the end: {:?}", event);
                failed = matches!(event, ApiEvent::Failed(_));
                told += usize::from(!failed && event != ApiEvent::LoggedIn);
            }
            prop_assert!(told <= accepted);
            prop_assert!(!failed || (channel.waiting() == 0 && !channel.is_logged_in()));
        }
    }
}
