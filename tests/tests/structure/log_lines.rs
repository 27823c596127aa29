//! The page about operation has a row for each line of the log that is shown without `-vv`, and no other rows.

use crate::workspace::{files, rust_files};
use glue_proto::model::CaseId;
use glue_proto::{
    CaseNotice, CommandRefused, CredentialsNotice, GiveUp, Level, Millis, Mode, Notice, Operator,
    OperatorNotice, SelfIncidentNotice, StateLoss,
};

const PAGE: &str = include_str!("../../../glue-runtime/docs/operation.md");
const HEAD: &str = "| line | level | what to do |";

/// A row of a table of lines: the pieces of text between what differs, and the level.
struct Row<'a> {
    pieces: Vec<&'a str>,
    level: &'a str,
}

impl<'a> Row<'a> {
    fn read(line: &'a str) -> Self {
        let mut cells = line.trim_matches('|').split(" | ").map(str::trim);
        let text = cells.next().and_then(|text| text.strip_prefix('`')?.strip_suffix('`'));
        let text = text.unwrap_or_else(|| panic!("the first cell is the line, between backticks: {line}"));
        let pieces = text.split('{').enumerate().map(|(index, part)| match (index, part.split_once('}')) {
            (0, _) => part,
            (_, Some((_, rest))) => rest,
            (_, None) => panic!("a brace without an end: {line}"),
        });
        Self { pieces: pieces.collect(), level: cells.next().unwrap_or_default() }
    }

    /// Returns how many bytes of a line are those of the row, if the line is of its form.
    fn fits(&self, line: &str) -> Option<usize> {
        let (first, others) = self.pieces.split_first()?;
        let mut rest = line.strip_prefix(first)?;
        let Some((last, between)) = others.split_last() else {
            return rest.is_empty().then_some(first.len());
        };
        for piece in between {
            rest = rest.split_once(piece)?.1;
        }
        rest.ends_with(last).then(|| self.pieces.iter().map(|piece| piece.len()).sum())
    }
}

/// Returns the tables of lines: that of the machine, then that of the shell.
fn tables() -> Vec<Vec<Row<'static>>> {
    let parts = PAGE.split(HEAD).skip(1);
    let rows = |part: &'static str| part.lines().skip(2).take_while(|line| line.starts_with('|'));
    parts.map(|part| rows(part).map(Row::read).collect()).collect()
}

fn text() -> String {
    "x".into()
}

fn notices() -> Vec<Notice> {
    let (case, retry, cases) = (CaseId(7), Millis(5000), 3);
    vec![
        Notice::Started { mode: Mode::Standby },
        Notice::Stopping,
        Notice::Reconciling,
        Notice::ZinoReady,
        Notice::ZinoLost { why: text(), retry, was_ready: false },
        Notice::ZinoLost { why: text(), retry, was_ready: true },
        Notice::ZinoRead { cases },
        Notice::ListUnreadable { reason: text() },
        Notice::TooManyCases { most: 3, left_out: 1 },
        Notice::CaseUnreadable { case, reason: text() },
        Notice::NotificationUnreadable { line: text() },
        Notice::UnknownType { case, case_type: text() },
        Notice::ArgusUnreachable { cause: text() },
        Notice::ArgusBack,
        Notice::ArgusThrottled { status: 503, pause: retry },
        Notice::Unanswered { what: "a count", case: None, cause: text() },
        Notice::Unanswered { what: "an event", case: Some(case), cause: text() },
        Notice::CannotCount,
        Notice::NoFeed { reason: text() },
        Notice::NoHeartbeat { reason: text() },
        Notice::Listed { incidents: cases },
        Notice::ListingTooLong { pages: 2, rows: 3 },
        Notice::RowUnreadable { id: Some(text()), reason: text() },
        Notice::StateLost { incidents: cases, evidence: StateLoss::All },
        Notice::StateLost { incidents: cases, evidence: StateLoss::NumbersAgain },
        Notice::StateLost { incidents: cases, evidence: StateLoss::ManyAtOnce },
        Notice::PrimaryAnswered { uptime: 1 },
        Notice::PrimarySilent { reason: text() },
        Notice::PrimaryHealth { answer: None },
        Notice::ModeChanged { to: Mode::Active, count: 10 },
        Notice::ModeChanged { to: Mode::Standby, count: 10 },
        Notice::HandedOver { left: 0 },
        Notice::NoPrimary,
        Notice::GivenUp { why: GiveUp::NoZino },
    ]
}

fn about_ourselves() -> Vec<SelfIncidentNotice> {
    vec![
        SelfIncidentNotice::Created { incident: 9 },
        SelfIncidentNotice::Ended { incident: 9 },
        SelfIncidentNotice::Refused { reason: text() },
        SelfIncidentNotice::LeftOpen,
    ]
}

fn about_commands() -> Vec<OperatorNotice> {
    let case = CaseId(7);
    vec![
        OperatorNotice::FailoverPaused { mode: Mode::Standby, period: None },
        OperatorNotice::FailoverPaused { mode: Mode::Active, period: Some(Millis(5000)) },
        OperatorNotice::FailoverResumed,
        OperatorNotice::ModeOrdered { to: Mode::Active, changed: true },
        OperatorNotice::ModeOrdered { to: Mode::Standby, changed: false },
        OperatorNotice::StateLossAccepted { incidents: 3 },
        OperatorNotice::Retrying { case },
        OperatorNotice::Refused { command: Operator::Retry(case), why: CommandRefused::UnknownCase(case) },
    ]
}

fn about_credentials() -> Vec<CredentialsNotice> {
    vec![
        CredentialsNotice::Refused { reason: text() },
        CredentialsNotice::RefusedAgain { reason: text() },
        CredentialsNotice::Expired { reason: text() },
        CredentialsNotice::NoSource,
        CredentialsNotice::Accepted,
    ]
}

fn about_a_case() -> Vec<CaseNotice> {
    let incident = 9;
    vec![
        CaseNotice::Created { incident, about: text() },
        CaseNotice::Copied { incident },
        CaseNotice::Updated { incident },
        CaseNotice::Ended { incident, about: text() },
        CaseNotice::Restarted { incident },
        CaseNotice::Noting,
        CaseNotice::SettingState { state: text() },
        CaseNotice::Quarantined { reason: text() },
        CaseNotice::Refused { what: "a note", reason: text() },
        CaseNotice::Gone { incident },
        CaseNotice::Renumbered { incident, now: CaseId(9) },
    ]
}

/// Every line that the machine can log, with its level.
fn lines() -> Vec<(String, Level)> {
    let credentials = about_credentials().into_iter().map(|what| Notice::Credentials { by: "Argus", what });
    let commands = about_commands().into_iter().map(Notice::Operator);
    let cases = about_a_case().into_iter().map(|what| Notice::Case { case: CaseId(7), what });
    let ourselves = about_ourselves().into_iter();
    let ourselves = ourselves.map(|what| Notice::SelfIncident { trouble: "takeover", what });
    let all = notices().into_iter().chain(commands).chain(credentials).chain(cases).chain(ourselves);
    all.map(|notice| (notice.to_string(), notice.level())).collect()
}

/// Returns the names of the variants of an enum, as the source has them.
fn variants(source: &str, name: &str) -> Vec<String> {
    let (_, body) = source.split_once(&format!("pub enum {name} {{\n")).expect(name);
    let (body, _) = body.split_once("\n}").expect("an enum ends");
    let names = body.lines().filter_map(|line| line.strip_prefix("    "));
    let names = names.filter(|line| line.starts_with(char::is_uppercase));
    names
        .map(|line| line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default().to_owned())
        .collect()
}

fn names<T: core::fmt::Debug>(values: &[T]) -> Vec<String> {
    let name =
        |value: &T| format!("{value:?}").split(|c: char| !c.is_alphanumeric()).next().map(str::to_owned);
    values.iter().filter_map(name).collect()
}

#[test]
fn every_notice_is_among_those_that_are_looked_up() {
    let sources = rust_files("glue-proto/src/face").into_iter().map(|file| file.text).collect::<String>();
    let mut known = names(&notices());
    known.extend(["Credentials", "Case", "Operator", "SelfIncident"].map(String::from));
    for (name, known) in [
        ("Notice", known),
        ("CredentialsNotice", names(&about_credentials())),
        ("CaseNotice", names(&about_a_case())),
        ("OperatorNotice", names(&about_commands())),
        ("SelfIncidentNotice", names(&about_ourselves())),
    ] {
        let variants = variants(&sources, name);
        let missing: Vec<_> = variants.iter().filter(|variant| !known.contains(variant)).collect();
        assert!(
            !variants.is_empty() && missing.is_empty(),
            "{name}: give this test an example of {missing:?}"
        );
    }
}

#[test]
fn the_log_lines_of_the_machine_are_those_of_the_page_about_operation() {
    let tables = tables();
    let rows = tables.first().expect("a table of lines");
    let mut used = vec![false; rows.len()];
    for (line, level) in lines() {
        let level = match level {
            Level::Error => "ERROR",
            Level::Warn => "WARN",
            Level::Info => "INFO",
            Level::Debug | Level::Trace => continue,
        };
        // Where several rows fit, the one is meant that says most of the line.
        let fitting = rows.iter().enumerate().filter_map(|(index, row)| Some((row.fits(&line)?, index)));
        let Some((_, index)) = fitting.max() else { panic!("operation.md has no row for {line:?}") };
        assert_eq!(rows[index].level, level, "the level of {line:?} in operation.md");
        used[index] = true;
    }
    let unused: Vec<_> =
        rows.iter().zip(used).filter(|(_, used)| !used).map(|(row, _)| &row.pieces).collect();
    assert!(unused.is_empty(), "nothing logs these lines of operation.md: {unused:?}");
}

#[test]
fn the_log_lines_of_the_shell_are_in_its_source() {
    let tables = tables();
    let rows = tables.get(1).expect("a second table of lines");
    let sources = rust_files("glue-runtime/src");
    assert!(rows.len() >= 5 && tables.len() == 2);
    for row in rows {
        let pieces = row.pieces.iter().map(|piece| piece.trim_matches([' ', ':', '(', ')']));
        for piece in pieces.flat_map(|piece| piece.split(": ")).filter(|piece| piece.len() > 4) {
            assert!(sources.iter().any(|file| file.code().contains(piece)), "no source has {piece:?}");
        }
    }
}

#[test]
fn a_line_fits_its_row_only() {
    let row = Row::read("| `case {case}: {what} refused ({reason})` | WARN | nothing |");
    assert_eq!((row.level, row.fits("case 7: a note refused (no)")), ("WARN", Some(18)));
    for line in ["case 7: a note refused (no) now", "a case 7: a note refused (no)", "case 7: refused", ""] {
        assert_eq!(row.fits(line), None, "{line}");
    }
    assert_eq!(Row::read("| `told` | INFO | |").fits("told"), Some(4));
    assert_eq!(Row::read("| `told` | INFO | |").fits("told so"), None);
    assert_eq!(variants("pub enum X {\n    A,\n    /// B\n    C { d: u8 },\n}\n", "X"), ["A", "C"]);
    assert!(files("glue-runtime/docs").len() >= 5);
}
