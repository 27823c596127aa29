//! What goes wrong, once each.

use super::scope::kebab;
use super::state::State;
use glue_sim::world::{HttpFault, Pending, PendingKind};
use glue_sim::zino::ZinoCase;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nobody takes the connection of a request to Argus.
    HttpRefused,
    /// Nobody answers when a connection is wanted.
    HttpUnreachable,
    /// The connection is cut before Argus has seen the request.
    HttpCutBefore,
    /// Argus does what was asked, and the connection is cut before it answers.
    HttpReplyLost,
    /// Argus does not do what was asked and answers 500.
    Http500,
    /// Argus does what was asked, and something in front of it answers 502.
    Http502After,
    /// Something in front of Argus answers 429 and wants to be left alone for seven seconds.
    Http429,
    /// Argus never sees the request, and the connection stays open.
    HttpHang,
    /// Argus does what was asked 28 seconds later, whether anybody still waits or not.
    HttpLate,
    /// Argus does what was asked, and its answer is replaced by a page of HTML.
    HttpHtml,
    /// Argus does what was asked, and its answer is cut in half.
    HttpHalf,
    /// Both connections to Zino are cut after what is on its way to the machine.
    ZinoCut,
    /// Both connections to Zino are cut, and what is on its way is lost.
    ZinoCutShort,
    /// Zino forgets its connections without a word.
    ZinoHalfOpen,
    /// Zino is restarted in an orderly way.
    ZinoRestart,
    /// Zino crashes and forgets its last change.
    ZinoForgets,
    /// A case is gone without a word.
    ZinoVanish,
    /// A notification is lost.
    NotificationLost,
    /// A notification comes twice.
    NotificationDoubled,
    /// The answer to a probe is lost.
    DatagramLost,
    /// The daemon is ended without a word; it is started anew at any later moment.
    Kill,
    /// The daemon is ended without a word before it takes its next action.
    Crash,
    /// The daemon is ended without a word between its next action and the one after it.
    CrashBetween,
}

impl Fault {
    /// Every one.
    pub const ALL: [Self; 23] = [
        Self::HttpRefused,
        Self::HttpUnreachable,
        Self::HttpCutBefore,
        Self::HttpReplyLost,
        Self::Http500,
        Self::Http502After,
        Self::Http429,
        Self::HttpHang,
        Self::HttpLate,
        Self::HttpHtml,
        Self::HttpHalf,
        Self::ZinoCut,
        Self::ZinoCutShort,
        Self::ZinoHalfOpen,
        Self::ZinoRestart,
        Self::ZinoForgets,
        Self::ZinoVanish,
        Self::NotificationLost,
        Self::NotificationDoubled,
        Self::DatagramLost,
        Self::Kill,
        Self::Crash,
        Self::CrashBetween,
    ];

    /// Returns the name on the command line, such as `http-reply-lost`.
    #[must_use]
    pub fn name(self) -> String {
        kebab(&format!("{self:?}"))
    }

    /// Returns what becomes of the request, if it is one that goes wrong.
    const fn http(self) -> Option<HttpFault> {
        Some(match self {
            Self::HttpRefused => HttpFault::Refuse,
            Self::HttpUnreachable => HttpFault::Unreachable,
            Self::HttpCutBefore => HttpFault::CutBefore,
            Self::HttpReplyLost => HttpFault::LoseReply,
            Self::Http500 => HttpFault::Status(500, None),
            Self::Http502After => HttpFault::StatusAfter(502),
            Self::Http429 => HttpFault::Status(429, Some(7)),
            Self::HttpHang => HttpFault::Hang,
            Self::HttpLate => HttpFault::Delay(28_000),
            Self::HttpHtml => HttpFault::Html,
            Self::HttpHalf => HttpFault::HalfBody,
            Self::ZinoCut
            | Self::ZinoCutShort
            | Self::ZinoHalfOpen
            | Self::ZinoRestart
            | Self::ZinoForgets
            | Self::ZinoVanish
            | Self::NotificationLost
            | Self::NotificationDoubled
            | Self::DatagramLost
            | Self::Kill
            | Self::Crash
            | Self::CrashBetween => return None,
        })
    }

    /// Tells whether it can happen to something that is on its way.
    pub(super) fn can_hit(self, kind: PendingKind) -> bool {
        if matches!(self, Self::NotificationLost | Self::NotificationDoubled) {
            kind == PendingKind::Notification
        } else if self == Self::DatagramLost {
            kind == PendingKind::Datagram
        } else {
            self.http().is_some() && kind == PendingKind::Request(true)
        }
    }

    /// Tells whether it can happen by itself, in this state.
    pub(super) fn can_begin(self, state: &State) -> bool {
        if matches!(self, Self::ZinoCut | Self::ZinoCutShort | Self::ZinoHalfOpen | Self::ZinoRestart) {
            state.world.zino.open_sessions().next().is_some()
        } else if matches!(self, Self::Kill | Self::Crash | Self::CrashBetween) {
            !state.world.is_dead()
        } else {
            matches!(self, Self::ZinoForgets | Self::ZinoVanish) && state.world.zino.cases().next().is_some()
        }
    }
}

/// Lets something go wrong that happens by itself.
pub(super) fn begin(state: &mut State, fault: Fault) {
    let world = &mut state.world;
    if matches!(fault, Fault::ZinoForgets | Fault::ZinoVanish) {
        state.expected.goes_back(world);
    }
    if fault == Fault::ZinoCut {
        world.cut_zino();
    } else if fault == Fault::ZinoCutShort {
        world.cut_zino_after(0);
    } else if fault == Fault::ZinoHalfOpen {
        world.half_open_zino();
    } else if fault == Fault::ZinoRestart {
        world.zino.restart();
    } else if fault == Fault::ZinoForgets {
        world.zino.restart_losing(1);
    } else if fault == Fault::Kill {
        world.kill_daemon();
    } else if fault == Fault::Crash {
        world.kill_daemon_after(0);
    } else if fault == Fault::CrashBetween {
        world.kill_daemon_after(1);
    } else {
        let first = world.zino.cases().next().map(ZinoCase::id);
        let _ = first.map(|id| world.zino.vanish(id));
    }
    world.tidy();
    state.expected.look(&state.world);
}

/// Lets something go wrong with what is on its way.
pub(super) fn hit(state: &mut State, fault: Fault, pending: Pending) {
    let world = &mut state.world;
    match (fault, fault.http()) {
        (Fault::NotificationDoubled, _) => world.double_pending(pending),
        (_, None) => world.lose_pending(pending),
        (_, Some(fault)) => {
            world.fail_next("", fault);
            world.deliver_pending(pending);
        }
    }
}
