//! A configuration in place of the one before.

use super::Settings;

/// A server whose secret can be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Server {
    /// The secret is that of the settings.
    Zino,
    /// The secret is the token, which the machine never sees.
    Argus,
}

/// What takes the place of the configuration so far (behaviour B75), or of a secret in it (behaviour B74).
///
/// The shell uses its own part of it, addresses and the token, from the moment at which it gives this to the machine:
/// what the machine has asked for before goes to where it was asked for, and all after it to where it is to go now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Reload {
    /// The settings from now on.
    pub settings: Settings,
    /// What is new about Argus that the settings do not show.
    pub argus: Change,
    /// What is new about Zino that the settings do not show: its address.
    pub zino: Change,
    /// What is new about the primary that the settings do not show: its address.
    pub primary: Change,
}

/// What is new about a peer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "snake_case"))]
pub enum Change {
    /// Nothing.
    #[default]
    Nothing,
    /// It is the same one, and hears another secret.
    Secret,
    /// It is another one: what is known of the one before is worth nothing.
    Server,
}

impl Reload {
    /// Makes one in which the settings alone are new.
    #[must_use]
    pub const fn of(settings: Settings) -> Self {
        Self { settings, argus: Change::Nothing, zino: Change::Nothing, primary: Change::Nothing }
    }
}
