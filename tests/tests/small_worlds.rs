//! Small worlds, searched to the last interleaving. The binary `explore` goes deeper.

use glue_tests::explore::{Limits, Root, Scope, replay, report, search};

/// Searches and returns how many states there are; fails with the shortest way to whatever breaks a rule.
fn search_all(scope: &Scope, depth: u32) -> usize {
    let found = search(scope, &Limits { depth, jobs: 2, ..Limits::default() });
    if let Some(violation) = &found.violation {
        panic!("{}", report(scope, violation));
    }
    assert_eq!((found.complete, found.unchecked), (Some(depth), 0));
    found.states
}

#[test]
fn everything_that_can_happen_in_two_steps_keeps_the_invariants_and_can_be_mended() {
    for cases in [1, 2] {
        let states = search_all(&Scope::everything(cases), 2);
        assert!(states > 1500, "{states}");
    }
}

#[test]
fn an_acknowledgement_and_a_lost_reply_in_every_order() {
    let mut scope = Scope::everything(1);
    assert!(
        scope.keep_root("settled")
            && scope.keep_user_action("argus-ack")
            && scope.keep_fault("http-reply-lost")
    );
    let states = search_all(&scope, 8);
    assert!(states > 200, "{states}");
}

#[test]
fn the_number_of_threads_and_of_worlds_that_are_kept_makes_no_difference() {
    let mut scope = Scope::everything(1);
    assert!(scope.keep_user_action("zino-note") && scope.keep_fault("kill"));
    let limits = Limits { depth: 4, ..Limits::default() };
    let found = search(&scope, &limits);
    assert!(found.states > 100, "{found:?}");
    assert_eq!(search(&scope, &Limits { jobs: 3, ..limits }), found);
    assert_eq!(search(&scope, &Limits { worlds: 0, ..limits }), found);
}

#[test]
fn a_violation_is_found_on_the_shortest_way_and_can_be_repeated() {
    // What people do in Argus is looked for every ten seconds: that is too late for a bound of no time at all.
    let mut scope = Scope::everything(1);
    scope.roots = vec![Root::Settled];
    assert!(scope.keep_user_action("argus-ack") && scope.keep_fault("none"));
    scope.bound = 0;
    let found = search(&scope, &Limits { depth: 3, ..Limits::default() });
    let violation = found.violation.expect("agreement takes longer than no time at all");
    assert!(violation.reason.starts_with("invariant 7"), "{}", violation.reason);
    let again = replay(&scope, violation.root, &violation.path);
    assert_eq!(again.reason.as_ref(), Some(&violation.reason));
    assert_eq!(again.steps.len(), violation.path.len() + 1);
    assert!(
        report(&scope, &violation).contains("repeat: explore --cases 1 --root settled --action argus-ack")
    );
}
