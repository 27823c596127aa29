//! What people do in the web interface, or with the API as end users. Every `now` is in Unix seconds.

use super::server::{ArgusServer, NewEvent};
use super::validate::trim;
use std::fmt;

/// Why a person cannot do something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PeopleError {
    /// There is no such incident.
    Unknown,
    /// It is closed already.
    Closed,
    /// It is open already.
    Open,
}

impl fmt::Display for PeopleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "no such incident",
            Self::Closed => "the incident is already closed",
            Self::Open => "the incident is already open",
        })
    }
}

impl std::error::Error for PeopleError {}

impl ArgusServer {
    /// Acknowledges an incident, until `expiration` (Unix seconds) or for ever. Returns the pk of the event.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn ack(
        &mut self,
        user: &str,
        pk: u64,
        text: &str,
        expiration: Option<i64>,
        now: i64,
    ) -> Result<u64, PeopleError> {
        let actor = self.user(user);
        let expiration = expiration.map(|seconds| seconds.saturating_mul(1_000_000));
        let new = NewEvent { actor, timestamp: None, event_type: "ACK", description: trim(text) };
        self.add_ack(pk, new, expiration, now).ok_or(PeopleError::Unknown)
    }

    /// Closes an incident.
    ///
    /// # Errors
    /// There is no such incident, or it is closed.
    pub fn close(&mut self, user: &str, pk: u64, text: &str, now: i64) -> Result<u64, PeopleError> {
        if !self.is_open(pk, now)? {
            return Err(PeopleError::Closed);
        }
        self.post(user, pk, "CLO", text, now)
    }

    /// Reopens an incident.
    ///
    /// # Errors
    /// There is no such incident, or it is open.
    pub fn reopen(&mut self, user: &str, pk: u64, text: &str, now: i64) -> Result<u64, PeopleError> {
        if self.is_open(pk, now)? {
            return Err(PeopleError::Open);
        }
        self.post(user, pk, "REO", text, now)
    }

    /// Writes a comment.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn comment(&mut self, user: &str, pk: u64, text: &str, now: i64) -> Result<u64, PeopleError> {
        self.post(user, pk, "OTH", text, now)
    }

    /// Posts an event of any type as any user, another source for example, with what it means for the incident.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn post(
        &mut self,
        user: &str,
        pk: u64,
        event_type: &str,
        text: &str,
        now: i64,
    ) -> Result<u64, PeopleError> {
        let (actor, timestamp) = (self.user(user), self.moment(now));
        let new = NewEvent { actor, timestamp: Some(timestamp), event_type, description: trim(text) };
        let event = self.add_event(pk, new, now).ok_or(PeopleError::Unknown)?;
        self.apply(pk, event_type, timestamp);
        Ok(event)
    }

    /// Sets the ticket of an incident; an empty text takes it away.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn set_ticket(&mut self, user: &str, pk: u64, url: &str, now: i64) -> Result<(), PeopleError> {
        let actor = self.user(user);
        self.known(pk)?;
        self.change_ticket(pk, actor, trim(url), now);
        Ok(())
    }

    /// Sets the level of an incident.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn set_level(&mut self, user: &str, pk: u64, level: u8, now: i64) -> Result<(), PeopleError> {
        let actor = self.user(user);
        let incident = self.incidents.get_mut(&pk).ok_or(PeopleError::Unknown)?;
        let old = std::mem::replace(&mut incident.level, level);
        self.record_change(pk, actor, "level", &old.to_string(), &level.to_string(), now);
        Ok(())
    }

    /// Sets the text of an incident.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn set_description(&mut self, user: &str, pk: u64, text: &str, now: i64) -> Result<(), PeopleError> {
        let actor = self.user(user);
        let incident = self.incidents.get_mut(&pk).ok_or(PeopleError::Unknown)?;
        let old = std::mem::replace(&mut incident.description, trim(text).into());
        self.record_change(pk, actor, "description", &old, trim(text), now);
        Ok(())
    }

    /// Adds a tag, `key=value`, to an incident.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn add_tag(&mut self, user: &str, pk: u64, tag: &str, now: i64) -> Result<(), PeopleError> {
        let actor = self.user(user);
        let incident = self.incidents.get(&pk).ok_or(PeopleError::Unknown)?;
        let mut tags: Vec<String> = incident.tags.iter().map(|row| row.tag.clone()).collect();
        tags.push(tag.into());
        self.change_tags(pk, actor, &tags, now);
        Ok(())
    }

    /// Deletes an incident, as an administrator of the database can.
    ///
    /// # Errors
    /// There is no such incident.
    pub fn delete_incident(&mut self, pk: u64) -> Result<(), PeopleError> {
        self.incidents.remove(&pk).ok_or(PeopleError::Unknown)?;
        self.by_source_id.retain(|_, &mut known| known != pk);
        Ok(())
    }

    fn known(&self, pk: u64) -> Result<&super::Incident, PeopleError> {
        self.incidents.get(&pk).ok_or(PeopleError::Unknown)
    }

    fn is_open(&mut self, pk: u64, now: i64) -> Result<bool, PeopleError> {
        let moment = self.moment(now);
        Ok(self.known(pk)?.is_open(moment))
    }
}
