//! One run of a scenario of two sites.

use super::plan::{Ending, PairPlan};
use super::sites::{PRIMARY, SECONDARY, Sites};
use crate::sim::run::{BACKOFF_CAP, LOOK, Outcome, QUIET, Sim};
use crate::sim::self_incidents;
use glue_proto::Mode;
use glue_sim::argus::{EndTime, Incident, WriteKind};

/// How long a probe may take, seconds.
const PING_TIMEOUT: u64 = 5;
/// How long handing over takes at the most (behaviour B64), and some more, milliseconds.
const HANDOVER: u64 = 70_000;
/// Longer than anything lasts, milliseconds.
const FOR_EVER: u64 = u64::MAX / 2;

/// Runs a scenario. `logs` tells whether inputs and actions are wanted as text.
#[must_use]
pub fn run(plan: &PairPlan, logs: bool) -> Outcome {
    let mut sites = Sites::new(plan.setup.clone(), logs);
    let result = live(&mut sites, plan).and_then(|()| converge(&mut sites));
    let (settled, failure) = match result {
        Ok(settled) => (settled, None),
        Err(failure) => (0, Some(failure)),
    };
    let [primary, secondary] = &sites.sims;
    Outcome {
        digest: primary.world.digest() ^ secondary.world.digest().rotate_left(1),
        millis: sites.now(),
        self_incidents: sites.sims.iter().map(|sim| self_incidents::count(&sim.world)).sum(),
        settled,
        failure,
        story: merged(&primary.story, &secondary.story),
        log: merged(primary.world.log(), secondary.world.log()),
    }
}

/// Puts the lines of both sites into the order of their times, each with its site after the time.
fn merged(primary: &[String], secondary: &[String]) -> Vec<String> {
    let mark = |lines: &[String], site: char| -> Vec<(u64, String)> {
        let mark = |line: &String| {
            let (time, rest) = line.trim_start().split_once(' ').unwrap_or((line, ""));
            (time.parse().unwrap_or(0), format!("{time:>9} {site} {rest}"))
        };
        lines.iter().map(mark).collect()
    };
    let mut lines = mark(primary, 'P');
    lines.extend(mark(secondary, 'S'));
    lines.sort_by_key(|(time, _)| *time);
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Lets everything happen.
fn live(sites: &mut Sites, plan: &PairPlan) -> Result<(), String> {
    for step in &plan.steps {
        if let Some(told) = sites.happen(step.event) {
            sites.sims[PRIMARY].tell(&told);
        }
        sites.see_who_writes();
        sites.look();
        sites.pass(step.pause)?;
    }
    Ok(())
}

/// All is well from now on, but for the primary where the scenario ends without it. Returns how long it took until the one
/// that is to act had brought Argus in step with its Zino, milliseconds.
fn converge(sites: &mut Sites) -> Result<u64, String> {
    sites.heal();
    sites.sims[PRIMARY].tell("all is well");
    let mut longest = 0;
    if sites.setup.ending != Ending::AtRest {
        let told = if sites.setup.ends_with_daemon {
            sites.daemon_dies(FOR_EVER)
        } else {
            sites.site_dies(PRIMARY, FOR_EVER, 0)
        };
        sites.sims[PRIMARY].tell(&told.unwrap_or_default());
        longest = settle(sites, SECONDARY)?;
    }
    if sites.setup.ending != Ending::TakenOver {
        sites.heal();
        sites.sims[PRIMARY].tell("the primary is there");
        longest = settle(sites, PRIMARY)?.max(longest);
    }
    if sites.setup.ending == Ending::Both && sites.setup.close {
        nothing_of_ours_is_open(sites)?;
    }
    Ok(longest)
}

/// Waits until the secondary has the mode that fits and the daemon of this site has brought Argus in step with its Zino,
/// and then for a while in which nothing may be written.
fn settle(sites: &mut Sites, site: usize) -> Result<u64, String> {
    await_mode(sites, if site == PRIMARY { Mode::Standby } else { Mode::Active })?;
    let begun = sites.now();
    let reconcile = u64::from(sites.setup.base.reconcile);
    let (bound, quiet) = ((2 * reconcile + BACKOFF_CAP) * 1000, 2 * reconcile * 1000 + QUIET);
    let (mut agreed, mut reached) = (begun, begun);
    loop {
        sites.pass(LOOK)?;
        let now = sites.now();
        let left = sites.disagreements(site);
        if !left.is_empty() {
            agreed = now;
        }
        if !is_well(&sites.sims[site]) {
            reached = now;
        }
        if left.is_empty() && now > reached.max(agreed) + quiet {
            break;
        }
        if now > begun + bound && !left.is_empty() {
            return Err(format!("invariant 7: no agreement at site {site}\n  {}", left.join("\n  ")));
        }
        if now > begun + bound {
            break;
        }
    }
    // What is found out late about a case that cannot be read is still told.
    let demands = !sites.has_broken_case(site);
    sites.sims.iter_mut().for_each(|sim| sim.checks.quiet = demands);
    sites.pass(quiet)?;
    sites.sims.iter_mut().for_each(|sim| sim.checks.quiet = false);
    let left = sites.disagreements(site);
    if !left.is_empty() {
        return Err(format!("invariant 7: no lasting agreement at site {site}\n  {}", left.join("\n  ")));
    }
    Ok(agreed - begun)
}

fn is_well(sim: &Sim) -> bool {
    let status = sim.world.daemon.inspect();
    status.is_zino_ready() && status.is_argus_reachable() && !sim.world.is_dead()
}

fn await_mode(sites: &mut Sites, mode: Mode) -> Result<(), String> {
    // What was asked before may still fail, and be the last one that the threshold takes.
    sites.pass((PING_TIMEOUT + 1) * 1000)?;
    let probe = (u64::from(sites.setup.base.ping) + PING_TIMEOUT) * 1000;
    let wait = (u64::from(sites.setup.threshold) + 1) * probe + HANDOVER;
    let mut bound = sites.now() + wait;
    let last = bound + (2 * u64::from(sites.setup.base.reconcile) + BACKOFF_CAP) * 1000;
    while sites.mode() != mode || sites.sims[SECONDARY].world.daemon.inspect().is_handing_over() {
        if sites.now() > bound {
            return Err(format!("B61: the secondary does not become {mode}"));
        }
        sites.pass(1_000)?;
        // A daemon that is asked says when it works again: once it has read its Zino (behaviour B78).
        let works = sites.sims[PRIMARY].world.daemon.inspect().is_working();
        if mode == Mode::Standby && sites.setup.asks_health && !works {
            bound = last.min(sites.now() + wait);
        }
    }
    Ok(())
}

/// Behaviour B64: an orderly return leaves no incident of the secondary's open.
fn nothing_of_ours_is_open(sites: &mut Sites) -> Result<(), String> {
    let refused = sites.setup.base.quirks.refused.iter().any(|step| step.kind == WriteKind::End);
    if sites.has_broken_case(SECONDARY) || sites.setup.base.failing_case > 0 || refused {
        return Ok(());
    }
    let sim = sites.at(SECONDARY);
    let is_ours = |incident: &&Incident| {
        incident.end_time == EndTime::Infinity && sim.expected.case_of(incident).is_some()
    };
    match sim.world.incidents().find(is_ours) {
        None => Ok(()),
        Some(incident) => Err(format!("B64: incident {} was not handed over", incident.pk)),
    }
}
