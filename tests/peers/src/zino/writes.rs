//! Servers that do something else than they say.

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
