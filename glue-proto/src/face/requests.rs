//! What is counted of requests to Argus: how many of which kind had which outcome.

/// How many requests of a kind had an outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct RequestCount {
    /// What was asked for.
    pub kind: RequestKind,
    /// What came of it.
    pub outcome: RequestOutcome,
    /// How often.
    pub count: u64,
}

/// What a request to Argus asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RequestKind {
    /// To create an incident.
    Create,
    /// To bring one up to date.
    Patch,
    /// To post an event.
    Event,
    /// A page of a listing.
    List,
    /// A count.
    Count,
    /// A page of the event feed.
    Feed,
    /// One incident, or its events.
    Read,
    /// A heartbeat.
    Heartbeat,
}

/// What came of a request to Argus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "snake_case"))]
#[non_exhaustive]
pub enum RequestOutcome {
    /// It was carried out.
    Ok,
    /// It was refused, or the answer was an error about this request.
    Refused,
    /// The server, or something before it, was overloaded.
    Overload,
    /// There was no answer, or the connection was cut.
    Unanswered,
    /// The server could not be reached.
    Unreachable,
}

impl RequestKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Create,
        Self::Patch,
        Self::Event,
        Self::List,
        Self::Count,
        Self::Feed,
        Self::Read,
        Self::Heartbeat,
    ];

    /// Returns the kind as one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Patch => "patch",
            Self::Event => "event",
            Self::List => "list",
            Self::Count => "count",
            Self::Feed => "feed",
            Self::Read => "read",
            Self::Heartbeat => "heartbeat",
        }
    }
}

impl RequestOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Refused, Self::Overload, Self::Unanswered, Self::Unreachable];

    /// Returns the outcome as one word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::Overload => "overload",
            Self::Unanswered => "unanswered",
            Self::Unreachable => "unreachable",
        }
    }
}
