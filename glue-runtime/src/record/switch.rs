//! Recording, switched on and off while the daemon runs (behaviour B77, B79).
//!
//! What is seen of secrets is kept while nothing is recorded, too: an earlier community may still be in a datagram that is on
//! its way.

use super::form::{self, Masks};
use super::writer::{Writer, name_before};
use super::{Made, Met, header, line};
use crate::event::Event;
use crate::log::one_line;
use core::fmt;
use glue_proto::{Action, Now, OwnedInput, Settings, Wall};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What an operator can ask of a running daemon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Command {
    /// Begin a recording.
    Start {
        /// The file, which must not be there yet. It has a path from the root: the daemon has another working directory.
        file: PathBuf,
        /// The size in MiB after which it goes on in another file.
        limit: u64,
    },
    /// End the recording.
    Stop,
}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start { file, .. } => write!(f, "record to {}", shown(file)),
            Self::Stop => f.write_str("end the recording"),
        }
    }
}

/// What is to be said of the recording of now, or of the last one if nobody has ended it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Recorded {
    /// Its file, in one line.
    pub(crate) file: String,
    /// When it was begun.
    pub(crate) since: Wall,
    /// Why it has ended, if it has.
    pub(crate) ended: Option<String>,
}

/// Where in its run the machine is.
#[derive(Debug)]
pub(crate) enum Begin {
    /// It is about to be made, with this seed.
    Made(u64),
    /// In the middle, and this is what it says of itself.
    Met(Value),
}

/// Whether there is a recording. Each clone switches the same one.
#[derive(Clone, Debug)]
pub(crate) struct Switch(Arc<Mutex<Slot>>);

#[derive(Debug)]
struct Slot {
    masks: Masks,
    /// Those in force, each secret replaced.
    settings: Value,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    file: PathBuf,
    since: Wall,
    writer: Writer,
}

impl Switch {
    /// Records nothing yet.
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut masks = Masks::default();
        let settings = masks.settings(settings);
        Self(Arc::new(Mutex::new(Slot { masks, settings, running: None })))
    }

    /// Begins a recording at the start of the daemon. A file that is there already is kept under its name with `.1`.
    ///
    /// # Errors
    ///
    /// If the file cannot be made.
    pub(crate) fn open(path: &Path, limit: u64) -> io::Result<Writer> {
        Writer::start(path, limit, header(None, None))
    }

    /// Makes the file of a recording that is begun by command. Waits for the disk. Nothing that is there already is touched:
    /// whoever may command the daemon need not be allowed to do away with the files of its user.
    ///
    /// # Errors
    ///
    /// The reason for people.
    pub(crate) fn open_new(path: &Path, limit: u64) -> Result<Writer, String> {
        if !path.is_absolute() {
            return Err("the path must begin at the root".into());
        }
        for path in [path, &name_before(path)] {
            if path.symlink_metadata().is_ok() {
                return Err(format!("{} exists already", shown(path)));
            }
        }
        Self::open(path, limit)
            .map_err(|error| format!("{error}; it is the daemon who opens the file, as its own user"))
    }

    /// Begins to write. To be called between two inputs.
    ///
    /// # Errors
    ///
    /// The reason for people, if something is being recorded.
    pub(crate) fn begin(&self, file: &Path, writer: Writer, at: Now, begin: Begin) -> Result<(), String> {
        let mut slot = self.lock();
        if let Some(running) = &slot.running
            && running.writer.failure().is_none()
        {
            return Err(format!("it is being recorded to {}", shown(&running.file)));
        }
        let settings = slot.settings.clone();
        writer.push(&match begin {
            Begin::Made(seed) => header(Some(Made { at, seed, settings }), None),
            Begin::Met(status) => header(None, Some(Met { at, settings, status: form::masked(status) })),
        });
        slot.running = Some(Running { file: file.into(), since: at.wall, writer });
        Ok(())
    }

    /// Ends the recording, and waits until it is on its way to the disk, for a second at most. Returns what it was.
    pub(crate) fn end(&self, why: &'static str) -> Option<Recorded> {
        let running = self.lock().running.take()?;
        let (file, since) = (shown(&running.file), running.since);
        Some(Recorded { file, since, ended: running.writer.end(why) })
    }

    /// Tells whether something is recorded.
    pub(crate) fn recorded(&self) -> Option<Recorded> {
        let slot = self.lock();
        let Running { file, since, writer } = slot.running.as_ref()?;
        Some(Recorded { file: shown(file), since: *since, ended: writer.failure() })
    }

    pub(super) fn input(&self, at: Now, event: &Event) {
        let slot = &mut *self.lock();
        if let OwnedInput::Reload(reload) = event {
            slot.settings = slot.masks.settings(&reload.settings);
        }
        if let Some(running) = &slot.running {
            running.writer.push(&line(&json!({ "at": at, "input": slot.masks.input(event) })));
        }
    }

    pub(super) fn action(&self, action: &Action) {
        let slot = self.lock();
        if let Some(running) = &slot.running {
            running.writer.push(&line(&json!({ "action": slot.masks.action(action) })));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Slot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Writes a path in one line.
fn shown(path: &Path) -> String {
    one_line(&path.display().to_string()).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use glue_proto::{FailoverSettings, ProbeId, Reload, Secret};
    use std::fs;

    fn settings(community: &str) -> Settings {
        let failover = FailoverSettings::builder().community(Secret::new(community.into()));
        Settings::example().to_builder().failover(Some(failover)).build().unwrap()
    }

    #[test]
    fn b4_b79_a_community_from_before_the_recording_is_replaced_and_one_recording_at_a_time_is_written() {
        let folder = std::env::temp_dir().join(format!("zinoargus-switch-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (path, other) = (folder.join("a.rec"), folder.join("b.rec"));
        let switch = Switch::new(&settings("closed"));
        assert_eq!((switch.recorded(), switch.end("x")), (None, None));
        switch.input(Now::default(), &Event::Reload(Box::new(Reload::of(settings("private")))));
        let begin = |file: &Path| {
            let writer = Switch::open_new(file, super::super::bytes(0)).unwrap();
            switch.begin(file, writer, Now::default(), Begin::Met(json!({ "mode": "active" })))
        };
        begin(&path).unwrap();
        let why = begin(&other).unwrap_err();
        assert!(why.starts_with("it is being recorded to ") && why.ends_with("a.rec"), "{why}");
        let bytes = b"\x04\x06closed\x04\x07private\xff".to_vec();
        switch.input(Now::default(), &Event::Datagram { probe: ProbeId(1), bytes });
        assert_eq!(switch.recorded().unwrap().ended, None);
        assert_eq!(switch.end("it was ended by command").unwrap().ended, None);
        let text = fs::read_to_string(&path).unwrap();
        let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        for secret in ["closed", "private"] {
            assert!(!text.contains(secret) && !text.contains(&hex(secret)), "{text}");
        }
        assert!(text.contains(&hex("AAAAAA")) && text.contains(&hex("BBBBBBB")), "{text}");
        assert!(
            text.contains("\"complete\":false,\"met\":") && text.contains("\"mode\":\"active\""),
            "{text}"
        );
        fs::remove_dir_all(folder).unwrap();
    }
}
