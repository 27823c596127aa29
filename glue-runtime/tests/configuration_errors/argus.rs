//! What is no TOML, what is wrong with tables, and with `[argus]`.

use crate::Break::{self, Add, Line, Only, Without};

/// What is broken, and what is said of it after the name of the file.
pub(crate) const TABLE: &[(Break, &str)] = &[
    // What is no TOML at all.
    (Add("["), "8: not TOML: the name of a table without its end; [name]"),
    (Add("[sync"), "8: sync: not TOML: the name of a table without its end; [name]"),
    (Add("x"), "8: not TOML: a key without a value; key = value"),
    (
        Add("[sync]\nrefresh_interval = "),
        "9: sync.refresh_interval: not TOML: no value after the =; a value; a text stands in quotes",
    ),
    (
        Add("[sync]\nrefresh_interval = 10 s"),
        "9: sync.refresh_interval: not TOML: more than a number; a number without a unit, or a text in quotes",
    ),
    (
        Add("[sync]\nrefresh_interval = ten"),
        r#"9: sync.refresh_interval: not TOML: a text without quotes; a text in quotes: "...""#,
    ),
    (
        Add("[sync]\nignored = \"skip"),
        "9: sync.ignored: not TOML: a text without its end; the same quote at its beginning and at its end",
    ),
    (
        Add("[sync]\nignored = 'skip\""),
        "9: sync.ignored: not TOML: a text without its end; the same quote at its beginning and at its end",
    ),
    (
        Add("[zino]\nport = 8001"),
        "8: zino: not TOML: this stands in the file a second time; each table and each key once",
    ),
    (
        Add("port = 8001\nport = 8002"),
        "9: zino.port: not TOML: this stands in the file a second time; each table and each key once",
    ),
    (
        Add("[sync]\nticket = { enable = true"),
        "9: sync.ticket: not TOML: unclosed inline table, expected `}`; see https://toml.io",
    ),
    (
        Add("[sync]\nseverity.default = 03"),
        "9: sync.severity.default: not TOML: unexpected leading zero, expected nothing; see https://toml.io",
    ),
    (
        Add("[sync]\nignored = \"\\sync\""),
        "9: sync.ignored: not TOML: a backslash in a text; two of them, or the text in single quotes: '...'",
    ),
    (
        Add("[sync]\nticket.enable = True"),
        "9: sync.ticket.enable: not TOML: not a value; true or false, in small letters and without quotes",
    ),
    (
        Add("[sync]\nticket.enable = yes"),
        "9: sync.ticket.enable: not TOML: not a value; true or false, in small letters and without quotes",
    ),
    (Add("[sync]\n; a comment"), "9: not TOML: not a comment; a comment begins with #"),
    (Add("sync.ticket.enable: true"), "8: not TOML: no = between key and value; key = value"),
    (Line("token = hush4711"), r#"3: argus.token: not TOML: a text without quotes; a text in quotes: "...""#),
    (
        Line("secret = \"hush4712"),
        "7: zino.secret: not TOML: a text without its end; the same quote at its beginning and at its end",
    ),
    // Tables.
    (
        Only(""),
        "1: argus: missing; [argus] with at least url and token\n1: zino: missing; [zino] with at least server, user and secret",
    ),
    (
        Only("[argus]\nurl = \"https://argus.example.org/api/v2/\"\ntoken = \"hush4711\"\n"),
        "1: zino: missing; [zino] with at least server, user and secret",
    ),
    (Add("[argu]"), "8: argu: unknown key; did you mean argus?"),
    (Add("[failver]\nprimary_server = \"zino1\""), "8: failver: unknown key; did you mean failover?"),
    (
        Add("[logging]\nlevel = \"debug\""),
        "8: logging: unknown key; the keys known here are argus, zino, sync, metadata, failover, status",
    ),
    (Add("[[failover]]\nprimary_server = \"zino1\""), "8: failover: a list stands here; a table: [failover]"),
    (Add("[sync]\nticket = true"), "9: sync.ticket: true or false stands here; a table: [sync.ticket]"),
    (
        Add("[sync]\nacknowledge = \"working\""),
        "9: sync.acknowledge: a text stands here; a table: [sync.acknowledge]",
    ),
    (Add("[sync]\nseverity = 3"), "9: sync.severity: a whole number stands here; a table: [sync.severity]"),
    (
        Only(
            "argus = \"https://argus.example.org/\"\n[zino]\nserver = \"z\"\nuser = \"a\"\nsecret = \"b\"\n",
        ),
        "1: argus: a text stands here; a table: [argus]",
    ),
    // [argus]
    (Without("url"), r#"1: argus.url: missing; url = "https://argus.example.org/api/v2/""#),
    (
        Without("token"),
        r#"1: argus.token: missing; token = "...", the token of this source system in Argus, or token_file = "...""#,
    ),
    (Line("url = 5"), "2: argus.url: a whole number stands here; a URL in quotes"),
    (Line("url = \"\""), "2: argus.url: not a URL; like https://argus.example.org/api/v2/"),
    (Line("url = \"argus.example.org\""), "2: argus.url: not a URL; like https://argus.example.org/api/v2/"),
    (
        Line("url = \"ftp://argus.example.org/api/v2/\""),
        "2: argus.url: neither an http nor an https URL; like https://argus.example.org/api/v2/",
    ),
    (Line("url = \"https://\""), "2: argus.url: not a URL; like https://argus.example.org/api/v2/"),
    (
        Line("url = \"https://argus.example.org/api/v1/\""),
        "2: argus.url: that of version 1 of the API, which lacks what is needed; like https://argus.example.org/api/v2/",
    ),
    (
        Line("url = \"https://argus.example.org/api/v2/?page=1\""),
        "2: argus.url: has a query or a fragment; like https://argus.example.org/api/v2/",
    ),
    (
        Line("url = \"https://argus.example.org:0/api/v2/\""),
        "2: argus.url: has a port that is out of range; like https://argus.example.org/api/v2/",
    ),
    (
        Line("url = \"https://argus.example.org:99999/api/v2/\""),
        "2: argus.url: has a port that is out of range; like https://argus.example.org/api/v2/",
    ),
    (
        Line("url = \"https://bob:hush4711@argus.example.org/api/v2/\""),
        "2: argus.url: holds a user name or password; like https://argus.example.org/api/v2/",
    ),
    (
        Line("url = \"https://${ARGUS}/api/v2/\""),
        "2: argus.url: holds a placeholder ${..} that nobody has filled in; like https://argus.example.org/api/v2/",
    ),
    (
        Line("url = \"https://argus example.org/\""),
        "2: argus.url: not a URL; like https://argus.example.org/api/v2/",
    ),
    (Line("token = \"\""), "3: argus.token: empty; the token as Argus shows it"),
    (Line("token = 4711"), "3: argus.token: a whole number stands here; a text in quotes"),
    (
        Line("token = \"Token hush4711\""),
        "3: argus.token: contains a character that no token has; the token as Argus shows it, without blanks",
    ),
    (
        Line("token = \"${TOKEN}\""),
        "3: argus.token: holds a placeholder ${..} that nobody has filled in; the token as Argus shows it",
    ),
    (Line("token = [\"hush4711\"]"), "3: argus.token: a list stands here; a text in quotes"),
    (
        Line("url = \"http://a/\"\ntimeout = 0"),
        "3: argus.timeout: 0 s is out of range; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Line("url = \"http://a/\"\ntimeout = -1.5"),
        "3: argus.timeout: -1.5 is out of range; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Line("url = \"http://a/\"\ntimeout = \"2s\""),
        "3: argus.timeout: a text stands here; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Line("url = \"http://a/\"\ntimeout = nan"),
        "3: argus.timeout: nan is out of range; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Line("url = \"http://a/\"\nwrite_timeout = 40000000"),
        "3: argus.write_timeout: 40000000 s is out of range; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Line("url = \"http://a/\"\nconcurrency = 0"),
        "3: argus.concurrency: 0 is out of range; a whole number from 1 to 100",
    ),
    (
        Line("url = \"http://a/\"\nconcurrency = 101"),
        "3: argus.concurrency: 101 is out of range; a whole number from 1 to 100",
    ),
    (
        Line("url = \"http://a/\"\nconcurrency = 1.5"),
        "3: argus.concurrency: a decimal number stands here; a whole number from 1 to 100",
    ),
    (Line("url = \"http://a/\"\nca_file = \"\""), "3: argus.ca_file: empty; the path of a file, in quotes"),
    (
        Line("url = \"http://a/\"\nca_file = \"a\\nb\""),
        "3: argus.ca_file: contains a control character; the path of a file, in quotes",
    ),
    (
        Line("url = \"http://a/\"\nca_file = true"),
        "3: argus.ca_file: true or false stands here; the path of a file, in quotes",
    ),
    (Line("url = \"http://a/\"\ntimeot = 2"), "3: argus.timeot: unknown key; did you mean argus.timeout?"),
    (
        Line("url = \"http://a/\"\nverify = false"),
        "3: argus.verify: unknown key; the keys known here are url, token, token_file, timeout, write_timeout, concurrency, ca_file",
    ),
    (
        Line("url = \"http://a/\"\ntoken_file = \"token\""),
        "3: argus.token_file: a second source besides argus.token; exactly one of argus.token, argus.token_file, ZINOARGUS_ARGUS_TOKEN",
    ),
];
