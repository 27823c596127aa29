//! An Argus server without sockets: the part of the REST API v2 that a source system uses (reference argus-api).
//!
//! Use: [`ArgusServer::new`], then [`request`](ArgusServer::request) for each HTTP request, or
//! [`respond`](ArgusServer::respond) with a [`Request`] where more of its headers matter. What people do in the web
//! interface are methods too, such as [`ack`](ArgusServer::ack). Stamps are microseconds since 1970, as precise as the
//! real server keeps them; `now` is in Unix seconds.
//!
//! ```
//! use glue_sim::argus::ArgusServer;
//!
//! let mut server = ArgusServer::new("zino", "0123");
//! let body = br#"{"start_time":"2026-11-22T12:00:00Z","source_incident_id":"7","tags":[]}"#;
//! let reply = server.request(1_800_000_000, "POST", "incidents/", Some("Token 0123"), body);
//! assert_eq!(reply.status, 201);
//! let pk = server.find("zino", "7").expect("an incident").pk;
//! server.close("alice", pk, "it was nothing", 1_800_000_060)?;
//! # Ok::<(), glue_sim::argus::PeopleError>(())
//! ```

mod about;
mod acks;
mod board;
mod create;
mod cursor;
mod events;
mod filter;
mod http;
mod json;
mod list;
mod options;
mod patch;
mod people;
mod permanent_failure;
mod query;
mod routes;
mod server;
mod tags;
mod time;
mod validate;

pub use board::{Ack, EndTime, Event, Incident, TagRow};
pub use http::{HttpReply, Request};
pub use options::{LongStory, Options, Outage, PermanentFailure, Refusal, RefusedStep, Restart, WriteKind};
pub use people::PeopleError;
pub use server::ArgusServer;
