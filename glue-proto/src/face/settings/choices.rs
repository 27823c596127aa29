//! Settings with a few named values.

/// The state that an acknowledgement gives a Zino case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum AckState {
    /// `working`
    Working,
    /// `waiting`
    Waiting,
}

/// What to do with a case in state `ignored`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Ignored {
    /// It gets no new incident.
    Skip,
    /// It is treated like any other.
    Sync,
}

/// What to do with a case of something that never was down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum NeverDown {
    /// It gets no new incident.
    Skip,
    /// It is treated like any other.
    Sync,
}

/// What happens to our open incidents when the primary is back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum OnStandby {
    /// They stay open.
    Keep,
    /// They are ended before STANDBY begins.
    Close,
}

/// How ACTIVE ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Failback {
    /// By itself, when the primary is back.
    Auto,
    /// Only when the operator says so.
    Manual,
}

/// What a machine is made for (behaviour B76).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Purpose {
    /// To keep both sides in step until it is told to end.
    #[default]
    Serve,
    /// To read both sides once and to end, knowing what an ACTIVE daemon would do. It writes nothing, sends no heartbeat
    /// and no probe.
    Plan,
    /// To bring both sides in step once, by the rules of a daemon, and to end.
    SyncOnce,
}
