//! `/metrics`: a snapshot in the forms of Prometheus (behaviour B71).

use super::process::Process;
use super::{LastReload, Snapshot};
use crate::handle_times;
use crate::log::Records;
use core::fmt;
use glue_proto::model::{CaseState, CaseType};
use glue_proto::{
    Counters, DeliveryTimes, Histogram, Millis, Mode, Now, Override, RequestKind, RequestOutcome, Status,
    StepCounts,
};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeMetric, MetricEncoder, prometheus_text,
    text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::{Registry, Unit};

/// The commit that it was built from, where whoever has built it has said so.
const COMMIT: &str = match option_env!("ZINOARGUS_COMMIT") {
    Some(commit) => commit,
    None => "",
};

/// How the metrics are written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// The text form of Prometheus, which every version of it reads.
    Text,
    /// OpenMetrics.
    OpenMetrics,
}

impl Form {
    /// Picks the form for what a client accepts.
    pub(super) fn of<'a>(accept: impl Iterator<Item = &'a str>) -> Self {
        let mut types = accept.flat_map(|value| value.split(','));
        let is_open = types.any(|media| media.trim_start().starts_with("application/openmetrics-text"));
        if is_open { Self::OpenMetrics } else { Self::Text }
    }

    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Text => prometheus_text::CONTENT_TYPE,
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
        }
    }
}

/// Writes a snapshot down.
pub(super) fn render(form: Form, snapshot: Snapshot) -> String {
    let mut registry = Registry::default();
    registry.register_collector(Box::new(Metrics(snapshot, Process::read())));
    let mut text = String::new();
    // Writing to a String never fails.
    let _ = match form {
        Form::Text => prometheus_text::encode(&mut text, &registry),
        Form::OpenMetrics => text::encode(&mut text, &registry),
    };
    text
}

#[derive(Debug)]
struct Metrics(Snapshot, Option<Process>);

impl Collector for Metrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let Snapshot { status, now, last_reload, recorded, log, times } = &self.0;
        let mut page = Page(encoder);
        process(&mut page, self.1.as_ref(), *now)?;
        configuration(&mut page, *last_reload)?;
        let is_recording = recorded.as_ref().is_some_and(|recorded| recorded.ended.is_none());
        page.gauge("zinoargus_recording", "Whether a recording is written", None, u64::from(is_recording))?;
        state(&mut page, status)?;
        board(&mut page, status)?;
        work(&mut page, &status.counters)?;
        corrections(&mut page, &status.counters)?;
        probes(&mut page, &status.counters)?;
        deliveries(&mut page, &status.counters.deliveries)?;
        requests(&mut page, status, *now)?;
        handling(&mut page, times)?;
        records(&mut page, *log)
    }
}

/// What the system says of the process.
fn process(page: &mut Page<'_>, process: Option<&Process>, now: Now) -> fmt::Result {
    let build = [("version", env!("CARGO_PKG_VERSION")), ("commit", COMMIT)];
    page.gauges("zinoargus_build_info", "The version and the commit, as labels", None, &[(build, 1_u64)])?;
    let started = now.wall.0.saturating_sub_unsigned(now.mono.0 / 1000);
    page.gauge("process_start_time", "When the process was started", Some(&Unit::Seconds), started)?;
    let Some(process) = process else { return Ok(()) };
    page.counter("process_cpu", "Processor time", Some(&Unit::Seconds), process.cpu_seconds)?;
    page.gauge("process_resident_memory", "Memory in use", Some(&Unit::Bytes), process.resident_bytes)?;
    page.gauge("process_open_fds", "Open files", None, process.open_files)
}

/// How the configuration was read again last.
fn configuration(page: &mut Page<'_>, last: LastReload) -> fmt::Result {
    let help = "Whether the configuration that was read last was taken";
    page.gauge("zinoargus_config_last_reload_successful", help, None, u64::from(last.is_taken))?;
    let help = "When a configuration was taken last";
    let name = "zinoargus_config_last_reload_success_timestamp";
    page.gauge(name, help, Some(&Unit::Seconds), last.taken_at.0)
}

/// The mode, the links, and whether both sides are in step.
fn state(page: &mut Page<'_>, status: &Status) -> fmt::Result {
    let modes = [("active", Mode::Active), ("standby", Mode::Standby)];
    let modes = modes.map(|(word, mode)| ([("mode", word)], u64::from(status.mode == mode)));
    page.gauges("zinoargus_mode", "Whether this is the mode", None, &modes)?;
    let has_failover = u64::from(status.failover.is_some());
    page.gauge("zinoargus_failover_configured", "Whether there is a primary to watch", None, has_failover)?;
    let overridden = status.failover.as_ref().and_then(|failover| failover.overridden);
    let commands = [
        ("pause", matches!(overridden, Some(Override::Paused(_)))),
        ("activate", overridden == Some(Override::Kept(Mode::Active))),
        ("standby", overridden == Some(Override::Kept(Mode::Standby))),
    ];
    let commands = commands.map(|(word, is_on)| ([("command", word)], u64::from(is_on)));
    page.gauges(
        "zinoargus_override_active",
        "Whether this is decided in place of the probes",
        None,
        &commands,
    )?;
    page.gauge("zinoargus_ready", "Whether it does its job", None, u64::from(status.is_ready()))?;
    let servers = |zino: bool, argus: bool| {
        [([("server", "zino")], u64::from(zino)), ([("server", "argus")], u64::from(argus))]
    };
    let up = servers(status.zino.up_since.is_some(), status.argus.is_reachable);
    page.gauges("zinoargus_link_up", "Whether the server can be reached", None, &up)?;
    let refused = servers(status.zino.refuses_credentials, status.argus.refuses_credentials);
    page.gauges(
        "zinoargus_credentials_refused",
        "Whether the server refuses our credentials",
        None,
        &refused,
    )?;
    let seconds = Some(&Unit::Seconds);
    let at = |now: Option<Now>| now.map_or(0, |now| now.wall.0);
    let Counters { last_agreement, last_read, .. } = status.counters;
    let help = "When both sides were last in step, 0 for never";
    page.gauge("zinoargus_last_agreement_timestamp", help, seconds, at(last_agreement))?;
    let help = "When Zino was last read in full, 0 for never";
    page.gauge("zinoargus_last_read_timestamp", help, seconds, at(last_read))
}

/// The cases and incidents.
fn board(page: &mut Page<'_>, status: &Status) -> fmt::Result {
    let mut cases = Vec::new();
    for case_type in types() {
        for state in states() {
            let is_here = |row: &&glue_proto::CaseCount| (row.case_type, row.state) == (case_type, state);
            let count = status.cases_by.iter().find(is_here).map_or(0, |row| row.count);
            cases.push(([("type", case_type), ("state", state)], count));
        }
    }
    page.gauges("zinoargus_cases", "Cases of Zino that could be read", None, &cases)?;
    let levels: Vec<_> = (1..).zip(status.open_by_level).map(|(n, count)| (n.to_string(), count)).collect();
    let levels: Vec<_> = levels.iter().map(|(level, count)| ([("level", level.as_str())], *count)).collect();
    page.gauges("zinoargus_incidents_open", "Open incidents of ours", None, &levels)?;
    let reasons = [
        ([("reason", "refused")], status.troubles.len()),
        ([("reason", "unreadable")], status.zino.unreadable_cases),
        ([("reason", "state_loss")], status.held_back),
    ];
    page.gauges(
        "zinoargus_cases_held_back",
        "Cases for which nothing more is done at present",
        None,
        &reasons,
    )
}

/// Names what was counted for each kind of step: the same names in the same order, so that two metrics can be divided.
fn by_step(counts: [&u64; 7]) -> [([(&'static str, &'static str); 1], u64); 7] {
    let [create, history, update, end, reopen, note, state] = counts.map(|count| *count);
    [
        ([("step", "create")], create),
        ([("step", "history")], history),
        ([("step", "update")], update),
        ([("step", "end")], end),
        ([("step", "reopen")], reopen),
        ([("step", "note")], note),
        ([("step", "state")], state),
    ]
}

/// What was done.
fn work(page: &mut Page<'_>, counters: &Counters) -> fmt::Result {
    let Counters { created, copied, updated, ended, reopened, notes, states, .. } = counters;
    let steps = by_step([created, copied, updated, ended, reopened, notes, states]);
    page.counters("zinoargus_steps", "Steps that were taken to bring both sides in step", &steps)?;
    page.counter("zinoargus_refusals", "Steps that a server would not take", None, counters.refused)?;
    page.counter("zinoargus_mode_changes", "Changes of the mode", None, counters.mode_changes)?;
    page.counter("zinoargus_zino_sessions", "Sessions with Zino that came to work", None, counters.sessions)?;
    page.counter("zinoargus_full_reads", "Full reads of Zino", None, counters.full_reads)?;
    page.counter("zinoargus_outages", "Outages of Argus", None, counters.outages)?;
    page.counter("zinoargus_strays", "Lines and datagrams that were none of ours", None, counters.dropped)
}

/// What was done more than once, or late.
fn corrections(page: &mut Page<'_>, counters: &Counters) -> fmt::Result {
    let Counters { retries, ambiguous_writes, drift_fixed, .. } = counters;
    let rows = [([("server", "zino")], retries.zino), ([("server", "argus")], retries.argus)];
    page.counters("zinoargus_retries", "Steps that were tried again", &rows)?;
    let rows = [
        ([("result", "found")], ambiguous_writes.found),
        ([("result", "missing")], ambiguous_writes.missing),
    ];
    let help = "Writes of which it was not known whether they had been carried out, by what became of them";
    page.counters("zinoargus_ambiguous_writes", help, &rows)?;
    let StepCounts { create, history, update, end, reopen, note, state, .. } = drift_fixed;
    let rows = by_step([create, history, update, end, reopen, note, state]);
    let help = "Steps that no event had announced: reading everything again has shown what was missing";
    page.counters("zinoargus_drift_fixed", help, &rows)
}

/// What is asked of the primary.
fn probes(page: &mut Page<'_>, counters: &Counters) -> fmt::Result {
    let probes = [
        ([("probe", "snmp"), ("result", "ok")], counters.probes_answered),
        ([("probe", "snmp"), ("result", "fail")], counters.probes_failed),
        ([("probe", "health"), ("result", "ok")], counters.health_ok),
        ([("probe", "health"), ("result", "fail")], counters.health_failed),
        ([("probe", "health"), ("result", "silent")], counters.health_silent),
    ];
    page.counters("zinoargus_probes", "Probes of the primary", &probes)?;
    let times = &counters.probe_times;
    let rows = [([("probe", "snmp")], &times.snmp), ([("probe", "health")], &times.health)];
    let help = "From the beginning of a probe of the primary to its answer";
    page.histograms("zinoargus_probe", help, Some(&Unit::Seconds), &rows)
}

/// How long it took to tell one side what happened on the other one.
fn deliveries(page: &mut Page<'_>, deliveries: &DeliveryTimes) -> fmt::Result {
    let rows = [
        ([("direction", "to_argus")], &deliveries.to_argus),
        ([("direction", "to_zino")], &deliveries.to_zino),
    ];
    let help = "From a change on one side to each write about it that the other side has carried out";
    page.histograms("zinoargus_delivery", help, Some(&Unit::Seconds), &rows)
}

/// What is asked of Argus.
fn requests(page: &mut Page<'_>, status: &Status, now: Now) -> fmt::Result {
    let mut rows = Vec::new();
    for kind in RequestKind::ALL {
        for outcome in RequestOutcome::ALL {
            let labels = [("server", "argus"), ("kind", kind.as_str()), ("outcome", outcome.as_str())];
            rows.push((labels, status.counters.requests_with(kind, outcome)));
        }
    }
    page.counters("zinoargus_requests", "Requests that have ended", &rows)?;
    let answer_time =
        [([("server", "argus")], seconds(status.argus.answer_time(now.mono).unwrap_or_default()))];
    let help = "What the last answer took, or the oldest request under way has taken, whichever is more";
    page.gauges("zinoargus_answer_time", help, Some(&Unit::Seconds), &answer_time)?;
    let under_way = [([("server", "argus")], status.argus.requests_under_way)];
    page.gauges("zinoargus_requests_in_flight", "Requests under way", None, &under_way)?;
    let limit = status.argus.request_limit;
    page.gauge("zinoargus_requests_limit", "Requests that may be under way at once", None, limit)?;
    page.gauge(
        "zinoargus_queue_length",
        "Jobs that wait for their turn or time",
        None,
        status.argus.waiting_jobs,
    )
}

/// How long the machine takes for what it hears.
fn handling(page: &mut Page<'_>, times: &handle_times::Histogram) -> fmt::Result {
    let count = times.buckets.iter().map(|(_, count)| count).sum();
    let help = "What the machine took to decide what follows from an input";
    let unit = Some(&Unit::Seconds);
    let mut family = page.0.encode_descriptor("zinoargus_handle", help, unit, MetricType::Histogram)?;
    family.encode_histogram::<Labels<'_, 0>>(times.sum, count, &times.buckets, None)
}

/// What becomes of the log.
fn records(page: &mut Page<'_>, log: Records) -> fmt::Result {
    let help = "Whether nobody has taken the next record of the log for more than a second";
    page.gauge("zinoargus_log_blocked", help, None, u64::from(log.is_blocked))?;
    let help = "Records of the log that found no room or could not be written";
    page.counter("zinoargus_log_records_dropped", help, None, log.dropped)
}

/// The words for the types of cases, the last for those that are unknown.
fn types() -> impl Iterator<Item = &'static str> {
    use CaseType::{Alarm, Bfd, Bgp, Other, PortState, Reachability};
    [PortState, Bgp, Bfd, Reachability, Alarm, Other("".into())].into_iter().map(|word| word.known_word())
}

/// The words for the states of cases, the last for those that are unknown.
fn states() -> impl Iterator<Item = &'static str> {
    use CaseState::{Closed, ConfirmWait, Embryonic, Ignored, Open, Other, Waiting, Working};
    [Embryonic, Open, Working, Waiting, ConfirmWait, Ignored, Closed, Other("".into())]
        .into_iter()
        .map(|word| word.known_word())
}

/// Returns a span in seconds.
pub(super) fn seconds(span: Millis) -> f64 {
    core::time::Duration::from_millis(span.0).as_secs_f64()
}

type Labels<'a, const N: usize> = [(&'a str, &'a str); N];

/// The metrics, as far as they are written.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn gauge<V>(&mut self, name: &str, help: &str, unit: Option<&Unit>, value: V) -> fmt::Result
    where
        V: EncodeGaugeValue,
        ConstGauge<V>: EncodeMetric,
    {
        ConstGauge::new(value).encode(self.0.encode_descriptor(name, help, unit, MetricType::Gauge)?)
    }

    fn counter<V>(&mut self, name: &str, help: &str, unit: Option<&Unit>, value: V) -> fmt::Result
    where
        V: EncodeCounterValue,
        ConstCounter<V>: EncodeMetric,
    {
        ConstCounter::new(value).encode(self.0.encode_descriptor(name, help, unit, MetricType::Counter)?)
    }

    fn gauges<V: EncodeGaugeValue, const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        rows: &[(Labels<'_, N>, V)],
    ) -> fmt::Result {
        let mut family: MetricEncoder<'_> = self.0.encode_descriptor(name, help, unit, MetricType::Gauge)?;
        rows.iter().try_for_each(|(labels, value)| family.encode_family(labels)?.encode_gauge(value))
    }

    fn counters<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        rows: &[(Labels<'_, N>, u64)],
    ) -> fmt::Result {
        let mut family: MetricEncoder<'_> =
            self.0.encode_descriptor(name, help, None, MetricType::Counter)?;
        rows.iter().try_for_each(|(labels, value)| {
            let no_exemplar = None::<&prometheus_client::metrics::exemplar::Exemplar<Labels<'_, N>, u64>>;
            family.encode_family(labels)?.encode_counter(value, no_exemplar)
        })
    }

    fn histograms<const N: usize>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        rows: &[(Labels<'_, N>, &Histogram)],
    ) -> fmt::Result {
        let mut family: MetricEncoder<'_> =
            self.0.encode_descriptor(name, help, unit, MetricType::Histogram)?;
        rows.iter().try_for_each(|(labels, histogram)| {
            let bound = |(bound, count): (Option<Millis>, u64)| (bound.map_or(f64::INFINITY, seconds), count);
            let buckets: Vec<_> = histogram.buckets().map(bound).collect();
            let (sum, count) = (seconds(histogram.sum()), histogram.count());
            family.encode_family(labels)?.encode_histogram::<Labels<'_, N>>(sum, count, &buckets, None)
        })
    }
}
