//! What may differ from one server to another.

/// What a server knows and does. [`Options::default`] is Argus 2.10.2 in Oslo.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Options {
    /// Whether `mine/?count=1` is answered with a count; a server that does not know it answers with a page.
    pub knows_count: bool,
    /// Whether there is a feed of all events.
    pub knows_feed: bool,
    /// Whether there is a heartbeat.
    pub knows_heartbeat: bool,
    /// What becomes of a `RES` event on a closed incident.
    pub restart: Restart,
    /// The server's zone in POSIX form.
    pub zone: String,
    /// Whether every request of a kind gets an error before it is looked at.
    pub outage: Option<Outage>,
    /// The most rows that a page has, whatever is asked for: a small list then has several pages too. The real server has no
    /// such limit, but a list of more incidents than are asked for has pages as well.
    pub page_limit: Option<usize>,
    /// Incidents that cannot be written to.
    pub permanent_failures: Vec<PermanentFailure>,
    /// Writes that are never taken.
    pub refusals: Vec<Refusal>,
    /// Writes of one kind about one incident each that are never taken.
    pub refused_steps: Vec<RefusedStep>,
    /// Whether a PATCH of somebody without the right to is answered with 200 and changes nothing.
    pub ignores_patches: bool,
    /// Whether each answer has a `Date` header.
    pub tells_date: bool,
    /// Incidents with so many events that it takes long to show them.
    pub long_stories: Vec<LongStory>,
}

/// What becomes of a `RES` event by a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Restart {
    /// It reopens a closed incident.
    Reopens,
    /// It is recorded and changes nothing.
    Recorded,
    /// A source may not post it: 400.
    Refused,
}

/// An error from something in front of the server, such as a proxy.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Outage {
    /// The status, such as 503.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
}

/// An incident at which the server fails: each write about it is answered with a 500, as often as it is tried.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PermanentFailure {
    /// The source's own name for the incident, as far as an `@`.
    pub id: String,
    /// Whether the server has done what was asked for when it fails.
    pub is_done: bool,
}

/// A write that the server, or what stands in front of it, never takes: each request of the method whose body holds the
/// text is answered with the status, and nothing is done. Everything else about the same incident goes on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Refusal {
    /// The method, such as `POST`.
    pub method: String,
    /// What the body holds.
    pub text: String,
    /// The status, such as 400.
    pub status: u16,
}

/// A write about one incident that the server, or what stands in front of it, never takes, as often as it is tried. Everything
/// else about the same incident goes on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RefusedStep {
    /// The source's own name for the incident, as far as an `@`.
    pub id: String,
    /// Which writes.
    pub kind: WriteKind,
    /// What the body holds; nothing for every body.
    pub text: String,
    /// The status, such as 400. With one below 300 the answer is the one that a write has which is taken, and nothing is
    /// done.
    pub status: u16,
}

/// An incident with thousands of events: to show them all takes the server seconds, in which it does everything else.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct LongStory {
    /// The source's own name for the incident, as far as an `@`; nothing for every incident.
    pub id: String,
    /// How long it takes, milliseconds. What is shown is what there was when the server began.
    pub millis: u64,
}

/// A kind of write by a source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WriteKind {
    /// A new incident.
    Creation,
    /// An event of type `OTH`.
    Entry,
    /// An event of type `END`.
    End,
    /// An event of type `RES`.
    Restart,
    /// A PATCH.
    Update,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            knows_count: true,
            knows_feed: true,
            knows_heartbeat: true,
            restart: Restart::Reopens,
            zone: String::from("CET-1CEST,M3.5.0,M10.5.0/3"),
            outage: None,
            page_limit: None,
            permanent_failures: Vec::new(),
            refusals: Vec::new(),
            refused_steps: Vec::new(),
            ignores_patches: false,
            tells_date: true,
            long_stories: Vec::new(),
        }
    }
}
