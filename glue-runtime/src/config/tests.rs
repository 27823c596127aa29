use super::*;
use glue_proto::{AckState, Band, Failback, Ignored, Millis, NeverDown, OnStandby};
use proptest::prelude::*;

const SMALLEST: &str = r#"[argus]
url = "https://argus.example.org/api/v2"
token = "0123456789abcdef"
[zino]
server = "zino.example.org"
user = "glue"
secret = "correct horse"
"#;

fn read(text: &str) -> Result<Loaded, ConfigError> {
    parse(Path::new("x.toml"), text)
}

fn config(text: &str) -> Config {
    match read(text) {
        Ok(loaded) => loaded.config,
        Err(error) => panic!("{error}"),
    }
}

fn lines(text: &str) -> Vec<String> {
    let error = read(text).expect_err("this should be refused");
    error.to_string().lines().map(String::from).collect()
}

/// The smallest file with `extra` after it, and the line that `extra` begins at.
fn with(extra: &str) -> String {
    format!("{SMALLEST}{extra}")
}

/// The smallest file with one of its lines replaced.
fn replacing(key: &str, line: &str) -> String {
    let mut found = false;
    let lines = SMALLEST.lines().map(|old| {
        let hit = old.starts_with(&format!("{key} "));
        found |= hit;
        if hit { line } else { old }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    assert!(found, "{key} is no key of the smallest file");
    text
}

#[test]
fn section2_the_smallest_file_has_every_default() {
    let config = config(SMALLEST);
    assert_eq!(config.argus_url.to_string(), "https://argus.example.org/api/v2/");
    assert_eq!(config.argus_token.expose(), "0123456789abcdef");
    assert_eq!(
        (config.zino_server.as_str(), config.zino_port, config.notify_port),
        ("zino.example.org", 8001, 8002)
    );
    assert_eq!((config.primary, config.settings.failover()), (None, None));
    let argus = config.settings.argus();
    let timeouts = (argus.timeout(), argus.write_timeout());
    assert_eq!((timeouts, argus.concurrency()), ((Millis(2000), Millis(30_000)), 16));
    let zino = config.settings.zino();
    assert_eq!((zino.user(), zino.secret().expose()), ("glue", "correct horse"));
    assert_eq!((zino.default_domain(), zino.former_users()), (None, &[][..]));
    let sync = config.settings.sync();
    assert_eq!((sync.acknowledge(), sync.ticket(), sync.update()), (None, false, true));
    assert_eq!((sync.ignored(), sync.never_down()), (Ignored::Skip, NeverDown::Skip));
    assert_eq!((sync.refresh_interval(), sync.reconcile_interval()), (Millis(10_000), Millis(60_000)));
    assert_eq!((sync.severity().default_level(), sync.severity().bands()), (3, &[][..]));
    assert!(!config.settings.accept_state_loss() && !config.settings.self_incidents());
    assert_eq!(config.status, StatusListeners::default());
}

#[test]
fn b70_the_addresses_of_the_status_are_numbers_with_a_port_or_paths() {
    let text = with("[status]\nlisten = \"[::1]:0\"\nhealth_listen = \"0.0.0.0:8445\"\n");
    let status = config(&text).status;
    assert_eq!(status.listen, Some(ListenAddress::Tcp("[::1]:0".parse().unwrap())));
    assert_eq!(status.health_listen, Some(ListenAddress::Tcp("0.0.0.0:8445".parse().unwrap())));
    let status = config(&with("[status]\nlisten = \"unix:/run/zinoargus/status\"\n")).status;
    assert_eq!(status.listen, Some(ListenAddress::Unix("/run/zinoargus/status".into())));
    for wrong in ["unix:", "localhost:8444", "127.0.0.1", "127.0.0.1:65536", ":8444", ""] {
        let lines = lines(&with(&format!("[status]\nlisten = \"{wrong}\"\n")));
        let expected = "x.toml:9: status.listen: not an address to listen on; an IP address and a port, like \"127.0.0.1:8444\", or \"unix:\" and the path of a socket";
        assert_eq!(lines, [expected], "{wrong}");
    }
}

#[test]
fn b77_commands_are_taken_on_a_socket_in_the_file_system_only() {
    let status = config(&with("[status]\ncontrol = \"unix:/run/zinoargus/control\"\n")).status;
    assert_eq!(status.control.as_deref(), Some(Path::new("/run/zinoargus/control")));
    for wrong in ["127.0.0.1:8446", "/run/zinoargus/control", "unix:"] {
        let lines = lines(&with(&format!("[status]\ncontrol = \"{wrong}\"\n")));
        let expected = "x.toml:9: status.control: not a socket in the file system; \"unix:\" and its path";
        assert_eq!(lines, [expected], "{wrong}");
    }
}

#[test]
fn section2_failover_has_defaults_too() {
    let config = config(&with("[failover]\nprimary_server = \"2001:db8::1\"\n"));
    assert_eq!(config.primary, Some((String::from("2001:db8::1"), 8000)));
    let failover = config.settings.failover().unwrap();
    assert_eq!(failover.community().expose(), "public");
    assert_eq!((failover.ping_timeout(), failover.ping_interval()), (Millis(5000), Millis(5000)));
    assert_eq!((failover.threshold(), failover.on_standby()), (10, OnStandby::Keep));
    assert_eq!(failover.failback(), Failback::Auto);
}

#[test]
fn section2_every_key_is_read() {
    let text = SMALLEST.replace("[zino]", "timeout = 5\nca_file = \"/etc/zinoargus/ca.pem\"\nwrite_timeout = 0.25\nconcurrency = 8\n[zino]\nport = 1\nnotify_port = 65535\ndefault_domain = \"example.org\"\nformer_users = [\"zinoargus\", \"glue-test\"]");
    let text = text
        + r#"
[sync]
refresh_interval = 30.0
reconcile_interval = 120
ignored = "sync"
never_down = "sync"
acknowledge.setstate = "waiting"
ticket.enable = true
update.enable = false
[sync.severity]
default = 5
[[sync.severity.thresholds]]
min_priority = 0
level = 4
[[sync.severity.thresholds]]
min_priority = 500
level = 1
[metadata]
ports_url = "http://telemator.example.org/x.json"
[failover]
primary_server = "10.0.0.1"
primary_snmp_port = 161
snmp_community = ""
ping_timeout = 2.5
ping_interval = 1
threshold = 1
on_standby = "close"
failback = "manual"
primary_health_url = "http://zino1.example.org:8445/active/"
[status]
self_incidents = true
"#;
    let loaded = read(&text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.warnings.len(), 1);
    assert!(loaded.warnings[0].ends_with("metadata.ports_url: accepted, not used"), "{:?}", loaded.warnings);
    let Config { settings, zino_port, notify_port, primary, primary_health, ca_file, .. } = loaded.config;
    assert_eq!(ca_file.as_deref(), Some(Path::new("/etc/zinoargus/ca.pem")));
    assert_eq!((zino_port, notify_port), (1, 65535));
    assert_eq!(primary, Some((String::from("10.0.0.1"), 161)));
    let argus = settings.argus();
    let timeouts = (argus.timeout(), argus.write_timeout());
    assert_eq!((timeouts, argus.concurrency()), ((Millis(5000), Millis(250)), 8));
    assert_eq!(settings.zino().default_domain(), Some("example.org"));
    assert_eq!(settings.zino().former_users(), ["zinoargus", "glue-test"]);
    let sync = settings.sync();
    assert_eq!((sync.acknowledge(), sync.ticket()), (Some(AckState::Waiting), true));
    assert_eq!((sync.ignored(), sync.update()), (Ignored::Sync, false));
    assert_eq!(sync.never_down(), NeverDown::Sync);
    assert_eq!((sync.refresh_interval(), sync.reconcile_interval()), (Millis(30_000), Millis(120_000)));
    let bands = [Band { min_priority: 0, level: 4 }, Band { min_priority: 500, level: 1 }];
    assert_eq!((sync.severity().default_level(), sync.severity().bands()), (5, &bands[..]));
    let failover = settings.failover().unwrap();
    assert_eq!(failover.community().expose(), "");
    assert_eq!((failover.ping_timeout(), failover.ping_interval()), (Millis(2500), Millis(1000)));
    assert_eq!((failover.threshold(), failover.on_standby()), (1, OnStandby::Close));
    assert_eq!((failover.failback(), failover.asks_health()), (Failback::Manual, true));
    assert!(settings.self_incidents());
    let health = primary_health.unwrap().itself().unwrap();
    assert_eq!(health, "http://zino1.example.org:8445/active");
}

#[test]
fn b74_what_was_to_be_filled_in_and_the_url_of_another_version_are_refused() {
    let placeholder = "holds a placeholder ${..} that nobody has filled in; ";
    let table = [
        ("token", "token = \"${ARGUS_TOKEN}\"", placeholder),
        ("secret", "secret = \"x${SECRET:-y}\"", placeholder),
        ("url", "url = \"https://${ARGUS}/api/v2/\"", placeholder),
        ("server", "server = \"${ZINO}\"", placeholder),
        ("url", "url = \"http://a/api/v1/\"", "that of version 1 of the API, which lacks what is needed; "),
        ("url", "url = \"http://a/argus/api/v1\"", "that of version 1 of the API, "),
    ];
    for (key, line, why) in table {
        let lines = lines(&replacing(key, line));
        assert!(lines.len() == 1 && lines[0].contains(&format!(".{key}: {why}")), "{lines:?}");
        assert!(!lines[0].contains("SECRET") && !lines[0].contains("ARGUS"), "{lines:?}");
    }
    for (key, line) in [("secret", "secret = \"$x}{\""), ("url", "url = \"http://a/api/v10\"")] {
        assert!(read(&replacing(key, line)).is_ok(), "{line}");
    }
}

#[test]
fn b3_an_empty_file_misses_both_tables_and_nothing_else() {
    let lines = lines("");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(
        lines[0].starts_with("x.toml:1: argus: missing; [argus] with at least url and token"),
        "{lines:?}"
    );
    assert!(lines[1].starts_with("x.toml:1: zino: missing; "), "{lines:?}");
}

#[test]
fn b3_all_errors_come_at_once_each_with_its_line_and_key() {
    let text = r#"[argus]
url = "ftp://argus.example.org"
tokn = "0123456789abcdef"
timeout = "2"
[zino]
server = ""
port = 70000
user = "glue"
[zinno]
[sync]
acknowledge.setstate = "done"
acknowledge.set = 1
ticket = true
[[sync.severity.thresholds]]
min_priority = 100
[[sync.severity.thresholds]]
min_priority = 100
level = 6
[failover]
threshold = 0
"#;
    let expected = [
        "x.toml:1: argus.token: missing; ",
        "x.toml:2: argus.url: neither an http nor an https URL; ",
        "x.toml:3: argus.tokn: unknown key; did you mean argus.token?",
        "x.toml:4: argus.timeout: a text stands here; a number of seconds, more than 0 and at most 31622400 (366 days)",
        "x.toml:5: zino.secret: missing; ",
        "x.toml:6: zino.server: empty; ",
        "x.toml:7: zino.port: 70000 is out of range; a whole number from 1 to 65535",
        "x.toml:9: zinno: unknown key; did you mean zino?",
        "x.toml:11: sync.acknowledge.setstate: not one of the words known here; \"none\" or \"working\" or \"waiting\"",
        "x.toml:12: sync.acknowledge.set: unknown key; the keys known here are setstate",
        "x.toml:13: sync.ticket: true or false stands here; a table: [sync.ticket]",
        "x.toml:14: sync.severity.thresholds[0].level: missing; ",
        "x.toml:17: sync.severity.thresholds[1].min_priority: another band begins at 100 already; ",
        "x.toml:18: sync.severity.thresholds[1].level: 6 is out of range; a whole number from 1 to 5",
        "x.toml:19: failover.primary_server: missing; ",
        "x.toml:20: failover.threshold: 0 is out of range; a whole number from 1 to 4294967295",
    ];
    let lines = lines(text);
    assert_eq!(lines.len(), expected.len(), "{lines:#?}");
    for (line, expected) in lines.iter().zip(expected) {
        assert!(line.starts_with(expected), "{line}\nshould begin with\n{expected}");
    }
}

#[test]
fn b3_what_the_core_refuses_is_told_with_the_line_of_its_key() {
    let text = r#"[argus]
url = "https://argus.example.org/api/v2"
token = "0123456789abcdef"
write_timeout = 0
timeout = 31622400.5
[zino]
server = "zino.example.org"
user = "two words"
secret = ""
former_users = [
    "one",
    5,
    "two words",
]
[sync]
severity = { default = 3, thresholds = [
    { level = "1", min_priority = 100 },
    { level = 0, min_priority = -1 },
] }
[failover]
primary_server = "a"
threshold = 5000000000
"#;
    let span = "a number of seconds, more than 0 and at most 31622400 (366 days)";
    let expected = [
        &*format!("x.toml:4: argus.write_timeout: 0 s is out of range; {span}"),
        &format!("x.toml:5: argus.timeout: 31622400.500 s is out of range; {span}"),
        "x.toml:8: zino.user: contains a blank or control character; a single word, as in Zino's secrets file",
        "x.toml:9: zino.secret: empty; the secret of this daemon, as in Zino's secrets file",
        "x.toml:12: zino.former_users[1]: a whole number stands here; a text in quotes",
        "x.toml:13: zino.former_users[2]: contains a blank or control character; \
         a single word, as in Zino's secrets file",
        "x.toml:17: sync.severity.thresholds[0].level: a text stands here; a whole number from 1 to 5",
        "x.toml:18: sync.severity.thresholds[1].min_priority: -1 is out of range; a whole number, at least 0",
        "x.toml:18: sync.severity.thresholds[1].level: 0 is out of range; a whole number from 1 to 5",
        "x.toml:22: failover.threshold: 5000000000 is out of range; a whole number from 1 to 4294967295",
    ];
    assert_eq!(lines(text), expected);
}

#[test]
fn b4_what_the_parser_takes_for_a_number_is_quoted_only_if_it_is_one() {
    let text = r#"[argus]
url = "https://argus.example.org/api/v2"
token = "0123456789abcdef"
timeout = 4_chush4711
[zino]
server = "zino.example.org"
user = "glue"
secret = "0123456789abcdef"
port = 4_chush4711
[sync.severity]
default = -1_2hush4711"x
"#;
    let what = "not a number, or one that is out of range";
    let expected = [
        format!(
            "x.toml:4: argus.timeout: {what}; a number of seconds, more than 0 and at most 31622400 (366 days)"
        ),
        format!("x.toml:9: zino.port: {what}; a whole number from 1 to 65535"),
        format!("x.toml:11: sync.severity.default: {what}; a whole number from 1 to 5"),
    ];
    assert_eq!(lines(text), expected);
}

#[test]
fn b3_unknown_keys_are_errors_in_every_table() {
    let tables = [
        "argus",
        "zino",
        "sync",
        "sync.acknowledge",
        "sync.ticket",
        "sync.severity",
        "sync.update",
        "metadata",
        "failover",
    ];
    for table in tables {
        let text = if SMALLEST.contains(&format!("[{table}]")) {
            SMALLEST.replace(&format!("[{table}]"), &format!("[{table}]\nxyzzy = 1"))
        } else {
            with(&format!("[{table}]\nxyzzy = 1\n"))
        };
        let lines = lines(&text);
        assert!(lines.iter().any(|line| line.contains(&format!("{table}.xyzzy: unknown key"))), "{lines:?}");
    }
    let lines = lines(&with("[[sync.severity.thresholds]]\nmin_priority=1\nlevel=1\nxyzzy = 1\n"));
    assert!(lines[0].contains("sync.severity.thresholds[0].xyzzy: unknown key"), "{lines:?}");
}

#[test]
fn b3_several_syntax_errors_come_at_once_with_the_others_before_and_after() {
    let text = "[argus]\nurl = 5\ntoken = abc\ntimeout =\n[zino]\nport = \"8001\"\n";
    let lines = lines(text);
    let starts = [
        "x.toml:2: argus.url: ",
        "x.toml:3: argus.token: not TOML: ",
        "x.toml:4: argus.timeout: not TOML: ",
        "x.toml:6: zino.port: ",
    ];
    assert_eq!(lines.len(), starts.len(), "{lines:#?}");
    for (line, start) in lines.iter().zip(starts) {
        assert!(line.starts_with(start), "{line}");
    }
}

#[test]
fn section2_values_out_of_range_are_refused() {
    let table = [
        ("[sync.severity]\ndefault = 0\n", "sync.severity.default"),
        ("[sync.severity]\ndefault = 6\n", "sync.severity.default"),
        ("[[sync.severity.thresholds]]\nmin_priority = -1\nlevel = 1\n", "min_priority"),
        ("[sync]\nrefresh_interval = 0\n", "sync.refresh_interval"),
        ("[sync]\nreconcile_interval = -1.5\n", "sync.reconcile_interval"),
        ("[sync]\nreconcile_interval = nan\n", "sync.reconcile_interval"),
        ("[sync]\nreconcile_interval = inf\n", "sync.reconcile_interval"),
        ("[sync]\nreconcile_interval = 1e300\n", "sync.reconcile_interval"),
        ("[sync]\nrefresh_interval = true\n", "sync.refresh_interval"),
        ("[sync]\nticket.enable = 1\n", "sync.ticket.enable"),
        ("[sync]\nignored = \"yes\"\n", "sync.ignored"),
        ("[sync]\nnever_down = \"yes\"\n", "sync.never_down"),
        ("[sync]\nreconcile_interval = 0.0\n", "sync.reconcile_interval"),
        ("[sync]\nreconcile_interval = 31622401\n", "sync.reconcile_interval"),
        ("[sync]\nreconcile_interval = 31622400.001\n", "sync.reconcile_interval"),
        ("[metadata]\nports_url = \"x\"\n", "metadata.ports_url"),
        ("[failover]\nprimary_server = \"a b\"\n", "failover.primary_server"),
        ("[failover]\nprimary_server = \"a\"\nprimary_snmp_port = 0\n", "failover.primary_snmp_port"),
        ("[failover]\nprimary_server = \"a\"\nthreshold = 1.0\n", "failover.threshold"),
        ("[failover]\nprimary_server = \"a\"\nthreshold = 99999999999999999999\n", "failover.threshold"),
        ("[failover]\nprimary_server = \"a\"\nthreshold = 4294967296\n", "failover.threshold"),
        ("[failover]\nprimary_server = \"a\"\nping_interval = 0\n", "failover.ping_interval"),
        ("[failover]\nprimary_server = \"a\"\nfailback = \"never\"\n", "failover.failback"),
    ];
    for (extra, key) in table {
        let lines = lines(&with(extra));
        assert!(lines.len() == 1 && lines[0].contains(key), "{extra}: {lines:?}");
    }
    let table = [
        ("token", "token = \"\""),
        ("token", "token = \"two words\""),
        ("user", "user = \"\""),
        ("user", "user = \"two words\""),
        ("secret", "secret = \"\""),
        ("server", "server = \"\""),
        ("server", "server = 5"),
        ("server", "server = \"[[::1]]\""),
        ("server", "server = \"[zino.example.org]\""),
        ("server", "server = \"zino.example.org:8001\""),
        ("server", "server = \"::1%\""),
    ];
    for (key, line) in table {
        let lines = lines(&replacing(key, line));
        assert!(lines.len() == 1 && lines[0].contains(key), "{line}: {lines:?}");
    }
    let table = [
        ("[zino]\nformer_users = \"b\"", "zino.former_users: a text stands here; a list of texts in quotes"),
        ("[zino]\nformer_users = [\"b\", \"\"]", "zino.former_users[1]: empty; "),
        ("[zino]\nformer_users = [\"b\", 1]", "zino.former_users[1]: a whole number stands here; "),
        ("concurrency = 0\n[zino]", "argus.concurrency: 0 is out of range; a whole number from 1 to 100"),
        ("concurrency = 101\n[zino]", "argus.concurrency: 101 is out of range; "),
        ("concurrency = -9223372036854775808\n[zino]", "argus.concurrency: -9223372036854775808 is out of"),
    ];
    for (extra, start) in table {
        let lines = lines(&SMALLEST.replace("[zino]", extra));
        assert!(lines.len() == 1 && lines[0].contains(start), "{extra}: {lines:?}");
    }
}

#[test]
fn section2_an_empty_default_domain_is_none_and_brackets_of_an_address_go() {
    let config = config(&replacing("server", "server = \"[::1]\"\ndefault_domain = \"\""));
    assert_eq!((config.zino_server.as_str(), config.settings.zino().default_domain()), ("::1", None));
    for (written, host) in [("fe80::1%eth0", "fe80::1%eth0"), ("[fe80::1%2]", "fe80::1%2")] {
        let config = self::config(&replacing("server", &format!("server = \"{written}\"")));
        assert_eq!(config.zino_server, host);
    }
}

#[test]
fn section2_the_file_of_the_python_glue_loads_unchanged() {
    // Every key that its example shows, with the values that it shows, the optional ones included.
    let text = r#"
[argus]
url = "https://path.to.api/api/v2/"
token = "1234543654778675647436245234"
timeout = 2.0
[zino]
server = "zino.server"
port = 8001
user = "zinouser"
secret = "1234123412341234123412341324123413241"
default_domain = "example.org"
[sync]
acknowledge.setstate = "none"
ticket.enable = false
[sync.severity]
default = 3
[[sync.severity.thresholds]]
min_priority = 500
level = 1
[[sync.severity.thresholds]]
min_priority = 1
level = 4
[failover]
primary_server = "10.0.0.1"
primary_snmp_port = 8000
snmp_community = "public"
ping_timeout = 5
threshold = 10
"#;
    let loaded = read(text).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(loaded.warnings, [""; 0]);
}

/// The example, once as it stands and once with its commented keys switched on.
#[test]
fn section2_our_example_loads_and_shows_every_default() {
    let example = include_str!("../../../zinoargus.toml.example");
    let plain = config(example);
    let mut all_on = String::new();
    for line in example.lines() {
        // A commented key has no blank after its mark, prose has one.
        all_on.push_str(line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')).unwrap_or(line));
        all_on.push('\n');
    }
    let everything = config(&all_on);
    assert!(plain.primary.is_none() && everything.primary.is_some());
    let defaults = config(SMALLEST).settings;
    for settings in [&plain.settings, &everything.settings] {
        assert_eq!((settings.argus(), settings.sync()), (defaults.argus(), defaults.sync()));
        assert_eq!(settings.zino().former_users(), [""; 0]);
    }
    let smallest_failover = config(&with("[failover]\nprimary_server = \"x\"\n")).settings;
    assert_eq!(everything.settings.failover(), smallest_failover.failover());
}

#[test]
fn b4_no_error_and_no_debug_output_shows_a_secret() {
    const MARK: &str = "hush4711";
    let texts = [
        replacing("token", "token = hush4711"),
        replacing("token", "token = \"hush4711"),
        replacing("token", "token = \"hush4711\" x"),
        replacing("token", "token \"hush4711\""),
        replacing("token", "token = \"hush4711\"\ntoken = \"hush4711\""),
        replacing("token", "token = [\"hush4711\"]"),
        replacing("token", "token = \"hush4711 \\u0000\""),
        replacing("token", "tokn = \"hush4711\""),
        replacing("secret", "secret = '''hush4711"),
        replacing("secret", "secret = \"\"\"a\nhush4711 = \"x"),
        replacing("secret", "hush4711"),
        replacing("secret", "secret.x = \"hush4711\""),
        replacing("secret", "secret = \"\\hush4711\""),
        replacing("url", "url = \"http://user:hush4711@argus.example.org/\""),
        with("[failover]\nprimary_server = \"a\"\nsnmp_community = [\"hush4711\"]\n"),
        with("[failover]\nprimary_server = \"a\"\nsnmp_community = hush4711\n"),
    ];
    for text in texts {
        let error = read(&text).expect_err(&text);
        assert!(!error.to_string().contains(MARK) && !format!("{error:?}").contains(MARK), "{error}");
    }
    let text = replacing("token", "token = \"hush4711\"")
        + "\n[failover]\nprimary_server = \"a\"\nsnmp_community = \"hush4711\"\n";
    let loaded = read(&text.replace("correct horse", MARK));
    assert!(loaded.is_ok() && !format!("{loaded:?}").contains(MARK));
}

#[test]
fn b3_a_file_that_is_no_text_names_its_first_bad_line() {
    let file = std::env::temp_dir().join(format!("zinoargus-config-{}.toml", std::process::id()));
    fs::write(&file, b"[argus]\n# \xff\n").unwrap();
    let error = load(&file).unwrap_err();
    fs::remove_file(&file).unwrap();
    assert_eq!(error, ConfigError::NotUtf8 { file: file.clone(), line: 2 });
    let error = load(&file).unwrap_err();
    assert!(matches!(&error, ConfigError::Unreadable { .. }), "{error}");
    assert!(error.to_string().contains("--config-file"), "{error}");
}

proptest! {
    #[test]
    fn invariant9_no_text_panics(text in ".{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn invariant9_no_toml_panics(lines in proptest::collection::vec(toml_line(), 0..12)) {
        if let Err(error) = read(&lines.join("\n")) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}

fn toml_line() -> impl Strategy<Value = String> {
    let key = prop::sample::select(vec![
        "argus",
        "zino",
        "url",
        "token",
        "timeout",
        "server",
        "port",
        "user",
        "secret",
        "sync",
        "severity",
        "default",
        "thresholds",
        "level",
        "min_priority",
        "failover",
        "threshold",
        "acknowledge.setstate",
        "metadata.ports_url",
        "x",
    ]);
    let value = prop::sample::select(vec![
        "1",
        "-1",
        "0x10",
        "9e99",
        "nan",
        "\"a\"",
        "\"http://a\"",
        "true",
        "[]",
        "[{}]",
        "{}",
        "{level=1}",
        "1979-05-27",
        "",
        "'",
        "\"",
    ]);
    (key.clone(), key, value, 0..4_u8).prop_map(|(a, b, value, shape)| match shape {
        0 => format!("[{a}.{b}]"),
        1 => format!("[[{a}.{b}]]"),
        2 => format!("[{a}]"),
        _ => format!("{b} = {value}"),
    })
}
