//! Which incidents a list has (reference argus-api 3).

use super::board::{EndTime, Incident};
use super::time;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The filters of a request that mean something.
#[derive(Debug, Default)]
pub(super) struct Filter {
    open: Option<bool>,
    acked: Option<bool>,
    stateful: Option<bool>,
    ticket: Option<bool>,
    hide_closed_acked: Option<bool>,
    source_incident_id: Option<String>,
    start_gte: Option<i64>,
    start_lte: Option<i64>,
    end_gte: Option<i64>,
    end_lte: Option<i64>,
}

impl Filter {
    /// Reads the filters. What is no boolean or is not known is ignored; what is no date is refused.
    pub(super) fn read(parameters: &BTreeMap<String, String>, zone: &TimeZone) -> Result<Self, Value> {
        let flag = |name: &str| match parameters.get(name).map(String::as_str) {
            Some("true" | "True" | "1") => Some(true),
            Some("false" | "False" | "0") => Some(false),
            _ => None,
        };
        let mut errors = Map::new();
        let mut stamp = |name: &str| {
            let text = parameters.get(name).filter(|text| !text.is_empty())?;
            let micros = time::parse(text, zone).ok();
            if micros.is_none() {
                errors.insert(name.into(), json!(["Enter a valid date/time."]));
            }
            micros
        };
        let filter = Self {
            open: flag("open"),
            acked: flag("acked"),
            stateful: flag("stateful"),
            ticket: flag("ticket"),
            hide_closed_acked: flag("hide_closed_acked"),
            source_incident_id: parameters.get("source_incident_id").filter(|id| !id.is_empty()).cloned(),
            start_gte: stamp("start_time__gte"),
            start_lte: stamp("start_time__lte"),
            end_gte: stamp("end_time__gte"),
            end_lte: stamp("end_time__lte"),
        };
        if errors.is_empty() { Ok(filter) } else { Err(Value::Object(errors)) }
    }

    /// Tells whether an incident passes at this moment, in microseconds.
    pub(super) fn passes(&self, incident: &Incident, now: i64) -> bool {
        let (open, acked) = (incident.is_open(now), incident.is_acked(now));
        let wanted = |flag: Option<bool>, value: bool| flag.is_none_or(|flag| flag == value);
        let end = match incident.end_time {
            EndTime::Infinity => i64::MAX,
            EndTime::At(end) => end,
            EndTime::Stateless => return self.passes_stateless(incident),
        };
        wanted(self.open, open)
            && wanted(self.acked, acked)
            && wanted(self.stateful, true)
            && self.passes_common(incident)
            && !(self.hide_closed_acked == Some(true) && acked && !open)
            && self.end_gte.is_none_or(|least| end >= least)
            && self.end_lte.is_none_or(|most| end <= most)
    }

    fn passes_stateless(&self, incident: &Incident) -> bool {
        let asks_for_end = self.end_gte.is_some() || self.end_lte.is_some();
        self.open.is_none() && self.stateful != Some(true) && !asks_for_end && self.passes_common(incident)
    }

    fn passes_common(&self, incident: &Incident) -> bool {
        self.ticket.is_none_or(|ticket| ticket != incident.ticket_url.is_empty())
            && self.source_incident_id.as_ref().is_none_or(|id| *id == incident.source_incident_id)
            && self.start_gte.is_none_or(|least| incident.start_time >= least)
            && self.start_lte.is_none_or(|most| incident.start_time <= most)
    }
}
