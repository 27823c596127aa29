//! A recording as one page for a browser, which loads nothing and can be sent to others (behaviour B79).
//!
//! Whatever was recorded was said by servers and people: `maud` escapes it, and the browser is told to run nothing but the
//! script of the page, which bears a word that nobody could know when the recording was made.

use super::reading::{Line, Lines};
use super::show::{View, answered_call, asked_call, verdict};
use super::{Outcome, Wrong};
use crate::record::Header;
use glue_proto::Now;
use glue_proto::wire::argus::time;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, BufRead, Seek, Write};

/// What a row is about, and what the checkbox for it says.
const KINDS: [(&str, &str); 3] = [("input", "heard"), ("action", "done"), ("notice", "notices")];

/// The cases that a recording is about: those of its notices, and those that Zino was asked about.
#[derive(Debug, Default)]
pub(super) struct Cases(BTreeSet<u64>);

impl Cases {
    /// Reads a recording up to its end, or to what is wrong with it.
    pub(super) fn of(file: &mut (impl BufRead + Seek)) -> io::Result<Self> {
        let mut cases = Self::default();
        let mut lines = Lines::new(&mut *file);
        if lines.header().is_ok() {
            while let Ok(Some(line)) = lines.next() {
                if let Line::Action(action) = line {
                    cases.0.extend(action.pointer("/notice/case").and_then(Value::as_u64));
                    let asked = action.pointer("/send/bytes").and_then(Value::as_str).unwrap_or_default();
                    let words = asked.lines().filter_map(|line| line.split(' ').nth(1));
                    cases.0.extend(words.filter_map(|word| word.parse::<u64>().ok()));
                }
            }
        }
        file.rewind()?;
        Ok(cases)
    }

    /// Adds those whose number stands in any of the texts as a word.
    fn named(&self, value: &Value, named: &mut BTreeSet<u64>) {
        match value {
            Value::String(text) => {
                let words = text.split(|c: char| !c.is_ascii_alphanumeric());
                let numbers = words.filter_map(|word| word.parse().ok());
                named.extend(numbers.filter(|number| self.0.contains(number)));
            }
            Value::Array(values) => values.iter().for_each(|value| self.named(value, named)),
            Value::Object(map) => map.values().for_each(|value| self.named(value, named)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The page, as far as it is written.
#[derive(Debug)]
pub(super) struct Page<W> {
    out: W,
    cases: Cases,
    /// The only one that is shown.
    only: Option<u64>,
    /// The cases of the requests that have no answer yet.
    calls: BTreeMap<u64, BTreeSet<u64>>,
    at: Now,
    /// What the script bears.
    nonce: String,
    /// Where writing has failed.
    written: io::Result<()>,
}

impl<W: Write> Page<W> {
    /// Makes a page about these cases, of which it shows all, or `only` one.
    pub(super) fn new(out: W, mut cases: Cases, only: Option<u64>) -> Self {
        cases.0.extend(only);
        let nonce = format!("{:016x}", RandomState::new().hash_one("nonce"));
        Self { out, cases, only, calls: BTreeMap::new(), at: Now::default(), nonce, written: Ok(()) }
    }

    /// Writes what came of it, and the end.
    ///
    /// # Errors
    ///
    /// If anything could not be written.
    pub(super) fn end(mut self, outcome: &Result<Outcome, Wrong>) -> io::Result<()> {
        let text = match outcome {
            Ok(outcome) => verdict(outcome),
            Err(wrong) => wrong.to_string(),
        };
        let end = html! {
            pre class="verdict" { (text) }
            script nonce=(self.nonce) { (PreEscaped(include_str!("page.js"))) }
        };
        self.write(&format!("</ol>{}</body></html>\n", end.into_string()));
        self.written.and_then(|()| self.out.flush())
    }

    fn row(&mut self, kind: &str, level: &str, what: &str, cases: &BTreeSet<u64>, text: &str) {
        if self.only.is_some_and(|only| !cases.contains(&only)) {
            return;
        }
        let cases: Vec<_> = cases.iter().map(u64::to_string).collect();
        let (millis, wall) = (self.at.mono.0, time::encode(self.at.wall.0));
        let row = html! {
            li class={ (kind) " " (level) } data-cases=(cases.join(" ")) {
                time { (wall) }
                span class="mono" { (millis / 1000) "." (format!("{:03}", millis % 1000)) }
                b { (what) }
                code { (text) }
            }
        };
        self.write(&row.into_string());
        self.write("\n");
    }

    fn write(&mut self, text: &str) {
        if self.written.is_ok() {
            self.written = self.out.write_all(text.as_bytes());
        }
    }
}

impl<W: Write> View for Page<W> {
    fn begin(&mut self, header: &Header) {
        self.at = header.begin().map(|(at, _)| at).unwrap_or_default();
        let head = head(header, &self.nonce);
        self.write(&head);
    }

    fn input(&mut self, at: Now, written: &Value) {
        self.at = at;
        let mut cases = BTreeSet::new();
        self.cases.named(written, &mut cases);
        if let Some(call) = answered_call(written) {
            cases.append(&mut self.calls.remove(&call).unwrap_or_default());
        }
        self.row("input", "", "heard", &cases, &written.to_string());
    }

    fn action(&mut self, action: &Value) {
        let mut cases = BTreeSet::new();
        if let Some(notice) = action.get("notice") {
            cases.extend(notice.get("case").and_then(Value::as_u64));
            let text = |key| notice.get(key).and_then(Value::as_str).unwrap_or_default();
            self.row("notice", text("level"), text("level"), &cases, text("text"));
            return;
        }
        self.cases.named(action, &mut cases);
        if let Some(call) = asked_call(action) {
            self.calls.insert(call, cases.clone());
        }
        self.row("action", "", "done", &cases, &action.to_string());
    }

    fn note(&mut self, text: &str) {
        self.row("note", "", "note", &BTreeSet::new(), text);
    }
}

/// Writes everything before the first entry.
fn head(header: &Header, nonce: &str) -> String {
    let Header { version, complete, anonymised, met, .. } = header;
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'"
    );
    let more = |name: &str, value: &Value| -> Markup {
        html! { details { summary { (name) } pre { (format!("{value:#}")) } } }
    };
    let head = html! {
        head {
            meta charset="utf-8";
            meta http-equiv="Content-Security-Policy" content=(policy);
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { "A recording of zinoargus " (version) }
            style { (PreEscaped(include_str!("page.css"))) }
        }
    };
    let top = html! {
        header {
            h1 { "Recorded by zinoargus " (version) @if *anonymised { ", with other names" } }
            @if !*complete { p { "It begins in the middle of a run: it is shown as it was, and was not run again." } }
            label { "only case " input id="case" type="number" min="0"; }
            @for (kind, name) in KINDS { label { input type="checkbox" value=(kind) checked; " " (name) } }
            span id="count" {}
            @if let Some((_, settings)) = header.begin() { (more("settings", settings)) }
            @if let Some(met) = met { (more("status at the beginning", &met.status)) }
        }
    };
    let (doctype, head, top) = (DOCTYPE.into_string(), head.into_string(), top.into_string());
    // The list is closed at the end.
    format!("{doctype}<html lang=\"en\">{head}<body>{top}<ol id=\"entries\">\n")
}

#[cfg(test)]
mod tests {
    use super::super::follow;
    use super::*;
    use std::io::Cursor;

    const HOSTILE: &str = "</code></script><script>alert('\"1\"')</script><img src=x onerror=alert(1)>&";

    fn page(text: &str) -> String {
        page_of(text, None)
    }

    fn page_of(text: &str, only: Option<u64>) -> String {
        let mut out = Vec::new();
        let mut file = Cursor::new(text);
        let mut view = Page::new(&mut out, Cases::of(&mut file).unwrap(), only);
        let outcome = follow(Lines::new(file), &mut view);
        view.end(&outcome).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn escaped(text: &str) -> String {
        html! { (text) }.into_string()
    }

    /// Returns a recording with the same text wherever one may stand.
    fn recording(hostile: &str) -> (String, Vec<Value>) {
        use serde_json::json;
        let at = |mono: u64| json!({ "mono": mono, "wall": 1_795_357_544 });
        let met = json!({ "at": at(1), "settings": { "user": hostile }, "status": { (hostile): hostile } });
        let header = json!({ "zinoargus_recording": 1, "version": hostile, "complete": false, "met": met });
        let actions = vec![
            json!({ "send": { "conn": 1, "bytes": format!("addhist 12  -\r\n{hostile}\r\n.\r\n") } }),
            json!({ "http": { "call": 5, "target": "incidents/", "body": format!("{{\"x\":\"12 {hostile}\"}}") } }),
            json!({ "http": { "call": 6, "target": hostile, "body": "" } }),
            json!({ "notice": { "level": hostile, "case": 12, "rule": hostile, "text": hostile } }),
            json!({ (hostile): hostile }),
        ];
        let mut text = format!("{header}\n");
        for action in &actions {
            text += &format!("{}\n", json!({ "action": action }));
        }
        let answer = json!({ "http_done": { "call": 5, "response": { "status": 200, "body": hostile } } });
        let received = json!({ "received": { "conn": 1, "bytes": format!("7 and 13 {hostile}\r\n") } });
        for (mono, input) in [(2, answer), (3, received)] {
            text += &format!("{}\n", json!({ "at": at(mono), "input": input }));
        }
        text += &format!("{}\n", json!({ "end": hostile }));
        (text, actions)
    }

    #[test]
    fn b79_a_page_about_one_case_shows_what_names_it_and_what_answers_that() {
        let (text, _) = recording("harmless");
        let rows = |only| page_of(&text, only).matches("<li ").count();
        // The note, the request, the notice, and the answer to the request; of a case that nobody was asked about, the line
        // in which it stands.
        assert_eq!((rows(Some(12)), rows(Some(13)), rows(Some(99))), (4, 1, 0));
        assert!(rows(None) > 4);
    }

    #[test]
    fn b79_a_page_escapes_whatever_was_recorded_and_loads_nothing() {
        let (hostile, harmless) = (page(&recording(HOSTILE).0), page(&recording("harmless").0));
        assert_eq!(hostile.matches('<').count(), harmless.matches('<').count(), "{hostile}");
        assert_eq!(
            (hostile.matches("<script").count(), hostile.matches("<img").count()),
            (1, 0),
            "{hostile}"
        );
        // No attribute ends early, either.
        assert_eq!(hostile.matches('"').count(), harmless.matches('"').count(), "{hostile}");
        for page in [&harmless, &page("no recording")] {
            for loaded in [" src=", " href=", "url(", "@import", "http:", "https:", "//"] {
                assert!(!page.contains(loaded), "{loaded}: {page}");
            }
        }
        let (_, nonce) = harmless.split_once("script-src 'nonce-").unwrap();
        let (nonce, _) = nonce.split_once('\'').unwrap();
        assert!(harmless.contains(&format!("<script nonce=\"{nonce}\">")) && !hostile.contains(nonce));
    }

    #[test]
    fn b79_a_page_holds_every_action_and_input_and_which_case_it_is_about() {
        let (text, actions) = recording("some <text>");
        let page = page(&text);
        for action in &actions {
            let text = match action.pointer("/notice/text").and_then(Value::as_str) {
                Some(text) => escaped(text),
                None => escaped(&action.to_string()),
            };
            assert!(page.contains(&text), "{action}: {page}");
        }
        // The case is named by what is sent, by a notice, and by the request that is answered; no other one was asked about.
        assert_eq!(page.matches("data-cases=\"12\"").count(), 4, "{page}");
        assert_eq!(page.matches("<li ").count(), actions.len() + 3);
        assert!(page.contains("the recording ends here: some &lt;text&gt;"));
        assert!(page.ends_with("</script></body></html>\n"));
    }
}
