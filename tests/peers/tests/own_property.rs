//! A property test of one's own, on top of the simulator: whatever people do in Zino and whatever goes wrong meanwhile, no
//! case ever has two incidents, and once all is well both boards agree.

use glue_proto::Settings;
use glue_sim::Simulation;
use glue_sim::faults::FaultKind::{self, ArgusDown, Crash, Http, Kill, Notification, ZinoCut, ZinoHalfOpen};
use glue_sim::people::ZinoAction::{self, Close, Note, Open, Poll, Priority, SetState};
use glue_sim::world::World;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// Something that happens, in a way that two bytes choose.
#[derive(Clone, Copy, Debug)]
enum Event {
    People(ZinoAction, u8, u8),
    Fault(FaultKind, u8, u8),
}

fn events() -> impl Strategy<Value = Vec<(Event, u64)>> {
    let actions = select(&[Open, Open, Note, Note, SetState, Poll, Priority, Close]);
    let faults = select(&[Http, Http, ArgusDown, Notification, ZinoCut, ZinoHalfOpen, Kill, Crash]);
    let people =
        (actions, any::<u8>(), any::<u8>()).prop_map(|(what, who, how)| Event::People(what, who, how));
    let fault =
        (faults, any::<u8>(), any::<u8>()).prop_map(|(what, how, long)| Event::Fault(what, how, long));
    vec((prop_oneof![3 => people, 1 => fault], 0..20_000_u64), 1..25)
}

fn no_case_has_two_incidents(world: &mut World) -> Result<(), TestCaseError> {
    let mut ids: Vec<&str> = world.incidents().map(|incident| incident.source_incident_id.as_str()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    prop_assert_eq!(ids.len(), count);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_lost_and_nothing_is_doubled(seed: u64, events in events()) {
        let mut simulation = Simulation::new(Settings::example());
        simulation.world.set_chance(seed);
        for (event, pause) in events {
            match event {
                Event::People(action, who, how) => drop(simulation.act(action, who, how)),
                Event::Fault(kind, how, long) => {
                    let (fault, millis) = kind.draw(&simulation.world, how, long);
                    simulation.begin(fault, millis);
                }
            }
            simulation.run_checked(pause, no_case_has_two_incidents)?;
        }
        simulation.heal();
        simulation.run_checked(20 * 60 * 1000, no_case_has_two_incidents)?;
        prop_assert_eq!(simulation.world.disagreements(), Vec::<String>::new());
    }
}
