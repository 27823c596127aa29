//! The command line (behaviour B1).

use clap::{ArgAction, Parser, Subcommand, ValueEnum};
use glue_proto::{FailoverCommand, Millis, Mode, Operator};
use jiff::SignedDuration;
use std::path::PathBuf;
use tracing::level_filters::LevelFilter;

/// Keeps an Argus alert aggregator in step with a Zino network monitor.
///
/// Without a command the daemon runs, in the foreground, until SIGINT or SIGTERM. SIGHUP makes it read its
/// configuration and both sides again.
#[derive(Clone, Debug, PartialEq, Eq, Parser)]
#[command(name = "zinoargus", version)]
pub struct Cli {
    /// Say more: once for what happens, twice for how, three times for everything.
    #[arg(short, long, action = ArgAction::Count, global = true)]
    pub verbose: u8,

    /// The configuration file.
    #[arg(short, long, value_name = "CONFIG_FILE", default_value = "zinoargus.toml", global = true)]
    pub config_file: PathBuf,

    /// The form of the log: by default that of journald if it reads standard error, else text.
    #[arg(long, value_enum, value_name = "FORM", global = true)]
    pub log_format: Option<LogFormat>,

    /// End the incidents of cases that are gone, even if Zino seems to have lost its state.
    #[arg(long)]
    pub accept_state_loss: bool,

    /// Write down everything that the daemon hears and does, without secrets, for `replay`.
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,

    /// The size of a recording in MiB, after which it goes on in another file; the one before is kept as FILE.1.
    #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub record_limit: u64,

    /// What to do instead of running the daemon.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The forms of the log (behaviour B73).
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Time, level and message.
    Text,
    /// An object for each record.
    Json,
    /// The priority in front, without time.
    Journald,
}

/// A one-shot command.
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Try the configuration on the servers: log in to Zino, ask Argus what it knows, and the primary if there is one.
    /// Changes nothing.
    #[command(after_help = "Example: zinoargus -c /etc/zinoargus/zinoargus.toml check\n\n\
        Exit status: 0 all is well, or no more than a warning; 75 a server cannot be reached, or is another one; \
        77 credentials refused; 78 configuration.")]
    Check {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Judge the configuration file without asking any server: every error at once.
    CheckConfig {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show in what Zino and Argus differ, and what a sync would do about it. Writes nothing.
    #[command(after_help = "Example: zinoargus -c /etc/zinoargus/zinoargus.toml plan\n\n\
        Exit status: 0 in step, 1 differences, 75 not everything could be read, 77 credentials refused, \
        78 configuration.")]
    Plan {
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Say what is known of a case, which rule decides, what was refused and what is to be done. Asks the running daemon at
    /// `status.listen`; if there is none, both servers. Writes nothing.
    #[command(after_help = "Example: zinoargus -c /etc/zinoargus/zinoargus.toml explain 1234\n\n\
        Exit status: 0 in step, or the case gets no incident; 1 not in step, or unknown; 75, 77 and 78 as of plan.")]
    Explain {
        /// The number of the case in Zino.
        case: u64,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Bring Zino and Argus in step once, by the rules of the daemon, and end. Not while the daemon runs.
    #[command(after_help = "Example: zinoargus -c /etc/zinoargus/zinoargus.toml sync --once\n\n\
        Exit status: 0 in step, 1 something is left, 75 a server cannot be reached, a daemon runs or the primary answers, \
        77 credentials refused, 78 configuration.")]
    Sync {
        /// Required: what goes on is the daemon, which needs no command.
        #[arg(long, required = true)]
        once: bool,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
    },
    /// Run a recording of the daemon through the same machine again, and show what it heard and did.
    #[command(after_help = "Example: zinoargus replay --case 1234 today.rec\n\n\
        Exit status: 0 it does the same, or the recording begins in the middle; 1 it does something else; \
        65 no recording.")]
    Replay {
        /// The recording.
        file: PathBuf,
        /// Show only what is about this case in Zino.
        #[arg(long)]
        case: Option<u64>,
        /// Print the result as JSON.
        #[arg(long)]
        json: bool,
        /// Write the recording to this file, with other names for routers, people and whatever else is no word that the
        /// program knows, and say whether that one does the same again. Not for one case: without the others nothing can
        /// be run.
        #[arg(long, value_name = "OUT", alias = "anonymize", conflicts_with = "case")]
        anonymise: Option<PathBuf>,
        /// Write the recording to this file, as one page for a browser that can be filtered by case. With --anonymise the
        /// page has the other names, too; with --case it shows only that one.
        #[arg(long, value_name = "OUT")]
        html: Option<PathBuf>,
    },
    /// Decide in place of the probes whether the running daemon is at work, at the socket of `status.control`.
    ///
    /// Example: zinoargus failover pause --for 2h
    Failover {
        /// What is to be decided.
        #[command(subcommand)]
        what: Failover,
    },
    /// Have the running daemon read its configuration again, and wait until it is in force.
    #[command(after_help = "Example: zinoargus -c /etc/zinoargus/zinoargus.toml reload\n\n\
        Exit status: 0 it is in force; 75 the daemon cannot be asked; 78 it was not taken, with everything that is \
        wrong with it.")]
    Reload {
        /// Where nobody takes commands at `status.control`, judge the file and send SIGHUP to this process, without waiting.
        #[arg(long, value_name = "PID", value_parser = clap::value_parser!(u32).range(1..))]
        or_signal: Option<u32>,
    },
    /// Have the running daemon end the incidents that it holds back because Zino seems to have lost its state.
    AcceptStateLoss,
    /// Have the running daemon try again at once what was refused for a case, or could not be read.
    Retry {
        /// The number of the case in Zino.
        case: u64,
    },
    /// Have the running daemon write down what it hears and does from now on, for `replay`.
    ///
    /// Example: zinoargus record start /run/zinoargus/trouble.rec
    Record {
        /// Whether it is to begin or to end.
        #[command(subcommand)]
        what: Record,
    },
    /// Ask the running daemon how it is, at the address of `status.listen`.
    #[command(after_help = "Example: zinoargus -c /etc/zinoargus/zinoargus.toml status --watch=5\n\n\
        Exit status: 0 the daemon has answered, 75 it cannot be asked, 78 configuration. With --watch: 0, however it is \
        ended.")]
    Status {
        /// Print the answer as JSON.
        #[arg(long)]
        json: bool,
        /// Only find out whether the daemon is alive: exit status 0 if it is, else 75.
        #[arg(long)]
        health: bool,
        /// Ask again every so many seconds, until it is interrupted.
        #[arg(long, value_name = "SECONDS", num_args = 0..=1, require_equals = true, default_missing_value = "2",
            conflicts_with = "health", value_parser = clap::value_parser!(u64).range(1..=3600))]
        watch: Option<u64>,
    },
}

/// What is to be decided in place of the probes of the primary (behaviour B77).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Subcommand)]
pub enum Failover {
    /// Keep the mode of now, whatever the primary does.
    Pause {
        /// Resume by itself after so long, such as 30m or "1h 30m".
        #[arg(long = "for", value_name = "TIME", value_parser = span)]
        period: Option<Millis>,
    },
    /// Let the probes decide again.
    Resume,
    /// Be ACTIVE from now on, until it is resumed.
    Activate {
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
    },
    /// Be in STANDBY from now on, until it is resumed.
    Standby {
        /// Do not ask first.
        #[arg(long)]
        yes: bool,
    },
}

/// What is to become of the recording of a running daemon (behaviour B77).
#[derive(Clone, Debug, PartialEq, Eq, Subcommand)]
pub enum Record {
    /// Begin one. It shows what happened, and cannot be run again: for that it has to begin with the daemon.
    Start {
        /// The file, which must not be there yet. It is the daemon who makes it, as its own user.
        file: PathBuf,
        /// The size in MiB, after which it goes on in another file; the one before is kept as FILE.1.
        #[arg(long, value_name = "MIB", default_value_t = 64, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
        limit: u64,
    },
    /// End it, also one that was begun with --record.
    Stop,
}

impl Failover {
    /// Returns what the daemon is told.
    pub(crate) const fn as_command(self) -> Operator {
        Operator::Failover(match self {
            Self::Pause { period } => FailoverCommand::Pause(period),
            Self::Resume => FailoverCommand::Resume,
            Self::Activate { .. } => FailoverCommand::Keep(Mode::Active),
            Self::Standby { .. } => FailoverCommand::Keep(Mode::Standby),
        })
    }

    /// Tells whether it is to be done without asking first.
    pub(crate) const fn is_sure(self) -> bool {
        match self {
            Self::Pause { .. } | Self::Resume => true,
            Self::Activate { yes } | Self::Standby { yes } => yes,
        }
    }
}

/// Reads a span of time as people write it.
fn span(text: &str) -> Result<Millis, String> {
    let span: SignedDuration = text.parse().map_err(|error: jiff::Error| error.to_string())?;
    match u64::try_from(span.as_millis()) {
        Ok(millis @ 1..) => Ok(Millis(millis)),
        _ => Err("a time that is not over yet".into()),
    }
}

impl Cli {
    /// Returns how much is to be logged (behaviour B1).
    #[must_use]
    pub fn level(&self) -> LevelFilter {
        // What a sync does is what its user wants to see.
        let least = u8::from(matches!(self.command, Some(Command::Sync { .. })));
        match self.verbose.saturating_add(least) {
            0 => LevelFilter::WARN,
            1 => LevelFilter::INFO,
            2 => LevelFilter::DEBUG,
            3.. => LevelFilter::TRACE,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;
    use std::path::Path;

    fn parse(args: &[&str]) -> Cli {
        Cli::try_parse_from([&["zinoargus"], args].concat()).unwrap()
    }

    #[test]
    fn b1_the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn b1_every_v_shows_more() {
        let table = [
            (&[][..], LevelFilter::WARN),
            (&["-v"], LevelFilter::INFO),
            (&["-vv"], LevelFilter::DEBUG),
            (&["-v", "--verbose", "-v"], LevelFilter::TRACE),
            (&["-vvvvv"], LevelFilter::TRACE),
        ];
        for (args, level) in table {
            assert_eq!(parse(args).level(), level, "{args:?}");
        }
    }

    #[test]
    fn b1_without_arguments_the_daemon_runs_with_the_file_in_the_working_directory() {
        let cli = parse(&[]);
        assert_eq!(cli.config_file, Path::new("zinoargus.toml"));
        assert_eq!((cli.command, cli.accept_state_loss, cli.log_format), (None, false, None));
    }

    #[test]
    fn section9_commands_take_their_own_options() {
        let table = [
            (&["check", "--json"][..], Command::Check { json: true }),
            (&["check-config"], Command::CheckConfig { json: false }),
            (&["check-config", "--json"], Command::CheckConfig { json: true }),
            (&["plan", "--json"], Command::Plan { json: true }),
            (&["explain", "7"], Command::Explain { case: 7, json: false }),
            (&["sync", "--once"], Command::Sync { once: true, json: false }),
            (&["status", "--health"], Command::Status { json: false, health: true, watch: None }),
            (
                &["-c", "x.toml", "status", "--json"],
                Command::Status { json: true, health: false, watch: None },
            ),
            (&["status", "--watch"], Command::Status { json: false, health: false, watch: Some(2) }),
            (&["status", "--watch=9"], Command::Status { json: false, health: false, watch: Some(9) }),
        ];
        for (args, command) in table {
            assert_eq!(parse(args).command, Some(command), "{args:?}");
        }
    }

    #[test]
    fn b77_what_is_decided_about_failover_is_a_word_and_a_mode_is_asked_about_first() {
        let hours = FailoverCommand::Pause(Some(Millis::from_secs(5400)));
        let table = [
            (&["pause"][..], FailoverCommand::Pause(None), true),
            (&["pause", "--for", "1h 30m"], hours, true),
            (&["resume"], FailoverCommand::Resume, true),
            (&["activate"], FailoverCommand::Keep(Mode::Active), false),
            (&["standby", "--yes"], FailoverCommand::Keep(Mode::Standby), true),
        ];
        for (args, command, is_sure) in table {
            let cli = parse(&[&["failover"], args].concat());
            let Some(Command::Failover { what }) = cli.command else { panic!("{cli:?}") };
            assert_eq!((what.as_command(), what.is_sure()), (Operator::Failover(command), is_sure));
        }
        for wrong in ["0s", "-5m", "soon", ""] {
            let args = ["zinoargus", "failover", "pause", &format!("--for={wrong}")];
            assert!(Cli::try_parse_from(args).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn b1_the_file_is_named_before_or_after_a_command() {
        for args in [&["-c", "x.toml", "check"], &["check", "--config-file", "x.toml"]] {
            let cli = parse(args);
            assert_eq!(
                (cli.config_file.as_path(), cli.command),
                (Path::new("x.toml"), Some(Command::Check { json: false }))
            );
        }
    }
}
