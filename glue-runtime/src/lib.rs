//! The shell around `glue-proto`: it carries out what the machine decides, and decides nothing itself.
//!
//! There is no retry, no timeout and no protocol here: all of these are in the core. What the
//! shell owns is the command line, the configuration file, sockets, TLS, clocks, signals and the log.
//!
//! | module | what it does |
//! |---|---|
//! | [`cli`], [`config`], [`commands`], [`exit`] | what people ask for, and what they get back |
//! | [`driver`], [`handle_times`] | the loop that everything goes through, and how long the core takes in it |
//! | [`io`], [`event`] | actions become tasks, tasks report by events |
//! | [`tcp`], [`udp`], [`http`] | one task per connection, probe and request |
//! | [`status`], `explain` | the page, metrics and probes, and all about one case: what is shown of a snapshot of the core |
//! | `record`, `anonymise` | what goes in and comes out, written down; names in it, replaced |
//! | `reload` | the configuration, read again while the daemon runs |
//! | `secrets` | secrets that are read again from their files |
//! | [`clock`], [`signals`], [`notify`], [`log`], `totals`, `system` | the rest of the outside world |

mod anonymise;
pub mod cli;
pub mod clock;
pub mod commands;
pub mod config;
pub mod driver;
pub mod event;
pub mod exit;
mod explain;
pub mod handle_times;
pub mod http;
pub mod io;
pub mod log;
mod net;
pub mod notify;
mod record;
mod reload;
mod secrets;
pub mod signals;
pub mod status;
mod system;
pub mod tcp;
mod totals;
pub mod udp;
pub mod url;
