//! What a machine heard, written down and read again, makes another one do the same (behaviour B79).

use glue_proto::{Action, Daemon, OwnedInput};
use glue_sim::world::RecordedRun;
use glue_tests::sim::{Plan, record};

/// How many days are recorded.
const DAYS: u64 = 3;

fn drain(daemon: &mut Daemon) -> Vec<Action> {
    std::iter::from_fn(|| daemon.poll_action()).collect()
}

/// Writes an input down and reads it again. A new configuration is not: its secrets would be lost.
fn written(input: &OwnedInput) -> OwnedInput {
    if matches!(input, OwnedInput::Reload(_)) {
        return input.clone();
    }
    let text = serde_json::to_string(input).expect("it can be written");
    assert!(!text.contains('\n'), "{text}");
    serde_json::from_str(&text).expect("it was written")
}

/// Runs it again. Returns how many actions were the same: the last ones are lost to a machine that was killed amid them.
fn replay(run: &RecordedRun, is_last: bool) -> usize {
    let mut daemon = Daemon::new(run.settings.clone(), run.begin, run.seed);
    let mut count = run.first.len();
    assert!(drain(&mut daemon).starts_with(&run.first));
    for (number, (now, input, actions)) in run.heard.iter().enumerate() {
        let input = written(input);
        daemon.handle(*now, input.as_input());
        let again = drain(&mut daemon);
        if number + 1 == run.heard.len() && !is_last {
            assert!(again.starts_with(actions), "{number}: {input:?}");
        } else {
            assert_eq!(again, *actions, "{number}: {input:?}");
        }
        count += actions.len();
    }
    count
}

#[test]
fn b79_a_recorded_day_with_faults_replays_to_the_same_actions() {
    for seed in 0..DAYS {
        let mut plan = Plan::decode(&Plan::bytes_of(seed));
        plan.setup.self_incidents = seed == 0;
        let runs = record(&plan);
        let replayed = runs.iter().enumerate().map(|(number, run)| replay(run, number + 1 == runs.len()));
        let count: usize = replayed.sum();
        assert!(count > 1000, "seed {seed}: {count} actions");
    }
}
