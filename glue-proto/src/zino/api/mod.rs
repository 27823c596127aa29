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
use crate::secret::Secret;
use alloc::collections::VecDeque;
use alloc::string::String;
use alloc::vec::Vec;
use pipeline::Pipeline;
use reply::{FramingError, Reply, ReplyReader};

/// The command cannot be accepted now; ask [`ApiChannel::can_send`] again after the next event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
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
#[derive(Clone, Debug)]
pub struct ApiChannel {
    user: String,
    secret: Secret,
    state: State,
    replies: ReplyReader,
    count: u64,
    pipeline: Pipeline,
    events: VecDeque<ApiEvent>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
            FramingError::Line(error) => {
                let blamed = self.replies.open_list().and_then(|_| self.pipeline.front_case());
                ProtocolError::LineTooLong { error, blamed }
            }
            FramingError::NotAReply(line) => {
                ProtocolError::NotAReply { line: quote(&line), blamed: self.pipeline.last_list() }
            }
        }
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
