//! Texts as each side stores them, and as each side can take them.
//!
//! A module of its own, because the codecs send these texts and the decision compares them, and the decision imports no
//! wire code.

pub mod argus;
pub mod zino;
