//! Texts as each side stores them, and as it can take them.

pub use crate::argus::text as argus;

/// Text for Zino.
pub mod zino {
    pub use crate::zino::{MAX_TEXT, safe_text, stored_text};
}
