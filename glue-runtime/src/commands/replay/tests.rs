use super::*;
use crate::record::{FORMAT, Header};
use glue_proto::Wall;

fn header() -> String {
    let made = Made { at: Now::default(), seed: 1, settings: json!(Settings::example()) };
    let complete = true;
    let version = "0".into();
    let (made, met, anonymised) = (Some(made), None, false);
    let header = Header { zinoargus_recording: FORMAT, version, complete, anonymised, made, met };
    format!("{}\n", json!(header))
}

fn shown(text: &str, case: Option<u64>) -> (Result<Outcome, Wrong>, String) {
    let mut out = Vec::new();
    let mut show = Show::new(&mut out, case, false);
    let outcome = follow(Lines::new(text.as_bytes()), &mut show);
    show.end(&outcome);
    drop(show);
    (outcome, String::from_utf8(out).unwrap())
}

/// Returns a recording of a machine that hears these inputs.
fn recording(inputs: &[(Now, OwnedInput)]) -> String {
    let mut text = header();
    let mut again = Again::new(serde_json::from_str::<Header>(&text).unwrap().made.unwrap()).unwrap();
    for (at, input) in inputs {
        for action in again.wanted.drain(..) {
            text += &format!("{}\n", json!({ "action": action }));
        }
        text += &format!("{}\n", json!({ "at": at, "input": input }));
        again.hear(*at, input, 0);
    }
    for action in again.wanted {
        text += &format!("{}\n", json!({ "action": action }));
    }
    text
}

#[test]
fn b79_the_machine_does_the_same_again_and_a_difference_is_found_where_it_is() {
    let at = Now { mono: glue_proto::Mono(60_000), wall: Wall(60) };
    let text = recording(&[(at, OwnedInput::Wake), (at, OwnedInput::Shutdown)]);
    let (outcome, shown_text) = shown(&text, None);
    assert_eq!(outcome, Ok(Outcome::Same), "{shown_text}");
    assert!(shown_text.contains("1970-01-01T00:01:00"), "{shown_text}");
    let lines: Vec<_> = text.lines().collect();
    let without = [&lines[..2], &lines[3..], &[""]].concat().join("\n");
    assert!(matches!(shown(&without, None).0, Ok(Outcome::Differs(Difference { line: 3, .. }))));
    let other = text.replacen("\"channel\":\"api\"", "\"channel\":\"x\"", 1);
    let (outcome, shown_text) = shown(&other, None);
    assert!(matches!(outcome, Ok(Outcome::Differs(_))), "{shown_text}");
    assert!(shown_text.contains("recorded: {\"connect\""), "{shown_text}");
}

#[test]
fn b79_garbage_is_named_by_its_line_after_what_was_read_before() {
    let head = header();
    let broken = head.replace("\"concurrency\":16", "\"concurrency\":0");
    let table = [
        (String::new(), "line 1: this is no recording of zinoargus"),
        ("GIF89a\n".into(), "line 1: this is no recording of zinoargus"),
        ("{}\n".into(), "line 1: this is no recording of zinoargus"),
        (
            "{\"zinoargus_recording\":2}\n".into(),
            "line 1: a recording of format 2; this program reads format 1",
        ),
        ("{\"zinoargus_recording\":1}\n".into(), "line 1: missing field `version`"),
        (
            "{\"zinoargus_recording\":1,\"version\":\"1\",\"complete\":true}\n".into(),
            "line 1: it is not said with what the machine was made",
        ),
        (broken, "line 1: argus.concurrency: 0 is out of range; a whole number from 1 to 100"),
        (head.clone() + "{\"action\":1}", "line 2: it is cut off"),
        (head.clone() + "{\"action\":1}\n\n", "line 3: EOF while parsing a value at line 2 column 0"),
        (head.clone() + "{\"action\":\"\\ud800\"}\n", "line 2: "),
        (head.clone() + "{\"what\":1}\n", "line 2: unknown field `what`"),
        (head.clone() + "[]\n", "line 2: "),
        (head.clone() + "{}\n", "line 2: it is neither an input with its time nor an action nor the end"),
        (head.clone() + "{\"input\":\"wake\"}\n", "line 2: it is neither"),
        (head.clone() + "{\"at\":{\"mono\":1,\"wall\":1},\"input\":\"x\"}\n", "line 2: unknown variant `x`"),
        (head.clone() + "{\"at\":{\"mono\":-1,\"wall\":1},\"input\":\"wake\"}\n", "line 2: invalid value"),
        (head + &"[".repeat(10_000) + "\n", "line 2: "),
    ];
    for (text, message) in table {
        let (outcome, shown_text) = shown(&text, None);
        let error = outcome.expect_err(message).to_string();
        assert!(error.starts_with(message), "{error:?} instead of {message:?}");
        let begins = !message.starts_with("line 1:") || message.contains("concurrency");
        assert_eq!(shown_text.contains("recorded by zinoargus"), begins, "{message}: {shown_text}");
    }
}

#[test]
fn b79_what_begins_in_the_middle_is_shown_and_not_run_and_one_case_alone_if_asked() {
    let text = "{\"zinoargus_recording\":1,\"version\":\"1\",\"complete\":false}\n\
        {\"action\":{\"http\":{\"call\":7,\"target\":\"x\",\"body\":\"{\\\"source_incident_id\\\":\\\"12\\\"}\"}}}\n\
        {\"at\":{\"mono\":1,\"wall\":1},\"input\":{\"http_connected\":{\"call\":8}}}\n\
        {\"at\":{\"mono\":2,\"wall\":1},\"input\":{\"http_failed\":{\"call\":7,\"failure\":\"not_sent\",\
        \"cause\":\"other\"}}}\n\
        {\"end\":\"the disk was too slow\"}\n";
    let (outcome, all) = shown(text, None);
    assert_eq!((outcome, all.lines().count()), (Ok(Outcome::NotRun), 6), "{all}");
    for (case, lines) in [(12, 5), (7, 3)] {
        let (_, some) = shown(text, Some(case));
        assert_eq!(some.lines().count(), lines, "{some}");
    }
}
