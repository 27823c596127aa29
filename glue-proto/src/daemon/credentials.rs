//! What a server thinks of our credentials (behaviour B52).

use crate::face::{CredentialsNotice, Millis, Mono, Notice};
use alloc::string::String;

/// The pause before credentials that were refused are tried a second and last time.
const REFUSED_PAUSE: Millis = Millis::from_secs(10);
/// The pause where they had been accepted before.
const EXPIRED_PAUSE: Millis = Millis::from_secs(60);
/// How often people are told of that.
const REMINDER: Millis = Millis::from_secs(3600);

/// What a server thinks of our credentials.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) enum Credentials {
    /// It has not said anything yet.
    #[default]
    Untried,
    /// It does not take them, and never has in this run of the daemon.
    Refused { since: Mono },
    /// It did not take those before these, which it was not asked about before that moment.
    Renewed { since: Mono },
    /// It takes them.
    Accepted,
    /// It took them, and does not any more.
    Expired { since: Mono, told: Mono },
    /// It takes them, but not for what only a source system may do.
    NoSource { since: Mono, told: Mono },
}

/// What follows from a refusal of our credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// What was under way when they were refused is refused too: that says nothing new.
    Known,
    /// They are tried once more.
    First,
    /// They were refused again: the process ends.
    Final,
    /// They had been accepted before: they are tried again until they are accepted. Tells whether to say so.
    Expired { tell: bool },
    /// They belong to nobody who may do what we do: they are tried again until they do. Tells whether to say so.
    NoSource { tell: bool },
}

impl Credentials {
    /// The server refused them for a request that was begun at `started`.
    pub(super) fn refused(&mut self, started: Mono, now: Mono) -> Refusal {
        let (next, refusal) = match *self {
            Self::Refused { since } | Self::Renewed { since } | Self::Expired { since, .. }
                if started <= since =>
            {
                return Refusal::Known;
            }
            Self::Untried | Self::Renewed { .. } => (Self::Refused { since: now }, Refusal::First),
            Self::Refused { since } => (Self::Refused { since }, Refusal::Final),
            Self::Accepted | Self::NoSource { .. } => {
                (Self::Expired { since: now, told: now }, Refusal::Expired { tell: true })
            }
            Self::Expired { told, .. } => {
                let (tell, told) = remind(told, now);
                (Self::Expired { since: now, told }, Refusal::Expired { tell })
            }
        };
        *self = next;
        refusal
    }

    /// The server said of a request that was begun at `started` that they are no source system's.
    pub(super) fn lack_source(&mut self, started: Mono, now: Mono) -> Refusal {
        let (tell, told) = match *self {
            Self::NoSource { since, .. } if started <= since => return Refusal::Known,
            Self::NoSource { told, .. } => remind(told, now),
            Self::Renewed { since } if started <= since => return Refusal::Known,
            Self::Untried
            | Self::Refused { .. }
            | Self::Renewed { .. }
            | Self::Accepted
            | Self::Expired { .. } => (true, now),
        };
        *self = Self::NoSource { since: now, told };
        Refusal::NoSource { tell }
    }

    /// There are others in their place: the server has not said anything about these. Whether any were ever accepted is as
    /// true as before, and that they were refused is told once.
    pub(super) const fn renewed(&mut self, now: Mono) {
        match self {
            Self::Refused { .. } => *self = Self::Renewed { since: now },
            // What was begun with the ones before is refused, and says nothing of these.
            Self::Expired { since, .. } | Self::NoSource { since, .. } | Self::Renewed { since } => {
                *since = now
            }
            Self::Untried | Self::Accepted => {}
        }
    }

    /// The server took them. Returns what there is to tell, if it had refused them after it had taken them before.
    pub(super) fn accepted(&mut self, by: &'static str) -> Option<Notice> {
        let old = core::mem::replace(self, Self::Accepted);
        let what = CredentialsNotice::Accepted;
        matches!(old, Self::Expired { .. } | Self::NoSource { .. })
            .then_some(Notice::Credentials { by, what })
    }

    /// The server took them for what anybody may do: that they are no source system's is as true as before.
    pub(super) fn accepted_for_reading(&mut self, by: &'static str) -> Option<Notice> {
        if matches!(self, Self::NoSource { .. }) { None } else { self.accepted(by) }
    }

    /// Tells whether the server does not take them.
    pub(super) const fn are_refused(&self) -> bool {
        matches!(self, Self::Refused { .. } | Self::Expired { .. } | Self::NoSource { .. })
    }
}

/// Tells whether it is time to say again what was told last at `told`, and when it was told last then.
fn remind(told: Mono, now: Mono) -> (bool, Mono) {
    if now.since(told) >= REMINDER { (true, now) } else { (false, told) }
}

impl Refusal {
    /// Returns how long the server is left alone.
    pub(super) const fn pause(self) -> Option<Millis> {
        match self {
            Self::Known | Self::Final => None,
            Self::First => Some(REFUSED_PAUSE),
            Self::Expired { .. } | Self::NoSource { .. } => Some(EXPIRED_PAUSE),
        }
    }

    /// Returns what there is to tell: who refused them, and why.
    pub(super) fn notice(self, by: &'static str, reason: String) -> Option<Notice> {
        let what = match self {
            Self::Known | Self::Expired { tell: false } | Self::NoSource { tell: false } => return None,
            Self::First => CredentialsNotice::Refused { reason },
            Self::Final => CredentialsNotice::RefusedAgain { reason },
            Self::Expired { tell: true } => CredentialsNotice::Expired { reason },
            Self::NoSource { tell: true } => CredentialsNotice::NoSource,
        };
        Some(Notice::Credentials { by, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b52_credentials_are_tried_once_more_after_ten_seconds() {
        let mut credentials = Credentials::default();
        let first = credentials.refused(Mono(0), Mono(100));
        assert_eq!((first, first.pause()), (Refusal::First, Some(Millis(10_000))));
        assert_eq!(credentials.refused(Mono(50), Mono(120)), Refusal::Known, "it was under way already");
        assert_eq!(credentials.refused(Mono(100), Mono(130)), Refusal::Known, "it was sent in that instant");
        assert!(credentials.are_refused());
        let last = credentials.refused(Mono(10_100), Mono(10_200));
        assert_eq!((last, last.pause()), (Refusal::Final, None));
        let told = |refusal: Refusal| refusal.notice("Argus", "401".into());
        let what = CredentialsNotice::Refused { reason: "401".into() };
        assert_eq!(told(first), Some(Notice::Credentials { by: "Argus", what }));
        let what = CredentialsNotice::RefusedAgain { reason: "401".into() };
        assert_eq!(told(last), Some(Notice::Credentials { by: "Argus", what }));
        assert_eq!(told(Refusal::Known), None);
    }

    #[test]
    fn b52_credentials_that_were_accepted_are_tried_again_every_minute_and_told_every_hour() {
        let mut credentials = Credentials::default();
        assert_eq!(credentials.accepted("Zino"), None);
        let mut now = Mono(1000);
        let mut told = 0;
        for round in 0..125 {
            let refusal = credentials.refused(now, now + Millis(10));
            told += usize::from(refusal.notice("Zino", "500".into()).is_some());
            assert_eq!(refusal.pause(), Some(Millis(60_000)), "{round}");
            assert_eq!(credentials.refused(now, now + Millis(20)), Refusal::Known);
            assert!(credentials.are_refused());
            now = now + Millis(60_010);
        }
        assert_eq!(told, 3, "at once and every hour");
        let notice = Some(Notice::Credentials { by: "Zino", what: CredentialsNotice::Accepted });
        assert_eq!((credentials.accepted("Zino"), credentials.accepted("Zino")), (notice, None));
        assert!(!credentials.are_refused());
    }

    #[test]
    fn b74_others_in_their_place_begin_anew_and_what_was_under_way_says_nothing_of_them() {
        let mut credentials = Credentials::default();
        assert_eq!(credentials.refused(Mono(0), Mono(100)), Refusal::First);
        credentials.renewed(Mono(150));
        assert!(!credentials.are_refused());
        assert_eq!(credentials.refused(Mono(50), Mono(160)), Refusal::Known, "with those before");
        assert_eq!(credentials.lack_source(Mono(50), Mono(160)), Refusal::Known, "with those before");
        assert_eq!(credentials.refused(Mono(160), Mono(170)), Refusal::First);
        credentials.renewed(Mono(180));
        assert_eq!(credentials.accepted("Zino"), None, "nothing was told that would have to be taken back");
        credentials.renewed(Mono(190));
        assert_eq!(credentials, Credentials::Accepted, "until something else is said of them");

        assert_eq!(credentials.refused(Mono(200), Mono(210)), Refusal::Expired { tell: true });
        credentials.renewed(Mono(300));
        assert!(credentials.are_refused(), "until they are accepted");
        assert_eq!(credentials.refused(Mono(250), Mono(310)), Refusal::Known);
        assert_eq!(credentials.refused(Mono(310), Mono(320)), Refusal::Expired { tell: false });
        credentials.renewed(Mono(330));
        assert!(credentials.accepted("Zino").is_some());
    }
}
