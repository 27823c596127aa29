//! `zinoargus plan`: shows in what both sides differ, and writes nothing (behaviour B76).

use super::{Failure, Ready, prepare};
use crate::config::Config;
use crate::driver::Driver;
use crate::exit::Status;
use crate::handle_times::HandleTimes;
use crate::log::one_line;
use core::fmt::Write as _;
use glue_proto::wire::argus::time;
use glue_proto::{Daemon, Difference, DifferenceKind, HeldBack, Millis, Now, Outlook, Purpose, Wall};
use serde_json::{Value, json};
use tokio::sync::mpsc;

/// The version of the answer as data.
pub(super) const SCHEMA: u32 = 1;

/// Shows what a sync would do.
pub(super) async fn plan(config: Config, seed: u64, json: bool) -> Result<Status, Failure> {
    let looked = look(&config, seed, Purpose::Plan).await?;
    let text = if json { looked.as_data(&config) } else { looked.as_text(&config) };
    super::answer(&text);
    Ok(looked.status)
}

/// A machine that has looked at both sides once.
pub(super) struct Looked {
    pub(super) status: Status,
    pub(super) machine: Daemon,
    pub(super) outlook: Outlook,
    /// When it was done.
    pub(super) at: Now,
}

/// Lets a machine look at both sides once.
pub(super) async fn look(config: &Config, seed: u64, purpose: Purpose) -> Result<Looked, Failure> {
    let Ready { mut events, mut signals, effects, clock, .. } = prepare(config)?;
    let machine = Daemon::new(config.settings.clone().with_purpose(purpose), clock.now(), seed);
    let mut driver = Driver { machine, effects, clock, times: HandleTimes::default() };
    let (_, mut nobody_asks) = mpsc::channel(1);
    let exit = driver.run(&mut events, &mut signals, &mut nobody_asks).await;
    let Driver { machine, clock, .. } = driver;
    Ok(Looked { status: exit.into(), outlook: machine.outlook(), at: clock.now(), machine })
}

impl Looked {
    /// Tells whether both sides were read to the end.
    pub(super) const fn is_complete(&self) -> bool {
        matches!(self.status, Status::Done | Status::Differs)
    }

    /// Writes the plan for people; nothing where it is not complete, for then the log has said why.
    fn as_text(&self, config: &Config) -> String {
        if !self.is_complete() {
            return String::new();
        }
        let Outlook { differences, held_back, .. } = &self.outlook;
        let mut text = self.head(config);
        table(differences, &mut text);
        let _ = writeln!(text, "{}", count(differences));
        list_held_back(held_back, &mut text);
        text += if differences.is_empty() {
            "nothing was changed\n"
        } else {
            "nothing was changed; \"zinoargus sync --once\" does this\n"
        };
        text
    }

    /// Says what was read, and when.
    fn head(&self, config: &Config) -> String {
        let status = self.machine.status();
        let mut text = format!(
            "read {} cases of {} in {} and {} open incidents in {}, {} UTC\n",
            status.cases,
            config.zino_server,
            seconds(self.outlook.read_in),
            status.open_incidents,
            seconds(self.outlook.listed_in),
            moment(self.at.wall),
        );
        if config.primary.is_some() {
            text +=
                "this is what an ACTIVE daemon would do; whether this one is to be ACTIVE was not asked\n";
        }
        text
    }

    /// Writes the plan as data.
    fn as_data(&self, config: &Config) -> String {
        let status = self.machine.status();
        let Outlook { differences, held_back, .. } = &self.outlook;
        let millis = |span: Option<Millis>| span.map(|span| span.0);
        let counts: Value = DifferenceKind::ALL
            .iter()
            .map(|kind| (word(*kind).to_owned(), json!(number_of(*kind, differences))))
            .collect();
        let json = json!({
            "schema": SCHEMA,
            "complete": self.is_complete(),
            "gave_up": self.outlook.gave_up.map(|why| why.to_string()),
            "at": time::encode(self.at.wall.0),
            "zino": { "cases": status.cases, "read_in_ms": millis(self.outlook.read_in) },
            "argus": { "open_incidents": status.open_incidents, "listed_in_ms": millis(self.outlook.listed_in) },
            "failover": config.primary.is_some(),
            "differences": differences.iter().map(difference).collect::<Vec<_>>(),
            "counts": counts,
            "held_back": held_back.iter().map(held).collect::<Vec<_>>(),
        });
        format!("{json}\n")
    }
}

/// Writes a line for each difference.
pub(super) fn table(differences: &[Difference], text: &mut String) {
    if differences.is_empty() {
        return;
    }
    let lines = differences.iter().map(|one| one_line(&one.what).into_owned()).collect::<Vec<_>>();
    let width = lines.iter().map(|what| what.chars().count()).max().unwrap_or_default();
    let _ = writeln!(text, "      CASE  INCIDENT  {:<width$}  RULE", "WHAT");
    for (one, what) in differences.iter().zip(lines) {
        let incident = one.incident.map_or_else(|| "none".to_owned(), |pk| pk.to_string());
        let _ = writeln!(
            text,
            "{} {:>8}  {incident:<8}  {what:<width$}  B{}",
            one.kind.mark(),
            one.case.0,
            one.rule
        );
    }
}

/// Counts the differences, in one line.
fn count(differences: &[Difference]) -> String {
    let total = match differences.len() {
        0 => return String::from("in step: no differences"),
        1 => String::from("1 difference"),
        more => format!("{more} differences"),
    };
    let parts = DifferenceKind::ALL.iter().map(|kind| (number_of(*kind, differences), kind.name()));
    let parts = parts.filter(|(number, _)| *number > 0).map(|(number, name)| format!("{number} {name}"));
    format!("{total}: {}", parts.collect::<Vec<_>>().join(", "))
}

pub(super) fn list_held_back(held_back: &[HeldBack], text: &mut String) {
    if held_back.is_empty() {
        return;
    }
    *text += "held back, not counted:\n";
    for HeldBack { case, reason, .. } in held_back {
        let _ = writeln!(text, "  {:>8}  {}", case.0, one_line(&reason.to_string()));
    }
}

fn number_of(kind: DifferenceKind, differences: &[Difference]) -> usize {
    differences.iter().filter(|one| one.kind == kind).count()
}

/// Returns the word for a kind of difference in data.
const fn word(kind: DifferenceKind) -> &'static str {
    match kind {
        DifferenceKind::Create => "create",
        DifferenceKind::Change => "change",
        DifferenceKind::End => "end",
        DifferenceKind::ToZino => "to_zino",
    }
}

pub(super) fn difference(one: &Difference) -> Value {
    json!({
        "case": one.case,
        "incident": one.incident,
        "kind": word(one.kind),
        "rule": format!("B{}", one.rule),
        "what": one.what,
        "writes": one.steps.len(),
    })
}

pub(super) fn held(held: &HeldBack) -> Value {
    json!({ "case": held.case, "kind": held.reason.word(), "reason": held.reason.to_string() })
}

/// Writes a span in seconds and tenths.
fn seconds(span: Option<Millis>) -> String {
    let Millis(millis) = span.unwrap_or_default();
    format!("{}.{} s", millis / 1000, millis % 1000 / 100)
}

/// Writes a moment as people read it.
fn moment(Wall(at): Wall) -> String {
    let text = time::encode(at);
    text.get(.."2026-11-22T12:00:00".len()).unwrap_or_default().replace('T', " ")
}
