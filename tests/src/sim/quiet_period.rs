//! How soon a change is told where all is well. The bound of invariant 7 is wide enough for the next reconciliation to make
//! good whatever a notification or a refresh should have brought about: here neither has the time to.

use super::expected::{Expected, ExpectedNote, Identity, NoteKind, identity};
use super::model;
use super::quirks::Quirks;
use super::run::Sim;
use glue_proto::Mode;
use glue_proto::model::CaseId;

/// How long a change in Zino may take to be told, milliseconds: some round trips on the slowest network, less than any
/// reconcile interval.
const FROM_ZINO: u64 = 15_000;
/// The longest pause before a step is tried again that was refused (behaviour B14), milliseconds.
const QUARANTINE: u64 = 15 * 60 * 1000;
/// How long a change in Argus may take besides the refresh, milliseconds: a listing where the server cannot count.
const FROM_ARGUS: u64 = 50_000;
/// The run of the daemon with which a scenario begins.
const FIRST_RUN: u64 = 1;

impl Sim {
    /// Lets people do one thing after the other, and demands that each is told soon.
    pub(super) fn quiet_period(&mut self) -> Result<(), String> {
        let status = self.world.daemon.inspect();
        let unreadable =
            |case: &glue_sim::zino::ZinoCase| case.history().iter().any(|entry| entry.message.is_empty());
        if self.world.daemon.inspect().mode() != Mode::Active
            || status.held_back() > 0
            || self.world.zino.cases().any(unreadable)
        {
            // What is in STANDBY still, or waits for a person, or for its quarantine to end, is not quiet.
            return Ok(());
        }
        self.tell("the quiet period begins");
        self.world.argus.edit_options(|options| options.permanent_failures.clear());
        if !self.expected.failing.is_empty() || !self.expected.quirks.is_empty() {
            // What failed for long is tried again all the same.
            let Expected { failing, quirks, .. } = &self.expected;
            let mut healed: Vec<u64> = failing.iter().copied().chain(quirks.cases()).collect();
            if quirks.ignores_patches {
                healed.extend(self.world.zino.cases().map(|case| case.id().0));
            }
            self.checks.promptness().healed(&self.world, &healed);
            self.forget_what_has_ended(&healed);
            self.expected.failing.clear();
            Quirks::end(&mut self.world, &mut self.expected);
            self.demand("what Argus had failed at", QUARANTINE + FROM_ARGUS)?;
        }
        let id = self.open("gw90", FROM_ZINO)?;
        let setup = self.plan.setup.clone();
        let round_trip = 2 * (setup.latency + setup.jitter);
        for (number, pause) in [0, 1, round_trip / 2, round_trip].into_iter().enumerate() {
            let now = self.world.zino_wall();
            let _ = self.world.zino.add_history(id, "alice", &format!("more words {number}"), now);
            self.expected.look(&self.world);
            self.pass(pause)?;
        }
        // Argus trims what it stores.
        let _ =
            self.world.zino.add_system_history(id, "more words with blanks after  ", self.world.zino_wall());
        self.expected.look(&self.world);
        self.demand("five notes", FROM_ZINO + 5 * round_trip)?;
        let now = self.world.wall();
        let Some((pk, case)) = self.pair_of(id) else { return Ok(()) };
        let from_argus = u64::from(setup.refresh) * 1000 + FROM_ARGUS;
        let note = |kind, token: &str| ExpectedNote { kind, pk, case, token: token.into() };
        self.expected.notes.push(note(NoteKind::Ack, "#more1"));
        let _ = self.world.argus.ack("ann", pk, "more words #more1", None, now);
        self.demand("an ack", from_argus)?;
        let url = "https://tickets.example.org/more";
        self.expected.notes.push(note(NoteKind::Ticket, url));
        let _ = self.world.argus.set_ticket("ann", pk, url, self.world.wall());
        self.demand("a ticket", from_argus)?;
        if self.plan.setup.chance.is_multiple_of(2) {
            let _ = self.world.zino.close(id, "alice", self.world.zino_wall());
            self.expected.look(&self.world);
            self.demand("a closed case", FROM_ZINO)?;
        } else {
            self.expected.notes.push(note(NoteKind::Close, "#more2"));
            let _ = self.world.argus.close("ann", pk, "more words #more2", self.world.wall());
            self.demand("a closed incident", from_argus)?;
        }
        self.close_beside_a_listing()?;
        self.note_across_two_sessions()?;
        self.die_amid_a_post()?;
        self.stand_down_amid_writes()
    }

    /// Whoever has died since a closed case had its incident ended without what Argus would not take has no reason to look
    /// for it (behaviour B13): it may be missing for good.
    fn forget_what_has_ended(&mut self, cases: &[u64]) {
        if self.world.daemon_run() > FIRST_RUN {
            let ended = self.world.zino.cases().filter(|case| case.state() == "closed");
            let ended = ended.map(identity).filter(|case| cases.contains(&case.0));
            self.expected.forgotten.extend(ended);
        }
    }

    /// Returns the incident of a case, and the case.
    pub(super) fn pair_of(&self, id: CaseId) -> Option<(u64, Identity)> {
        let case = self.world.zino.case(id).map(identity)?;
        let mut incidents = self.world.argus.incidents();
        let incident = incidents.find(|incident| self.expected.case_of(incident) == Some(case))?;
        Some((incident.pk, case))
    }

    /// Lets so many milliseconds pass, and demands that both boards agree.
    pub(super) fn demand(&mut self, what: &str, millis: u64) -> Result<(), String> {
        self.pass(millis)?;
        let left = model::disagreements(&self.world, &self.expected);
        if left.is_empty() {
            return Ok(());
        }
        Err(format!("B11: {what} is not told within {millis} ms\n  {}", left.join("\n  ")))
    }
}
