//! The server: its sessions, and the order in which it does what a segment asks for.

use super::auth::{expected_response, sha1_hex};
use super::case::ZinoCase;
use super::cases::Cases;
use super::command::{Command, OnCase};
use super::reads::{END, Faltering, Read};
use super::session::{Api, Kind, Notify, Session};
use super::text::{is_space, plain_integer};
use super::writes::Writes;
use glue_proto::model::CaseId;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Names a connection. The caller chooses it; a name that is in use already is taken over by the new connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionId(pub u64);

/// A Zino 2 server.
#[derive(Clone, Debug, Hash)]
pub struct ZinoServer {
    pub(super) cases: Cases,
    pub(super) sessions: BTreeMap<SessionId, Session>,
    users: BTreeMap<String, String>,
    challenges: u64,
    scripted: VecDeque<String>,
    version: String,
    latin1: bool,
    pub(super) writes: Writes,
    pub(super) writes_of: BTreeMap<CaseId, Writes>,
    pub(super) faltering: Faltering,
}

/// The states that `setstate` takes.
const STATES: [&str; 7] = ["embryonic", "open", "working", "waiting", "confirm-wait", "ignored", "closed"];

const GOODBYE: &[u8] = b"Normal quit from client, closing down\r\n";
const OK: &[u8] = b"200 ok\r\n";
const INTERNAL_ERROR: &[u8] = b"500 internal error\r\n";
const HELP_BEFORE_LOGIN: &[u8] = b"200- commands are:\r\n200  HELP QUIT USER VERSION\r\n";
const HELP: &[u8] = b"200- commands are:\r\n\
    200- ADDHIST CASEIDS CLEARFLAP COMMUNITY GETATTRS GETHIST\r\n\
    200- GETLOG HELP NTIE PM POLLINTF POLLRTR QUIT SETSTATE USER\r\n\
    200  VERSION\r\n";

/// What one segment has put into the session's buffer, and the failures that are told after all of it.
struct Run {
    session: SessionId,
    now: i64,
    buffer: Vec<u8>,
    failures: usize,
}

impl ZinoServer {
    /// Starts a server without cases that knows one user.
    #[must_use]
    pub fn new(user: &str, secret: &str) -> Self {
        Self {
            cases: Cases::default(),
            sessions: BTreeMap::new(),
            users: BTreeMap::from([(user.into(), secret.into())]),
            challenges: 0,
            scripted: VecDeque::new(),
            version: String::from("2.5.2"),
            latin1: false,
            writes: Writes::Stored,
            writes_of: BTreeMap::new(),
            faltering: Faltering::default(),
        }
    }

    /// Makes the server write ISO-8859-1, as Zino 1 does (reference zino-protocol 9), `?` for what that lacks.
    pub const fn set_latin1(&mut self, latin1: bool) {
        self.latin1 = latin1;
    }

    /// Adds a user, or gives one another secret.
    pub fn set_user(&mut self, user: &str, secret: &str) {
        self.users.insert(user.into(), secret.into());
    }

    /// Removes a user.
    pub fn remove_user(&mut self, user: &str) {
        self.users.remove(user);
    }

    /// Makes the next challenge or nonce be this text, for replaying a recording. May be called several times ahead.
    pub fn script_challenge(&mut self, challenge: &str) {
        self.scripted.push_back(challenge.into());
    }

    /// A client has connected to the API port: the greeting is ready to be polled.
    pub fn connect_api(&mut self, session: SessionId) {
        let challenge = self.next_challenge();
        let greeting = format!("200 {challenge} Hello, there\r\n");
        self.open_session(session, Kind::Api(Box::new(Api::new(challenge))), greeting);
    }

    /// A client has connected to the notification port: the nonce is ready to be polled.
    pub fn connect_notify(&mut self, session: SessionId) {
        let nonce = self.next_challenge();
        let greeting = format!("{nonce}\r\n");
        self.open_session(session, Kind::Notify(Notify { nonce, tied: false }), greeting);
    }

    /// A client has sent bytes, one segment. What comes on the notification channel, on a closed connection or for an
    /// unknown session is ignored. `now` is in Unix seconds.
    pub fn receive(&mut self, session: SessionId, bytes: &[u8], now: i64) {
        let Some(connection) = self.sessions.get_mut(&session).filter(|connection| !connection.is_closed())
        else {
            return;
        };
        let Kind::Api(api) = &mut connection.kind else { return };
        let (segment, early) = api.read(bytes);
        for bytes in early {
            connection.write(bytes);
        }
        let mut run = Run { session, now, buffer: Vec::new(), failures: 0 };
        if let Some(text) = segment.text {
            self.finish_text(&mut run, &text);
        }
        if segment.fatal {
            self.end_api(session);
            return;
        }
        let ready = self.look_up(&mut run, segment.commands);
        for (command, case) in ready {
            self.run(&mut run, command, case);
        }
        for _ in 0..run.failures {
            run.buffer.extend_from_slice(INTERNAL_ERROR);
        }
        self.flush(&mut run);
        if self.is_closed(session) {
            self.end_api(session);
        }
    }

    /// Takes one write of the server: bytes that leave in one piece.
    pub fn poll_output(&mut self, session: SessionId) -> Option<Vec<u8>> {
        let bytes = self.sessions.get_mut(&session)?.poll_output()?;
        let in_latin1 = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
        match core::str::from_utf8(&bytes) {
            Ok(text) if self.latin1 => Some(text.chars().map(in_latin1).collect()),
            _ => Some(bytes),
        }
    }

    /// Tells whether the server has closed the connection. What [`poll_output`](Self::poll_output) still has was sent
    /// before that. An unknown session is closed.
    #[must_use]
    pub fn is_closed(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_none_or(Session::is_closed)
    }

    /// The client is gone: orderly or not makes no difference. The session is forgotten, with all it had to say.
    pub fn disconnect(&mut self, session: SessionId) {
        self.end_api(session);
        self.sessions.remove(&session);
    }

    /// Returns the sessions that are open, in the order of their names.
    pub fn open_sessions(&self) -> impl Iterator<Item = SessionId> {
        self.sessions.iter().filter(|(_, session)| !session.is_closed()).map(|(&id, _)| id)
    }

    /// Tells whether a session has something to say, or has closed its connection.
    #[must_use]
    pub fn has_output(&self, session: SessionId) -> bool {
        self.sessions.get(&session).is_none_or(Session::has_output)
    }

    /// Sends notifications to every channel that is tied, in the order in which the channels came.
    pub(super) fn notify(&mut self, lines: &[String]) {
        for line in lines {
            for session in self.sessions.values_mut() {
                if matches!(session.kind, Kind::Notify(Notify { tied: true, .. })) {
                    session.write(format!("{line}\r\n").into_bytes());
                }
            }
        }
    }

    /// Ends an API session: the channel that it tied last is told so and closed. Nothing happens to other sessions.
    pub(super) fn end_api(&mut self, session: SessionId) {
        let Some(connection) = self.sessions.get_mut(&session) else { return };
        connection.close();
        let Kind::Api(api) = &mut connection.kind else { return };
        let nonce = api.channel.take();
        if let Some(channel) = nonce.and_then(|nonce| self.channel(&nonce)) {
            channel.write(GOODBYE.to_vec());
            channel.close();
        }
    }

    fn open_session(&mut self, session: SessionId, kind: Kind, greeting: String) {
        self.disconnect(session);
        let mut connection = Session::new(kind);
        connection.write(greeting.into_bytes());
        self.sessions.insert(session, connection);
    }

    fn next_challenge(&mut self) -> String {
        self.challenges += 1;
        let made = || sha1_hex(&format!("challenge {}", self.challenges));
        self.scripted.pop_front().unwrap_or_else(made)
    }

    fn api(&mut self, session: SessionId) -> Option<&mut Api> {
        match &mut self.sessions.get_mut(&session)?.kind {
            Kind::Api(api) => Some(api),
            Kind::Notify(_) => None,
        }
    }

    fn flush(&mut self, run: &mut Run) {
        let bytes = std::mem::take(&mut run.buffer);
        if let Some(session) = self.sessions.get_mut(&run.session) {
            session.write(bytes);
        }
    }

    /// Looks up every command's case before any command runs: this is why `getattrs` after `setstate` shows the old
    /// state, and why an unknown case is told before every good reply (reference zino-protocol 7).
    fn look_up(&mut self, run: &mut Run, commands: Vec<Command>) -> Vec<(Command, Option<Arc<ZinoCase>>)> {
        let mut ready = Vec::new();
        for command in commands {
            let Command::OnCase { case, .. } = &command else {
                ready.push((command, None));
                continue;
            };
            let number = plain_integer(case);
            let found = number
                .as_ref()
                .and_then(|number| number.parse().ok())
                .and_then(|id| self.cases.snapshot(CaseId(id)));
            if let Some(found) = found {
                ready.push((command, Some(found)));
            } else {
                let shown = number.as_ref().unwrap_or(case);
                run.buffer = format!("500 event \"{shown}\" does not exist\r\n").into_bytes();
                self.flush(run);
            }
        }
        ready
    }

    fn run(&mut self, run: &mut Run, command: Command, case: Option<Arc<ZinoCase>>) {
        match (command, case) {
            (Command::OnCase { what, .. }, Some(case)) => self.run_on_case(run, what, &case),
            (Command::OnCase { .. }, None) => {}
            (Command::User { name, response }, _) => self.log_in(run, &name, &response),
            (Command::Ntie { nonce }, _) => self.tie(run, &nonce),
            (Command::Version, _) => {
                run.buffer.extend_from_slice(format!("200 zino version is {}\r\n", self.version).as_bytes());
            }
            (Command::Help, _) => {
                let logged_in = self.api(run.session).is_some_and(|api| api.user.is_some());
                run.buffer.extend_from_slice(if logged_in { HELP } else { HELP_BEFORE_LOGIN });
            }
            (Command::CaseIds, _) => self.list_cases(run),
            (Command::Always(reply), _) => run.buffer.extend_from_slice(reply.as_bytes()),
            (Command::Quit, _) => {
                run.buffer.extend_from_slice(b"205 Bye\r\n");
                self.flush(run);
                if let Some(session) = self.sessions.get_mut(&run.session) {
                    session.close();
                }
            }
        }
    }

    fn run_on_case(&mut self, run: &mut Run, what: OnCase, case: &ZinoCase) {
        match what {
            OnCase::GetAttrs => run.failures += self.answer_read(Read::Attributes, case, &mut run.buffer),
            OnCase::GetHist => run.failures += self.answer_read(Read::History, case, &mut run.buffer),
            OnCase::GetLog => run.failures += self.answer_read(Read::Log, case, &mut run.buffer),
            OnCase::SetState(state) => self.set_state_of(run, case.id(), &state),
            OnCase::AddHist => {
                run.buffer.extend_from_slice(b"302 please provide new history entry, terminate with '.'\r\n");
                self.flush(run);
                if let Some(api) = self.api(run.session) {
                    api.input_mode = Some(case.id());
                }
            }
        }
    }

    fn set_state_of(&mut self, run: &mut Run, id: CaseId, state: &str) {
        if !STATES.contains(&state) {
            let text = format!("500 state must be one of {}\r\n", STATES.join(", "));
            run.buffer.extend_from_slice(text.as_bytes());
            return;
        }
        if let Some(reply) = self.writes_of(id).drops(state) {
            return run.buffer.extend_from_slice(reply);
        }
        let user = self.api(run.session).and_then(|api| api.user.clone()).unwrap_or_default();
        let Some(mut case) = self.cases.get(id).cloned() else {
            run.failures += 1;
            return;
        };
        if !case.change_state(state, &user, run.now) {
            run.buffer.extend_from_slice(format!("500 Cannot reopen closed event {id}\r\n").as_bytes());
            return;
        }
        let lines = self.cases.commit(case, run.now);
        self.notify(&lines);
        run.buffer.extend_from_slice(OK);
    }

    /// Stores a finished history text.
    fn finish_text(&mut self, run: &mut Run, text: &[String]) {
        let Some(api) = self.api(run.session) else { return };
        let Some(id) = api.input_mode.take() else { return };
        let lines: Vec<&str> = text.iter().map(|line| line.trim_matches(is_space)).collect();
        let text = lines.join("\n");
        let user = api.user.clone().unwrap_or_default();
        if let Some(reply) = self.writes_of(id).drops(&text) {
            return run.buffer.extend_from_slice(reply);
        }
        let text = self.writes_of(id).stored(text);
        let message = format!("{user}\n{text}");
        let Some(mut case) = self.cases.get(id).cloned() else {
            run.failures += 1;
            return;
        };
        case.add_history(&message, run.now);
        let lines = self.cases.commit(case, run.now);
        self.notify(&lines);
        run.buffer.extend_from_slice(OK);
    }

    fn log_in(&mut self, run: &mut Run, name: &str, response: &str) {
        let secret = self.users.get(name).cloned();
        let Some(api) = self.api(run.session) else { return };
        let reply: &[u8] = if api.user.is_some() {
            b"500 already authenticated\r\n"
        } else if let Some(secret) = secret {
            if expected_response(&api.challenge, &secret) == response {
                api.user = Some(name.into());
                OK
            } else {
                b"500 Authentication failure\r\n"
            }
        } else {
            b"500 no such user\r\n"
        };
        run.buffer.extend_from_slice(reply);
    }

    fn tie(&mut self, run: &mut Run, nonce: &str) {
        let Some(channel) = self.channel(nonce) else {
            run.buffer.extend_from_slice(b"500 Could not find your notify socket\r\n");
            return;
        };
        if let Kind::Notify(notify) = &mut channel.kind {
            notify.tied = true;
        }
        if let Some(api) = self.api(run.session) {
            api.channel = Some(nonce.into());
        }
        run.buffer.extend_from_slice(OK);
    }

    /// Finds an open notification channel by its nonce.
    fn channel(&mut self, nonce: &str) -> Option<&mut Session> {
        let is_it = |session: &&mut Session| match &session.kind {
            Kind::Notify(notify) => notify.nonce == nonce && !session.is_closed(),
            Kind::Api(_) => false,
        };
        self.sessions.values_mut().find(is_it)
    }

    fn list_cases(&self, run: &mut Run) {
        run.buffer.extend_from_slice(b"304 list of active cases follows, terminated with '.'\r\n");
        for case in self.cases.iter().filter(|case| case.state() != "closed") {
            run.buffer.extend_from_slice(format!("{}\r\n", case.id()).as_bytes());
        }
        run.buffer.extend_from_slice(END);
    }
}
