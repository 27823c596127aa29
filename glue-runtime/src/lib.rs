//! The shell around `glue-proto`: it carries out what the machine decides, and decides nothing itself.
//!
//! There is no retry, no timeout and no protocol here; whoever looks for one of these finds it in the core. What the
//! shell owns is the command line, the configuration file, sockets, TLS, clocks, signals and the log.

pub mod cli;
pub mod config;
pub mod exit;
pub mod url;
