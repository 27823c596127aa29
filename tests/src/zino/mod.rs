//! A Zino 2 server without sockets (reference zino-protocol).
//!
//! Use: [`ZinoServer::new`], then [`connect_api`](ZinoServer::connect_api) and
//! [`connect_notify`](ZinoServer::connect_notify) for each connection, [`receive`](ZinoServer::receive) for each
//! segment that a client has sent, and [`poll_output`](ZinoServer::poll_output) until it has no more. What people and
//! the network do to the server are methods too, such as [`open_case`](ZinoServer::open_case).
//!
//! One call of `receive` is one segment: which replies overtake which depends on what came in one piece, as it does
//! with the real server.

mod auth;
mod case;
mod cases;
mod command;
mod fields;
mod new_case;
mod operator;
mod server;
mod session;
mod text;

pub use case::{LogEntry, ZinoCase};
pub use cases::CaseError;
pub use new_case::NewCase;
pub use server::{SessionId, ZinoServer};
