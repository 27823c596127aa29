//! The Zino protocol: both channels as state machines without IO.
//!
//! [`ApiChannel`] asks and writes, [`NotifyChannel`] hears that something has changed. Each is one connection from its
//! greeting to its end: bytes go in, events come out, and for the API channel bytes to send. Neither knows a socket or a clock,
//! and no byte that a server may send makes either of them panic, grow without bound, or send what it should not.
//!
//! | file | does |
//! |---|---|
//! | `line.rs` | bytes to lines: framing and character set |
//! | `command.rs` | commands to bytes, the login digest |
//! | `attributes.rs`, `history.rs` | lines of a reply to the types of [`model`](crate::model) |
//! | `api/` | replies, the window, and which reply belongs to which command |
//! | `notify.rs` | the notification channel |
//! | `error.rs` | what can be wrong with a case's reply, and what ends a session |
//!
//! ```
//! use glue_proto::model::CaseId;
//! use glue_proto::Secret;
//! use glue_proto::wire::zino::{ApiChannel, ApiEvent, Command};
//!
//! let mut channel = ApiChannel::new("testuser", &Secret::new("testpassword".into()), 64);
//! channel.receive(b"200 5d2df2db86bed453d841bd0e0ae3e774efb732e6 Hello, there\r\n");
//! let login = channel.poll_transmit().unwrap();
//! assert_eq!(login, b"user testuser 4bd5ecc5197227b4db03b3ad827d34fab2ae8426  -\r\n");
//! channel.receive(b"200 ok\r\n");
//! assert_eq!(channel.poll_event(), Some(ApiEvent::LoggedIn));
//!
//! channel.send(Command::CaseIds).unwrap();
//! assert_eq!(channel.poll_transmit().unwrap(), b"caseids\r\n");
//! channel.receive(b"304 list of active cases follows, terminated with '.'\r\n7\r\n12\r\n.\r\n");
//! assert_eq!(channel.poll_event(), Some(ApiEvent::CaseIds(vec![CaseId(7), CaseId(12)])));
//! ```

mod api;
mod attributes;
mod command;
mod error;
mod history;
mod line;
mod notify;

pub use api::{ApiChannel, ApiEvent, Busy, MAX_REPLY_BYTES, MAX_REPLY_LINES, MAX_WINDOW};
pub use attributes::decode_attributes;
pub use command::{Command, ReadKind, digest, encode_login, encode_note};
pub use error::{DecodeError, MAX_QUOTE, ProtocolError};
pub use history::{WentDown, decode_history};
pub use line::{LineReader, LineTooLong, MAX_LINE, decode_text};
pub use notify::{
    MAX_NOTIFY_LINE, Notification, NotificationKind, NotifyChannel, NotifyEvent, decode_notification,
};
