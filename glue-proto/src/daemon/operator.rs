//! What operators ask for (behaviour B77): whether it can be done, and which parts do it.

use super::{Daemon, changes};
use crate::face::{CommandRefused, Notice, Operator, OperatorNotice};

/// Tells whether a command can be carried out now.
pub(super) fn judge(daemon: &Daemon, command: Operator) -> Result<(), CommandRefused> {
    let Daemon { zino, cases, primary, .. } = daemon;
    let refusal = match command {
        Operator::Reconcile => None,
        Operator::Failover(_) => primary.status().is_none().then_some(CommandRefused::NoPrimary),
        Operator::AcceptStateLoss => (cases.held_back() == 0).then_some(CommandRefused::NothingHeldBack),
        Operator::Retry(case) => {
            let is_known = cases.knows(case) || zino.reading().is_put_aside(case);
            (!is_known).then_some(CommandRefused::UnknownCase(case))
        }
    };
    refusal.map_or(Ok(()), Err)
}

/// Carries a command out, or says why not.
pub(super) fn carry_out(daemon: &mut Daemon, command: Operator) {
    if let Err(why) = judge(daemon, command) {
        return daemon.out.tell(Notice::Operator(OperatorNotice::Refused { command, why }));
    }
    match command {
        Operator::Reconcile => {
            daemon.out.tell(Notice::Reconciling);
            daemon.reconcile(true);
        }
        Operator::Failover(command) => {
            let mode = daemon.primary.command(command, &mut daemon.out);
            changes::changed_mode(daemon, mode);
        }
        Operator::AcceptStateLoss => {
            daemon.cases.accept_state_loss(&mut daemon.out);
            daemon.zino.read_all(false);
        }
        Operator::Retry(case) => {
            daemon.zino.retry(Some(case), &mut daemon.out);
            daemon.cases.retry(case, &mut daemon.out);
        }
    }
}
