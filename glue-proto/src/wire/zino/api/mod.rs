//! The API channel: login, commands and their replies (reference zino-protocol 2 to 7).

mod event;
mod pipeline;
mod reply;

pub use event::ApiEvent;
pub use pipeline::MAX_WINDOW;
pub use reply::{MAX_REPLY_BYTES, MAX_REPLY_LINES};

use super::command::{Command, encode_login};
use super::error::{ProtocolError, quote};
use super::notify::is_nonce;
use crate::face::Secret;
use crate::model::CaseId;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use pipeline::Pipeline;
use reply::{FramingError, MAX_PASSED_BYTES, Reply, ReplyReader};

/// The command cannot be accepted now; ask [`ApiChannel::can_send`] again after the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
#[error("the channel cannot take the command now")]
pub struct Busy;

/// One connection to the API port, from the greeting to its end.
///
/// Give it all that is received, then take out all events, send commands, and transmit until there is nothing more to
/// transmit. The login starts by itself when the greeting comes.
///
/// Reads are pipelined up to the window. The other commands (`AddHistory`, `SetState`, `Tie`, `Quit`) are exclusive:
/// each is sent alone when everything before it was answered, and no command is accepted until it is answered itself
/// (behaviour B50). So a write never waits for reads that came after it.
///
/// Time is the caller's: nothing here gives up waiting.
#[derive(Clone, Debug, Hash)]
pub struct ApiChannel {
    user: String,
    secret: Secret,
    state: State,
    replies: ReplyReader,
    count: u64,
    pipeline: Pipeline,
    events: VecDeque<ApiEvent>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum State {
    /// The server speaks first.
    Greeting,
    /// The login is to be sent.
    LoginDue(Vec<u8>),
    /// The login was sent.
    Login,
    /// Commands may be sent.
    Open,
    /// Nothing is sent or told any more.
    Ended,
}

impl ApiChannel {
    /// Makes the state of a fresh connection. The window is the number of replies that may be awaited at once; it is
    /// kept between 1 and [`MAX_WINDOW`].
    #[must_use]
    pub fn new(user: &str, secret: &Secret, window: usize) -> Self {
        Self {
            user: user.into(),
            secret: secret.clone(),
            state: State::Greeting,
            replies: ReplyReader::new(),
            count: 0,
            pipeline: Pipeline::new(window),
            events: VecDeque::new(),
        }
    }

    /// Takes in bytes, cut anywhere. Total: every byte string is legal at any time.
    pub fn receive(&mut self, bytes: &[u8]) {
        if self.state == State::Ended {
            return;
        }
        self.replies.receive(bytes);
        while self.state != State::Ended {
            match self.receive_one() {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => self.fail(error),
            }
        }
    }

    /// Takes out the next event.
    pub fn poll_event(&mut self) -> Option<ApiEvent> {
        self.events.pop_front()
    }

    /// Takes out everything that may be sent now: give it to the connection as one write. The bytes may hold a digest
    /// of the secret: do not log them.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        match &mut self.state {
            State::LoginDue(bytes) => {
                let bytes = core::mem::take(bytes);
                self.state = State::Login;
                Some(bytes)
            }
            State::Open => self.pipeline.next_write(),
            State::Greeting | State::Login | State::Ended => None,
        }
    }

    /// Tells whether [`send`](Self::send) would accept the command: never before the login, never while an exclusive
    /// command waits; a read only while there is room.
    #[must_use]
    pub fn can_send(&self, command: &Command) -> bool {
        self.is_logged_in() && self.pipeline.accepts(command)
    }

    /// Accepts a command. Its bytes come out of [`poll_transmit`](Self::poll_transmit) when the rules allow it; in the
    /// order of acceptance, but for a read of a case of which another read is on the wire: that one waits, and lets
    /// later reads pass.
    ///
    /// # Errors
    ///
    /// [`Busy`] if [`can_send`](Self::can_send) says no. Nothing has happened then.
    pub fn send(&mut self, command: Command) -> Result<(), Busy> {
        if !self.can_send(&command) {
            return Err(Busy);
        }
        self.pipeline.push(command);
        Ok(())
    }

    /// Takes back an accepted `AddHistory` or `SetState` of which no byte was given out yet (behaviour B62).
    pub fn withdraw_write(&mut self) -> Option<Command> {
        self.pipeline.withdraw_write()
    }

    /// Tells whether the text of a note is still to be sent although its `addhist` was: the server takes whatever comes
    /// next for that text, so the only way not to write the note is to end the session, which stores nothing
    /// (reference zino-protocol 5.4).
    #[must_use]
    pub fn owes_text(&self) -> bool {
        self.pipeline.owes_text()
    }

    /// Returns how many replies are awaited: the greeting, the answer to the login, and those to all accepted commands.
    /// 0 means that the channel is idle.
    #[must_use]
    pub fn waiting(&self) -> usize {
        match self.state {
            State::Greeting | State::LoginDue(_) | State::Login => 1,
            State::Open => self.pipeline.len(),
            State::Ended => 0,
        }
    }

    /// Returns the case whose reply the server, which answers in order, owes first.
    #[must_use]
    pub fn awaited_case(&self) -> Option<CaseId> {
        self.pipeline.front_case()
    }

    /// Returns how many whole replies have come so far, the greeting included. It never falls; while replies are
    /// awaited the patience for the next one begins anew whenever it rises (behaviour B50).
    #[must_use]
    pub const fn replies(&self) -> u64 {
        self.count
    }

    /// Tells whether the login was accepted and the session has not failed.
    #[must_use]
    pub fn is_logged_in(&self) -> bool {
        self.state == State::Open
    }

    /// Handles the next whole reply; `false` if there is none.
    fn receive_one(&mut self) -> Result<bool, ProtocolError> {
        if self.state == State::Greeting {
            let line = self.replies.next_line().map_err(|error| self.framing(error))?;
            return line.map_or(Ok(false), |line| self.greeted(&line).map(|()| true));
        }
        let reply = self.replies.next_reply().map_err(|error| self.framing(error))?;
        let Some(reply) = reply else { return Ok(false) };
        self.count += 1;
        if self.state == State::Open {
            let quitting = self.pipeline.is_quitting();
            self.events.extend(self.pipeline.answer(reply)?);
            if quitting {
                self.end();
            }
        } else {
            self.login_answered(reply)?;
        }
        Ok(true)
    }

    fn greeted(&mut self, line: &str) -> Result<(), ProtocolError> {
        let mut words = line.split_ascii_whitespace();
        let challenge = match (words.next(), words.next()) {
            (Some("200"), Some(challenge)) if is_nonce(challenge) => challenge,
            _ => return Err(ProtocolError::NotAGreeting { line: quote(line) }),
        };
        self.count += 1;
        self.state = State::LoginDue(encode_login(&self.user, challenge, &self.secret));
        Ok(())
    }

    fn login_answered(&mut self, reply: Reply) -> Result<(), ProtocolError> {
        let (code, text) = match reply {
            Reply::Line { code, text } => (code, text),
            Reply::List { code, .. } => (code, String::new()),
        };
        match code {
            // An answer to what was not sent yet.
            _ if self.state != State::Login => Err(unexpected_at_login(code, &text)),
            200 => {
                self.state = State::Open;
                self.events.push_back(ApiEvent::LoggedIn);
                Ok(())
            }
            // A failure of the server must not pass for wrong credentials: those end the process (behaviour B52).
            500 if text == "internal error" => Err(ProtocolError::LoginFailed { reply: text }),
            400..600 => {
                self.events.push_back(ApiEvent::LoginRefused { reply: quote(&text) });
                self.end();
                Ok(())
            }
            _ => Err(unexpected_at_login(code, &text)),
        }
    }

    fn framing(&self, error: FramingError) -> ProtocolError {
        match error {
            FramingError::Line(error) => ProtocolError::LineTooLong { error, blamed: self.listed_case() },
            FramingError::Endless => {
                ProtocolError::ReplyTooLong { limit: MAX_PASSED_BYTES, blamed: self.listed_case() }
            }
            FramingError::NotAReply(line) => {
                ProtocolError::NotAReply { line: quote(&line), blamed: self.pipeline.last_list() }
            }
        }
    }

    /// Returns the case whose list is being read.
    fn listed_case(&self) -> Option<CaseId> {
        if self.replies.is_in_list() { self.pipeline.front_case() } else { None }
    }

    fn fail(&mut self, error: ProtocolError) {
        self.events.push_back(ApiEvent::Failed(error));
        self.end();
    }

    fn end(&mut self) {
        self.state = State::Ended;
        self.pipeline.clear();
        self.replies = ReplyReader::new();
    }
}

fn unexpected_at_login(code: u16, text: &str) -> ProtocolError {
    ProtocolError::Unexpected { reply: quote(&alloc::format!("{code} {text}")), blamed: None }
}

#[cfg(test)]
mod tests {
    use super::super::line::MAX_LINE;
    use super::*;
    use crate::model::CaseState;
    use crate::wire::zino::{DecodeError, LineTooLong, ReadKind};
    use alloc::vec;
    use alloc::{format, string::ToString as _};

    const GREETING: &[u8] = b"200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello, there\r\n";

    fn fresh(window: usize) -> ApiChannel {
        ApiChannel::new("testuser", &Secret::new("testpassword".into()), window)
    }

    fn open(window: usize) -> ApiChannel {
        let mut channel = fresh(window);
        channel.receive(GREETING);
        channel.poll_transmit().unwrap();
        channel.receive(b"200 ok\r\n");
        assert_eq!(events(&mut channel), [ApiEvent::LoggedIn]);
        channel
    }

    fn events(channel: &mut ApiChannel) -> Vec<ApiEvent> {
        core::iter::from_fn(|| channel.poll_event()).collect()
    }

    fn sent(channel: &mut ApiChannel) -> Vec<String> {
        core::iter::from_fn(|| channel.poll_transmit())
            .map(|bytes| String::from_utf8(bytes).unwrap())
            .collect()
    }

    fn history(id: u64) -> Command {
        Command::History(CaseId(id))
    }

    fn note(id: u64, text: &str) -> Command {
        Command::AddHistory { id: CaseId(id), text: text.into() }
    }

    fn set_state(id: u64) -> Command {
        Command::SetState { id: CaseId(id), state: CaseState::Working }
    }

    #[test]
    fn b50_nothing_is_sent_before_the_greeting_or_with_the_login() {
        let mut channel = fresh(64);
        assert_eq!((channel.poll_transmit(), channel.waiting(), channel.replies()), (None, 1, 0));
        assert_eq!(channel.send(Command::Version), Err(Busy));
        channel.receive(GREETING);
        assert_eq!(channel.send(Command::CaseIds), Err(Busy));
        assert_eq!(sent(&mut channel).len(), 1);
        assert_eq!((channel.waiting(), channel.replies()), (1, 1));
        channel.receive(b"200 ok\r\n");
        assert_eq!((channel.waiting(), channel.replies(), channel.is_logged_in()), (0, 2, true));
        assert_eq!(sent(&mut channel), [""; 0]);
    }

    #[test]
    fn a_server_that_is_no_zino_is_found_out() {
        let short = format!("200 {} Hello", "a".repeat(39));
        let list = format!("303 {}", "a".repeat(40));
        for odd in ["", "SSH-2.0-OpenSSH_9.2", "500 too many", "200 hello there", &short, &list] {
            let mut channel = fresh(64);
            channel.receive(format!("{odd}\r\n200 ok\r\n").as_bytes());
            let error = ProtocolError::NotAGreeting { line: odd.into() };
            assert_eq!(events(&mut channel), [ApiEvent::Failed(error)]);
            assert_eq!((channel.poll_transmit(), channel.waiting()), (None, 0));
        }
    }

    #[test]
    fn b50_an_answer_to_a_login_that_was_not_sent_is_no_login() {
        let mut channel = fresh(64);
        channel.receive(GREETING);
        channel.receive(b"200 ok\r\n");
        assert!(matches!(events(&mut channel)[..], [ApiEvent::Failed(ProtocolError::Unexpected { .. })]));
        assert_eq!(channel.poll_transmit(), None);
    }

    #[test]
    fn b50_reads_fill_the_window_and_no_more() {
        let mut channel = open(2);
        for command in [history(1), Command::Log(CaseId(2))] {
            assert_eq!(channel.send(command), Ok(()));
        }
        assert!(!channel.can_send(&history(3)) && !channel.can_send(&Command::Version));
        assert!(channel.can_send(&set_state(1)));
        assert_eq!(sent(&mut channel), ["gethist 1\r\ngetlog 2\r\n"]);
        channel.receive(b"301 x\r\n.\r\n");
        assert_eq!(events(&mut channel), [ApiEvent::History(CaseId(1), vec![])]);
        assert_eq!(channel.send(history(3)), Ok(()));
        assert_eq!((sent(&mut channel), channel.waiting()), (vec!["gethist 3\r\n".to_string()], 2));
    }

    #[test]
    fn b50_one_read_of_a_case_is_on_the_wire_and_later_reads_pass_it() {
        let mut channel = open(64);
        for id in [5, 6] {
            channel.send(Command::Attributes(CaseId(id))).unwrap();
            channel.send(history(id)).unwrap();
            channel.send(Command::Log(CaseId(id))).unwrap();
        }
        assert_eq!(sent(&mut channel), ["getattrs 5\r\ngetattrs 6\r\n"]);
        channel.receive(b"500 event \"6\" does not exist\r\n");
        assert_eq!(sent(&mut channel), ["gethist 6\r\n"]);
        channel.receive(b"303 x\r\nid: 5\r\nstate: open\r\n.\r\n301 x\r\n6 six\r\n.\r\n");
        assert_eq!(sent(&mut channel), ["gethist 5\r\ngetlog 6\r\n"]);
        let events = events(&mut channel);
        assert_eq!(events[0], ApiEvent::NoSuchCase { id: CaseId(6), kind: ReadKind::Attributes });
        let error = DecodeError::Missing { name: "router" };
        assert_eq!(events[1], ApiEvent::Unreadable { id: CaseId(5), error });
        assert!(matches!(&events[2], ApiEvent::History(CaseId(6), entries) if entries[0].header() == "six"));
        assert_eq!(events.len(), 3);
    }

    #[test]
    fn b50_two_replies_that_do_not_say_whose_they_are_never_follow_each_other() {
        let mut channel = open(64);
        for id in 1..=3 {
            channel.send(Command::Attributes(CaseId(id))).unwrap();
            channel.send(history(id)).unwrap();
        }
        sent(&mut channel);
        for id in 1..=3 {
            channel.receive(format!("303 x\r\nid: {id}\r\nstate: open\r\n.\r\n").as_bytes());
        }
        channel.send(Command::Attributes(CaseId(4))).unwrap();
        assert_eq!(sent(&mut channel), ["gethist 1\r\ngetattrs 4\r\ngethist 2\r\nversion\r\ngethist 3\r\n"]);
        events(&mut channel);
        channel.receive(b"301 x\r\n1 one\r\n.\r\n301 x\r\n1 one\r\n.\r\n");
        let events = events(&mut channel);
        assert!(matches!(&events[0], ApiEvent::History(CaseId(1), _)), "{events:?}");
        assert!(
            matches!(
                &events[1..],
                [ApiEvent::Failed(ProtocolError::OutOfOrder { blamed: Some(CaseId(1)), .. })]
            ),
            "{events:?}"
        );
    }

    #[test]
    fn b50_nothing_is_read_of_a_case_before_what_waits_for_something_to_part_it_from_its_kind() {
        let mut channel = open(64);
        for id in [1, 2] {
            channel.send(Command::Attributes(CaseId(id))).unwrap();
            channel.send(history(id)).unwrap();
            channel.send(Command::Log(CaseId(id))).unwrap();
        }
        sent(&mut channel);
        for id in [1, 2] {
            channel.receive(format!("303 x\r\nid: {id}\r\nstate: open\r\n.\r\n").as_bytes());
        }
        assert_eq!(sent(&mut channel), ["gethist 1\r\nversion\r\ngethist 2\r\n"]);
        channel.receive(b"301 x\r\n.\r\n200 zino\r\n301 x\r\n.\r\n");
        assert_eq!(sent(&mut channel), ["getlog 1\r\nversion\r\ngetlog 2\r\n"]);
    }

    #[test]
    fn b50_a_reply_that_swallows_the_next_one_is_found_out() {
        let mut channel = open(64);
        for id in [1, 2] {
            channel.send(Command::Attributes(CaseId(id))).unwrap();
            channel.send(history(id)).unwrap();
        }
        sent(&mut channel);
        channel.receive(b"303 x\r\nid: 1\r\nstate: open\r\n.\r\n");
        assert_eq!(sent(&mut channel), ["gethist 1\r\n"]);
        channel.send(Command::Attributes(CaseId(3))).unwrap();
        sent(&mut channel);
        // The server fails in the middle of the attributes of 2: the history of 1 is taken for a part of them.
        channel.receive(b"303 x\r\nid: 2\r\n301 x\r\n1 one\r\n.\r\n303 x\r\nid: 3\r\nstate: open\r\n.\r\n");
        let events = events(&mut channel);
        assert!(
            matches!(events.last(), Some(ApiEvent::Failed(ProtocolError::OutOfOrder { .. }))),
            "{events:?}"
        );
    }

    #[test]
    fn b20_a_log_that_breaks_off_proves_what_comes_before() {
        for (lines, proves) in
            [("1 gw1: port down, up to down\r\n", true), ("1 something else\r\n", false), ("", false)]
        {
            let mut channel = open(64);
            channel.send(Command::Log(CaseId(1))).unwrap();
            sent(&mut channel);
            channel.receive(format!("300 x\r\n{lines}500 internal error\r\n").as_bytes());
            let event = events(&mut channel).pop().unwrap();
            let proved = matches!(&event, ApiEvent::Log { id: CaseId(1), went_down } if went_down.port);
            let unreadable = matches!(&event, ApiEvent::Unreadable { id: CaseId(1), .. });
            assert_eq!((proved, unreadable), (proves, !proves), "{lines}");
        }
    }

    #[test]
    fn b50_an_exclusive_command_waits_for_the_reads_and_lets_none_pass() {
        let mut channel = open(64);
        channel.send(history(1)).unwrap();
        sent(&mut channel);
        channel.send(set_state(1)).unwrap();
        for refused in [history(2), set_state(2), Command::Tie { nonce: "x".into() }] {
            assert_eq!(channel.send(refused), Err(Busy));
        }
        assert_eq!(sent(&mut channel), [""; 0]);
        channel.receive(b"301 x\r\n.\r\n");
        assert_eq!(sent(&mut channel), ["setstate 1 working\r\n"]);
        assert!(!channel.can_send(&history(2)) && !channel.can_send(&set_state(2)));
        channel.receive(b"200 ok\r\n");
        assert_eq!(events(&mut channel)[1..], [ApiEvent::StateSet(CaseId(1))]);
        assert!(channel.can_send(&history(2)));
    }

    #[test]
    fn b50_a_note_is_sent_step_by_step() {
        let mut channel = open(64);
        channel.send(note(1, "a\n.\nb")).unwrap();
        assert!(!channel.owes_text());
        assert_eq!(sent(&mut channel), ["addhist 1  -\r\n"]);
        assert!(channel.owes_text() && channel.withdraw_write().is_none());
        channel.receive(b"302 please provide new history entry, termiate with '.'\r\n");
        assert!(channel.owes_text() && !channel.can_send(&Command::Version));
        assert_eq!(sent(&mut channel), ["a\n .\nb\r\n\r\n.\r\n"]);
        assert!(!channel.owes_text());
        assert_eq!((channel.waiting(), channel.replies(), events(&mut channel)), (1, 3, vec![]));
        channel.receive(b"200 ok\r\n");
        assert_eq!(events(&mut channel), [ApiEvent::NoteAdded(CaseId(1))]);
    }

    #[test]
    fn b50_a_note_refused_after_its_text_ends_the_session() {
        let mut channel = open(64);
        channel.send(note(7, "a")).unwrap();
        sent(&mut channel);
        channel.receive(b"302 text\r\n");
        sent(&mut channel);
        channel.receive(b"500 internal error\r\n");
        let error = ProtocolError::NoteRefused { reply: "internal error".into(), id: CaseId(7) };
        assert_eq!(events(&mut channel), [ApiEvent::Failed(error)]);
    }

    #[test]
    fn b62_a_write_that_was_not_sent_can_be_taken_back() {
        let mut channel = open(64);
        channel.send(history(1)).unwrap();
        sent(&mut channel);
        channel.send(note(1, "x")).unwrap();
        assert_eq!(channel.withdraw_write(), Some(note(1, "x")));
        assert_eq!((channel.withdraw_write(), channel.waiting()), (None, 1));
        assert!(channel.can_send(&history(2)));
    }

    #[test]
    fn b28_a_list_of_cases_that_is_not_whole_is_no_evidence() {
        let failed = |replies: &str| {
            let mut channel = open(64);
            channel.send(Command::CaseIds).unwrap();
            sent(&mut channel);
            channel.receive(replies.as_bytes());
            let events = events(&mut channel);
            matches!(&events[..], [ApiEvent::CaseIdsFailed { .. }]) && channel.is_logged_in()
        };
        assert!(failed("304 x\r\n1\r\n500 internal error\r\n"));
        assert!(failed("304 x\r\n1\r\ntwo\r\n.\r\n"));
        assert!(failed("500 internal error\r\n"));
        assert!(failed("500 Not authenticated\r\n"));
        let many = "7\r\n".repeat(MAX_REPLY_LINES + 1);
        assert!(failed(&format!("304 x\r\n{many}.\r\n")));
    }

    #[test]
    fn b14_a_lone_command_owns_an_error_that_names_no_case() {
        let mut channel = open(64);
        let refused = || DecodeError::Refused { reply: "internal error".into() };
        for command in [history(3), Command::Log(CaseId(3)), Command::Attributes(CaseId(3))] {
            channel.send(command).unwrap();
            sent(&mut channel);
            channel.receive(b"500 internal error\r\n");
            assert_eq!(events(&mut channel), [ApiEvent::Unreadable { id: CaseId(3), error: refused() }]);
        }
        channel.send(Command::Version).unwrap();
        sent(&mut channel);
        channel.receive(b"500 unknown command: \"version\"\r\n");
        assert_eq!(events(&mut channel), [ApiEvent::Version("unknown command: \"version\"".into())]);
    }

    #[test]
    fn b50_a_reply_that_belongs_to_nothing_ends_the_session() {
        let failure = |commands: &[Command], replies: &str| {
            let mut channel = open(64);
            for command in commands {
                channel.send(command.clone()).unwrap();
            }
            sent(&mut channel);
            channel.receive(replies.as_bytes());
            match events(&mut channel).pop() {
                Some(ApiEvent::Failed(error)) => error,
                other => panic!("{other:?}"),
            }
        };
        let unexpected = |reply: &str| ProtocolError::Unexpected { reply: reply.into(), blamed: None };
        assert_eq!(failure(&[], "200 ok\r\n"), unexpected("200 ok"));
        assert_eq!(failure(&[], "205 Bye\r\n"), unexpected("205 Bye"));
        assert_eq!(failure(&[], "500 oops\r\n"), unexpected("500 oops"));
        assert_eq!(failure(&[set_state(1)], "302 text\r\n"), unexpected("302 text"));
        assert_eq!(failure(&[note(1, "x")], "200 ok\r\n"), unexpected("200 ok"));
        assert_eq!(failure(&[history(1)], "303 x\r\nid: 1\r\n.\r\n"), unexpected("303 id: 1"));
        let other = "500 event \"2\" does not exist\r\n";
        assert_eq!(failure(&[history(1)], other), unexpected(other.trim_end()));
        let error = failure(&[history(1), Command::Log(CaseId(2))], "300 x\r\n.\r\n");
        assert!(matches!(error, ProtocolError::OutOfOrder { .. }) && error.wants_narrow_window());
    }

    #[test]
    fn b14_the_case_whose_value_broke_the_framing_is_named() {
        let mut channel = open(64);
        channel.send(history(1)).unwrap();
        channel.send(history(2)).unwrap();
        sent(&mut channel);
        channel.receive(b"301 x\r\n7 evil\r\n.\r\n7 more\r\n.\r\n301 x\r\n.\r\n");
        let error = ProtocolError::NotAReply { line: "7 more".into(), blamed: Some(CaseId(1)) };
        assert_eq!(error.blamed(), Some(CaseId(1)));
        assert_eq!(events(&mut channel)[1..], [ApiEvent::Failed(error)]);
    }

    #[test]
    fn b14_a_line_without_an_end_names_the_case_in_whose_list_it_stands() {
        for (header, blamed) in [(&b"300 x\r\n"[..], Some(CaseId(4))), (b"", None)] {
            let mut channel = open(64);
            channel.send(Command::Log(CaseId(4))).unwrap();
            sent(&mut channel);
            channel.receive(header);
            channel.receive(&vec![b'x'; MAX_LINE + 1]);
            let error = LineTooLong { limit: MAX_LINE };
            let error = ProtocolError::LineTooLong { error, blamed };
            assert_eq!(events(&mut channel), [ApiEvent::Failed(error)]);
        }
    }

    #[test]
    fn b50_a_reply_without_an_end_ends_the_session_and_names_the_case() {
        for (command, header, begin, blamed) in [
            (Command::Log(CaseId(4)), "300 log", "7 ", Some(CaseId(4))),
            (Command::CaseIds, "304 list", "", None),
            (Command::Version, "200-text", "200-", None),
        ] {
            let mut channel = open(64);
            channel.send(command).unwrap();
            sent(&mut channel);
            channel.receive(format!("{header}\r\n").as_bytes());
            let line = format!("{begin}{}\r\n", "x".repeat(MAX_LINE / 2)).repeat(2);
            let pieces = (1..=100).find(|_| {
                channel.receive(line.as_bytes());
                !channel.is_logged_in()
            });
            assert_eq!(pieces, Some(8), "{header}");
            let error = ProtocolError::ReplyTooLong { limit: MAX_PASSED_BYTES, blamed };
            assert_eq!((error.blamed(), events(&mut channel)), (blamed, vec![ApiEvent::Failed(error)]));
        }
    }

    #[test]
    fn quit_ends_the_session_without_an_event() {
        let mut channel = open(64);
        channel.send(Command::Quit).unwrap();
        assert_eq!(sent(&mut channel), ["quit\r\n"]);
        channel.receive(b"205 Bye\r\nwhatever\r\n");
        assert_eq!((events(&mut channel), channel.waiting(), channel.is_logged_in()), (vec![], 0, false));
    }

    #[test]
    fn b4_debug_shows_no_secret() {
        let mut channel = fresh(64);
        assert!(!format!("{channel:?}").contains("testpassword"));
        channel.receive(GREETING);
        assert!(!format!("{channel:?}").contains("testpassword"));
    }

    #[test]
    fn b50_replies_to_getattrs_are_matched_by_their_id() {
        let mut channel = open(64);
        for id in [1, 2] {
            channel.send(Command::Attributes(CaseId(id))).unwrap();
        }
        sent(&mut channel);
        for id in [2, 1] {
            let reply =
                format!("303 x\r\nid: {id}\r\nrouter: gw1\r\ntype: bgp\r\nstate: open\r\nopened: 5\r\n.\r\n");
            channel.receive(reply.as_bytes());
            let told = events(&mut channel);
            let [ApiEvent::Attributes(about, attributes)] = &told[..] else { panic!("{told:?}") };
            assert_eq!((*about, attributes.id), (CaseId(id), CaseId(id)));
        }
        assert_eq!(channel.waiting(), 0);
    }

    #[test]
    fn b62_only_a_write_is_taken_back_and_only_while_the_session_lives() {
        let mut channel = open(2);
        for command in [history(1), Command::Log(CaseId(2))] {
            channel.send(command).unwrap();
        }
        assert_eq!((channel.withdraw_write(), channel.waiting()), (None, 2));
        sent(&mut channel);
        channel.send(note(3, "x")).unwrap();
        assert_eq!((channel.withdraw_write(), channel.waiting()), (Some(note(3, "x")), 2));
        channel.send(set_state(3)).unwrap();
        channel.receive(b"what is this\r\n");
        assert!(matches!(&events(&mut channel)[..], [ApiEvent::Failed(_)]));
        assert_eq!((channel.withdraw_write(), channel.owes_text(), channel.waiting()), (None, false, 0));
    }

    #[test]
    fn the_limits_are_those_that_the_documentation_names() {
        let limits = [MAX_LINE, MAX_REPLY_BYTES, super::super::MAX_NOTIFY_LINE];
        assert_eq!(limits, [4_194_304, 16_777_216, 65_536]);
    }
}
