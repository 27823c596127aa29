//! A Zino 2 server without sockets (reference zino-protocol).
//!
//! Use: [`ZinoServer::new`], then [`connect_api`](ZinoServer::connect_api) and
//! [`connect_notify`](ZinoServer::connect_notify) for each connection, [`receive`](ZinoServer::receive) for each
//! segment that a client has sent, and [`poll_output`](ZinoServer::poll_output) until it has no more. What people and
//! the network do to the server are methods too, such as [`open_case`](ZinoServer::open_case).
//!
//! One call of `receive` is one segment: which replies overtake which depends on what came in one piece, as it does
//! with the real server.
//!
//! ```
//! use glue_sim::zino::{NewCase, SessionId, ZinoServer};
//!
//! let mut server = ZinoServer::new("glue", "secret");
//! let id = server.open_case(&NewCase::reachability("gw1"), 1_800_000_000);
//! server.connect_api(SessionId(1));
//! let greeting = server.poll_output(SessionId(1)).expect("a greeting");
//! assert!(greeting.ends_with(b" Hello, there\r\n"));
//! server.receive(SessionId(1), b"caseids\r\n", 1_800_000_001);
//! assert_eq!(server.poll_output(SessionId(1)).as_deref(), Some(&b"500 Not authenticated\r\n"[..]));
//! assert_eq!(server.case(id).map(|case| case.state()), Some("open"));
//! ```

mod auth;
mod case;
mod cases;
mod command;
mod fields;
mod new_case;
mod operator;
mod reads;
mod server;
mod session;
mod text;
mod writes;

pub use case::{LogEntry, ZinoCase};
pub use cases::CaseError;
pub use new_case::NewCase;
pub use reads::Falter;
pub use server::{SessionId, ZinoServer};
pub use writes::Writes;
