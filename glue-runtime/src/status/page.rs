//! `/`: the page for people (behaviour B70). One snapshot, no script; `maud` escapes whatever the servers say.

use super::history::Point;
use super::metrics::seconds;
use super::recent::Told;
use super::{Beside, Snapshot, plot};
use crate::config::Row;
use crate::log::Records;
use crate::record::Recorded;
use glue_proto::wire::argus::time;
use glue_proto::{
    Counters, DeliveryTimes, Histogram, Millis, Mono, Now, Override, ProbeResult, Status, Wall,
};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How often the page asks again, in seconds.
const REFRESH: u32 = 5;
/// More rows than this of what is refused are counted and not shown.
const MOST_TROUBLES: usize = 100;

/// What the page may do in a browser: nothing but show its own style.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                                 form-action 'none'; frame-ancestors 'none'";

/// Writes the page.
pub(super) fn render(Snapshot { status, now, recorded, log, .. }: &Snapshot, beside: &Beside) -> String {
    let points = beside.history.points();
    let verdict = if status.is_ready() { "at work" } else { "NOT READY" };
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="refresh" content=(REFRESH);
                title { (verdict) ": zinoargus" }
                style { (PreEscaped(include_str!("page.css"))) }
            }
            body {
                header { (head(status, verdict)) }
                main {
                    (links(status, *now, *log))
                    (troubles(status))
                    (primary(status, *now, &points))
                    (deliveries(&status.counters.deliveries, &points))
                    (requests(&status.counters, &points))
                    (board(status))
                    (work(&status.counters))
                    @if let Some(recorded) = recorded { (recording(recorded, *now)) }
                    (configuration(&beside.configuration()))
                    (notices(&beside.recent.notices()))
                }
                footer class="dim" {
                    p { "zinoargus " (env!("CARGO_PKG_VERSION")) ", running for " (span(now.mono.0)) }
                }
            }
        }
    };
    page.into_string()
}

/// The verdict, in words and not by colour alone.
fn head(status: &Status, verdict: &str) -> Markup {
    html! {
        h1 class=(if status.is_ready() { "good" } else { "bad" }) { (status.mode) ", " (verdict) }
        @for reason in &status.not_ready { p class="bad" { (reason) } }
        @if status.handing_over { p { "handing our incidents over to the primary" } }
    }
}

fn links(status: &Status, now: Now, log: Records) -> Markup {
    let ago = |at: Mono| format!("{} ago", span(now.mono.since(at).0));
    let dated = |at: Option<Now>| at.map_or_else(|| String::from("never"), |at| ago(at.mono));
    let (zino, argus) = (&status.zino, &status.argus);
    html! {
        section {
            h2 { "Links" }
            table {
                (row("Zino", &zino.up_since.map_or_else(|| "DOWN".into(), |at| format!("up, since {}", ago(at)))))
                (row("Zino read in full", &dated(status.counters.last_read)))
                (row("Argus", if argus.is_reachable { "up" } else { "DOWN" }))
                (row("Argus answers in", &argus.answer_time(now.mono).map_or_else(|| "-".into(), short)))
                @for (name, is_refused) in [("Zino", zino.refuses_credentials), ("Argus", argus.refuses_credentials)] {
                    @if is_refused { (row(name, "REFUSES our credentials")) }
                }
                (row("last in step", &dated(status.counters.last_agreement)))
                (row("requests under way", &format!("{} of {}", argus.requests_under_way, argus.request_limit)))
                (row("jobs waiting", &argus.waiting_jobs.to_string()))
                (row("log", &records(log)))
            }
        }
    }
}

/// Says what becomes of the log.
fn records(Records { is_blocked, dropped }: Records) -> String {
    let state = if is_blocked { "BLOCKED: nobody takes its records" } else { "written" };
    if dropped > 0 { format!("{state}, {dropped} records lost so far") } else { state.into() }
}

/// The watch on the primary, if there is one.
fn primary(status: &Status, now: Now, points: &[Point]) -> Markup {
    let Some(failover) = &status.failover else { return html! {} };
    let Counters { probes_answered, probes_failed, last_answer, last_silence, .. } = status.counters;
    let dated = |at: Option<Now>, count: u64| {
        at.map_or_else(
            || "never".into(),
            |at| format!("{} ago, {count} so far", span(now.mono.since(at.mono).0)),
        )
    };
    let towards = if failover.probes_decide {
        format!("{} of {}", failover.probes_in_a_row, failover.threshold)
    } else {
        format!("{}; only a command can make it", failover.probes_in_a_row)
    };
    html! {
        section {
            h2 { "Primary" }
            table {
                (row("last answer to a probe", &dated(last_answer, probes_answered)))
                (row("last probe that failed", &dated(last_silence, probes_failed)))
                (row("in a row for a change", &towards))
                @if let Some(overridden) = failover.overridden { (row("by command", &in_force(overridden, now))) }
                @if failover.asks_health { (health(&status.counters)) }
            }
            (plot::counted("probes", points, |point| (point.probes_answered, point.probes_failed)))
            p class="dim" { "Probes in 30 s: answered upwards, failed downwards." }
        }
    }
}

/// What the primary's daemon said of itself (behaviour B78).
fn health(counters: &Counters) -> Markup {
    let Counters { health_ok, health_failed, health_silent, last_health, .. } = counters;
    let said = format!("{health_ok} ok, {health_failed} failed, {health_silent} silent so far");
    html! {
        (row("its daemon, last", last_health.map_or("none yet", ProbeResult::as_str)))
        (row("its daemon", &said))
    }
}

/// How long it took to tell one side what happened on the other one.
fn deliveries(deliveries: &DeliveryTimes, points: &[Point]) -> Markup {
    let time =
        |histogram: &Histogram, percent| histogram.percentile(percent).map_or_else(|| "-".into(), short);
    let rows = [("to Argus", &deliveries.to_argus), ("to Zino", &deliveries.to_zino)];
    html! {
        section {
            h2 { "Delivery times" }
            table class="times" {
                tr { th { } @for head in ["p50", "p95", "p99", "writes"] { th class="n" { (head) } } }
                @for (name, histogram) in rows {
                    tr {
                        th { (name) }
                        @for percent in [50, 95, 99] { td class="n" { (time(histogram, percent)) } }
                        td class="n" { (histogram.count()) }
                    }
                }
            }
            h3 { "To Argus" }
            (plot::delivered(points, |point| point.to_argus))
            h3 { "To Zino" }
            (plot::delivered(points, |point| point.to_zino))
            p class="dim" { "In 30 s each: half of the writes took no longer than the dot, 95 % no longer than the dash." }
        }
    }
}

/// The last notices, the newest first.
fn notices(notices: &[Told]) -> Markup {
    html! {
        section class="wide" {
            h2 { "Last notices, times in UTC" }
            table class="log" {
                @for told in notices {
                    tr {
                        th { (moment(told.at)) }
                        td class=[(told.level != "INFO").then_some("bad")] { (told.level) }
                        td { (told.text) }
                    }
                }
            }
            @if notices.is_empty() { p class="dim" { "none" } }
        }
    }
}

fn configuration(rows: &[Row]) -> Markup {
    html! {
        section class="wide" {
            h2 { "Configuration in force" }
            dl { @for (key, value) in rows { div { dt { (key) } dd { (value) } } } }
        }
    }
}

/// Says what an operator has decided in place of the probes.
fn in_force(overridden: Override, now: Now) -> String {
    match overridden {
        Override::Paused(Some(until)) => format!("paused for another {}", span(until.since(now.mono).0)),
        Override::Kept(mode) => format!("{mode} until it is resumed"),
        Override::Paused(None) => "paused until it is resumed".into(),
    }
}

fn recording(recorded: &Recorded, now: Now) -> Markup {
    let ago = u64::try_from(now.wall.0.saturating_sub(recorded.since.0)).unwrap_or_default();
    let ago = format!("{} ago", span(ago.saturating_mul(1000)));
    html! {
        section {
            h2 { "Recording" }
            table {
                (row("to", &recorded.file))
                (row("since", &ago))
                @if let Some(why) = &recorded.ended { (row("ENDED", why)) }
            }
        }
    }
}

fn troubles(status: &Status) -> Markup {
    let more = status.troubles.len().saturating_sub(MOST_TROUBLES);
    html! {
        section {
            h2 { "Held back" }
            table {
                (row("by a state loss", &status.held_back.to_string()))
                (row("unreadable", &status.zino.unreadable_cases.to_string()))
                (row("refused", &status.troubles.len().to_string()))
                @for trouble in status.troubles.iter().take(MOST_TROUBLES) {
                    (row(&format!("case {}", trouble.case), &trouble.reason))
                }
            }
            @if more > 0 { p class="dim" { "and " (more) " more" } }
        }
    }
}

fn board(status: &Status) -> Markup {
    html! {
        section {
            h2 { (status.cases) " cases, " (status.open_incidents) " open incidents" }
            table {
                @for count in &status.cases_by {
                    tr { th { (count.case_type) } th { (count.state) } td class="n" { (count.count) } }
                }
                @for (level, count) in (1..).zip(status.open_by_level) {
                    tr { th { "incidents" } th { "level " (level) } td class="n" { (count) } }
                }
            }
        }
    }
}

fn work(counters: &Counters) -> Markup {
    let rows = [
        ("incidents created", counters.created),
        ("history entries copied", counters.copied),
        ("incidents updated", counters.updated),
        ("incidents ended", counters.ended),
        ("incidents reopened", counters.reopened),
        ("notes to Zino", counters.notes),
        ("states set in Zino", counters.states),
        ("steps refused", counters.refused),
        ("outages of Argus", counters.outages),
        ("sessions with Zino", counters.sessions),
        ("changes of mode", counters.mode_changes),
    ];
    html! {
        section {
            h2 { "Done since the start" }
            table { @for (name, count) in rows { tr { th { (name) } td class="n" { (count) } } } }
        }
    }
}

fn requests(counters: &Counters, points: &[Point]) -> Markup {
    html! {
        section {
            h2 { "Requests to Argus" }
            (plot::counted("requests", points, |point| (point.requests, point.failures)))
            p class="dim" { "Requests in 30 s: carried out upwards, failed downwards." }
            table {
                @for count in &counters.requests {
                    tr { th { (count.kind.as_str()) } th { (count.outcome.as_str()) } td class="n" { (count.count) } }
                }
            }
        }
    }
}

fn row(name: &str, value: &str) -> Markup {
    html! { tr { th { (name) } td { (value) } } }
}

/// Writes a moment, as in `2026-11-22 12:00:00`.
fn moment(at: Wall) -> String {
    time::encode(at.0).replace('T', " ").replace("+00:00", "")
}

/// Writes a short span of time.
fn short(span: Millis) -> String {
    if span.0 < 1000 { format!("{} ms", span.0) } else { format!("{:.1} s", seconds(span)) }
}

/// Writes a span of time in its two largest units.
pub(crate) fn span(millis: u64) -> String {
    let seconds = millis / 1000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    if days > 0 {
        format!("{days} d {} h", hours % 24)
    } else if hours > 0 {
        format!("{hours} h {} min", minutes % 60)
    } else if minutes > 0 {
        format!("{minutes} min {} s", seconds % 60)
    } else {
        format!("{seconds} s")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handle_times::HandleTimes;
    use glue_proto::{Daemon, Input, Settings};

    #[test]
    fn b70_the_page_says_the_verdict_in_words_and_shows_no_secret() {
        let now = |mono| Now { mono: Mono(mono), wall: Wall(1_795_357_544) };
        let mut daemon = Daemon::new(Settings::example(), now(0), 1);
        daemon.handle(now(5000), Input::Wake);
        let last_reload = crate::status::LastReload { is_taken: true, taken_at: now(0).wall };
        let recorded = Some(Recorded { file: "/a/<b>".into(), since: Wall(1_795_357_484), ended: None });
        let beside = Beside::default();
        let log = Records { is_blocked: true, dropped: 7 };
        let page = render(
            &Snapshot {
                status: daemon.status(),
                now: now(5000),
                last_reload,
                recorded,
                log,
                times: HandleTimes::default().histogram(),
            },
            &beside,
        );
        for text in [
            "ACTIVE, NOT READY",
            "there is no session with Zino",
            "running for 5 s",
            "<td>DOWN</td>",
            "<td>/a/&lt;b&gt;</td>",
            "<td>1 min 0 s ago</td>",
            "<th>Argus answers in</th><td>5.0 s</td>",
            "<td>BLOCKED: nobody takes its records, 7 records lost so far</td>",
        ] {
            assert!(page.contains(text), "{text} is missing in {page}");
        }
        assert!(!page.contains("testpassword") && !page.contains("<script") && !page.contains("http:"));
    }

    #[test]
    fn b70_notices_and_the_configuration_are_escaped() {
        let evil = || String::from("<b>&");
        let told = Told { at: Wall(1_795_357_544), level: "WARN", text: evil() };
        let shown = [notices(&[told]), configuration(&[("zino.server", evil())])].map(Markup::into_string);
        for text in &shown {
            assert!(text.contains("&lt;b&gt;&amp;") && !text.contains("<b>"), "{text}");
        }
        let row = "<th>2026-11-22 14:25:44</th><td class=\"bad\">WARN</td>";
        assert!(shown[0].contains(row), "{shown:?}");
    }

    #[test]
    fn b60_b70_the_page_shows_the_last_probes_and_the_count_towards_a_change() {
        let failover = Some(glue_proto::FailoverSettings::builder());
        let settings = Settings::example().to_builder().failover(failover).build().unwrap();
        let now = |mono| Now { mono: Mono(mono), wall: Wall(0) };
        let mut daemon = Daemon::new(settings, now(0), 1);
        // Nobody answers the first probe, nor the second.
        for at in [3_000, 8_000, 12_000] {
            daemon.handle(now(at), Input::Wake);
        }
        let status = daemon.status();
        let shown = primary(&status, now(20_000), &[]).into_string();
        let failed = format!("<td>12 s ago, {} so far</td>", status.counters.probes_failed);
        let towards = format!(" of {}</td>", status.failover.as_ref().unwrap().threshold);
        for text in ["<td>never</td>", &failed, &towards] {
            assert!(shown.contains(text), "{text} is missing in {shown}");
        }
    }

    #[test]
    fn b70_what_the_servers_say_is_escaped() {
        let text = "<script>alert(\"1\")</script>&";
        let shown = row("case 7", text).into_string();
        assert_eq!(shown.matches('<').count(), 6, "{shown}");
        assert!(shown.contains("&lt;script&gt;") && shown.ends_with("&amp;</td></tr>"), "{shown}");
    }

    #[test]
    fn a_short_span_is_written_in_milliseconds_or_in_tenths_of_seconds() {
        assert_eq!(
            [0, 999, 1000, 7_530].map(|millis| short(Millis(millis))),
            ["0 ms", "999 ms", "1.0 s", "7.5 s"]
        );
    }

    #[test]
    fn a_span_has_two_units() {
        let table = [(999, "0 s"), (61_000, "1 min 1 s"), (3_660_000, "1 h 1 min"), (90_000_000, "1 d 1 h")];
        for (millis, expected) in table {
            assert_eq!(span(millis), expected);
        }
    }
}
