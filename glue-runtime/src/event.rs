//! What the IO tasks tell the driver.

use glue_proto::OwnedInput;
use tokio::sync::mpsc;

/// One thing that happened: an input of the machine, owning its bytes.
pub type Event = OwnedInput;

/// Where the IO tasks put their events. It is bounded: a peer that sends faster than we think has to wait.
pub type Events = mpsc::Sender<Event>;
