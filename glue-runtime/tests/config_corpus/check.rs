//! What must hold for any text as a configuration file. `cargo test` and libFuzzer both call it.

use glue_proto::{AckState, Failback, Ignored, Millis, NeverDown, OnStandby};
use glue_runtime::config::{Config, ConfigError, Loaded, Problem, parse};
use std::fmt::Write as _;
use std::path::Path;

const FILE: &str = "zinoargus.toml";
/// Stands for a secret in a text, see [`hides_a_secret`].
const MARK: &str = "hush4711";
/// Keys whose values are never shown.
const SECRETS: [&str; 3] = ["token", "secret", "snmp_community"];

/// Takes the bytes for the text of a configuration file.
///
/// * What is accepted and written down again, every key of it, is read again as the same.
/// * What is refused is refused with one line for each problem, in the order of the file; each names the file, a line that
///   is there, and, but for syntax, the key.
/// * A line break in front moves every problem by one line and changes nothing else.
/// * A secret is never shown, neither by an error nor by `Debug` (behaviour B4).
///
/// # Panics
///
/// One of these does not hold.
pub(crate) fn config(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let read = parse(Path::new(FILE), text);
    if hides_a_secret(text) {
        let shown = format!("{read:?}") + &read.as_ref().err().map(ToString::to_string).unwrap_or_default();
        assert!(!shown.contains(MARK), "{shown}");
    }
    // A byte order mark is one at the beginning only.
    let moved =
        if text.starts_with('\u{feff}') { None } else { Some(parse(Path::new(FILE), &format!("\n{text}"))) };
    match (&read, &moved) {
        (Ok(loaded), Some(Ok(moved))) => assert_eq!(loaded.config, moved.config),
        (Err(ConfigError::Wrong { problems, .. }), Some(Err(ConfigError::Wrong { problems: moved, .. }))) => {
            check_moved(problems, moved);
        }
        (_, None) => {}
        (read, Some(moved)) => panic!("a line break in front makes {moved:?} of {read:?}"),
    }
    match read {
        Ok(loaded) => check_loaded(&loaded),
        Err(ConfigError::Wrong { ref problems, .. }) => check_problems(text, problems, &read),
        Err(error) => panic!("{error:?} from a text"),
    }
}

/// Tells whether the mark stands in a text, and only as the value of a key that is a secret.
fn hides_a_secret(text: &str) -> bool {
    let hidden = |line: &str| {
        let (key, _) = line.split_once('=').unwrap_or_default();
        !key.contains(MARK) && SECRETS.contains(&key.trim())
    };
    // A text of several lines may hold lines that look like keys.
    let several = text.contains("\"\"\"") || text.contains("'''");
    text.contains(MARK) && !several && text.lines().filter(|line| line.contains(MARK)).all(hidden)
}

fn check_moved(problems: &[Problem], moved: &[Problem]) {
    // Of a key with too many parts the parser does not tell where it stands: its problem is put down to the first line,
    // and then nothing else is said of that line; or it is not said itself, where something else is wrong with that line.
    let has_no_place = |problem: &Problem| problem.what.ends_with("recursion limit");
    if problems.iter().chain(moved).any(has_no_place) {
        return;
    }
    // What is missing at the top of the file is missing in its first line, wherever the rest is.
    let stays =
        |problem: &Problem| problem.what == "missing" && ["argus", "zino"].contains(&problem.key.as_str());
    let mut expected: Vec<Problem> = problems
        .iter()
        .map(|problem| Problem { line: problem.line + usize::from(!stays(problem)), ..problem.clone() })
        .collect();
    expected.sort_by_key(|problem| problem.line);
    assert_eq!(expected, moved);
}

fn check_problems(text: &str, problems: &[Problem], read: &Result<Loaded, ConfigError>) {
    let shown = read.as_ref().map_or_else(ToString::to_string, |_| String::new());
    assert!(!problems.is_empty(), "refused without a reason");
    assert_eq!(shown.split('\n').count(), problems.len(), "one line for each problem: {shown:?}");
    assert!(problems.is_sorted_by_key(|problem| problem.line), "{problems:?}");
    let last = text.matches('\n').count() + 1;
    for (problem, line) in problems.iter().zip(shown.split('\n')) {
        let Problem { line: number, key, what, right } = problem;
        assert!(line.starts_with(&format!("{FILE}:{number}: ")), "{line:?}");
        assert!((1..=last).contains(number), "line {number} of {last}");
        assert!(
            !what.is_empty() && !right.is_empty() && !line.contains(|c: char| c.is_control()),
            "{problem:?}"
        );
        assert!(!key.is_empty() || what.starts_with("not TOML"), "{problem:?}");
    }
}

fn check_loaded(loaded: &Loaded) {
    let text = written(&loaded.config);
    let again = match parse(Path::new(FILE), &text) {
        Ok(again) => again,
        Err(error) => panic!("{error}\nin\n{text}"),
    };
    // What is not written down again is not warned of again.
    let is_kept = |warning: &String| warning.contains("example file");
    assert!(again.warnings.iter().all(is_kept), "{:?}", again.warnings);
    assert_eq!(again.config, loaded.config, "{text}");
}

/// Writes a configuration down, every key of it.
fn written(config: &Config) -> String {
    let mut text = String::new();
    let mut line = |line: String| {
        let _ = writeln!(text, "{line}");
    };
    let settings = &config.settings;
    line("[argus]".into());
    line(format!("url = {}", quoted(&config.argus_url.to_string())));
    line(format!("token = {}", quoted(config.argus_token.expose())));
    if let Some(file) = &config.ca_file {
        line(format!("ca_file = {}", quoted(&file.display().to_string())));
    }
    line(format!("timeout = {}", seconds(settings.argus().timeout())));
    line(format!("write_timeout = {}", seconds(settings.argus().write_timeout())));
    line(format!("concurrency = {}", settings.argus().concurrency()));
    line("[zino]".into());
    line(format!("server = {}", quoted(&config.zino_server)));
    line(format!("port = {}\nnotify_port = {}", config.zino_port, config.notify_port));
    line(format!("user = {}", quoted(settings.zino().user())));
    line(format!("secret = {}", quoted(settings.zino().secret().expose())));
    line(format!("default_domain = {}", quoted(settings.zino().default_domain().unwrap_or_default())));
    let names: Vec<_> = settings.zino().former_users().iter().map(|name| quoted(name)).collect();
    line(format!("former_users = [{}]", names.join(", ")));
    let sync = settings.sync();
    let acknowledge = match sync.acknowledge() {
        None => "none",
        Some(AckState::Working) => "working",
        Some(AckState::Waiting) => "waiting",
    };
    line("[sync]".into());
    line(format!("acknowledge.setstate = \"{acknowledge}\""));
    line(format!("ticket.enable = {}\nupdate.enable = {}", sync.ticket(), sync.update()));
    line(format!("ignored = \"{}\"", if sync.ignored() == Ignored::Skip { "skip" } else { "sync" }));
    line(format!("never_down = \"{}\"", if sync.never_down() == NeverDown::Skip { "skip" } else { "sync" }));
    line(format!("refresh_interval = {}", seconds(sync.refresh_interval())));
    line(format!("reconcile_interval = {}", seconds(sync.reconcile_interval())));
    line(format!("[sync.severity]\ndefault = {}", sync.severity().default_level()));
    for band in sync.severity().bands() {
        line("[[sync.severity.thresholds]]".into());
        line(format!("min_priority = {}\nlevel = {}", band.min_priority, band.level));
    }
    if let (Some((host, port)), Some(failover)) = (&config.primary, settings.failover()) {
        line("[failover]".into());
        line(format!("primary_server = {}\nprimary_snmp_port = {port}", quoted(host)));
        line(format!("snmp_community = {}", quoted(failover.community().expose())));
        line(format!("ping_timeout = {}", seconds(failover.ping_timeout())));
        line(format!("ping_interval = {}", seconds(failover.ping_interval())));
        line(format!("threshold = {}", failover.threshold()));
        let keep = failover.on_standby() == OnStandby::Keep;
        line(format!("on_standby = \"{}\"", if keep { "keep" } else { "close" }));
        let auto = failover.failback() == Failback::Auto;
        line(format!("failback = \"{}\"", if auto { "auto" } else { "manual" }));
        if let Some(health) = config.primary_health.as_ref().and_then(|url| url.itself().ok()) {
            line(format!("primary_health_url = \"{health}\""));
        }
    }
    line(format!("[status]\nself_incidents = {}", settings.self_incidents()));
    text
}

fn seconds(span: Millis) -> String {
    if span.0.is_multiple_of(1000) {
        (span.0 / 1000).to_string()
    } else {
        format!("{}.{:03}", span.0 / 1000, span.0 % 1000)
    }
}

/// Writes a text as TOML does, every character that could mean something by its number.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        if character.is_ascii_alphanumeric() || " -_.:/[]".contains(character) {
            quoted.push(character);
        } else {
            let _ = write!(quoted, "\\U{:08x}", u32::from(character));
        }
    }
    quoted + "\""
}
