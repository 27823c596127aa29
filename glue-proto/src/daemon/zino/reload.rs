//! Ending a session, and going on with other settings (behaviour B74, B75).

use super::{Event, Refusal, Zino};
use crate::daemon::credentials::Credentials;
use crate::daemon::outbox::Outbox;
use crate::daemon::retry::Retry;
use crate::face::{Action, Change, Mono, Server, Timer, ZinoSettings};
use crate::model::CaseId;
use alloc::string::String;

/// The session that was closed.
#[derive(Clone, Copy, Debug)]
pub(super) struct HungUp {
    /// Since when it had been up and tied, if it had.
    pub(super) ready_since: Option<Mono>,
    /// The case that was being written to.
    pub(super) writing: Option<CaseId>,
}

impl Zino {
    /// Goes on with other settings. A session that is up stays, unless it is with another server or as another user; another
    /// secret is tried at once where the one before was refused, else at the next login.
    pub(in crate::daemon) fn reload(&mut self, settings: &ZinoSettings, change: Change, out: &mut Outbox) {
        let is_another = change == Change::Server || self.user != settings.user();
        let is_renewed = self.secret != *settings.secret();
        if !is_another && !is_renewed {
            return;
        }
        self.user = settings.user().into();
        self.secret = settings.secret().clone();
        let was_refused = self.is_refused();
        if is_another {
            self.credentials = Credentials::default();
        } else {
            self.credentials.renewed(out.now.mono);
        }
        // What has begun to log in does so with the secret from before.
        let begins = self.session.is_some() && !self.is_ready();
        if is_another || was_refused || begins {
            if let Some(HungUp { writing, .. }) = self.hang_up(out) {
                self.plan_retry(out);
                self.events.push_back(Event::Ended { writing });
            }
            self.retry = Retry::default();
            out.timers.stop(Timer::ZinoRetry);
            self.connect(out);
        }
    }

    /// Closes the session, if there is one.
    pub(super) fn hang_up(&mut self, out: &mut Outbox) -> Option<HungUp> {
        let session = self.session.take()?;
        let ready_since = session.ready_since();
        session.close(out);
        if ready_since.is_some() {
            self.lost_since = out.now.mono;
        }
        self.reading.end_session();
        Some(HungUp { ready_since, writing: self.writes.clear() })
    }

    /// The login was refused (behaviour B52). The secret is read again where it comes from a file (behaviour B74).
    pub(super) fn login_refused(&mut self, reply: String, out: &mut Outbox) -> Refusal {
        // One session at a time: nothing else was under way.
        let refusal = self.credentials.refused(out.now.mono, out.now.mono);
        out.tell_any(refusal.notice("Zino", reply));
        if refusal == Refusal::Final {
            self.events.push_back(Event::CredentialsRefused);
        } else {
            out.act(Action::ReadSecret { server: Server::Zino });
        }
        refusal
    }
}
