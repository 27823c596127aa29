//! `zinoargus status`: asks the running daemon how it is (behaviour B76).

use super::Failure;
use crate::config::{Config, ListenAddress};
use crate::driver::Commands as _;
use crate::event::Event;
use crate::exit::Status;
use crate::log::one_line;
use crate::signals::Signals;
use crate::status::span;
use core::fmt::Write as _;
use core::time::Duration;
use glue_proto::wire::argus::time;
use serde_json::Value;
use std::io::{self, IsTerminal as _, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpStream};
use std::os::unix::net::UnixStream;
use std::thread;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// How long the daemon may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// What makes a terminal empty, and begin at its top (ECMA-48: CUP, ED).
const CLEAR: &str = "\x1b[H\x1b[2J";
/// More than the daemon ever says of itself.
const MOST_BYTES: u64 = 64 << 20;

/// What is wanted of `zinoargus status`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wanted {
    /// The answer as data.
    pub(super) json: bool,
    /// Only whether the daemon is alive, as the exit status.
    pub(super) health: bool,
    /// The answer again and again, with so long between.
    pub(super) watch: Option<Duration>,
}

/// Asks the daemon of a configuration, and prints what it says.
pub(super) fn status(config: &Config, wanted: Wanted) -> Result<Status, Failure> {
    let address = address(config)?;
    if let Some(pause) = wanted.watch {
        return watch(address, wanted, pause);
    }
    let text = answer(&address, wanted)?;
    super::answer(&text);
    Ok(Status::Done)
}

/// Prints the answer again and again until SIGINT or SIGTERM, or until nobody reads any more: that is how it is meant to end.
/// Whoever asks or writes may have to wait, so that the signals are heard beside that.
fn watch(address: ListenAddress, wanted: Wanted, pause: Duration) -> Result<Status, Failure> {
    let failed = |error: io::Error| Failure::new(Status::System, &error);
    let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
    runtime.block_on(async {
        let mut signals = Signals::listen().map_err(failed)?;
        let (done, unread) = oneshot::channel();
        thread::spawn(move || {
            show_again_and_again(&address, wanted, pause);
            // Whoever has waited for it may have been told to end.
            let _ = done.send(());
        });
        tokio::select! {
            () = until_told(&mut signals) => {
                // The terminal has shown the keys of the interrupt behind the last answer. It may be stopped: that must not
                // hold up the end, and standard output may be held by the one who waits for it.
                if io::stdout().is_terminal() {
                    let _ = io::stderr().write_all(b"\n");
                }
            }
            _ = unread => {}
        }
        Ok(Status::Done)
    })
}

/// Waits for a signal that ends.
async fn until_told(signals: &mut Signals) {
    while !matches!(signals.next().await, Event::Shutdown) {}
}

/// Prints the answer until nobody reads any more, on a terminal in the place of the one before. That the daemon cannot be
/// asked is one more answer: it may be back soon.
fn show_again_and_again(address: &ListenAddress, wanted: Wanted, pause: Duration) {
    let mut out = io::stdout();
    let (begin, end) = if out.is_terminal() { (CLEAR, "") } else { ("", "\n") };
    loop {
        let text = answer(address, wanted).unwrap_or_else(|failure| format!("{}\n", failure.why));
        let text = format!("{begin}{}\n{end}", text.trim_end());
        if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
            return;
        }
        thread::sleep(pause);
    }
}

/// Returns what there is to print.
fn answer(address: &ListenAddress, wanted: Wanted) -> Result<String, Failure> {
    let path = if wanted.health { "/healthz" } else { "/status.json" };
    let failed = |why: &dyn core::fmt::Display| unasked(address, why);
    let (code, body) = get(address, path).map_err(|error| failed(&error))?;
    if code != 200 {
        return Err(failed(&one_line(body.trim_end())));
    }
    if wanted.json || wanted.health {
        return Ok(body);
    }
    let json: Value = serde_json::from_str(&body).map_err(|error| failed(&error))?;
    let (code, reasons) = get(address, "/readyz").map_err(|error| failed(&error))?;
    Ok(show(&json["status"], if code == 200 { "" } else { &reasons })
        + &primary(&json["status"], &json["now"])
        + &deliveries(&json["deliveries"])
        + &recording(&json["recording"])
        + &records(&json["log"]))
}

/// Returns where the daemon listens, as seen from this machine.
pub(super) fn address(config: &Config) -> Result<ListenAddress, Failure> {
    let missing = |why: &str| Failure::new(Status::Config, &why);
    let address = config.status.listen.clone();
    let mut address = address.ok_or_else(|| missing("status.listen: missing; the daemon is asked there"))?;
    if let ListenAddress::Tcp(address) = &mut address {
        if address.port() == 0 {
            return Err(missing("status.listen: with port 0 only the log says where the daemon is asked"));
        }
        if address.ip().is_unspecified() {
            let is_v4 = address.is_ipv4();
            address.set_ip(if is_v4 {
                IpAddr::V4(Ipv4Addr::LOCALHOST)
            } else {
                IpAddr::V6(Ipv6Addr::LOCALHOST)
            });
        }
    }
    Ok(address)
}

pub(super) fn get(address: &ListenAddress, path: &str) -> io::Result<(u16, String)> {
    request(address, "GET", path, "")
}

/// Sends one request to the daemon, and returns the status and the body of the answer.
pub(super) fn request(
    address: &ListenAddress,
    method: &str,
    path: &str,
    body: &str,
) -> io::Result<(u16, String)> {
    match address {
        ListenAddress::Tcp(address) => {
            let stream = TcpStream::connect_timeout(address, PATIENCE)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            ask(stream, method, path, body)
        }
        ListenAddress::Unix(socket) => {
            let stream = UnixStream::connect(socket)?;
            stream.set_read_timeout(Some(PATIENCE))?;
            ask(stream, method, path, body)
        }
    }
}

/// Says why the daemon cannot be asked.
pub(super) fn unasked(address: &ListenAddress, why: &dyn core::fmt::Display) -> Failure {
    Failure::new(Status::Unreachable, &format!("the daemon cannot be asked at {address}: {why}"))
}

fn ask(mut stream: impl Read + Write, method: &str, path: &str, body: &str) -> io::Result<(u16, String)> {
    let length = body.len();
    let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
    write!(stream, "{head}Content-Length: {length}\r\n\r\n{body}")?;
    let mut answer = String::new();
    stream.take(MOST_BYTES).read_to_string(&mut answer)?;
    let (head, body) = answer.split_once("\r\n\r\n").ok_or(io::ErrorKind::InvalidData)?;
    let code = head.split(' ').nth(1).and_then(|code| code.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
    Ok((code, body.to_owned()))
}

/// Writes the status for people; `reasons` says why the daemon is not ready, one a line.
fn show(status: &Value, reasons: &str) -> String {
    let yes = |value: &Value, yes: &'static str, no: &'static str| {
        if value.as_bool().unwrap_or(!value.is_null()) { yes } else { no }
    };
    let verdict = if reasons.is_empty() { "at work" } else { "NOT READY" };
    let mode = status["mode"].as_str().unwrap_or("unknown").to_uppercase();
    let mut text = format!("{mode}, {verdict}\n");
    for reason in reasons.lines() {
        let _ = writeln!(text, "  {}", one_line(reason));
    }
    let (zino, argus) = (&status["zino"], &status["argus"]);
    let refused = |server: &Value| yes(&server["refuses_credentials"], ", refuses our credentials", "");
    let up = yes(&zino["up_since"], "up", "DOWN");
    let read = yes(&zino["is_read"], "read", "not read");
    let _ = writeln!(text, "Zino    {up}, {read}{}", refused(zino));
    let up = yes(&argus["is_reachable"], "up", "DOWN");
    let (flying, waiting) = (&argus["requests_under_way"], &argus["waiting_jobs"]);
    let _ =
        writeln!(text, "Argus   {up}{}, {flying} requests under way, {waiting} jobs waiting", refused(argus));
    let (cases, open, held) = (&status["cases"], &status["open_incidents"], &status["held_back"]);
    let _ = writeln!(text, "board   {cases} cases, {open} open incidents, {held} held back");
    for trouble in status["troubles"].as_array().map_or(&[][..], Vec::as_slice) {
        let reason = trouble["reason"].as_str().unwrap_or_default();
        let _ = writeln!(text, "refused case {}: {}", trouble["case"], one_line(reason));
    }
    text
}

/// Says how many probes in a row speak for a change of the mode.
fn in_a_row(failover: &Value) -> String {
    let (count, threshold) = (&failover["probes_in_a_row"], &failover["threshold"]);
    if failover["probes_decide"] == false {
        return format!("{count} in a row for a change, which only a command can make");
    }
    format!("{count} of {threshold} in a row for a change")
}

/// Says what the probes of the primary have said and what was decided in their place, if there is a primary to watch.
fn primary(status: &Value, now: &Value) -> String {
    let (failover, counters) = (&status["failover"], &status["counters"]);
    if !failover.is_object() {
        return String::new();
    }
    let now = now["mono"].as_u64().unwrap_or_default();
    let ago = |at: &Value, count: &Value| {
        let ago = |at| format!("{} ago, {count} so far", span(now.saturating_sub(at)));
        at["mono"].as_u64().map_or_else(|| "never".into(), ago)
    };
    let mut text = format!(
        "primary last answer {}; last failure {}; {}\n",
        ago(&counters["last_answer"], &counters["probes_answered"]),
        ago(&counters["last_silence"], &counters["probes_failed"]),
        in_a_row(failover),
    );
    if failover["asks_health"] == true {
        let last = counters["last_health"].as_str().unwrap_or("none yet");
        let [ok, failed, silent] =
            ["health_ok", "health_failed", "health_silent"].map(|name| &counters[name]);
        let _ = writeln!(
            text,
            "        its daemon, last {last}; {ok} ok, {failed} failed, {silent} silent so far"
        );
    }
    if let Some(decided) = decided(&failover["overridden"], now) {
        let _ = writeln!(text, "        by command {decided}");
    }
    text
}

/// Says what an operator has decided in place of the probes.
fn decided(overridden: &Value, now: u64) -> Option<String> {
    let (word, value) = overridden.as_object()?.iter().next()?;
    Some(match (word.as_str(), value.as_u64(), value.as_str()) {
        ("paused", Some(until), _) => format!("paused for another {}", span(until.saturating_sub(now))),
        (_, _, Some(mode)) => format!("{} until it is resumed", mode.to_uppercase()),
        (_, _, None) => String::from("paused until it is resumed"),
    })
}

/// Says how long deliveries took, in each direction in which there were any.
fn deliveries(deliveries: &Value) -> String {
    let mut text = String::new();
    for (direction, name) in [("to_argus", "to Argus"), ("to_zino", "to Zino ")] {
        let row = &deliveries[direction];
        let seconds = ["p50", "p95", "p99"].map(|percentile| row[percentile].as_f64());
        if let [Some(p50), Some(p95), Some(p99)] = seconds {
            let count = &row["count"];
            let _ = writeln!(
                text,
                "{name} in {p50:.3} s (p50), {p95:.3} s (p95), {p99:.3} s (p99); writes {count}"
            );
        }
    }
    text
}

/// Says what is recorded, if something is.
fn recording(recorded: &Value) -> String {
    let Some(file) = recorded["file"].as_str() else { return String::new() };
    let since = time::encode(recorded["since"].as_i64().unwrap_or_default());
    let ended =
        recorded["ended"].as_str().map(|why| format!(", ENDED: {}", one_line(why))).unwrap_or_default();
    format!("record  to {} since {since}{ended}\n", one_line(file))
}

/// Says what is wrong with the log, if something is.
fn records(log: &Value) -> String {
    let dropped = log["dropped"].as_u64().unwrap_or_default();
    let lost = if dropped > 0 { format!("{dropped} records lost so far") } else { String::new() };
    match (log["is_blocked"] == true, lost.is_empty()) {
        (false, true) => lost,
        (false, false) => format!("log     {lost}\n"),
        (true, true) => String::from("log     BLOCKED: nobody takes its records\n"),
        (true, false) => format!("log     BLOCKED: nobody takes its records, {lost}\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::{Mode, Mono, Override};
    use serde_json::json;

    #[test]
    fn b60_b78_the_probes_of_the_primary_are_shown_and_the_count_towards_a_change() {
        let now = json!({ "mono": 100_000, "wall": 0 });
        let mut status = json!({
            "failover": { "probes_in_a_row": 2, "threshold": 10, "asks_health": false, "overridden": null },
            "counters": {
                "probes_answered": 7, "last_answer": { "mono": 35_000, "wall": 0 },
                "probes_failed": 0, "last_silence": null,
                "health_ok": 5, "health_failed": 1, "health_silent": 3, "last_health": null,
            },
        });
        let expected = "primary last answer 1 min 5 s ago, 7 so far; last failure never; 2 of 10 in a row for a change\n";
        assert_eq!(primary(&status, &now), expected);
        status["failover"]["asks_health"] = true.into();
        for (last, word) in [(Value::Null, "none yet"), ("fail".into(), "fail")] {
            status["counters"]["last_health"] = last;
            let daemon = format!("        its daemon, last {word}; 5 ok, 1 failed, 3 silent so far\n");
            assert_eq!(primary(&status, &now), format!("{expected}{daemon}"));
        }
        status["failover"]["probes_decide"] = false.into();
        status["failover"]["probes_in_a_row"] = 15.into();
        let kept = "; 15 in a row for a change, which only a command can make\n";
        assert!(primary(&status, &now).contains(kept));
        for (overridden, text) in [
            (Override::Paused(None), "paused until it is resumed"),
            (Override::Paused(Some(Mono(160_000))), "paused for another 1 min 0 s"),
            (Override::Kept(Mode::Standby), "STANDBY until it is resumed"),
        ] {
            status["failover"]["overridden"] = serde_json::to_value(overridden).unwrap();
            assert!(
                primary(&status, &now).ends_with(&format!("\n        by command {text}\n")),
                "{overridden:?}"
            );
        }
        assert_eq!(primary(&json!({ "failover": null, "counters": {} }), &now), "");
    }

    #[test]
    fn b5_what_is_wrong_with_the_log_is_shown() {
        for (is_blocked, dropped, text) in [
            (false, 0, ""),
            (false, 3, "log     3 records lost so far\n"),
            (true, 0, "log     BLOCKED: nobody takes its records\n"),
            (true, 3, "log     BLOCKED: nobody takes its records, 3 records lost so far\n"),
        ] {
            assert_eq!(records(&json!({ "is_blocked": is_blocked, "dropped": dropped })), text);
        }
    }

    #[test]
    fn section9_a_status_is_shown_with_its_reasons_and_what_is_refused() {
        let mut status = json!({
            "mode": "active", "cases": 3, "open_incidents": 2, "held_back": 0, "troubles": [],
            "zino": { "up_since": 5, "is_read": true, "refuses_credentials": false },
            "argus": { "is_reachable": true, "refuses_credentials": false, "requests_under_way": 1, "waiting_jobs": 4 },
        });
        let expected = "ACTIVE, at work\nZino    up, read\nArgus   up, 1 requests under way, 4 jobs waiting\n\
                        board   3 cases, 2 open incidents, 0 held back\n";
        assert_eq!(show(&status, ""), expected);
        status["argus"]["is_reachable"] = false.into();
        status["zino"]["up_since"] = Value::Null;
        status["troubles"] = json!([{ "case": 7, "reason": "400\n(no)" }]);
        let times = json!({
            "to_argus": { "count": 7, "p50": 0.0125, "p95": 1.5, "p99": 300.0 },
            "to_zino": { "count": 0, "p50": null, "p95": null, "p99": null },
        });
        let expected = "to Argus in 0.013 s (p50), 1.500 s (p95), 300.000 s (p99); writes 7\n";
        assert_eq!((deliveries(&times), deliveries(&Value::Null)), (expected.into(), String::new()));
        let text = show(&status, "Argus cannot be reached\n");
        for line in [
            "ACTIVE, NOT READY\n  Argus cannot be reached\nZino    DOWN",
            "Argus   DOWN",
            "refused case 7: 400\\n(no)\n",
        ] {
            assert!(text.contains(line), "{text}");
        }
    }
}
