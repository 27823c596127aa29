//! Credentials that were refused, and going on with others, or with other settings (behaviour B52, B74, B75).

use super::{Argus, Event, Purpose, Request};
use crate::daemon::argus::{Availability, Heartbeat, Limit, Refresh};
use crate::daemon::credentials::Refusal;
use crate::daemon::exchange::Answer;
use crate::daemon::outbox::{Job, Outbox};
use crate::daemon::queue::Urgency;
use crate::face::{Action, Change, Server, Settings};
use crate::wire::argus::ArgusError;
use alloc::string::ToString;
use alloc::vec::Vec;

impl Argus {
    /// The server refused our credentials. The token is read again where it comes from a file (behaviour B74).
    pub(super) fn credentials_refused(
        &mut self,
        request: Request,
        error: &ArgusError,
        out: &mut Outbox,
    ) -> Option<Event> {
        let refusal = self.availability.refused(error, request.started, out.now.mono);
        out.tell_any(refusal.notice("Argus", error.to_string()));
        match refusal {
            Refusal::Final => return Some(Event::CredentialsRefused),
            Refusal::Known => {}
            Refusal::First | Refusal::Expired { .. } | Refusal::NoSource { .. } => {
                out.act(Action::ReadSecret { server: Server::Argus });
            }
        }
        self.put_back(request, out)
    }

    /// A request has done nothing: what it was for is asked for again.
    fn put_back(&mut self, request: Request, out: &mut Outbox) -> Option<Event> {
        match request.purpose {
            Purpose::Case(..) | Purpose::Own => {
                return self.done(request, Answer::Postponed { ambiguous: false, at_work: false });
            }
            Purpose::Listing => self.listing.fail(false, out),
            Purpose::Count(filter) => out.request(Job::Count(filter), Urgency::Later),
            Purpose::Feed => self.refresh.look_lost(None, out),
            Purpose::Beat => out.request(Job::Beat, Urgency::Soon),
        }
        None
    }

    /// Goes on with other settings. Where the server is another one, requests under way are given up: what they do, they
    /// do to the one before. Returns what is to be said of them.
    pub(in crate::daemon) fn reload(
        &mut self,
        settings: &Settings,
        change: Change,
        out: &mut Outbox,
    ) -> Vec<Event> {
        self.requests.reload(settings.argus());
        self.limit.set_cap(settings.argus().concurrency());
        self.refresh.reload(settings.sync(), out);
        match change {
            Change::Nothing => Vec::new(),
            Change::Secret => {
                self.availability.renewed(out.now.mono);
                Vec::new()
            }
            Change::Server => {
                let given_up = self.requests.give_up_all(out);
                let events = given_up.into_iter().filter_map(|request| self.put_back(request, out)).collect();
                self.listing.begin_elsewhere();
                self.availability = Availability::default();
                self.limit = Limit::new(settings.argus().concurrency());
                self.refresh = Refresh::new(settings.sync());
                self.heartbeat = Heartbeat::default();
                events
            }
        }
    }
}
