//! Incidents at which the server fails, as it does at rows that its database does not take (reference argus-api 1).

use super::http::Request;
use super::options::PermanentFailure;
use super::server::ArgusServer;
use serde_json::Value;

impl ArgusServer {
    /// Finds the status with which a write is refused, however often it is tried.
    pub(super) fn refusal_of(&self, request: &Request<'_>) -> Option<u16> {
        let holds = |text: &str| request.body.windows(text.len().max(1)).any(|part| part == text.as_bytes());
        let refusals = self.options.refusals.iter();
        let mut fitting = refusals.filter(|refusal| refusal.method == request.method && holds(&refusal.text));
        fitting.next().map(|refusal| refusal.status)
    }

    /// Finds the permanent failure that a write is bound to run into.
    pub(super) fn permanent_failure_of(&self, request: &Request<'_>, path: &str) -> Option<PermanentFailure> {
        if self.options.permanent_failures.is_empty() || matches!(request.method, "GET" | "HEAD" | "OPTIONS")
        {
            return None;
        }
        let below = path.strip_prefix("/api/v2/incidents/")?.trim_end_matches('/');
        let id = match below.split('/').next().unwrap_or_default() {
            "" | "mine" => {
                let body: Value = serde_json::from_slice(request.body).ok()?;
                let id = body.get("source_incident_id")?;
                id.as_str().map_or_else(|| id.to_string(), String::from)
            }
            pk => self.incident(pk.parse().ok()?)?.source_incident_id.clone(),
        };
        let number = id.split('@').next()?;
        self.options.permanent_failures.iter().find(|failure| failure.id == number).cloned()
    }
}
