//! What the simulator has found, each as a small story of its own.

mod argus;
mod zino;

use glue_proto::{AckState, Settings};
use glue_sim::world::World;

fn world() -> World {
    let mut settings = Settings::example();
    settings.sync.acknowledge = Some(AckState::Working);
    settings.sync.ticket = true;
    World::new(settings)
}
