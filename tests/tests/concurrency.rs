//! The limit of requests finds out what a server can use: measured against the best fixed number of requests, over servers
//! with few and many workers, near and far, even and uneven.

use glue_proto::internals::concurrency::{Kind, Limit};
use glue_proto::{Mono, Seed, Settings};
use glue_sim::world::{HttpFault, World};
use glue_sim::zino::NewCase;
use proptest::prelude::*;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const CAP: usize = 16;
/// The kinds of requests that a sync is made of, and how their costs compare.
const KINDS: [(Kind, u64); 3] = [(Kind::Create, 3), (Kind::Post, 2), (Kind::Events, 1)];

/// A server behind a network. Times are in microseconds.
#[derive(Clone, Copy, Debug)]
struct Server {
    workers: usize,
    /// What the cheapest kind of request costs at the least.
    service: u64,
    /// By how much more it may cost, in percent.
    spread: u64,
    round_trip: u64,
}

/// What comes of so many requests.
struct Run {
    /// Microseconds.
    took: u64,
    /// The limit in the second half of the time.
    average: f64,
}

/// Sends requests, as many at once as `limit` says when it is asked, and waits for all answers.
fn run(
    server: Server,
    requests: u64,
    mut limit: impl FnMut(Option<(Kind, u64, u64)>, usize) -> usize,
) -> Run {
    let mut seed = Seed::new(7);
    let mut idle: BinaryHeap<Reverse<u64>> = (0..server.workers).map(|_| Reverse(0)).collect();
    // When it is answered, what it is, when it began.
    let mut under_way: BinaryHeap<Reverse<(u64, usize, u64)>> = BinaryHeap::new();
    let (mut now, mut begun, mut done) = (0, 0, 0);
    let mut limits = Vec::new();
    let mut most = limit(None, 0);
    while done < requests {
        while begun < requests && under_way.len() < most {
            let kind = seed.below(3) as usize;
            let spread = 100 + seed.below(server.spread + 1);
            let free = idle.pop().map_or(0, |Reverse(free)| free);
            let ready = free.max(now + server.round_trip / 2) + server.service * KINDS[kind].1 * spread / 100;
            idle.push(Reverse(ready));
            under_way.push(Reverse((ready + server.round_trip / 2, kind, now)));
            begun += 1;
            most = limit(None, under_way.len());
        }
        let Some(Reverse((at, kind, began))) = under_way.pop() else { break };
        now = at;
        done += 1;
        most = limit(Some((KINDS[kind].0, began, at)), under_way.len());
        if done > requests / 2 && done < requests - 50 {
            limits.push(most as f64);
        }
    }
    Run { took: now, average: limits.iter().sum::<f64>() / limits.len() as f64 }
}

fn fixed(server: Server, requests: u64, most: usize) -> u64 {
    run(server, requests, |_, _| most).took
}

fn adaptive(server: Server, requests: u64) -> Run {
    let mut limit = Limit::new(CAP);
    run(server, requests, |answer, under_way| {
        if let Some((kind, began, at)) = answer {
            limit.answered(kind, Mono(began / 1000), Mono(at / 1000));
        } else {
            limit.began(under_way);
        }
        limit.get()
    })
}

fn best(server: Server, requests: u64) -> u64 {
    (1..=CAP).map(|most| fixed(server, requests, most)).min().unwrap_or(u64::MAX)
}

fn servers() -> impl Strategy<Value = Server> {
    let workers = prop_oneof![Just(1), Just(2), Just(8), Just(64)];
    (workers, 1_000..80_000_u64, 0..100_u64, 200..150_000_u64)
        .prop_map(|(workers, service, spread, round_trip)| Server { workers, service, spread, round_trip })
}

proptest! {
    #[test]
    fn b12_the_limit_is_as_good_as_the_best_fixed_one(server in servers()) {
        let (ours, best) = (adaptive(server, 3000).took, best(server, 3000));
        prop_assert!(ours * 10 <= best * 11, "{} % of {best} us", ours * 100 / best);
    }
}

#[test]
fn b12_it_settles_low_for_two_workers_and_at_the_cap_for_a_distant_server() {
    let near = Server { workers: 2, service: 20_000, spread: 30, round_trip: 400 };
    let settled = adaptive(near, 3000).average;
    assert!((3.0..6.5).contains(&settled), "{settled}");
    let far = Server { workers: 64, service: 500, spread: 30, round_trip: 20_000 };
    let settled = adaptive(far, 3000).average;
    assert!(settled > 15.0, "{settled}");
}

/// A world whose daemon may have `CAP` requests under way.
fn capped_world() -> World {
    let settings = Settings::example().to_builder().concurrency(CAP as i64).build();
    World::new(settings.expect("the cap is in its range"))
}

/// Lets the daemon make an incident of each of so many cases; returns how long that takes, milliseconds.
fn cold_sync(cases: usize, workers: usize, service: u64, latency: u64) -> u64 {
    let mut world = capped_world();
    world.conditions.latency = latency;
    world.set_workers(workers, service);
    for number in 0..cases {
        let case = NewCase::reachability(&format!("gw{number}"));
        world.zino.open_case(&case, world.wall());
    }
    let all = |world: &World| {
        world.argus.incidents().count() == cases && world.daemon.inspect().requests_under_way() == 0
    };
    assert!(world.run_until(3_600_000, all));
    world.now()
}

#[test]
fn b12_a_cold_sync_takes_as_long_as_the_workers_of_the_server_need() {
    for (workers, service, latency) in [(1, 20, 1), (2, 20, 1), (2, 60, 30), (8, 40, 5), (64, 40, 100)] {
        let cases = 600;
        let round_trip = service + 2 * latency;
        let needed = cases as u64 * (service / workers as u64).max(round_trip / CAP as u64);
        // Besides, it begins: with a connection, and a read of Zino.
        let begins = 15 * round_trip;
        let took = cold_sync(cases, workers, service, latency);
        assert!(took * 10 <= (needed + begins) * 11, "{workers} workers: {took} ms instead of {needed}");
    }
}

#[test]
fn b12_the_limit_shrinks_where_the_server_fails_and_grows_again() {
    let mut world = capped_world();
    world.set_workers(64, 50);
    let busy = |world: &mut World, name: &str| {
        for number in 0..200 {
            let case = NewCase::reachability(&format!("{name}{number}"));
            world.zino.open_case(&case, world.wall());
        }
        world.run(500);
    };
    busy(&mut world, "a");
    assert_eq!(world.daemon.inspect().request_limit(), CAP);
    world.run(10_000);
    // One bad answer is not overload (behaviour B14), and one that comes at once is no measure of the others.
    world.fail_next("POST", HttpFault::Status(500, None));
    world.fail_next("POST", HttpFault::Status(400, None));
    busy(&mut world, "bad");
    assert_eq!(world.daemon.inspect().request_limit(), CAP);
    world.run(10_000);
    world.fail_next("POST", HttpFault::Status(502, None));
    world.fail_next("POST", HttpFault::Hang);
    busy(&mut world, "b");
    assert!(world.daemon.inspect().request_limit() < CAP);
    world.run(60_000);
    busy(&mut world, "c");
    world.run(10_000);
    assert_eq!(world.daemon.inspect().request_limit(), CAP);
    assert_eq!(world.argus.incidents().count(), 800);
}
