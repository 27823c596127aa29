//! What the tests of this workspace need besides the public face. Not covered by semantic versioning.

pub use crate::daemon::concurrency;

pub mod text {
    //! Texts as each side stores them.
    pub use crate::text::{argus, zino};
}
