//! Situations that chance alone brings about too rarely: two things that must meet within a few round trips.

use super::expected::{ExpectedNote, NoteKind};
use super::order::earlier_run;
use super::run::Sim;
use glue_proto::model::CaseId;
use glue_proto::{Input, Mode, Operator};
use glue_sim::world::{HttpFault, LastingFault};
use glue_sim::zino::NewCase;

/// How long the listing of the first scenario is on its way, milliseconds.
const SLOW_LISTING: u64 = 4000;
/// How long the event of the daemon that is killed is on its way, milliseconds.
const SLOW_POST: u64 = 2500;
/// How soon everything is in step again, milliseconds.
const SOON: u64 = 15_000;
/// A part of the words of the ack whose note is stored when the session is cut.
const NOTED: &str = "#noted";
/// How many cases are written to when the mode changes.
const CASES: usize = 4;
/// How many round trips before the last probe these writes begin, at the latest.
const ROUND_TRIPS: u64 = 8;

impl Sim {
    /// Closes a case while a listing that still shows its incident as open is on its way.
    pub(super) fn close_beside_a_listing(&mut self) -> Result<(), String> {
        self.tell("a case is closed beside a slow listing");
        let id = self.open("slow", SOON)?;
        self.world.fail_next("page_size=5000", HttpFault::SlowReply(SLOW_LISTING));
        self.world.tell(Input::Command(Operator::Reconcile));
        self.pass(self.round_trip())?;
        let _ = self.world.zino.close(id, "alice", self.world.zino_wall());
        self.expected.look(&self.world);
        self.demand("a case closed beside a listing", SOON + SLOW_LISTING)
    }

    /// Cuts the session when a note has just been stored, and lets Argus call for it again before the case has been read anew.
    pub(super) fn note_across_two_sessions(&mut self) -> Result<(), String> {
        if self.world.settings().sync().acknowledge().is_none() {
            return Ok(());
        }
        self.tell("a session is cut after a note");
        let id = self.open("noted", SOON)?;
        let Some((pk, case)) = self.pair_of(id) else { return Ok(()) };
        self.expected.notes.push(ExpectedNote { kind: NoteKind::Ack, pk, case, token: NOTED.into() });
        let _ = self.world.argus.ack("ann", pk, &format!("words {NOTED}"), None, self.world.wall());
        self.world.tell(Input::Command(Operator::Reconcile));
        let entries = |sim: &Self| sim.world.zino.case(id).map_or(0, |case| case.history().len());
        let (before, late) = (entries(self), self.world.now() + SOON);
        while entries(self) == before && self.step(late)? {}
        // Zino has the note, and its answer does not arrive.
        self.world.cut_zino_after(0);
        let late = self.world.now() + SOON;
        while self.world.daemon.inspect().is_zino_ready() && self.step(late)? {}
        while !self.world.daemon.inspect().is_zino_ready() && self.step(late)? {}
        self.world.tell(Input::Command(Operator::Reconcile));
        self.world.set_fault(LastingFault::ZinoStuck, true);
        self.pass(4 * self.round_trip())?;
        self.world.set_fault(LastingFault::ZinoStuck, false);
        self.demand("an ack across two sessions", SOON + 40 * self.round_trip() + self.listing())
    }

    /// Ends the daemon while an event is on its way, and starts the next one before that has arrived.
    pub(super) fn die_amid_a_post(&mut self) -> Result<(), String> {
        if self.plan.setup.failover.is_some() {
            // The next one would begin in STANDBY.
            return Ok(());
        }
        self.tell("the daemon is killed after a post");
        let id = self.open("gw91", SOON)?;
        let (latency, late) = (self.world.conditions.latency, self.world.now() + SOON);
        let _ = self.world.zino.add_history(id, "alice", "words for the next", self.world.zino_wall());
        self.expected.look(&self.world);
        self.world.conditions.latency = SLOW_POST;
        while self.world.daemon.inspect().requests_under_way() == 0 && self.step(late)? {}
        self.world.conditions.latency = latency;
        self.world.restart_daemon();
        self.demand("an event posted before the kill", earlier_run(&self.world) + 2 * SOON + self.listing())
    }

    /// Lets the primary come back while there is much to tell to Zino: what has not been said by then must never be.
    pub(super) fn stand_down_amid_writes(&mut self) -> Result<(), String> {
        let Some(threshold) = self.plan.setup.failover else { return Ok(()) };
        self.tell("the primary comes back amid writes");
        let mut opened = Vec::new();
        for number in 0..CASES {
            let id = self.open(&format!("busy{number}"), SOON)?;
            opened.extend(self.pair_of(id).map(|(pk, case)| (number, pk, case)));
        }
        for (number, pk, case) in opened {
            let (token, url) =
                (format!("#busy{number}"), format!("https://tickets.example.org/busy{number}"));
            self.expected.notes.push(ExpectedNote { kind: NoteKind::Ack, pk, case, token: token.clone() });
            self.expected.notes.push(ExpectedNote { kind: NoteKind::Ticket, pk, case, token: url.clone() });
            let now = self.world.wall();
            let _ = self.world.argus.ack("ann", pk, &format!("words {token}"), None, now);
            let _ = self.world.argus.set_ticket("ann", pk, &url, now);
        }
        self.world.set_fault(LastingFault::PrimarySilent, false);
        let probes = u64::from(self.plan.setup.ping) * 1000;
        let early = self.plan.setup.chance % (ROUND_TRIPS * self.round_trip() + 1);
        self.pass((u64::from(threshold) * probes).saturating_sub(early))?;
        self.world.tell(Input::Command(Operator::Reconcile));
        self.pass(probes + early + SOON)?;
        if self.world.daemon.inspect().mode() == Mode::Standby {
            return Ok(());
        }
        Err(format!("invariant 5: still ACTIVE, the primary has answered for {} ms", self.world.now()))
    }

    /// How long a listing takes at the most, with one incident on each page, and all that comes before it.
    fn listing(&self) -> u64 {
        (10 + self.world.incidents().count() as u64) * self.round_trip()
    }

    fn round_trip(&self) -> u64 {
        2 * (self.plan.setup.latency + self.plan.setup.jitter)
    }

    /// Opens a case and waits for its incident.
    pub(super) fn open(&mut self, router: &str, soon: u64) -> Result<CaseId, String> {
        while self.expected.is_ambiguous(self.world.zino_wall()) {
            self.pass(1000)?;
        }
        let id = self.world.zino.open_case(&NewCase::reachability(router), self.world.zino_wall());
        self.expected.look(&self.world);
        self.demand("a new case", soon)?;
        Ok(id)
    }
}
