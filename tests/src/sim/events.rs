//! The things that can happen.

/// How many kinds of things there are.
pub(super) const KINDS: u8 = 49;
/// Kinds that can happen in every scenario: without them it would show nothing.
pub(super) const ALWAYS: [u8; 4] = [0, 1, 2, 13];

/// Something that happens. `who` names a case or an incident among those that there are at that moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is one plain thing, and carried out in people.rs or faults.rs")]
pub enum Event {
    Zino { action: ZinoAction, who: u8, how: u8 },
    Argus { action: ArgusAction, who: u8, how: u8 },
    Fault { fault: FaultKind, how: u8, seconds: u8 },
}

/// What people and the network do to Zino's cases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "as above")]
pub enum ZinoAction {
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
pub enum ArgusAction {
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
pub enum FaultKind {
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
    PermanentFailure,
}

const ZINO: [ZinoAction; 13] = [
    ZinoAction::Open,
    ZinoAction::Close,
    ZinoAction::Note,
    ZinoAction::SetState,
    ZinoAction::SystemNote,
    ZinoAction::Log,
    ZinoAction::Priority,
    ZinoAction::Describe,
    ZinoAction::Scavenge,
    ZinoAction::Placeholder,
    ZinoAction::BeginMaintenance,
    ZinoAction::EndMaintenance,
    ZinoAction::Break,
];

const ARGUS: [ArgusAction; 11] = [
    ArgusAction::Ack,
    ArgusAction::Close,
    ArgusAction::Ticket,
    ArgusAction::Comment,
    ArgusAction::Reopen,
    ArgusAction::Level,
    ArgusAction::Describe,
    ArgusAction::Tag,
    ArgusAction::Delete,
    ArgusAction::ForeignEnd,
    ArgusAction::AckForAWhile,
];

const FAULTS: [FaultKind; 25] = [
    FaultKind::Http,
    FaultKind::ArgusDown,
    FaultKind::ArgusSlow,
    FaultKind::ArgusOutage,
    FaultKind::TokenRefused,
    FaultKind::ZinoDown,
    FaultKind::ZinoSilent,
    FaultKind::ZinoStuck,
    FaultKind::ZinoCut,
    FaultKind::ZinoHalfOpen,
    FaultKind::ZinoRestart,
    FaultKind::ZinoLosesSeconds,
    FaultKind::ZinoLosesState,
    FaultKind::ZinoVanish,
    FaultKind::Notification,
    FaultKind::PrimarySilent,
    FaultKind::Datagram,
    FaultKind::Crash,
    FaultKind::Kill,
    FaultKind::ClockStep,
    FaultKind::Freeze,
    FaultKind::Shutdown,
    FaultKind::UserRefused,
    FaultKind::Command,
    FaultKind::PermanentFailure,
];

impl Event {
    /// Decodes what a kind and four bytes say.
    #[must_use]
    pub fn decode(kind: u8, bytes: [u8; 4]) -> Self {
        let [who, how, seconds, _] = bytes;
        let kind = usize::from(kind % KINDS);
        if let Some(action) = ZINO.get(kind) {
            return Self::Zino { action: *action, who, how };
        }
        let kind = kind - ZINO.len();
        if let Some(action) = ARGUS.get(kind) {
            return Self::Argus { action: *action, who, how };
        }
        let fault = FAULTS[(kind - ARGUS.len()) % FAULTS.len()];
        Self::Fault { fault, how: who.wrapping_mul(31) ^ how, seconds }
    }
}
