//! Once a day, one line of what was done (behaviour B73).

use crate::driver::Question;
use crate::log;
use core::time::Duration;
use glue_proto::{Counters, Daemon};
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

/// How often.
const INTERVAL: Duration = Duration::from_secs(24 * 60 * 60);

/// Tells it for as long as the loop turns.
pub(crate) async fn tell(questions: mpsc::Sender<Question<Daemon>>) {
    let mut before = Counters::default();
    loop {
        sleep(INTERVAL).await;
        let (answer, answered) = oneshot::channel();
        let question = move |daemon: &Daemon, _| {
            // At the end of the process nobody waits for it any more.
            let _ = answer.send(daemon.status().counters);
        };
        if questions.send(Box::new(question)).await.is_err() {
            return;
        }
        let Ok(now) = answered.await else { return };
        log::event(&line(&before, &now));
        before = now;
    }
}

/// Says what was counted between two moments.
fn line(before: &Counters, now: &Counters) -> String {
    let since = |count: fn(&Counters) -> u64| count(now) - count(before);
    format!(
        "in the last 24 hours: incidents created {}, ended {}, reopened {}, changed {}; entries copied {}; notes {}, states \
         {}; steps refused {}; Zino sessions {}, Argus outages {}, mode changes {}",
        since(|counters| counters.created),
        since(|counters| counters.ended),
        since(|counters| counters.reopened),
        since(|counters| counters.updated),
        since(|counters| counters.copied),
        since(|counters| counters.notes),
        since(|counters| counters.states),
        since(|counters| counters.refused),
        since(|counters| counters.sessions),
        since(|counters| counters.outages),
        since(|counters| counters.mode_changes),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::{Now, Settings};

    #[tokio::test(start_paused = true)]
    async fn b73_totals_are_told_once_a_day_and_end_with_the_loop() {
        let (ask, mut questions) = mpsc::channel::<Question<Daemon>>(1);
        let telling = tokio::spawn(tell(ask));
        let begin = tokio::time::Instant::now();
        let daemon = Daemon::new(Settings::example(), Now::default(), 1);
        for day in 1..=3 {
            questions.recv().await.expect("it asks")(&daemon, Now::default());
            assert_eq!(begin.elapsed().as_secs(), day * 24 * 60 * 60);
        }
        drop(questions);
        telling.await.expect("it does not panic");
    }

    #[test]
    fn b73_totals_are_those_since_the_line_before() {
        let mut before = Counters::default();
        (before.created, before.sessions) = (2, 1);
        let mut now = before.clone();
        (now.created, now.ended, now.copied, now.mode_changes) = (5, 1, 7, 2);
        let expected = "in the last 24 hours: incidents created 3, ended 1, reopened 0, changed 0; entries copied 7; notes 0, \
                        states 0; steps refused 0; Zino sessions 0, Argus outages 0, mode changes 2";
        assert_eq!(line(&before, &now), expected);
    }
}
