//! `/`: the page for people (behaviour B70). One snapshot, no script; `maud` escapes whatever the servers say.

use super::Snapshot;
use crate::record::Recorded;
use glue_proto::{Counters, FailoverStatus, Mono, Now, Override, ProbeResult, Status};
use maud::{DOCTYPE, Markup, PreEscaped, html};

/// How often the page asks again, in seconds.
const REFRESH: u32 = 5;
/// More rows than this of what is refused are counted and not shown.
const MOST_TROUBLES: usize = 100;

/// What the page may do in a browser: nothing but show its own style.
pub(super) const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; \
                                 form-action 'none'; frame-ancestors 'none'";

/// Writes the page.
pub(super) fn render(Snapshot { status, now, recorded, .. }: &Snapshot) -> String {
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
                    (links(status, *now))
                    @if let Some(failover) = &status.failover { (primary(failover, &status.counters, *now)) }
                    @if let Some(recorded) = recorded { (recording(recorded, *now)) }
                    (troubles(status))
                    (board(status))
                    (work(&status.counters))
                    (requests(&status.counters))
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

fn links(status: &Status, now: Now) -> Markup {
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
                @for (name, is_refused) in [("Zino", zino.refuses_credentials), ("Argus", argus.refuses_credentials)] {
                    @if is_refused { (row(name, "REFUSES our credentials")) }
                }
                (row("last in step", &dated(status.counters.last_agreement)))
                (row("requests under way", &format!("{} of {}", argus.requests_under_way, argus.request_limit)))
                (row("jobs waiting", &argus.waiting_jobs.to_string()))
            }
        }
    }
}

fn primary(failover: &FailoverStatus, counters: &Counters, now: Now) -> Markup {
    let last = |result: Option<ProbeResult>| result.map_or("none yet", ProbeResult::as_str);
    html! {
        section {
            h2 { "Primary" }
            table {
                (row("probes in a row", &failover.probes_in_a_row.to_string()))
                (row("needed to change", &failover.threshold.to_string()))
                @if let Some(overridden) = failover.overridden { (row("by command", &in_force(overridden, now))) }
                (row("SNMP, last", last(counters.last_probe)))
                (row("answered", &counters.probes_answered.to_string()))
                (row("failed", &counters.probes_failed.to_string()))
                @if failover.asks_health {
                    (row("its daemon, last", last(counters.last_health)))
                    (row("ok", &counters.health_ok.to_string()))
                    (row("fail", &counters.health_failed.to_string()))
                    (row("silent", &counters.health_silent.to_string()))
                }
            }
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

fn requests(counters: &Counters) -> Markup {
    html! {
        section {
            h2 { "Requests to Argus" }
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

/// Writes a span of time in its two largest units.
fn span(millis: u64) -> String {
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
    use glue_proto::{Daemon, Input, Settings, Wall};

    #[test]
    fn b70_the_page_says_the_verdict_in_words_and_shows_no_secret() {
        let now = |mono| Now { mono: Mono(mono), wall: Wall(1_795_357_544) };
        let mut daemon = Daemon::new(Settings::example(), now(0), 1);
        daemon.handle(now(5000), Input::Wake);
        let last_reload = crate::status::LastReload { is_taken: true, taken_at: now(0).wall };
        let recorded = Some(Recorded { file: "/a/<b>".into(), since: Wall(1_795_357_484), ended: None });
        let page = render(&Snapshot { status: daemon.status(), now: now(5000), last_reload, recorded });
        for text in [
            "ACTIVE, NOT READY",
            "there is no session with Zino",
            "running for 5 s",
            "<td>DOWN</td>",
            "<td>/a/&lt;b&gt;</td>",
            "<td>1 min 0 s ago</td>",
        ] {
            assert!(page.contains(text), "{text} is missing in {page}");
        }
        assert!(!page.contains("testpassword") && !page.contains("<script") && !page.contains("http:"));
    }

    #[test]
    fn b70_what_the_servers_say_is_escaped() {
        let text = "<script>alert(\"1\")</script>&";
        let shown = row("case 7", text).into_string();
        assert_eq!(shown.matches('<').count(), 6, "{shown}");
        assert!(shown.contains("&lt;script&gt;") && shown.ends_with("&amp;</td></tr>"), "{shown}");
    }

    #[test]
    fn a_span_has_two_units() {
        let table = [(999, "0 s"), (61_000, "1 min 1 s"), (3_660_000, "1 h 1 min"), (90_000_000, "1 d 1 h")];
        for (millis, expected) in table {
            assert_eq!(span(millis), expected);
        }
    }
}
