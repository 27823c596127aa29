//! What the running program says of itself over HTTP (behaviour B70, B71).

use crate::rig::{self, Daemon, PATIENCE, SECRET, TOKEN, until};
use crate::{open, stop, until_incident};
use glue_sim::net::{ArgusNet, ZinoNet};
use glue_sim::zino::NewCase;
use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const STATUS: &str = "[status]\nlisten = \"127.0.0.1:0\"\nhealth_listen = \"127.0.0.1:0\"\n";

/// The address that the program has logged for a key.
pub(crate) fn address(daemon: &Daemon, key: &str) -> String {
    let text = format!("{key}: listening on ");
    daemon.until_written(&text);
    let mut address = None;
    // The rest of the line may come a moment later.
    until("the address", || {
        let output = daemon.output();
        let rest = output.split_once(&text).map_or("", |(_, rest)| rest);
        address = rest.split_once('\n').map(|(address, _)| address.to_owned());
        address.is_some()
    });
    address.expect("it is there")
}

fn connect(address: &str) -> TcpStream {
    let stream = TcpStream::connect(address).expect("it listens");
    stream.set_read_timeout(Some(PATIENCE)).expect("it is a socket");
    stream
}

/// Asks for a path; returns the status and everything that was answered.
pub(crate) fn get_with(address: &str, path: &str, headers: &str) -> (u16, String) {
    let mut stream = connect(address);
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers in UTF-8");
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no status in {answer:?}")), answer)
}

fn get(address: &str, path: &str) -> (u16, String) {
    let (status, answer) = get_with(address, path, "");
    (status, answer.split_once("\r\n\r\n").expect("a head and a body").1.to_owned())
}

/// Two peers, and a program that is in step with both.
pub(crate) fn in_step() -> (ZinoNet, ArgusNet, Daemon, String) {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = Daemon::start_with(STATUS, &zino, &argus, &["-v"]);
    let address = address(&daemon, "status.listen");
    until("being ready", || get(&address, "/readyz") == (200, String::from("ready\n")));
    (zino, argus, daemon, address)
}

/// The value of a metric, by its name and labels as they are written.
fn metric(address: &str, name: &str) -> Option<f64> {
    let (_, text) = get(address, "/metrics");
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
    line.parse().ok()
}

#[test]
fn b70_the_status_tells_what_is_there_and_no_secret() {
    let (zino, argus, daemon, address) = in_step();
    let case = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, case);
    until("the delivery", || {
        metric(&address, "zinoargus_delivery_seconds_count{direction=\"to_argus\"}") == Some(1.0)
    });
    until("the count", || metric(&address, "zinoargus_incidents_open{level=\"3\"}") == Some(1.0));
    let (status, json) = get(&address, "/status.json");
    assert_eq!(status, 200);
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!((&json["schema"], &json["status"]["mode"]), (&1.into(), &"active".into()));
    assert_eq!(json["status"]["counters"]["created"], 1);
    assert!(json["deliveries"]["to_argus"]["p95"].as_f64() > Some(0.0), "{json}");
    assert_eq!(json["status"]["cases_by"][0]["count"], 1);
    let (_, page) = get_with(&address, "/", "");
    assert!(
        page.contains("content-security-policy: default-src 'none'") && page.contains("ACTIVE, at work"),
        "{page}"
    );
    for text in ["Delivery times", "<svg", "created incident ", "<dt>argus.token</dt><dd>***</dd>"] {
        assert!(page.contains(text), "{text} is missing in {page}");
    }
    assert_eq!(json["configuration"]["zino.secret"], "***");
    let is_creation = |notice: &serde_json::Value| {
        notice["text"].as_str().is_some_and(|text| text.contains("created incident"))
    };
    assert!(json["notices"].as_array().is_some_and(|notices| notices.iter().any(is_creation)), "{json}");
    for path in ["/", "/status.json", "/metrics", "/readyz"] {
        let (_, text) = get(&address, path);
        assert!(!text.contains(TOKEN) && !text.contains(SECRET), "{text}");
    }
    stop(daemon);
}

#[test]
fn b70_the_two_listeners_serve_what_they_are_for() {
    let (_zino, _argus, daemon, all) = in_step();
    let health = address(&daemon, "status.health_listen");
    for (path, on_all, on_health) in [
        ("/healthz", 200, 200),
        ("/readyz", 200, 200),
        ("/active", 200, 200),
        ("/metrics", 200, 200),
        ("/status.json", 200, 404),
        ("/", 200, 404),
        ("/nowhere", 404, 404),
    ] {
        assert_eq!((get(&all, path).0, get(&health, path).0), (on_all, on_health), "{path}");
    }
    let mut stream = connect(&all);
    write!(stream, "POST /healthz HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 405 ") && answer.contains("allow: GET, HEAD"), "{answer}");
    stop(daemon);
}

#[test]
fn b70_being_ready_follows_both_servers_within_fifteen_seconds_and_being_alive_does_not() {
    let limit = Duration::from_secs(15);
    let (zino, argus, daemon, address) = in_step();
    let follows = |what: &str, expected: &str, link: &str, up: f64| {
        let start = Instant::now();
        until(what, || get(&address, "/readyz").1 == expected && metric(&address, link) == Some(up));
        assert!(start.elapsed() < limit, "{what}: {:?}", start.elapsed());
        assert_eq!(get(&address, "/healthz"), (200, String::from("ok\n")));
    };
    argus.down();
    let link = "zinoargus_link_up{server=\"argus\"}";
    follows("Argus down", "Argus cannot be reached\n", link, 0.0);
    assert_eq!(get(&address, "/readyz").0, 503);
    assert_eq!(get(&address, "/active"), (200, String::from("ACTIVE\n")));
    argus.up().expect("the port is free");
    follows("Argus up", "ready\n", link, 1.0);
    zino.down();
    let link = "zinoargus_link_up{server=\"zino\"}";
    follows("Zino down", "there is no session with Zino\n", link, 0.0);
    zino.up().expect("the ports are free");
    follows("Zino up", "ready\n", link, 1.0);
    argus.with(|argus, _| argus.remove_token(TOKEN));
    let refused = "zinoargus_credentials_refused{server=\"argus\"}";
    follows("token expired", "Argus refuses our credentials\n", refused, 1.0);
    assert_eq!(get(&address, "/active").0, 503);
    stop(daemon);
}

#[test]
fn b71_metrics_come_in_both_forms_and_every_label_is_there_from_the_start() {
    let (_zino, _argus, daemon, address) = in_step();
    let (_, text) = get_with(&address, "/metrics", "");
    assert!(text.contains("content-type: text/plain; version=0.0.4"), "{text}");
    assert!(!text.contains("# EOF") && text.contains("# TYPE zinoargus_requests_total counter"), "{text}");
    let accept = "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n";
    let (_, open) = get_with(&address, "/metrics", accept);
    assert!(open.contains("content-type: application/openmetrics-text; version=1.0.0"), "{open}");
    assert!(open.ends_with("# EOF\n") && open.contains("# TYPE zinoargus_requests counter"), "{open}");
    for series in [
        "zinoargus_requests_total{server=\"argus\",kind=\"create\",outcome=\"unanswered\"} 0",
        "zinoargus_cases{type=\"other\",state=\"confirm-wait\"} 0",
        "zinoargus_incidents_open{level=\"5\"} 0",
        "zinoargus_cases_held_back{reason=\"state_loss\"} 0",
        "zinoargus_mode{mode=\"active\"} 1",
        "zinoargus_mode{mode=\"standby\"} 0",
        "zinoargus_delivery_seconds_count{direction=\"to_zino\"} 0",
        "zinoargus_retries_total{server=\"zino\"} 0",
        "zinoargus_ambiguous_writes_total{result=\"missing\"} 0",
        "zinoargus_drift_fixed_total{step=\"reopen\"} 0",
        "zinoargus_probe_seconds_count{probe=\"health\"} 0",
        concat!("zinoargus_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\",commit=\""),
    ] {
        assert!(text.contains(series) && open.contains(series), "{series} is missing in\n{text}");
    }
    for bound in ["0.01", "300", "+Inf"] {
        let bucket = format!("zinoargus_delivery_seconds_bucket{{direction=\"to_zino\",le=\"{bound}\"}} 0\n");
        assert!(text.contains(&bucket), "{bucket} is missing in\n{text}");
    }
    for form in [&text, &open] {
        assert_eq!(form.matches("zinoargus_delivery_seconds_bucket{").count(), 30, "{form}");
    }
    assert!(metric(&address, "zinoargus_handle_seconds_count") > Some(5.0), "each input is timed: {text}");
    assert!(metric(&address, "zinoargus_handle_seconds_sum") > Some(0.0));
    for name in ["zinoargus_last_agreement_timestamp_seconds", "process_start_time_seconds"] {
        assert!(metric(&address, name) > Some(1.7e9), "{name}");
    }
    stop(daemon);
}

/// The names in a text that begin as ours do.
fn names(text: &str) -> BTreeSet<&str> {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_part(c)).filter(|word| word.starts_with("zinoargus_"));
    words.map(|word| word.strip_suffix("_bucket").unwrap_or(word)).collect()
}

#[test]
fn b71_the_metrics_are_those_of_the_documentation_and_alerts_and_dashboard_use_no_others() {
    let (_zino, _argus, daemon, address) = in_step();
    let (_, text) = get(&address, "/metrics");
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let served: BTreeSet<_> = types.filter(|name| name.starts_with("zinoargus_")).collect();
    assert!(served.len() > 20, "{text}");
    assert_eq!(names(include_str!("../../docs/operation.md")), served);
    for users in [
        include_str!("../../packaging/prometheus/zinoargus.rules.yml"),
        include_str!("../../packaging/grafana/zinoargus.json"),
    ] {
        let used = names(users);
        let unknown: Vec<_> = used.difference(&served).collect();
        assert!(used.len() > 5 && unknown.is_empty(), "{unknown:?}");
    }
    stop(daemon);
}

#[test]
fn b70_a_client_that_is_slow_large_or_one_of_many_costs_itself() {
    let (_zino, _argus, daemon, address) = in_step();
    let silent: Vec<_> = (0..40).map(|_| connect(&address)).collect();
    let mut slow = connect(&address);
    write!(slow, "GET /healthz HTTP/1.1\r\nHost:").unwrap();
    let mut large = connect(&address);
    // It may be cut while it is still talking.
    let _ = write!(large, "GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(100_000));
    let start = Instant::now();
    assert_eq!(get(&address, "/healthz").0, 200);
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    for (what, mut stream) in silent.into_iter().map(|stream| ("silent", stream)).chain([("slow", slow)]) {
        // Whatever comes, it ends: with an error where it was cut.
        let _ = stream.read_to_end(&mut Vec::new());
        assert!(start.elapsed() < Duration::from_secs(15), "{what}: {:?}", start.elapsed());
    }
    let mut answer = Vec::new();
    let _ = large.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(get(&address, "/readyz").0, 200);
    stop(daemon);
}
