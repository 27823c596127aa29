//! Kinds of faults, and how one is drawn.

use super::{Fault, Wanted};
use crate::argus::{Outage, PermanentFailure};
use crate::world::{DatagramFault, HttpFault, LastingFault, NotifyFault, World};

/// Which requests the next failure is meant for.
const PATTERNS: [&str; 6] =
    ["POST incidents/ ", "/events/ {", "PATCH ", "GET incidents/mine/", "/events/", ""];
/// How long a worker of the server goes on with what nobody waits for any more, milliseconds: less than the 30 s after
/// which it is ended.
const WORKER_MILLIS: u64 = 20_000;
/// How long the server is at work on a request in which the daemon is killed, milliseconds.
const KILLED_AT_WORK: [u64; 4] = [1500, 6000, 9000, WORKER_MILLIS];
/// How long lasting faults last, seconds.
const SPANS: [u64; 8] = [1, 2, 5, 9, 15, 31, 70, 200];
/// How long refused credentials are refused at most, milliseconds: some time longer than the daemon gives them.
const MOST_REFUSED: u64 = 40_000;
/// How long a killed daemon is away at most, milliseconds.
const MOST_KILLED: u64 = 70_000;
/// How long a restart of Zino takes, milliseconds.
const RESTART: u64 = 2000;
/// How long the daemon may go on once it was told to stop, milliseconds (behaviour B2).
const STOP: u64 = 1000;
/// How far apart probes are where nobody says so, milliseconds.
const PROBES: u64 = 5000;

/// A kind of fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// [`Fault::Http`]
    Http,
    /// [`LastingFault::ArgusDown`]
    ArgusDown,
    /// [`LastingFault::ArgusSlow`]
    ArgusSlow,
    /// [`Fault::ArgusOutage`]
    ArgusOutage,
    /// [`Fault::TokenRefused`]
    TokenRefused,
    /// [`LastingFault::ZinoDown`]
    ZinoDown,
    /// [`LastingFault::ZinoSilent`]
    ZinoSilent,
    /// [`LastingFault::ZinoStuck`]
    ZinoStuck,
    /// [`Fault::ZinoCut`]
    ZinoCut,
    /// [`Fault::ZinoHalfOpen`]
    ZinoHalfOpen,
    /// [`Fault::ZinoRestart`]
    ZinoRestart,
    /// [`Fault::ZinoLosesChanges`]
    ZinoLosesChanges,
    /// [`Fault::ZinoLosesState`]
    ZinoLosesState,
    /// [`Fault::CaseVanishes`]
    CaseVanishes,
    /// [`Fault::Notification`]
    Notification,
    /// [`LastingFault::PrimarySilent`]
    PrimarySilent,
    /// [`Fault::Datagram`]
    Datagram,
    /// [`Fault::Crash`]
    Crash,
    /// [`Fault::Kill`]
    Kill,
    /// [`Fault::ClockStep`]
    ClockStep,
    /// [`Fault::Freeze`]
    Freeze,
    /// [`Fault::Shutdown`]
    Shutdown,
    /// [`Fault::UserRefused`]
    UserRefused,
    /// [`Fault::Operator`]
    Operator,
    /// [`Fault::PermanentFailure`]
    PermanentFailure,
}

impl FaultKind {
    /// Every one. The order is part of what the bytes of a recorded scenario mean: new ones go to the end.
    pub const ALL: [Self; 25] = [
        Self::Http,
        Self::ArgusDown,
        Self::ArgusSlow,
        Self::ArgusOutage,
        Self::TokenRefused,
        Self::ZinoDown,
        Self::ZinoSilent,
        Self::ZinoStuck,
        Self::ZinoCut,
        Self::ZinoHalfOpen,
        Self::ZinoRestart,
        Self::ZinoLosesChanges,
        Self::ZinoLosesState,
        Self::CaseVanishes,
        Self::Notification,
        Self::PrimarySilent,
        Self::Datagram,
        Self::Crash,
        Self::Kill,
        Self::ClockStep,
        Self::Freeze,
        Self::Shutdown,
        Self::UserRefused,
        Self::Operator,
        Self::PermanentFailure,
    ];

    /// Draws a fault of this kind in a world, and how long it lasts, milliseconds.
    #[must_use]
    pub fn draw(self, world: &World, how: u8, seconds: u8) -> (Fault, u64) {
        let span = SPANS[usize::from(seconds) % SPANS.len()] * 1000;
        let fault = match self {
            Self::Http => {
                let pattern = PATTERNS[usize::from(how) % PATTERNS.len()];
                Fault::Http(pattern.into(), http_fault(seconds))
            }
            Self::ArgusDown => LastingFault::ArgusDown.into(),
            Self::ArgusSlow => LastingFault::ArgusSlow.into(),
            Self::ZinoDown => LastingFault::ZinoDown.into(),
            Self::ZinoSilent => LastingFault::ZinoSilent.into(),
            Self::ZinoStuck => LastingFault::ZinoStuck.into(),
            Self::PrimarySilent => LastingFault::PrimarySilent.into(),
            Self::ArgusOutage => {
                let status = [500, 502, 503, 429, 504][usize::from(how) % 5];
                let retry_after = (how >= 128).then(|| (how % 16).to_string());
                Fault::ArgusOutage(Outage { status, retry_after })
            }
            Self::TokenRefused => return (Fault::TokenRefused, span.min(MOST_REFUSED)),
            Self::UserRefused => return (Fault::UserRefused, span.min(MOST_REFUSED)),
            Self::ZinoCut => Fault::ZinoCut(how.into()),
            Self::ZinoHalfOpen => Fault::ZinoHalfOpen,
            Self::ZinoRestart => return (Fault::ZinoRestart, RESTART),
            Self::ZinoLosesChanges => return (Fault::ZinoLosesChanges(usize::from(how % 6)), RESTART),
            Self::ZinoLosesState => return (Fault::ZinoLosesState, RESTART),
            Self::CaseVanishes => Fault::CaseVanishes(how),
            Self::Notification => Fault::Notification(notify_fault(how)),
            Self::Datagram => Fault::Datagram(datagram_fault(world, how)),
            Self::Crash => Fault::Crash(u32::from(how % 32)),
            Self::Kill => return (Fault::Kill, span.min(MOST_KILLED)),
            Self::ClockStep => Fault::ClockStep(how.cast_signed().into()),
            Self::Freeze => Fault::Freeze(how.is_multiple_of(2)),
            Self::Shutdown => return (Fault::Shutdown, STOP),
            Self::Operator => Fault::Operator(wanted(how)),
            Self::PermanentFailure => {
                let id = (1 + how % 8).to_string();
                Fault::PermanentFailure(PermanentFailure { id, is_done: how >= 128 })
            }
        };
        (fault, span)
    }
}

const fn wanted(how: u8) -> Wanted {
    match how % 8 {
        0..4 => Wanted::Reconcile,
        4 => Wanted::Retry(how / 8),
        5 => Wanted::Reload,
        6 => Wanted::LookMoreOften,
        _ => Wanted::AskMoreAtOnce(1 + how as u16 / 8),
    }
}

const fn http_fault(how: u8) -> HttpFault {
    match how % 16 {
        0 => HttpFault::Refuse,
        1 => HttpFault::Unreachable,
        2 => HttpFault::CutBefore,
        3 => HttpFault::LoseReply,
        4 if how & 16 == 0 => HttpFault::CutWhileAtWork(WORKER_MILLIS),
        4 => HttpFault::GatewayTimeout(WORKER_MILLIS),
        5 if how & 16 == 0 => HttpFault::Delay(1500),
        6 if how & 16 == 0 => HttpFault::Delay(28_000),
        5 | 6 => HttpFault::KillWhileAtWork(KILLED_AT_WORK[how as usize >> 5 & 3]),
        7 => HttpFault::SlowReply(4000),
        8 => HttpFault::SlowReply(31_500),
        9 => HttpFault::Hang,
        10 => HttpFault::Status(429, Some(7)),
        11 => HttpFault::Status(503, None),
        12 => HttpFault::Status(500, None),
        13 => HttpFault::StatusAfter(502),
        14 => HttpFault::Html,
        _ => HttpFault::HalfBody,
    }
}

fn notify_fault(how: u8) -> NotifyFault {
    match how % 8 {
        0..=2 => NotifyFault::Lose,
        3 | 4 => NotifyFault::Double,
        5 => NotifyFault::Before(b"9999 state open closed\r\n".to_vec()),
        6 => NotifyFault::Before(b"9999 attr priority\r\n9998 scavenged \r\n".to_vec()),
        _ => NotifyFault::Before(b"what is this\r\n\xff\xfe \r\n".to_vec()),
    }
}

fn datagram_fault(world: &World, how: u8) -> DatagramFault {
    // Late enough to come upon the next probe, before its own answer.
    let apart = world.settings().failover().map_or(PROBES, |failover| failover.ping_interval().0);
    let next = apart.saturating_sub(world.conditions.latency);
    match how % 8 {
        0 | 1 => DatagramFault::Lose,
        2 => DatagramFault::Late(3000),
        3 => DatagramFault::Late(next),
        4 => DatagramFault::Double,
        5 => DatagramFault::Foreign,
        6 => DatagramFault::Malformed,
        _ => DatagramFault::Refused,
    }
}
