//! What administrators and operators do besides: users get other names, and the daemon gets commands and other settings.
//!
//! Two bytes of the header, which nothing else reads, say whether there is such a thing in a scenario at all, and zeros say no:
//! users are renamed in about one seed in four, and operators give commands in one in four. Where they do, the last byte of each
//! record, which nothing else reads either, says whether something of that kind comes before what the record says. So a
//! scenario without it is what it would be if there were no such thing.

use super::expected::identity;
use super::run::Sim;
use glue_proto::{AckState, FailoverCommand, Ignored, Input, Millis, Mode, NeverDown, Operator, Settings};

/// Where in the header the two bytes stand.
const BEGIN: usize = 118;
/// From here on a byte of the header says yes.
const ADMINISTERS: u8 = 192;
/// From here on the last byte of a record does.
const HAPPENS: u8 = 208;
/// The people who work in Argus, by their first names.
const USERS: [&str; 2] = ["admin", "ann"];
/// How long a watch on the primary may be paused, seconds.
const PAUSES: [u64; 4] = [5, 40, 300, 2000];
/// The longest interval of refreshing that a reload may bring, seconds.
const SLOWEST: u16 = 600;

/// Something that an administrator or an operator does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Administration {
    /// A user of Argus gets another name.
    RenameUser,
    /// The daemon gets another user in Zino, knows the one before as a former one, and is started anew.
    AnotherZinoUser,
    /// The mode is to stay as it is, for a time or for good (behaviour B77).
    Pause,
    /// The probes are to decide again.
    Resume,
    /// The daemon is to be in a mode, and to stay there.
    Keep,
    /// What is held back is to be ended.
    AcceptStateLoss,
    /// The configuration is read again, and is another one (behaviour B75).
    OtherSettings,
}

/// What of it can happen in a scenario.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Administrators {
    /// Users get other names.
    pub rename: bool,
    /// Operators give commands.
    pub command: bool,
}

impl Administrators {
    /// Decodes what the header of a scenario says.
    pub(super) fn decode(header: &[u8]) -> Self {
        let says_yes = |at: usize| header.get(at).is_some_and(|byte| *byte >= ADMINISTERS);
        Self { rename: says_yes(BEGIN), command: says_yes(BEGIN + 1) }
    }

    /// Returns what comes before the thing that a record says, with a number that says how.
    pub(super) fn draw(self, record: &[u8]) -> Option<(Administration, u8)> {
        let byte = |index: usize| record.get(index).copied().unwrap_or(0);
        let which = byte(5).checked_sub(HAPPENS)?;
        let mut kinds = Vec::new();
        if self.rename {
            kinds.extend([Administration::RenameUser; 3]);
            kinds.push(Administration::AnotherZinoUser);
        }
        if self.command {
            let commands = [
                Administration::Pause,
                Administration::Resume,
                Administration::Keep,
                Administration::Keep,
                Administration::AcceptStateLoss,
                Administration::OtherSettings,
                Administration::OtherSettings,
            ];
            kinds.extend(commands);
        }
        let kind = kinds.get(usize::from(which) % kinds.len().max(1))?;
        Some((*kind, byte(3) ^ byte(4).rotate_left(3)))
    }
}

impl Sim {
    /// Lets an administrator do something. Returns what was done, for people.
    pub(super) fn administer(&mut self, what: Administration, how: u8) -> String {
        if self.world.is_frozen() {
            return String::from("nobody commands a daemon that is stopped");
        }
        self.checks.promptness().disturbed();
        match what {
            Administration::RenameUser => self.rename_user(how),
            Administration::AnotherZinoUser => self.change_zino_user(how),
            Administration::Pause => {
                let span = PAUSES[usize::from(how / 2) % PAUSES.len()] * 1000;
                let period = how.is_multiple_of(2).then_some(Millis(span));
                self.command(Operator::Failover(FailoverCommand::Pause(period)))
            }
            Administration::Resume => self.command(Operator::Failover(FailoverCommand::Resume)),
            Administration::Keep => {
                let mode = if how.is_multiple_of(2) { Mode::Active } else { Mode::Standby };
                self.command(Operator::Failover(FailoverCommand::Keep(mode)))
            }
            Administration::AcceptStateLoss => self.command(Operator::AcceptStateLoss),
            Administration::OtherSettings => self.change_settings(how),
        }
    }

    /// Lets the probes of the primary decide again, whatever was ordered.
    pub(super) fn resume_failover(&mut self) {
        if self.plan.setup.administrators.command && self.plan.setup.failover.is_some() {
            self.command(Operator::Failover(FailoverCommand::Resume));
        }
    }

    fn command(&mut self, command: Operator) -> String {
        self.world.tell(Input::Command(command));
        format!("an operator says: {command:?}")
    }

    fn rename_user(&mut self, how: u8) -> String {
        if self.plan.setup.left_by_python_glue > 0 {
            // What is made up of its time has notes that are older than what they tell of.
            return String::from("nobody is renamed who is named in what the Python glue has left");
        }
        let name = USERS[usize::from(how) % USERS.len()];
        self.renamed += 1;
        let new = format!("{name}.{}", self.renamed);
        self.world.argus.rename_user(name, &new);
        format!("{name} is called {new} in Argus from now on")
    }

    fn change_zino_user(&mut self, how: u8) -> String {
        self.renamed += 1;
        let zino = self.world.settings().zino().clone();
        let (old, new) = (zino.user().to_owned(), format!("testuser{}", self.renamed));
        self.world.zino.set_user(&new, zino.secret().expose());
        let former: Vec<String> = zino.former_users().iter().cloned().chain([old.clone()]).collect();
        if how.is_multiple_of(2) {
            self.world.zino.remove_user(&old);
        }
        let settings = self.world.settings().to_builder().user(new.clone()).former_users(former).build();
        self.world.restart_daemon_with(settings.expect("a user like any other"));
        format!("the daemon is {new} in Zino from now on, and is started anew")
    }

    /// Each bit of `how` turns something round.
    fn change_settings(&mut self, how: u8) -> String {
        let turns = |bit: u8| how >> bit & 1 == 1;
        let settings = self.world.settings().clone();
        let sync = settings.sync();
        let acknowledge = match (turns(0), sync.acknowledge()) {
            (false, same) => same,
            (true, None) => Some(AckState::Working),
            (true, Some(AckState::Working)) => Some(AckState::Waiting),
            (true, Some(_)) => None,
        };
        let is_synced = (sync.ignored() == Ignored::Sync) != turns(3);
        let slower =
            if turns(4) { (self.plan.setup.refresh * 2).min(SLOWEST) } else { self.plan.setup.refresh };
        self.plan.setup.refresh = slower;
        let changed: Result<Settings, _> = settings
            .to_builder()
            .acknowledge(acknowledge)
            .ticket(sync.ticket() != turns(1))
            .update(sync.update() != turns(2))
            .ignored(if is_synced { Ignored::Sync } else { Ignored::Skip })
            .never_down(if is_synced { NeverDown::Sync } else { NeverDown::Skip })
            .refresh_interval(if turns(4) {
                Millis::from_secs(slower.into())
            } else {
                sync.refresh_interval()
            })
            .build();
        self.world.reload(changed.expect("each value is one of its range"));
        // Another case may call for an incident now, also one that has been closed since the machine could read it.
        if turns(3) {
            self.expected.wanted.extend(self.world.zino.cases().map(identity));
        }
        format!("the settings are other ones: {how:05b}")
    }
}
