//! Reads `zinoargus.toml` (behaviour, section 2).
//!
//! A file is either understood as a whole or refused with everything that is wrong in it (behaviour B3).

mod report;
mod schema;
mod secrets;
mod section;
mod shown;
mod syntax;
#[cfg(test)]
mod tests;
mod value;

pub use report::Problem;
pub(crate) use shown::Row;

use crate::url::BaseUrl;
use core::fmt;
use glue_proto::{FailoverSettings, Secret, Settings};
use secrets::Surroundings;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use thiserror::Error;
use toml::de::DeTable;

/// A configuration that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// What the machine wants to know.
    pub settings: Settings,
    /// `argus.url`.
    pub argus_url: BaseUrl,
    /// `argus.token`.
    pub argus_token: Secret,
    /// `argus.ca_file`.
    pub ca_file: Option<PathBuf>,
    /// `zino.server`: a host name or an IP address.
    pub zino_server: String,
    /// `zino.port`.
    pub zino_port: u16,
    /// `zino.notify_port`.
    pub notify_port: u16,
    /// `failover.primary_server` and `failover.primary_snmp_port`, if there is a `[failover]`.
    pub primary: Option<(String, u16)>,
    /// `failover.primary_health_url`: where the primary's daemon says whether it works (behaviour B78).
    pub primary_health: Option<BaseUrl>,
    /// `[status]`.
    pub status: StatusListeners,
    /// The files that secrets were read from.
    pub secret_files: SecretFiles,
}

/// The SNMP community that everybody knows: it is a word of the language, and no secret.
const KNOWN_COMMUNITY: &str = "public";

impl Config {
    /// Returns what must not be seen in the log.
    #[must_use]
    pub fn secrets(&self) -> Vec<&Secret> {
        let community = self.settings.failover().map(FailoverSettings::community);
        let community = community.filter(|community| community.expose() != KNOWN_COMMUNITY);
        [&self.argus_token, self.settings.zino().secret()].into_iter().chain(community).collect()
    }
}

/// The files of secrets that a server can refuse, and that are read again then (behaviour B74).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecretFiles {
    /// `argus.token_file`, if it is there.
    pub token: Option<PathBuf>,
    /// `zino.secret_file`, if it is there.
    pub secret: Option<PathBuf>,
}

impl SecretFiles {
    /// Reads the Argus token from its file again. `None`: it comes from elsewhere.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or holds no token.
    #[must_use]
    pub fn read_token(&self) -> Option<Result<Secret, String>> {
        let read =
            |file: &PathBuf| secrets::TOKEN.read(file).map_err(|wrong| format!("argus.token_file: {wrong}"));
        self.token.as_ref().map(read)
    }

    /// Reads the Zino secret from its file again. `None`: it comes from elsewhere.
    ///
    /// # Errors
    ///
    /// If the file cannot be read, or holds no secret.
    #[must_use]
    pub fn read_secret(&self) -> Option<Result<Secret, String>> {
        let read =
            |file: &PathBuf| secrets::SECRET.read(file).map_err(|wrong| format!("zino.secret_file: {wrong}"));
        self.secret.as_ref().map(read)
    }
}

/// `[status]`: where the daemon may be asked how it is (behaviour B70).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusListeners {
    /// `status.listen`: serves everything.
    pub listen: Option<ListenAddress>,
    /// `status.health_listen`: serves what probes and Prometheus ask for, and no more.
    pub health_listen: Option<ListenAddress>,
    /// `status.control`: the socket on which operators command the daemon (behaviour B77).
    pub control: Option<PathBuf>,
}

/// Where to listen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListenAddress {
    /// An IP address and a port.
    Tcp(SocketAddr),
    /// `unix:` and the path of a socket.
    Unix(PathBuf),
}

impl fmt::Display for ListenAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => address.fmt(f),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// A configuration, and what people should know about its file without it being an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    /// One text per warning, for the log.
    pub warnings: Vec<String>,
}

/// Why there is no configuration. Its `Display` is for people: one line per problem, each with file and line.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {cause}; a configuration file is needed, --config-file says where it is", file.display())]
    Unreadable {
        /// Its path.
        file: PathBuf,
        /// What the system says.
        cause: String,
    },
    /// The file is not text.
    #[error("{}:{line}: not UTF-8; the file must be text in UTF-8", file.display())]
    NotUtf8 {
        /// Its path.
        file: PathBuf,
        /// The first line that is not.
        line: usize,
    },
    /// The file says something wrong.
    #[error("{}", Lines(file, problems))]
    Wrong {
        /// Its path.
        file: PathBuf,
        /// Everything that is wrong, in the order of the file.
        problems: Vec<Problem>,
    },
}

struct Lines<'a>(&'a Path, &'a [Problem]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.1.iter().enumerate() {
            let separator = if index == 0 { "" } else { "\n" };
            write!(f, "{separator}{}:{problem}", self.0.display())?;
        }
        Ok(())
    }
}

/// Reads a configuration file.
///
/// # Errors
///
/// If it cannot be read, is not text, or does not hold a configuration.
pub fn load(file: &Path) -> Result<Loaded, ConfigError> {
    let unreadable =
        |error: std::io::Error| ConfigError::Unreadable { file: file.to_owned(), cause: error.to_string() };
    let bytes = fs::read(file).map_err(unreadable)?;
    let text = core::str::from_utf8(&bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        ConfigError::NotUtf8 { file: file.to_owned(), line }
    })?;
    let (mut loaded, holds_secrets) = parse_in(file, text, &Surroundings::of(file))?;
    loaded.warnings =
        loaded.warnings.iter().map(|warning| format!("{}: {warning}", file.display())).collect();
    if holds_secrets && secrets::is_open_to_all(file) {
        let warning = "every user of this machine can read this file, and it holds passwords";
        loaded.warnings.push(format!("{}: {warning}", file.display()));
    }
    Ok(loaded)
}

/// Finds where a daemon takes commands (`status.control`) in a file that may be wrong in other places.
#[must_use]
pub fn control_of(file: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(file).ok()?;
    let (table, _) = DeTable::parse_recoverable(&text);
    let status = table.get_ref().get("status")?.get_ref().as_table()?;
    value::socket(status.get("control")?.get_ref()).ok()
}

/// Reads the text of a configuration file by itself: it looks at no environment and into no file of a secret. `file` is
/// its name in error messages.
///
/// # Errors
///
/// If the text is no configuration, or names a file of a secret.
pub fn parse(file: &Path, text: &str) -> Result<Loaded, ConfigError> {
    parse_in(file, text, &Surroundings::default()).map(|(loaded, _)| loaded)
}

/// Reads the text of a configuration file. Tells also whether it holds secrets.
fn parse_in(file: &Path, text: &str, around: &Surroundings) -> Result<(Loaded, bool), ConfigError> {
    let (table, errors) = DeTable::parse_recoverable(text);
    let syntax: Vec<_> = errors
        .iter()
        .map(|error| (error.span().map_or(0, |span| span.start), error.message().to_owned()))
        .collect();
    let read = schema::read(text, table.get_ref(), &syntax, around);
    let schema::Read { config, warnings, holds_secrets } =
        read.map_err(|problems| ConfigError::Wrong { file: file.to_owned(), problems })?;
    Ok((Loaded { config, warnings }, holds_secrets))
}
