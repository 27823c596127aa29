//! Incidents at which the server fails, as it does at rows that its database does not take (reference argus-api 1).

use super::http::Request;
use super::options::Curse;
use super::server::ArgusServer;
use serde_json::Value;

impl ArgusServer {
    /// Finds the curse that lies on what a write is about.
    pub(super) fn curse_on(&self, request: &Request<'_>, path: &str) -> Option<Curse> {
        if self.options.curses.is_empty() || matches!(request.method, "GET" | "HEAD" | "OPTIONS") {
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
        self.options.curses.iter().find(|curse| curse.id == number).cloned()
    }
}
