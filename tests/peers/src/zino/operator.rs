//! What people, the network and misfortune do to the server. Every `now` is in Unix seconds.

use super::case::ZinoCase;
use super::cases::{CaseError, Cases};
use super::new_case::NewCase;
use super::server::ZinoServer;
use super::session::Session;
use glue_proto::model::CaseId;

impl ZinoServer {
    /// Opens a case and returns its number.
    pub fn open_case(&mut self, new: &NewCase, now: i64) -> CaseId {
        let (id, lines) = self.cases.open(new, now);
        self.notify(&lines);
        id
    }

    /// Opens a case as planned maintenance does: its log is empty, so it has no `updated`, and it is `ignored` from the
    /// beginning without a history entry. Only its opening is announced.
    pub fn open_placeholder(&mut self, new: &NewCase, now: i64) -> CaseId {
        let new = new.clone().without_log().without("reachability").without("alarm-count");
        let id = self.open_case(&new, now);
        let _ = self.overwrite(id, |case| case.set("state", Some("ignored")));
        id
    }

    /// Planned maintenance takes a case that exists: it becomes `ignored` and its log grows, but nothing is announced
    /// and the history does not tell.
    ///
    /// # Errors
    /// There is no such case.
    pub fn begin_maintenance(&mut self, id: CaseId, now: i64) -> Result<(), CaseError> {
        self.overwrite(id, |case| {
            case.set("state", Some("ignored"));
            case.add_log("entered into existing active PM event id 1", now);
        })
    }

    /// Planned maintenance lets a case go: it becomes `open`, announced but without a history entry.
    ///
    /// # Errors
    /// There is no such case.
    pub fn end_maintenance(&mut self, id: CaseId, now: i64) -> Result<(), CaseError> {
        self.edit(id, now, |case| case.set("state", Some("open")))
    }

    /// Zino finds what the case is about down, or up again, and writes so into its log; where there is an attribute for that
    /// (`reachability`, `alarm-count`), it is set as well.
    ///
    /// # Errors
    /// There is no such case.
    pub fn poll(&mut self, id: CaseId, is_down: bool, now: i64) -> Result<(), CaseError> {
        self.edit(id, now, |case| case.find(is_down, now))
    }

    /// Sets the state of a case, as `user`; the server itself is `monitor`.
    ///
    /// # Errors
    /// There is no such case, or it is closed.
    pub fn set_state(&mut self, id: CaseId, state: &str, user: &str, now: i64) -> Result<(), CaseError> {
        let changed = self.edit(id, now, |case| case.change_state(state, user, now))?;
        if changed { Ok(()) } else { Err(CaseError::Closed) }
    }

    /// Closes a case, as [`set_state`](Self::set_state) does.
    ///
    /// # Errors
    /// There is no such case.
    pub fn close(&mut self, id: CaseId, user: &str, now: i64) -> Result<(), CaseError> {
        self.set_state(id, "closed", user, now)
    }

    /// A person writes into the history.
    ///
    /// # Errors
    /// There is no such case.
    pub fn add_history(&mut self, id: CaseId, user: &str, text: &str, now: i64) -> Result<(), CaseError> {
        self.add_system_history(id, &format!("{user}\n{text}"), now)
    }

    /// The server writes into the history. An empty message breaks every later `gethist` of the case.
    ///
    /// # Errors
    /// There is no such case.
    pub fn add_system_history(&mut self, id: CaseId, message: &str, now: i64) -> Result<(), CaseError> {
        self.edit(id, now, |case| case.add_history(message, now))
    }

    /// The server writes into the log. An empty message breaks every later `getlog` of the case.
    ///
    /// # Errors
    /// There is no such case.
    pub fn add_log(&mut self, id: CaseId, message: &str, now: i64) -> Result<(), CaseError> {
        self.edit(id, now, |case| case.add_log(message, now))
    }

    /// Sets an attribute by its name in `getattrs`, or takes it away.
    ///
    /// # Errors
    /// There is no such case.
    pub fn set_attribute(
        &mut self,
        id: CaseId,
        name: &str,
        value: Option<&str>,
        now: i64,
    ) -> Result<(), CaseError> {
        self.edit(id, now, |case| case.set(name, value))
    }

    /// Changes a case in one commit, whose changes are announced together in the server's order.
    ///
    /// # Errors
    /// There is no such case.
    pub fn edit<T>(
        &mut self,
        id: CaseId,
        now: i64,
        change: impl FnOnce(&mut ZinoCase) -> T,
    ) -> Result<T, CaseError> {
        let mut case = self.cases.get(id).cloned().ok_or(CaseError::Unknown)?;
        let result = change(&mut case);
        let lines = self.cases.commit(case, now);
        self.notify(&lines);
        Ok(result)
    }

    /// Deletes a closed case, with its notification.
    ///
    /// # Errors
    /// There is no such case, or it is not closed.
    pub fn scavenge(&mut self, id: CaseId) -> Result<(), CaseError> {
        let lines = self.cases.scavenge(id)?;
        self.notify(&lines);
        Ok(())
    }

    /// Deletes the cases that have been closed for more than eight hours, as the real server does every half hour.
    pub fn scavenge_expired(&mut self, now: i64) {
        for id in self.cases.expired(now) {
            let _ = self.scavenge(id);
        }
    }

    /// Deletes a case without a word, as a state file from a backup would.
    ///
    /// # Errors
    /// There is no such case.
    pub fn vanish(&mut self, id: CaseId) -> Result<(), CaseError> {
        self.cases.vanish(id)
    }

    /// Restarts the server in an orderly way: all connections are closed, tied channels with the goodbye line. Nothing
    /// is lost.
    pub fn restart(&mut self) {
        let sessions: Vec<_> = self.sessions.keys().copied().collect();
        for session in sessions {
            self.end_api(session);
        }
        self.sessions.values_mut().for_each(Session::close);
    }

    /// Crashes the server and starts it from its last dump: the last changes are lost, as many as are told (1000 at the
    /// most), and the numbers that they gave will be given again. All connections are closed without a word.
    pub fn restart_losing(&mut self, changes: usize) {
        self.sessions.values_mut().for_each(Session::close);
        self.cases.lose_last(changes);
    }

    /// Restarts the server without its state file: no cases, and the numbers begin anew. All connections are closed.
    pub fn lose_state(&mut self) {
        self.restart();
        self.cases = Cases::default();
    }

    /// Restarts the server with the cases of another one, as a standby server does that is brought up to date. The numbers go
    /// on after those of the other one.
    pub fn copy_cases(&mut self, other: &Self) {
        self.restart();
        self.cases = other.cases.clone();
    }

    /// Lets the numbers below this one be used up, so that the next case gets it.
    pub fn skip_to(&mut self, next: CaseId) {
        self.cases.skip_to(next);
    }

    /// Returns a case.
    #[must_use]
    pub fn case(&self, id: CaseId) -> Option<&ZinoCase> {
        self.cases.get(id)
    }

    /// Returns all cases, closed ones too, by their numbers.
    pub fn cases(&self) -> impl Iterator<Item = &ZinoCase> {
        self.cases.iter()
    }

    fn overwrite(&mut self, id: CaseId, change: impl FnOnce(&mut ZinoCase)) -> Result<(), CaseError> {
        let mut case = self.cases.get(id).cloned().ok_or(CaseError::Unknown)?;
        change(&mut case);
        self.cases.overwrite(case);
        Ok(())
    }
}
