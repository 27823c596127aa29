//! The machine: every input goes in here, every action comes out here.

mod action;
mod input;
mod notice;

pub use action::{Action, Channel, Exit, HttpRequest, Level, Method};
pub use input::{
    CallId, ConnId, Disconnect, HttpCause, HttpFailure, Input, Operator, ProbeFailure, ProbeId, Response,
};
pub use notice::Notice;
