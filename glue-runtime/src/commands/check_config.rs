//! `zinoargus check-config`: judges the configuration without asking any server (behaviour B3, B76).

use crate::config::{self, ConfigError, Loaded};
use crate::exit::Status;
use crate::http::Environment;
use crate::io::Prepared;
use serde_json::{Value, json};
use std::path::Path;

/// The version of the answer as data.
const SCHEMA: u32 = 1;

/// What is to be said of a configuration.
#[derive(Debug, Default)]
struct Report {
    errors: Vec<Value>,
    warnings: Vec<String>,
    /// The errors as people read them.
    text: String,
}

/// Judges a file and what it names, and prints every error at once.
pub(super) fn check_config(file: &Path, json: bool) -> Status {
    let report = match config::load(file) {
        Ok(loaded) => judge(loaded),
        Err(error) => Report { errors: errors(&error), text: format!("{error}\n"), ..Report::default() },
    };
    let is_ok = report.errors.is_empty();
    let text = if json { as_data(&report) } else { as_text(file, &report) };
    super::answer(&text);
    if is_ok { Status::Done } else { Status::Config }
}

/// Judges what a configuration names outside its file: certificates, and the proxy of the environment.
fn judge(Loaded { config, warnings }: Loaded) -> Report {
    let environment = Environment::of_the_process();
    match Prepared::new(config, &environment) {
        Ok(_) => Report { warnings, ..Report::default() },
        Err(error) => {
            let text = error.to_string();
            Report { errors: vec![json!({ "what": text })], warnings, text: format!("{text}\n") }
        }
    }
}

fn errors(error: &ConfigError) -> Vec<Value> {
    if let ConfigError::Wrong { problems, .. } = error {
        let as_data = |problem: &config::Problem| {
            let config::Problem { line, key, what, right } = problem;
            json!({ "line": line, "key": key, "what": what, "right": right })
        };
        problems.iter().map(as_data).collect()
    } else {
        vec![json!({ "what": error.to_string() })]
    }
}

fn as_data(report: &Report) -> String {
    let Report { errors, warnings, .. } = report;
    format!(
        "{}\n",
        json!({ "schema": SCHEMA, "ok": errors.is_empty(), "errors": errors, "warnings": warnings })
    )
}

fn as_text(file: &Path, report: &Report) -> String {
    let mut text = report.text.clone();
    for warning in &report.warnings {
        text += &format!("warning: {warning}\n");
    }
    if report.errors.is_empty() {
        text += &format!("{}: ok\n", file.display());
    }
    text
}
