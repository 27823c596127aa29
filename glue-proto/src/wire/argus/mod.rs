//! The Argus REST API: typed calls to requests, responses to typed replies (reference argus-api).
//!
//! [`Call::request`] says what to send, [`read_reply`] what the answer means. Neither decides anything: when to call,
//! and what to do about an [`ArgusError`], is for the daemon. What may go into a text, and what Argus makes of
//! it, is in `text::argus`: both the encoder and the comparisons of [`crate::decision`] go by it.

mod about;
mod call;
mod error;
mod reason;
mod reply;
pub mod time;
mod wire;

pub(crate) use about::{Question, Source, knows_heartbeat, knows_restart, sources, user_name};
pub use call::{Call, Filter, PAGE_SIZE};
pub(crate) use error::http_date;
pub use error::{ArgusError, MAX_RETRY_AFTER, RetryAfter};
pub use reply::{BadRow, Events, Feed, FeedRow, Page, Reply, read_reply};
