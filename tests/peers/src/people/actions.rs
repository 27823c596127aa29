//! What people do, by name.

/// Something that happens to a case in Zino: by its operators, or by the routers that it watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ZinoAction {
    /// A new case opens.
    Open,
    /// A person closes an open case.
    Close,
    /// A person writes into the history.
    Note,
    /// A person, or Zino itself, sets the state of an open case.
    SetState,
    /// Zino itself writes into the history.
    SystemNote,
    /// Zino finds what the case is about down, or up.
    Poll,
    /// The priority of an open case changes.
    Priority,
    /// The description of an open case changes.
    Describe,
    /// A closed case is deleted, with its notification.
    Scavenge,
    /// Planned maintenance opens a case without a log: nobody is to be told of it.
    Placeholder,
    /// Planned maintenance takes an open case, without a word.
    BeginMaintenance,
    /// Planned maintenance lets an open case go.
    EndMaintenance,
    /// An empty history entry: the history of the case cannot be read any more.
    Break,
}

/// Something that a person does in Argus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ArgusAction {
    /// Acknowledges an open incident.
    Ack,
    /// Closes an open incident.
    Close,
    /// Sets the ticket of an open incident.
    Ticket,
    /// Comments on an open incident.
    Comment,
    /// Reopens an incident that has ended.
    Reopen,
    /// Changes the level of an open incident.
    Level,
    /// Changes the text of an open incident.
    Describe,
    /// Adds a tag to an open incident.
    Tag,
    /// Deletes an open incident, as an administrator of the database can.
    Delete,
    /// Another source ends an open incident.
    ForeignEnd,
    /// Acknowledges an open incident for at most 255 seconds.
    AckForAWhile,
}

/// Something that people do on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UserAction {
    /// In Zino.
    Zino(ZinoAction),
    /// In Argus.
    Argus(ArgusAction),
}

impl From<ZinoAction> for UserAction {
    fn from(action: ZinoAction) -> Self {
        Self::Zino(action)
    }
}

impl From<ArgusAction> for UserAction {
    fn from(action: ArgusAction) -> Self {
        Self::Argus(action)
    }
}

impl ZinoAction {
    /// Every one. The order is part of what the bytes of a recorded scenario mean: new ones go to the end.
    pub const ALL: [Self; 13] = [
        Self::Open,
        Self::Close,
        Self::Note,
        Self::SetState,
        Self::SystemNote,
        Self::Poll,
        Self::Priority,
        Self::Describe,
        Self::Scavenge,
        Self::Placeholder,
        Self::BeginMaintenance,
        Self::EndMaintenance,
        Self::Break,
    ];
}

impl ArgusAction {
    /// Every one. The order is part of what the bytes of a recorded scenario mean: new ones go to the end.
    pub const ALL: [Self; 11] = [
        Self::Ack,
        Self::Close,
        Self::Ticket,
        Self::Comment,
        Self::Reopen,
        Self::Level,
        Self::Describe,
        Self::Tag,
        Self::Delete,
        Self::ForeignEnd,
        Self::AckForAWhile,
    ];
}
