//! Faults to choose from, and a schedule that ends them.
//!
//! A [`Fault`] is anything that can go wrong in a [`World`], with all that there is to say about it. [`FaultSchedule`] lets one
//! begin and ends it when its time is over. [`FaultKind`] names the kinds and draws a fault of each from two bytes, for whoever
//! draws scenarios instead of writing them.
//!
//! ```
//! use glue_proto::Settings;
//! use glue_sim::faults::{Fault, FaultSchedule};
//! use glue_sim::world::{LastingFault, World};
//!
//! let (mut world, mut faults) = (World::new(Settings::example()), FaultSchedule::new());
//! faults.begin(&mut world, LastingFault::ArgusDown, 30_000);
//! faults.begin(&mut world, Fault::ZinoHalfOpen, 0);
//! assert_eq!(faults.next(), Some(30_000));
//! world.run(30_000);
//! faults.end_due(&mut world);
//! assert!(!world.has_fault(LastingFault::ArgusDown));
//! ```

mod kind;
mod schedule;

pub use kind::FaultKind;
pub use schedule::{FaultSchedule, Recovery};

use crate::argus::{Outage, PermanentFailure};
#[cfg(doc)]
use crate::world::World;
use crate::world::{DatagramFault, HttpFault, LastingFault, NotifyFault};

/// Something that goes wrong. How long it lasts, where it lasts, is said when it [begins](FaultSchedule::begin).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A condition of the network or a server that lasts.
    Lasting(LastingFault),
    /// Something in front of Argus answers everything with an error. It lasts.
    ArgusOutage(Outage),
    /// Argus fails at everything that is written about one case. It lasts.
    PermanentFailure(PermanentFailure),
    /// Argus does not know the daemon's token. It lasts.
    TokenRefused,
    /// Zino does not know the daemon's secret. It lasts.
    UserRefused,
    /// The next request to Argus goes wrong whose line, `METHOD target body`, holds this text.
    Http(String, HttpFault),
    /// The next line of the notification channel goes wrong.
    Notification(NotifyFault),
    /// The next probe of the primary goes wrong.
    Datagram(DatagramFault),
    /// Every connection to Zino is cut after this many more bytes to the daemon.
    ZinoCut(usize),
    /// Zino forgets every connection without a word.
    ZinoHalfOpen,
    /// Zino is restarted in an orderly way. How long that takes is how long it lasts.
    ZinoRestart,
    /// Zino crashes and has lost its last changes, as many as are told. The restart lasts.
    ZinoLosesChanges(usize),
    /// Zino is restarted without its state file. The restart lasts.
    ZinoLosesState,
    /// A case is gone from Zino without a word: the one that this number chooses among those that there are.
    CaseVanishes(u8),
    /// The daemon is ended without a word once it has taken this many more actions. Nobody starts it again.
    Crash(u32),
    /// The daemon is ended without a word, and started again once this is over.
    Kill,
    /// The daemon is told to stop. How long it may take is how long this lasts; see [`Recovery::StopDeadline`].
    Shutdown,
    /// The daemon gets no time to run. It lasts. `true` if the daemon's monotonic clock stands still meanwhile.
    Freeze(bool),
    /// The daemon's wall clock jumps by this many seconds.
    ClockStep(i64),
    /// Not a fault, but rarely convenient: an operator wants something of the daemon.
    Operator(Wanted),
}

/// What an operator wants of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wanted {
    /// To read both servers again.
    Reconcile,
    /// To try again at once what was refused for a case: the one that this number chooses among those that there are.
    Retry(u8),
    /// To go on with the settings that it has.
    Reload,
    /// To look twice as often for what people do in Argus, every five seconds at most.
    LookMoreOften,
    /// To send so many more requests at a time to Argus, a hundred at most.
    AskMoreAtOnce(u16),
}

impl From<LastingFault> for Fault {
    fn from(fault: LastingFault) -> Self {
        Self::Lasting(fault)
    }
}

impl Fault {
    /// Tells whether Zino knows less afterwards than it did before.
    #[must_use]
    pub const fn takes_from_zino(&self) -> bool {
        matches!(self, Self::ZinoLosesChanges(_) | Self::ZinoLosesState | Self::CaseVanishes(_))
    }
}
