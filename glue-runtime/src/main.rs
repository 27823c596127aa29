//! The `zinoargus` daemon.

use clap::Parser as _;
use glue_runtime::cli::Cli;
use glue_runtime::commands;
use glue_runtime::exit::Status;
use std::process::ExitCode;

fn main() -> ExitCode {
    let status = match Cli::try_parse() {
        Ok(cli) => commands::start(&cli),
        Err(message) => {
            // Nobody is left to hear that standard output or error is closed.
            let _ = message.print();
            if message.use_stderr() { Status::Usage } else { Status::Done }
        }
    };
    status.into()
}
