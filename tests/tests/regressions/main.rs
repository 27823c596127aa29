//! What the simulator has found, each as a small story of its own.

mod argus;
mod zino;

use glue_proto::{AckState, Settings};
use glue_sim::world::World;

fn world() -> World {
    let settings = Settings::example()
        .to_builder()
        .acknowledge(Some(AckState::Working))
        .ticket(true)
        .build()
        .expect("each value is in its range");
    World::new(settings)
}
