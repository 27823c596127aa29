//! Whose turn it is: jobs are started here, each by the part that does it.

use super::outbox::Job;
use super::queue::Urgency;
use super::{Daemon, self_incidents};
use crate::model::CaseId;

/// Starts jobs as long as there is room. What takes the place of a reading that takes long needs none (behaviour B14).
pub(super) fn start(daemon: &mut Daemon) {
    if daemon.schedule.is_stopping() {
        return;
    }
    let now = daemon.out.now.mono;
    while daemon.argus.has_room(now)
        && let Some((job, urgency)) = daemon.out.jobs.pop(now)
    {
        start_one(daemon, job, urgency);
    }
    if daemon.argus.in_flight() == 0 || daemon.out.jobs.len() == 0 {
        return;
    }
    for case in daemon.argus.readings(now) {
        if let Some(urgency) = daemon.out.jobs.take(Job::Case(case), now) {
            work_on(daemon, case, urgency);
        }
    }
}

fn start_one(daemon: &mut Daemon, job: Job, urgency: Urgency) {
    let Daemon { argus, out, .. } = daemon;
    match job {
        Job::List(filter) => argus.list(filter, out),
        Job::Page => argus.list_on(out),
        Job::Feed => argus.look(out),
        Job::Count(filter) => argus.count(filter, out),
        Job::Beat => argus.beat(out),
        Job::Case(id) => work_on(daemon, id, urgency),
        Job::Own => self_incidents::take_step(daemon),
    }
}

fn work_on(daemon: &mut Daemon, case: CaseId, urgency: Urgency) {
    let view = daemon.view(Some(case));
    daemon.cases.work_on(case, urgency, &view, &mut daemon.out);
    daemon.carry_wants();
}
