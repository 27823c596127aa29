//! The dashboard for Grafana shows what the running program serves, and nothing lies on anything else (behaviour B71).
//!
//! Whether its model is Grafana's, and whether Prometheus can read its queries, is checked by `.ci/run dashboard`.

use crate::status::{get_with, in_step};
use crate::stop;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

const DASHBOARD: &str = include_str!("../../packaging/grafana/zinoargus.json");
/// How many columns Grafana has.
const COLUMNS: u64 = 24;
/// The labels that Prometheus adds to each series.
const ADDED: [&str; 2] = ["job", "instance"];

fn panels() -> Vec<Value> {
    let dashboard: Value = serde_json::from_str(DASHBOARD).expect("it is JSON");
    dashboard["panels"].as_array().expect("a list of panels").clone()
}

#[test]
fn b71_no_panel_lies_on_another_one_or_beside_the_board() {
    let mut taken = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for panel in panels() {
        let (id, grid) = (panel["id"].as_u64().expect("an id"), &panel["gridPos"]);
        assert!(ids.insert(id), "two panels are number {id}");
        let [x, y, w, h] = ["x", "y", "w", "h"].map(|key| grid[key].as_u64().expect("a number"));
        assert!(w > 0 && h > 0 && x + w <= COLUMNS, "panel {id} is beside the board: {grid}");
        for cell in (x..x + w).flat_map(|x| (y..y + h).map(move |y| (x, y))) {
            assert_eq!(taken.insert(cell, id), None, "panel {id} lies on it at {cell:?}");
        }
    }
    let last = taken.keys().map(|(_, y)| *y).max().expect("there are panels");
    let gaps: Vec<_> = (0..=last).filter(|y| (0..COLUMNS).any(|x| !taken.contains_key(&(x, *y)))).collect();
    assert_eq!(gaps, Vec::<u64>::new(), "rows of the board with a gap");
}

/// What is served: each label of a metric, with its values. The `le` of buckets has none here.
fn served(text: &str) -> BTreeMap<&str, BTreeMap<&str, BTreeSet<&str>>> {
    let mut served = BTreeMap::<_, BTreeMap<_, BTreeSet<_>>>::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let series = line.rsplit_once(' ').expect("a value").0;
        let (name, labels) = series.split_once('{').unwrap_or((series, ""));
        let known = served.entry(name).or_default();
        for label in labels.trim_end_matches('}').split(',').filter(|label| !label.is_empty()) {
            let (label, value) = label.split_once('=').expect("a label and its value");
            known.entry(label).or_default().insert(value.trim_matches('"'));
        }
    }
    served
}

/// The parts of a text between two marks.
fn between<'a>(text: &'a str, begin: &'static str, end: &'static str) -> impl Iterator<Item = &'a str> {
    text.split(begin).skip(1).filter_map(move |rest| Some(rest.split_once(end)?.0))
}

#[test]
fn b71_each_query_asks_for_series_with_labels_and_values_that_are_served() {
    let (_zino, _argus, daemon, address) = in_step();
    let (_, text) = get_with(&address, "/metrics", "");
    stop(daemon);
    let served = served(text.split_once("\r\n\r\n").expect("a head and a body").1);
    let mut queries = 0;
    for panel in panels().iter().filter(|panel| panel["type"] != "row") {
        let targets = panel["targets"].as_array().expect("queries");
        let ids: BTreeSet<_> = targets.iter().map(|target| target["refId"].as_str()).collect();
        assert_eq!(ids.len(), targets.len(), "two queries have one name: {panel}");
        for part in [panel].into_iter().chain(targets) {
            assert_eq!(part["datasource"]["uid"], "${datasource}", "{part}");
        }
        for target in targets {
            let (query, legend) =
                (target["expr"].as_str().unwrap(), target["legendFormat"].as_str().unwrap());
            let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let mut labels: BTreeSet<&str> = ADDED.into();
            for (before, matchers) in query.split('{').zip(between(query, "{", "}")) {
                let name = before.rsplit(|c| !is_part(c)).next().expect("a name");
                let known = served.get(name).unwrap_or_else(|| panic!("{name} is not served: {query}"));
                labels.extend(known.keys());
                for matcher in matchers.split(", ") {
                    let (label, value) = matcher.split_once('=').expect("a matcher");
                    let value = value.trim_start_matches('~').trim_matches('"');
                    let is_known = value == format!("${label}") && ADDED.contains(&label)
                        || known.get(label).is_some_and(|values| values.contains(value));
                    assert!(is_known, "nothing has {matcher}: {query}");
                }
                queries += 1;
            }
            let kept: Vec<&str> = between(query, "by (", ")").flat_map(|list| list.split(", ")).collect();
            assert!(kept.iter().all(|label| labels.contains(label)), "{query}");
            let shown: Vec<_> = between(legend, "{{", "}}").collect();
            let is_there =
                |label: &&str| if kept.is_empty() { labels.contains(label) } else { kept.contains(label) };
            assert!(shown.iter().all(is_there), "{query} has no such label: {legend}");
        }
    }
    assert!(queries > 30, "{queries}");
}
