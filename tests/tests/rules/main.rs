//! The rules of the behaviour, each played in virtual time against the simulated peers. One topic a file.

mod answers;
mod clocks;
mod common;
mod delivery;
mod ending;
mod failover;
mod faults;
mod feed;
mod gone;
mod handover;
mod heartbeat;
mod identity;
mod isolation;
mod listings;
mod maintenance;
mod one_shot;
mod operator;
mod outages;
mod patience;
mod peer_health;
mod plan;
mod reload;
mod secrets;
mod self_incidents;
mod sync;
mod unreadable;
