//! A router goes down while Argus does, too: it is told as soon as Argus is back.

#![expect(clippy::print_stdout, reason = "an example shows what it has found")]

use glue_sim::glue_proto::Settings;
use glue_sim::world::LastingFault;
use glue_sim::zino::NewCase;
use glue_sim::{BEGIN, Simulation};

fn main() {
    let mut simulation = Simulation::new(Settings::example());
    // The daemon reads what there is on both sides: nothing.
    simulation.run(5_000);

    // The fault, for a minute; and the outage, right after it has begun.
    simulation.begin(LastingFault::ArgusDown, 60_000);
    let opened = simulation.world.wall();
    let case = simulation.world.zino.open_case(&NewCase::reachability("oslo-gw1"), opened);
    simulation.run(59_000);
    assert_eq!(simulation.world.incidents().count(), 0);

    // Argus is back, and so is a minute later everything else.
    simulation.run(61_000);
    let world = &simulation.world;
    assert_eq!(world.disagreements(), Vec::<String>::new());
    let incident = world.incidents().next().expect("an incident");
    assert_eq!(incident.start_time, opened * 1_000_000);
    let told = world.sent.iter().find(|request| request.status == 201).expect("it was made");
    println!("case {case}, opened at {opened}, became incident {}: {}", incident.pk, incident.description);
    println!("told at {}", BEGIN + i64::try_from(told.at / 1000).expect("a moment of this century"));
}
