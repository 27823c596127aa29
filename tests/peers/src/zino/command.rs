//! The command grammar of the API channel (reference zino-protocol 3).

use super::text::is_space;

/// A command that is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command {
    User {
        name: String,
        response: String,
    },
    Quit,
    Help,
    Version,
    CaseIds,
    OnCase {
        what: OnCase,
        case: String,
    },
    Ntie {
        nonce: String,
    },
    /// A command that is not simulated: always this reply.
    Always(String),
}

/// What is to be done with one case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum OnCase {
    GetAttrs,
    GetHist,
    GetLog,
    AddHist,
    SetState(String),
}

/// A command that the server knows.
struct Known {
    name: &'static str,
    needs_login: bool,
    parameters: &'static [&'static str],
}

const fn known(name: &'static str, needs_login: bool, parameters: &'static [&'static str]) -> Known {
    Known { name, needs_login, parameters }
}

/// Longer names stand before their own beginnings, for the first match is taken.
const KNOWN: [Known; 17] = [
    known("ADDHIST", true, &["event"]),
    known("CASEIDS", true, &[]),
    known("CLEARFLAP", true, &["router_name", "ifindex"]),
    known("COMMUNITY", true, &["router_name"]),
    known("GETATTRS", true, &["event"]),
    known("GETHIST", true, &["event"]),
    known("GETLOG", true, &["event"]),
    known("HELP", false, &[]),
    known("NTIE", true, &["nonce"]),
    known("PM LIST", true, &[]),
    known("PM", true, &[]),
    known("POLLINTF", true, &["router_name", "ifindex"]),
    known("POLLRTR", true, &["router_name"]),
    known("QUIT", false, &[]),
    known("SETSTATE", true, &["event", "state"]),
    known("USER", false, &["user", "response"]),
    known("VERSION", false, &[]),
];

/// Reads one line.
///
/// # Errors
/// The text of the 500 that the server answers at once, before it runs any command of the same segment.
pub(super) fn parse(line: &str, logged_in: bool) -> Result<Command, String> {
    let Some((known, rest)) = KNOWN.iter().find_map(|known| Some((known, after_word(line, known.name)?)))
    else {
        return Err(format!("unknown command: \"{line}\""));
    };
    if known.needs_login && !logged_in {
        return Err(String::from("Not authenticated"));
    }
    let rest = rest.trim_start_matches(is_space);
    let words: Vec<&str> = if rest.is_empty() { Vec::new() } else { rest.split(' ').collect() };
    let count = known.parameters.len();
    if words.len() < count {
        return Err(format!("{} needs {count} parameters ({})", known.name, known.parameters.join(", ")));
    }
    Ok(build(known.name, &words))
}

/// Returns what follows a command word at the beginning of the line, if the word ends at a word boundary.
fn after_word<'a>(line: &'a str, word: &str) -> Option<&'a str> {
    let head = line.get(..word.len())?;
    let rest = &line[word.len()..];
    let ends = !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
    (ends && head.eq_ignore_ascii_case(word)).then_some(rest)
}

fn build(name: &str, words: &[&str]) -> Command {
    let word = |at: usize| words.get(at).copied().unwrap_or_default().to_owned();
    let on_case = |what| Command::OnCase { what, case: word(0) };
    match name {
        "ADDHIST" => on_case(OnCase::AddHist),
        "GETATTRS" => on_case(OnCase::GetAttrs),
        "GETHIST" => on_case(OnCase::GetHist),
        "GETLOG" => on_case(OnCase::GetLog),
        "SETSTATE" => on_case(OnCase::SetState(word(1))),
        "CASEIDS" => Command::CaseIds,
        "HELP" => Command::Help,
        "NTIE" => Command::Ntie { nonce: word(0) },
        "QUIT" => Command::Quit,
        "USER" => Command::User { name: word(0), response: word(1) },
        "VERSION" => Command::Version,
        "PM LIST" => Command::Always(String::from("300 PM event ids follows, terminated with '.'\r\n.\r\n")),
        "PM" => Command::Always(String::from("500 PM command requires a subcommand\r\n")),
        "COMMUNITY" => Command::Always(String::from("500 router unknown\r\n")),
        _ => Command::Always(format!("500 Router {} unknown\r\n", word(0))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_end_at_boundaries_and_split_at_every_blank() {
        let case = |what, case: &str| Ok(Command::OnCase { what, case: case.into() });
        let table = [
            ("help-me", Ok(Command::Help)),
            ("version\rversion", Ok(Command::Version)),
            ("getattrs  1  -", case(OnCase::GetAttrs, "1")),
            ("setstate 1  working", case(OnCase::SetState(String::new()), "1")),
            (" caseids", Err(String::from("unknown command: \" caseids\""))),
            ("getattrs1", Err(String::from("unknown command: \"getattrs1\""))),
            ("getattrs  ", Err(String::from("GETATTRS needs 1 parameters (event)"))),
        ];
        for (line, expected) in table {
            assert_eq!(parse(line, true), expected, "{line:?}");
        }
        assert_eq!(parse("foo", false), Err(String::from("unknown command: \"foo\"")));
        assert_eq!(parse("getattrs", false), Err(String::from("Not authenticated")));
    }
}
