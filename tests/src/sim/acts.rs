//! The things that can happen.

/// How many kinds of things there are.
pub(super) const KINDS: u8 = 49;
/// Kinds that can happen in every scenario: without them it would show nothing.
pub(super) const ALWAYS: [u8; 4] = [0, 1, 2, 13];

/// Something that happens. `who` names a case or an incident among those that there are at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is one plain thing, and carried out in people.rs or faults.rs")]
pub enum Act {
    Zino { deed: Zino, who: u8, how: u8 },
    Argus { deed: Argus, who: u8, how: u8 },
    Fault { fault: Mishap, how: u8, seconds: u8 },
}

/// What people and the network do to Zino's cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as above")]
pub enum Zino {
    Open,
    Close,
    Note,
    SetState,
    SystemNote,
    Log,
    Priority,
    Describe,
    Scavenge,
    Placeholder,
    BeginMaintenance,
    EndMaintenance,
    Break,
}

/// What people do in Argus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as above")]
pub enum Argus {
    Ack,
    Close,
    Ticket,
    Comment,
    Reopen,
    Level,
    Describe,
    Tag,
    Delete,
    ForeignEnd,
    AckForAWhile,
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as above")]
pub enum Mishap {
    Http,
    ArgusDown,
    ArgusSlow,
    ArgusOutage,
    TokenRefused,
    ZinoDown,
    ZinoSilent,
    ZinoStuck,
    ZinoCut,
    ZinoHalfOpen,
    ZinoRestart,
    ZinoLosesSeconds,
    ZinoLosesState,
    ZinoVanish,
    Notification,
    PrimarySilent,
    Datagram,
    Crash,
    Kill,
    ClockStep,
    Freeze,
    Shutdown,
    UserRefused,
    Command,
    Curse,
}

const ZINO: [Zino; 13] = [
    Zino::Open,
    Zino::Close,
    Zino::Note,
    Zino::SetState,
    Zino::SystemNote,
    Zino::Log,
    Zino::Priority,
    Zino::Describe,
    Zino::Scavenge,
    Zino::Placeholder,
    Zino::BeginMaintenance,
    Zino::EndMaintenance,
    Zino::Break,
];

const ARGUS: [Argus; 11] = [
    Argus::Ack,
    Argus::Close,
    Argus::Ticket,
    Argus::Comment,
    Argus::Reopen,
    Argus::Level,
    Argus::Describe,
    Argus::Tag,
    Argus::Delete,
    Argus::ForeignEnd,
    Argus::AckForAWhile,
];

const MISHAPS: [Mishap; 25] = [
    Mishap::Http,
    Mishap::ArgusDown,
    Mishap::ArgusSlow,
    Mishap::ArgusOutage,
    Mishap::TokenRefused,
    Mishap::ZinoDown,
    Mishap::ZinoSilent,
    Mishap::ZinoStuck,
    Mishap::ZinoCut,
    Mishap::ZinoHalfOpen,
    Mishap::ZinoRestart,
    Mishap::ZinoLosesSeconds,
    Mishap::ZinoLosesState,
    Mishap::ZinoVanish,
    Mishap::Notification,
    Mishap::PrimarySilent,
    Mishap::Datagram,
    Mishap::Crash,
    Mishap::Kill,
    Mishap::ClockStep,
    Mishap::Freeze,
    Mishap::Shutdown,
    Mishap::UserRefused,
    Mishap::Command,
    Mishap::Curse,
];

impl Act {
    /// Decodes what a kind and four bytes say.
    #[must_use]
    pub fn decode(kind: u8, bytes: [u8; 4]) -> Self {
        let [who, how, seconds, _] = bytes;
        let kind = usize::from(kind % KINDS);
        if let Some(deed) = ZINO.get(kind) {
            return Self::Zino { deed: *deed, who, how };
        }
        let kind = kind - ZINO.len();
        if let Some(deed) = ARGUS.get(kind) {
            return Self::Argus { deed: *deed, who, how };
        }
        let fault = MISHAPS[(kind - ARGUS.len()) % MISHAPS.len()];
        Self::Fault { fault, how: who.wrapping_mul(31) ^ how, seconds }
    }
}
