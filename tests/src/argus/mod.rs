//! An Argus server without sockets: the part of the REST API v2 that a source system uses (reference argus-api).
//!
//! Use: [`ArgusServer::new`], then [`request`](ArgusServer::request) for each HTTP request, or
//! [`respond`](ArgusServer::respond) with a [`Request`] where more of its headers matter. What people do in the web
//! interface are methods too, such as [`ack`](ArgusServer::ack). Stamps are microseconds since 1970, as precise as the
//! real server keeps them; `now` is in Unix seconds.

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
mod query;
mod routes;
mod server;
mod tags;
mod time;
mod validate;

pub use board::{Ack, EndTime, Event, Incident, TagRow};
pub use http::{HttpReply, Request};
pub use options::{Options, Outage, Restart};
pub use people::PeopleError;
pub use server::ArgusServer;
