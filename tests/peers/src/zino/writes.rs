//! Servers that do something else than they say.

use super::server::ZinoServer;
use glue_proto::model::CaseId;

/// What becomes of what clients write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub enum Writes {
    /// It is stored.
    #[default]
    Stored,
    /// It is answered with success, and nothing is stored.
    Ignored,
    /// A text is answered with success, and stored in another form.
    Altered,
    /// This state is answered with an error. (A text is never refused: `addhist` was taken before it comes.)
    StateRefused(String),
}

impl Writes {
    /// Returns the answer to a text or a state that is not stored.
    pub(super) fn drops(&self, text: &str) -> Option<&'static [u8]> {
        match self {
            Self::Stored | Self::Altered => None,
            Self::Ignored => Some(b"200 ok\r\n"),
            Self::StateRefused(state) => (text == state).then_some(b"500 this is not taken\r\n"),
        }
    }

    /// Returns a text as it is stored.
    pub(super) fn stored(&self, text: String) -> String {
        if *self == Self::Altered { text.to_uppercase() } else { text }
    }
}

impl ZinoServer {
    /// Makes something else of what clients write from now on.
    pub fn set_writes(&mut self, writes: Writes) {
        self.writes = writes;
    }

    /// Makes something else of what clients write about one case from now on.
    pub fn set_writes_of(&mut self, case: CaseId, writes: Writes) {
        self.writes_of.insert(case, writes);
    }

    /// Returns what becomes of what clients write about a case.
    #[must_use]
    pub fn writes_of(&self, case: CaseId) -> &Writes {
        self.writes_of.get(&case).unwrap_or(&self.writes)
    }
}
