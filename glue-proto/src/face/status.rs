//! What the machine knows and does, as plain data: for status pages, metrics and tests.

use super::notice::health;
use super::{
    AmbiguousWrites, CaseNotice, CredentialsNotice, DeliveryTimes, FailoverStatus, Millis, Mode, Mono,
    Notice, Now, OperatorNotice, ProbeResult, ProbeTimes, RequestCount, RequestKind, RequestOutcome, Retries,
    StepCounts,
};
use crate::model::CaseId;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::hash::{Hash, Hasher};

/// A snapshot of the machine. It holds no secret (behaviour B4), and whatever it shows of what the servers said is their own
/// text: a page must escape it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Status {
    /// When the last input was handled: what the moments of the snapshot are to be compared with.
    pub now: Now,
    /// Whether it may write.
    pub mode: Mode,
    /// Whether our open incidents are being ended before STANDBY begins (behaviour B64).
    pub handing_over: bool,
    /// Why the machine cannot do its job; empty while it can. In STANDBY that is to read Zino, and Argus does not count
    /// (behaviour B70).
    pub not_ready: Vec<NotReady>,
    /// Zino.
    pub zino: ZinoStatus,
    /// Argus.
    pub argus: ArgusStatus,
    /// The watch on the primary, if there is one.
    pub failover: Option<FailoverStatus>,
    /// Whether it is ACTIVE and able to work as far as that lies with itself: Zino was read within two reconcile intervals
    /// and Argus takes our credentials; an Argus that is down does not count (behaviour B70).
    pub is_working: bool,
    /// How many case numbers are known.
    pub cases: usize,
    /// The cases that could be read, by type and state: those of which there are any, in the order of the words.
    pub cases_by: Vec<CaseCount>,
    /// How many incidents of ours are open.
    pub open_incidents: usize,
    /// How many incidents of cases are open at level 1, which is critical, and so on to 5, which is information.
    pub open_by_level: [usize; 5],
    /// How many incidents are held back because Zino has probably lost its state (behaviour B28).
    pub held_back: usize,
    /// The cases on which something could not be done, each with the reason (behaviour B14).
    pub troubles: Vec<Trouble>,
    /// What was done so far.
    pub counters: Counters,
}

/// How many cases are of a type and in a state.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct CaseCount {
    /// The type, in Zino's word; `other` for one that this program does not know.
    pub case_type: &'static str,
    /// The state, in Zino's word; `other` for one that this program does not know.
    pub state: &'static str,
    /// How many.
    pub count: usize,
}

/// The state of the session with Zino.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ZinoStatus {
    /// Since when the session is up and tied.
    pub up_since: Option<Mono>,
    /// Whether everything was read in this session.
    pub is_read: bool,
    /// Whether it refuses our credentials (behaviour B52).
    pub refuses_credentials: bool,
    /// How many cases it describes in a way that cannot be understood.
    pub unreadable_cases: usize,
}

/// The state of Argus.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct ArgusStatus {
    /// Whether it is believed to be reachable.
    pub is_reachable: bool,
    /// Until when nothing is sent to it.
    pub paused_until: Option<Mono>,
    /// Whether it refuses our credentials (behaviour B52).
    pub refuses_credentials: bool,
    /// Whether our open incidents have been listed.
    pub is_listed: bool,
    /// How many requests are under way.
    pub requests_under_way: usize,
    /// How long the last request took that was answered, or for which it was waited in vain: from the moment on at which
    /// there was a connection.
    pub answered_in: Option<Millis>,
    /// Since when the oldest of the requests under way waits.
    pub waiting_since: Option<Mono>,
    /// How many may be under way at once, found out from how long they take.
    pub request_limit: usize,
    /// How many jobs wait for their turn or their time.
    pub waiting_jobs: usize,
}

/// A case on which something could not be done.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Trouble {
    /// The case.
    pub case: CaseId,
    /// Why, for people.
    pub reason: String,
}

/// Why the machine cannot do its job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum NotReady {
    /// There is no session with Zino.
    ZinoLost,
    /// Zino has not been read in full in this session.
    ZinoUnread,
    /// A server refuses our credentials.
    CredentialsRefused {
        /// Which one.
        by: &'static str,
    },
    /// Argus cannot be reached.
    ArgusUnreachable,
    /// Our open incidents have not been listed; where they are listed anew, not within five seconds.
    IncidentsUnlisted,
    /// Incidents are held back because Zino has probably lost its state.
    StateLost {
        /// How many.
        incidents: usize,
    },
}

/// What was done since the machine was made. Two machines that differ in nothing else behave alike, so these are no part of
/// the machine's hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Counters {
    /// Sessions with Zino that were established.
    pub sessions: u64,
    /// Full reads of Zino.
    pub full_reads: u64,
    /// Lines and datagrams that were dropped because they were not for us.
    pub dropped: u64,
    /// Outages of Argus.
    pub outages: u64,
    /// Requests to Argus by kind and outcome: those of which there were any.
    pub requests: Vec<RequestCount>,
    /// Incidents created.
    pub created: u64,
    /// History entries copied.
    pub copied: u64,
    /// Incidents brought up to date.
    pub updated: u64,
    /// Incidents ended.
    pub ended: u64,
    /// Incidents reopened.
    pub reopened: u64,
    /// Notes written to Zino.
    pub notes: u64,
    /// States set in Zino.
    pub states: u64,
    /// Steps that a server refused, each reason once.
    pub refused: u64,
    /// Times that a server refused our credentials, as often as it was logged.
    pub credentials_refused: u64,
    /// Probes that the primary has answered.
    pub probes_answered: u64,
    /// Probes that it has not.
    pub probes_failed: u64,
    /// When the primary has last answered a probe.
    pub last_answer: Option<Now>,
    /// When a probe has last failed.
    pub last_silence: Option<Now>,
    /// Times that the primary's daemon has said that it works (behaviour B78).
    pub health_ok: u64,
    /// Times that it has said that it does not, or that nobody listened there.
    pub health_failed: u64,
    /// Times that it has said nothing.
    pub health_silent: u64,
    /// What it said last.
    pub last_health: Option<ProbeResult>,
    /// Changes between STANDBY and ACTIVE.
    pub mode_changes: u64,
    /// When the mode changed last.
    pub mode_changed: Option<Now>,
    /// When Zino was last read in full.
    pub last_read: Option<Now>,
    /// When both sides were last in step while ACTIVE: both had been read, and nothing was due or under way. What is held
    /// back or refused does not count.
    pub last_agreement: Option<Now>,
    /// How long deliveries took (behaviour B71).
    pub deliveries: DeliveryTimes,
    /// Steps that were tried again.
    pub retries: Retries,
    /// What became of writes of which it was not known whether they had been carried out.
    pub ambiguous_writes: AmbiguousWrites,
    /// Steps that no event had announced: what made them necessary was found by reading everything again. What is read for
    /// the first time, at a start, in a new session or after a takeover, does not count until both sides are in step.
    pub drift_fixed: StepCounts,
    /// How long the answers to probes took.
    pub probe_times: ProbeTimes,
}

impl Status {
    /// Tells whether the machine can do its job.
    #[must_use]
    pub const fn is_ready(&self) -> bool {
        self.not_ready.is_empty()
    }
}

impl ArgusStatus {
    /// Returns how long Argus takes to answer: what the last answer took or, where that is more, how long the oldest request
    /// under way has waited by now. `None` before there was any.
    #[must_use]
    pub fn answer_time(&self, now: Mono) -> Option<Millis> {
        self.answered_in.max(self.waiting_since.map(|since| now.since(since)))
    }
}

impl Counters {
    /// Returns how many requests of a kind had an outcome.
    #[must_use]
    pub fn requests_with(&self, kind: RequestKind, outcome: RequestOutcome) -> u64 {
        let same = |row: &&RequestCount| (row.kind, row.outcome) == (kind, outcome);
        self.requests.iter().find(same).map_or(0, |row| row.count)
    }

    /// Counts what was logged, and remembers when, where that is shown.
    pub(crate) fn told(&mut self, notice: &Notice, now: Now) {
        let counter = match notice {
            Notice::Case { what, .. } => match what {
                CaseNotice::Created { .. } => &mut self.created,
                CaseNotice::Copied { .. } => &mut self.copied,
                CaseNotice::Updated { .. } => &mut self.updated,
                CaseNotice::Ended { .. } => &mut self.ended,
                CaseNotice::Restarted { .. } => &mut self.reopened,
                CaseNotice::Noting => &mut self.notes,
                CaseNotice::SettingState { .. } => &mut self.states,
                CaseNotice::Refused { .. } => &mut self.refused,
                CaseNotice::Quarantined { .. } | CaseNotice::Gone { .. } | CaseNotice::Renumbered { .. } => {
                    return;
                }
            },
            Notice::ZinoReady => &mut self.sessions,
            Notice::ZinoRead { .. } => {
                self.last_read = Some(now);
                &mut self.full_reads
            }
            Notice::NotificationUnreadable { .. } => &mut self.dropped,
            Notice::ArgusUnreachable { .. } => &mut self.outages,
            Notice::PrimaryAnswered { .. } => {
                self.last_answer = Some(now);
                &mut self.probes_answered
            }
            Notice::PrimarySilent { .. } => {
                self.last_silence = Some(now);
                &mut self.probes_failed
            }
            Notice::PrimaryHealth { answer } => self.health(health(*answer)),
            Notice::ModeChanged { .. }
            | Notice::NoPrimary
            | Notice::Operator(OperatorNotice::ModeOrdered { changed: true, .. }) => {
                self.mode_changed = Some(now);
                &mut self.mode_changes
            }
            Notice::Credentials { what: CredentialsNotice::Accepted, .. } => return,
            Notice::Credentials { .. } => &mut self.credentials_refused,
            Notice::Started { .. }
            | Notice::Stopping
            | Notice::Reconciling
            | Notice::ZinoLost { .. }
            | Notice::ListUnreadable { .. }
            | Notice::TooManyCases { .. }
            | Notice::ListingTooLong { .. }
            | Notice::CaseUnreadable { .. }
            | Notice::UnknownType { .. }
            | Notice::ArgusBack
            | Notice::ArgusThrottled { .. }
            | Notice::Unanswered { .. }
            | Notice::CannotCount
            | Notice::NoFeed { .. }
            | Notice::NoHeartbeat { .. }
            | Notice::Listed { .. }
            | Notice::RowUnreadable { .. }
            | Notice::StateLost { .. }
            | Notice::Operator(_)
            | Notice::GivenUp { .. }
            | Notice::SelfIncident { .. }
            | Notice::HandedOver { .. } => return,
        };
        *counter += 1;
    }

    fn health(&mut self, result: ProbeResult) -> &mut u64 {
        self.last_health = Some(result);
        match result {
            ProbeResult::Ok => &mut self.health_ok,
            ProbeResult::Fail => &mut self.health_failed,
            ProbeResult::Silent => &mut self.health_silent,
        }
    }

    /// Counts a request that has ended.
    pub(crate) fn requested(&mut self, kind: RequestKind, outcome: RequestOutcome) {
        let same = |row: &&mut RequestCount| (row.kind, row.outcome) == (kind, outcome);
        match self.requests.iter_mut().find(same) {
            Some(row) => row.count += 1,
            None => self.requests.push(RequestCount { kind, outcome, count: 1 }),
        }
    }
}

impl Hash for Counters {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ZinoLost => f.write_str("there is no session with Zino"),
            Self::ZinoUnread => f.write_str("Zino has not been read"),
            Self::CredentialsRefused { by } => write!(f, "{by} refuses our credentials"),
            Self::ArgusUnreachable => f.write_str("Argus cannot be reached"),
            Self::IncidentsUnlisted => f.write_str("our open incidents have not been listed"),
            Self::StateLost { incidents } => {
                write!(f, "Zino has probably lost its state: {incidents} incidents are held back")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_of_the_mode_is_counted_and_dated() {
        let mut counters = Counters::default();
        let ordered = |changed| Notice::Operator(OperatorNotice::ModeOrdered { to: Mode::Active, changed });
        let changes = [Notice::ModeChanged { to: Mode::Active, count: 3 }, Notice::NoPrimary, ordered(true)];
        let at = |millis| Now { mono: Mono(millis), ..Now::default() };
        for (notice, count) in changes.into_iter().zip(1..) {
            counters.told(&notice, at(count));
            assert_eq!(
                (counters.mode_changes, counters.mode_changed),
                (count, Some(at(count))),
                "{notice:?}"
            );
        }
        counters.told(&ordered(false), at(9));
        assert_eq!((counters.mode_changes, counters.mode_changed), (3, Some(at(3))), "nothing has changed");
    }

    #[test]
    fn argus_takes_as_long_as_its_last_answer_or_as_the_oldest_request_waits() {
        let table = [
            (None, None, None),
            (Some(30), None, Some(30)),
            (Some(30), Some(990), Some(30)),
            (Some(30), Some(400), Some(600)),
        ];
        for (answered_in, waiting_since, expected) in table {
            let argus = ArgusStatus {
                is_reachable: true,
                paused_until: None,
                refuses_credentials: false,
                is_listed: true,
                requests_under_way: 1,
                answered_in: answered_in.map(Millis),
                waiting_since: waiting_since.map(Mono),
                request_limit: 4,
                waiting_jobs: 0,
            };
            assert_eq!(argus.answer_time(Mono(1000)), expected.map(Millis), "{argus:?}");
        }
    }

    #[test]
    fn what_was_told_and_what_became_of_requests_is_counted() {
        let mut counters = Counters::default();
        for notice in [
            Notice::ZinoReady,
            Notice::Case { case: CaseId(1), what: CaseNotice::Created { incident: 1, about: "x".into() } },
            Notice::Case { case: CaseId(2), what: CaseNotice::Created { incident: 2, about: "x".into() } },
            Notice::Case { case: CaseId(2), what: CaseNotice::Gone { incident: 2 } },
            Notice::ArgusBack,
        ] {
            counters.told(&notice, Now::default());
        }
        for outcome in [RequestOutcome::Ok, RequestOutcome::Unanswered, RequestOutcome::Ok] {
            counters.requested(RequestKind::Create, outcome);
        }
        let requests = [(RequestOutcome::Ok, 2), (RequestOutcome::Unanswered, 1)];
        let requests =
            requests.map(|(outcome, count)| RequestCount { kind: RequestKind::Create, outcome, count });
        let expected =
            Counters { sessions: 1, created: 2, requests: requests.to_vec(), ..Counters::default() };
        assert_eq!(counters, expected);
    }
}
