//! Where secrets come from: the configuration file, files of their own, or the environment (behaviour B74).

use super::report::Wrong;
use super::section::Section;
use super::value::{self, Read, path, text};
use glue_proto::Secret;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

/// The most bytes of a file with a secret.
const MOST_BYTES: u64 = 64 * 1024;
/// The folder of the credentials that systemd gives a service.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";

/// One secret: the keys and the variable that it may come from.
#[derive(Debug)]
pub(super) struct Kind {
    /// The key whose value it is.
    key: &'static str,
    /// The key that names its file.
    file_key: &'static str,
    /// The variable of the environment.
    variable: Option<&'static str>,
    /// What the file is to hold.
    right: &'static str,
    /// What stands in the example, and is nobody's secret.
    example: Option<&'static str>,
    judge: fn(String) -> Read<Secret>,
}

/// `argus.token`.
pub(super) const TOKEN: Kind = Kind {
    key: "token",
    file_key: "token_file",
    variable: Some("ZINOARGUS_ARGUS_TOKEN"),
    right: "a file with the token in a single line",
    example: Some("0123456789abcdef0123456789abcdef01234567"),
    judge: value::token,
};
/// `zino.secret`.
pub(super) const SECRET: Kind = Kind {
    key: "secret",
    file_key: "secret_file",
    variable: Some("ZINOARGUS_ZINO_SECRET"),
    right: "a file with the secret in a single line",
    example: Some("change-me"),
    judge: value::secret,
};
/// `failover.snmp_community`.
pub(super) const COMMUNITY: Kind = Kind {
    key: "snmp_community",
    file_key: "snmp_community_file",
    variable: None,
    right: "a file with the community in a single line",
    example: None,
    judge: value::secret,
};

/// What lies around a configuration file: where the files of secrets are, and what the environment has.
#[derive(Clone, Debug, Default)]
pub(super) struct Surroundings {
    /// What relative paths begin at. `None`: no file is read.
    pub(super) folder: Option<PathBuf>,
    /// The variables that hold secrets. An empty one counts as one that is not set.
    pub(super) variables: BTreeMap<&'static str, OsString>,
}

impl Surroundings {
    /// Returns those of a file, for this process.
    pub(super) fn of(file: &Path) -> Self {
        let variable = |name| env::var_os(name).filter(|value: &OsString| !value.is_empty());
        let beside = || file.parent().map(Path::to_owned).unwrap_or_default();
        let names = [&TOKEN, &SECRET].into_iter().filter_map(|kind| kind.variable);
        Self {
            folder: Some(variable(CREDENTIALS).map_or_else(beside, PathBuf::from)),
            variables: names.filter_map(|name| Some((name, variable(name)?))).collect(),
        }
    }
}

/// A secret that was found, and from where.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) secret: Secret,
    pub(super) source: Source,
}

/// Where a secret came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The configuration file itself.
    Key,
    Variable,
    File(PathBuf),
}

impl Source {
    /// Returns the file, if it is one.
    pub(super) fn into_file(self) -> Option<PathBuf> {
        if let Self::File(file) = self { Some(file) } else { None }
    }
}

impl Kind {
    /// Returns the key whose value is the secret.
    pub(super) const fn key(&self) -> &'static str {
        self.key
    }

    /// Tells whether there is a source.
    pub(super) fn is_given(&self, section: &mut Section<'_, '_>, around: &Surroundings) -> bool {
        let variable = self.variable.is_some_and(|name| around.variables.contains_key(name));
        // Both are asked for, so that both are known.
        let keys = [self.key, self.file_key].map(|key| section.has(key));
        variable || keys.contains(&true)
    }

    /// Reads the secret from its one source. `None` means that there is none, or that something was reported.
    pub(super) fn find(&self, section: &mut Section<'_, '_>, around: &Surroundings) -> Option<Found> {
        let given = self.variable.and_then(|name| Some((name, around.variables.get(name)?)));
        let keys = [self.key, self.file_key].map(|key| section.has(key).then_some(key));
        let found = match (keys, given) {
            ([None, None], None) => return None,
            ([Some(_), None], None) => {
                let read = |value: &toml::de::DeValue<'_>| text(value).and_then(self.judge);
                Found { secret: section.optional(self.key, read)?, source: Source::Key }
            }
            ([None, Some(_)], None) => {
                let file =
                    around.folder.clone().unwrap_or_default().join(section.optional(self.file_key, path)?);
                let secret = if around.folder.is_some() { self.read(&file) } else { Err(self.unread(&file)) };
                if is_open_to_all(&file) {
                    let file = file.display();
                    let what = format!("every user of this machine can read {file}, and it holds a secret");
                    section.warn(self.file_key, &what);
                }
                Found { secret: section.accept(self.file_key, secret)?, source: Source::File(file) }
            }
            ([None, None], Some((name, value))) => {
                let value = value.to_str().ok_or_else(|| Wrong::new("not UTF-8", self.right));
                let secret = value.and_then(|value| (self.judge)(value.to_owned()));
                let secret = secret.map_err(|wrong| wrong.about(&format!("{name} of the environment")));
                Found { secret: section.accept(self.key, secret)?, source: Source::Variable }
            }
            (keys, given) => {
                self.too_many(keys, given.map(|(name, _)| name), section);
                return None;
            }
        };
        if self.example == Some(found.secret.expose()) {
            let key = if matches!(found.source, Source::File(_)) { self.file_key } else { self.key };
            section.warn(key, "still that of the example file, which no server knows");
        }
        Some(found)
    }

    /// Reads a file of the secret.
    ///
    /// # Errors
    ///
    /// If it is not there, or does not hold one line of text.
    pub(super) fn read(&self, file: &Path) -> Read<Secret> {
        let line = read_line(file).map_err(|what| Wrong::new(what, self.right));
        line.and_then(self.judge).map_err(|wrong| wrong.about(&file.display().to_string()))
    }

    fn unread(&self, file: &Path) -> Wrong {
        Wrong::new("is not read here", self.right).about(&file.display().to_string())
    }

    fn too_many(
        &self,
        keys: [Option<&'static str>; 2],
        variable: Option<&str>,
        section: &mut Section<'_, '_>,
    ) {
        let path = |key: &str| section.path_of(key);
        let here = keys.into_iter().flatten().last().unwrap_or(self.key);
        let beside: Vec<_> = keys.into_iter().flatten().filter(|key| *key != here).map(path).collect();
        let variable = variable.map(|name| format!("{name} of the environment"));
        let beside: Vec<_> = beside.into_iter().chain(variable).collect();
        let all = [self.key, self.file_key].map(path).into_iter();
        let all: Vec<_> = all.chain(self.variable.map(String::from)).collect();
        let wrong = Wrong::new(
            format!("a second source besides {}", beside.join(" and ")),
            format!("exactly one of {}", all.join(", ")),
        );
        section.wrong(here, wrong);
    }
}

/// Reads a file of one line; what is wrong with it is the error.
fn read_line(file: &Path) -> Result<String, String> {
    let told = |error: io::Error| error.to_string();
    // Whoever opens a pipe waits for somebody to write to it.
    if !fs::metadata(file).map_err(told)?.is_file() {
        return Err("not a file".into());
    }
    let mut bytes = Vec::new();
    File::open(file).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes)).map_err(told)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err("larger than 64 KiB".into());
    }
    let text = String::from_utf8(bytes).map_err(|_| "not UTF-8")?;
    let line = text.strip_suffix('\n').map_or(&*text, |line| line.strip_suffix('\r').unwrap_or(line));
    match line {
        "" => Err("empty".into()),
        line if line.contains(['\n', '\r']) => Err("of more than one line".into()),
        line => Ok(line.to_owned()),
    }
}

/// Tells whether every user of the machine can read a file.
#[cfg(unix)]
pub(super) fn is_open_to_all(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    const OTHERS_READ: u32 = 0o004;
    fs::metadata(file).is_ok_and(|metadata| metadata.permissions().mode() & OTHERS_READ != 0)
}

#[cfg(not(unix))]
pub(super) const fn is_open_to_all(_file: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, ConfigError, Loaded, load, parse_in};
    use std::os::unix::fs::PermissionsExt as _;
    use std::sync::atomic::{AtomicU32, Ordering};

    const START: &str = "[argus]\nurl = \"https://argus.example.org/api/v2\"\n";
    const ZINO: &str = "[zino]\nserver = \"zino.example.org\"\nuser = \"glue\"\n";

    /// A folder with files of its own, gone at the end of the test.
    struct Folder(PathBuf);

    impl Folder {
        fn with(files: &[(&str, &[u8])]) -> Self {
            static COUNT: AtomicU32 = AtomicU32::new(0);
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let folder = env::temp_dir().join(format!("zinoargus-secrets-{}-{count}", std::process::id()));
            fs::create_dir(&folder).unwrap();
            let folder = Self(folder);
            for (name, bytes) in files {
                fs::write(folder.0.join(name), bytes).unwrap();
                folder.set_mode(name, 0o600);
            }
            folder
        }

        fn set_mode(&self, name: &str, mode: u32) {
            fs::set_permissions(self.0.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }

        fn read(
            &self,
            variables: &[(&'static str, &str)],
            text: &str,
        ) -> Result<(Loaded, bool), ConfigError> {
            let variables = variables.iter().map(|(name, value)| (*name, OsString::from(value))).collect();
            let around = Surroundings { folder: Some(self.0.clone()), variables };
            parse_in(Path::new("x.toml"), text, &around)
        }

        fn lines(&self, variables: &[(&'static str, &str)], text: &str) -> Vec<String> {
            let error = self.read(variables, text).expect_err(text).to_string();
            error.lines().map(|line| line.replace(&format!("{}/", self.0.display()), "")).collect()
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn text(argus: &str, zino: &str) -> String {
        format!("{START}{argus}\n{ZINO}{zino}\n")
    }

    #[test]
    fn b74_secrets_come_from_files_or_the_environment() {
        let folder =
            Folder::with(&[("token", b"abc123\n"), ("secret", b" correct horse\r\n"), ("community", b"c0")]);
        let text = text("token_file = \"token\"", "secret_file = \"secret\"")
            + "[failover]\nprimary_server = \"x\"\nsnmp_community_file = \"community\"\n";
        let (Loaded { config, warnings }, holds_secrets) = folder.read(&[], &text).unwrap();
        let Config { settings, argus_token, secret_files, .. } = config;
        assert_eq!((argus_token.expose(), settings.zino().secret().expose()), ("abc123", " correct horse"));
        assert_eq!(settings.failover().unwrap().community().expose(), "c0");
        assert_eq!((warnings, holds_secrets), (Vec::new(), false));
        assert_eq!(secret_files.token.as_deref(), Some(&*folder.0.join("token")));
        fs::write(folder.0.join("token"), "another").unwrap();
        assert_eq!(secret_files.read_token(), Some(Ok(Secret::new("another".into()))));
        fs::write(folder.0.join("secret"), "").unwrap();
        let right = "a file with the secret in a single line";
        let wrong = format!("zino.secret_file: {}: empty; {right}", folder.0.join("secret").display());
        assert_eq!(secret_files.read_secret(), Some(Err(wrong)));

        let variables = [("ZINOARGUS_ARGUS_TOKEN", "abc123"), ("ZINOARGUS_ZINO_SECRET", "hush")];
        let (Loaded { config, .. }, holds_secrets) = folder.read(&variables, &self::text("", "")).unwrap();
        assert_eq!(
            (config.argus_token.expose(), config.settings.zino().secret().expose()),
            ("abc123", "hush")
        );
        assert!(!holds_secrets && config.secret_files.read_token().is_none());
    }

    #[test]
    fn b74_each_secret_has_exactly_one_source() {
        let folder = Folder::with(&[("file", b"abc123\n")]);
        let variables = [("ZINOARGUS_ARGUS_TOKEN", "abc123"), ("ZINOARGUS_ZINO_SECRET", "hush")];
        let token = "exactly one of argus.token, argus.token_file, ZINOARGUS_ARGUS_TOKEN";
        let secret = "exactly one of zino.secret, zino.secret_file, ZINOARGUS_ZINO_SECRET";
        let both = text("token = \"a\"\ntoken_file = \"file\"", "secret_file = \"file\"\nsecret = \"s\"");
        let expected = [
            format!("x.toml:4: argus.token_file: a second source besides argus.token; {token}"),
            format!("x.toml:8: zino.secret_file: a second source besides zino.secret; {secret}"),
        ];
        assert_eq!(folder.lines(&[], &both), expected);
        let expected = [
            format!(
                "x.toml:4: argus.token_file: a second source besides argus.token and \
                 ZINOARGUS_ARGUS_TOKEN of the environment; {token}"
            ),
            format!(
                "x.toml:8: zino.secret_file: a second source besides zino.secret and \
                 ZINOARGUS_ZINO_SECRET of the environment; {secret}"
            ),
        ];
        assert_eq!(folder.lines(&variables, &both), expected);
        let one = text("token = \"a\"", "secret_file = \"file\"");
        let expected = [
            format!(
                "x.toml:3: argus.token: a second source besides ZINOARGUS_ARGUS_TOKEN of the environment; {token}"
            ),
            format!(
                "x.toml:7: zino.secret_file: a second source besides ZINOARGUS_ZINO_SECRET of the environment; \
                 {secret}"
            ),
        ];
        assert_eq!(folder.lines(&variables, &one), expected);
        let none = folder.lines(&[], &text("", ""));
        assert_eq!(none.len(), 2, "{none:?}");
        assert!(none[0].starts_with("x.toml:1: argus.token: missing; "), "{none:?}");
        assert!(none[1].starts_with("x.toml:4: zino.secret: missing; "), "{none:?}");
        let community =
            "[failover]\nprimary_server = \"x\"\nsnmp_community = \"a\"\nsnmp_community_file = \"file\"\n";
        let lines = folder.lines(&[], &(text("token = \"a\"", "secret = \"s\"") + community));
        let expected = "x.toml:11: failover.snmp_community_file: a second source besides failover.snmp_community; \
                        exactly one of failover.snmp_community, failover.snmp_community_file";
        assert_eq!(lines, [expected]);
    }

    #[test]
    fn b74_a_file_that_is_no_single_line_is_refused_with_what_would_be_right() {
        let folder = Folder::with(&[
            ("empty", b""),
            ("newline", b"\n"),
            ("two", b"hush4711\nhush4711\n"),
            ("cr", b"hush\r4711\n"),
            ("blank", b"hush 4711\n"),
            ("large", &[b'x'; 64 * 1024 + 1]),
            ("largest", &[b'x'; 64 * 1024]),
            ("binary", b"\xff\n"),
            ("placeholder", b"${TOKEN}\n"),
        ]);
        fs::create_dir(folder.0.join("folder")).unwrap();
        let right = "a file with the token in a single line";
        let shown = "the token as Argus shows it, without blanks";
        let table = [
            ("empty", format!("empty; {right}")),
            ("newline", format!("empty; {right}")),
            ("two", format!("of more than one line; {right}")),
            ("cr", format!("of more than one line; {right}")),
            ("blank", format!("contains a character that no token has; {shown}")),
            ("large", format!("larger than 64 KiB; {right}")),
            ("binary", format!("not UTF-8; {right}")),
            ("folder", format!("not a file; {right}")),
            ("missing", format!("No such file or directory (os error 2); {right}")),
            (
                "placeholder",
                "holds a placeholder ${..} that nobody has filled in; the token as Argus shows it".into(),
            ),
        ];
        for (name, why) in table {
            let lines = folder.lines(&[], &text(&format!("token_file = \"{name}\""), "secret = \"s\""));
            assert_eq!(lines, [format!("x.toml:3: argus.token_file: {name}: {why}")]);
        }
        let largest = text("token_file = \"largest\"", "secret = \"s\"");
        assert!(folder.read(&[], &largest).is_ok());
        let variable = [("ZINOARGUS_ARGUS_TOKEN", "hush 4711")];
        let expected = format!(
            "x.toml:1: argus.token: ZINOARGUS_ARGUS_TOKEN of the environment: contains a character that no token has; {shown}"
        );
        assert_eq!(folder.lines(&variable, &text("", "secret = \"s\"")), [expected]);
    }

    #[test]
    fn b74_a_file_that_everybody_can_read_is_warned_of_and_so_are_the_words_of_the_example() {
        let folder = Folder::with(&[("token", b"abc123"), ("secret", b"change-me\n")]);
        folder.set_mode("token", 0o644);
        let text = text("token_file = \"token\"", "secret_file = \"secret\"");
        let (Loaded { warnings, .. }, _) = folder.read(&[], &text).unwrap();
        let token = folder.0.join("token");
        let expected = [
            format!(
                "line 3: argus.token_file: every user of this machine can read {}, and it holds a secret",
                token.display()
            ),
            "line 7: zino.secret_file: still that of the example file, which no server knows".into(),
        ];
        assert_eq!(warnings, expected);
        fs::write(folder.0.join("x.toml"), &text).unwrap();
        folder.set_mode("x.toml", 0o644);
        let loaded = load(&folder.0.join("x.toml")).unwrap();
        assert_eq!(loaded.warnings.len(), 2, "the file itself holds nothing: {:?}", loaded.warnings);
        let example = load(Path::new("../zinoargus.toml.example")).unwrap().warnings.join("\n");
        for key in ["argus.token", "zino.secret"] {
            assert!(example.contains(&format!("{key}: still that of the example")), "{example}");
        }
    }
}
