//! What is wrong with the other tables.

use crate::Break::{self, Add, Line, Without};

/// What is broken, and what is said of it after the name of the file.
pub(crate) const TABLE: &[(Break, &str)] = &[
    // [zino]
    (Without("server"), r#"4: zino.server: missing; server = "...", the host of the Zino server"#),
    (Without("user"), r#"4: zino.user: missing; user = "...", as in Zino's secrets file"#),
    (
        Without("secret"),
        r#"4: zino.secret: missing; secret = "...", as in Zino's secrets file, or secret_file = "...""#,
    ),
    (Line("server = \"\""), "5: zino.server: empty; a host name or an IP address, without a port"),
    (
        Line("server = \"zino.example.org:8001\""),
        "5: zino.server: not a host; a host name or an IP address, without a port",
    ),
    (
        Line("server = \"https://zino.example.org\""),
        "5: zino.server: not a host; a host name or an IP address, without a port",
    ),
    (
        Line("server = [\"a\", \"b\"]"),
        "5: zino.server: a list stands here; a host name or an IP address, in quotes",
    ),
    (Line("user = \"\""), "6: zino.user: empty; a single word, as in Zino's secrets file"),
    (
        Line("user = \"two words\""),
        "6: zino.user: contains a blank or control character; a single word, as in Zino's secrets file",
    ),
    (Line("user = 5"), "6: zino.user: a whole number stands here; a text in quotes"),
    (Line("secret = \"\""), "7: zino.secret: empty; the secret of this daemon, as in Zino's secrets file"),
    (Line("secret = 4712"), "7: zino.secret: a whole number stands here; a text in quotes"),
    (
        Line("secret = \"${SECRET}\""),
        "7: zino.secret: holds a placeholder ${..} that nobody has filled in; the secret itself",
    ),
    (Add("port = \"8001\""), "8: zino.port: a text stands here; a whole number from 1 to 65535"),
    (Add("port = 0"), "8: zino.port: 0 is out of range; a whole number from 1 to 65535"),
    (Add("port = 80010"), "8: zino.port: 80010 is out of range; a whole number from 1 to 65535"),
    (Add("port = -1"), "8: zino.port: -1 is out of range; a whole number from 1 to 65535"),
    (
        Add("notify_port = 8002.0"),
        "8: zino.notify_port: a decimal number stands here; a whole number from 1 to 65535",
    ),
    (Add("default_domain = 5"), "8: zino.default_domain: a whole number stands here; a text in quotes"),
    (Add("former_users = \"glue\""), "8: zino.former_users: a text stands here; a list of texts in quotes"),
    (
        Add("former_users = [\"glue\", 5]"),
        "8: zino.former_users[1]: a whole number stands here; a text in quotes",
    ),
    (
        Add("former_users = [\"two words\"]"),
        "8: zino.former_users[0]: contains a blank or control character; a single word, as in Zino's secrets file",
    ),
    (
        Add("former_users = [\"\"]"),
        "8: zino.former_users[0]: empty; a single word, as in Zino's secrets file",
    ),
    (Add("notifyport = 8002"), "8: zino.notifyport: unknown key; did you mean zino.notify_port?"),
    // [sync]
    (
        Add("[sync]\nacknowledge.setstate = \"done\""),
        r#"9: sync.acknowledge.setstate: not one of the words known here; "none" or "working" or "waiting""#,
    ),
    (
        Add("[sync]\nacknowledge.setstate = true"),
        r#"9: sync.acknowledge.setstate: true or false stands here; "none" or "working" or "waiting""#,
    ),
    (
        Add("[sync]\nacknowledge.state = \"working\""),
        "9: sync.acknowledge.state: unknown key; did you mean sync.acknowledge.setstate?",
    ),
    (
        Add("[sync]\nticket.enable = \"true\""),
        "9: sync.ticket.enable: a text stands here; true or false, without quotes",
    ),
    (
        Add("[sync]\nupdate.enable = 1"),
        "9: sync.update.enable: a whole number stands here; true or false, without quotes",
    ),
    (
        Add("[sync]\nignored = \"yes\""),
        r#"9: sync.ignored: not one of the words known here; "skip" or "sync""#,
    ),
    (
        Add("[sync]\nnever_down = \"Skip\""),
        r#"9: sync.never_down: not one of the words known here; "skip" or "sync""#,
    ),
    (
        Add("[sync]\nrefresh_interval = 0"),
        "9: sync.refresh_interval: 0 s is out of range; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Add("[sync]\nrefresh_interval = 1979-05-27"),
        "9: sync.refresh_interval: a date or time stands here; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Add("[sync]\nreconcile_interval = inf"),
        "9: sync.reconcile_interval: inf is out of range; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Add("[sync.severity]\ndefault = 6"),
        "9: sync.severity.default: 6 is out of range; a whole number from 1 to 5",
    ),
    (
        Add("[sync.severity]\ndefault = \"critical\""),
        "9: sync.severity.default: a text stands here; a whole number from 1 to 5",
    ),
    (
        Add("[sync.severity]\nthresholds = 100"),
        "9: sync.severity.thresholds: a whole number stands here; a list of tables: [[sync.severity.thresholds]]",
    ),
    (
        Add("[sync.severity]\nthresholds = [100]"),
        "9: sync.severity.thresholds[0]: a whole number stands here; a list of tables: [[sync.severity.thresholds]]",
    ),
    (
        Add("[sync.severity]\nthresholds = [{ level = 1 }]"),
        "9: sync.severity.thresholds[0].min_priority: missing; min_priority = a whole number, at least 0",
    ),
    (
        Add("[sync.severity]\nthresholds = [{ min_priority = 1 }]"),
        "9: sync.severity.thresholds[0].level: missing; level = a whole number from 1 to 5",
    ),
    (
        Add("[sync.severity]\nthresholds = [{ min_priority = -1, level = 1 }]"),
        "9: sync.severity.thresholds[0].min_priority: -1 is out of range; a whole number, at least 0",
    ),
    (
        Add("[sync.severity]\nthresholds = [{ min_priority = 1, level = 0 }]"),
        "9: sync.severity.thresholds[0].level: 0 is out of range; a whole number from 1 to 5",
    ),
    (
        Add(
            "[sync.severity]\nthresholds = [{ min_priority = 1, level = 1 }, { min_priority = 1, level = 2 }]",
        ),
        "9: sync.severity.thresholds[1].min_priority: another band begins at 1 already; one band for each min_priority",
    ),
    (
        Add("[sync.severity]\nthresholds = [{ min_priority = 1, level = 1, name = \"x\" }]"),
        "9: sync.severity.thresholds[0].name: unknown key; the keys known here are min_priority, level",
    ),
    (
        Add("[sync.severity]\nthreshold = []"),
        "9: sync.severity.threshold: unknown key; did you mean sync.severity.thresholds?",
    ),
    // [metadata]
    (
        Add("[metadata]\nports_url = \"ports.json\""),
        "9: metadata.ports_url: not a URL; a URL that begins with http:// or https://",
    ),
    (Add("[metadata]\nports_url = 5"), "9: metadata.ports_url: a whole number stands here; a URL in quotes"),
    // [failover]
    (
        Add("[failover]"),
        r#"8: failover.primary_server: missing; primary_server = "...", the host of the primary Zino's SNMP agent"#,
    ),
    (
        Add("[failover]\nprimary_server = \"a b\""),
        "9: failover.primary_server: not a host; a host name or an IP address, without a port",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nprimary_snmp_port = 0"),
        "10: failover.primary_snmp_port: 0 is out of range; a whole number from 1 to 65535",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nsnmp_community = 5"),
        "10: failover.snmp_community: a whole number stands here; a text in quotes",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nsnmp_community = \"${COMMUNITY}\""),
        "10: failover.snmp_community: holds a placeholder ${..} that nobody has filled in; the secret itself",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nping_timeout = 0"),
        "10: failover.ping_timeout: 0 s is out of range; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nping_interval = \"5\""),
        "10: failover.ping_interval: a text stands here; a number of seconds, more than 0 and at most 31622400 (366 days)",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nthreshold = 0"),
        "10: failover.threshold: 0 is out of range; a whole number from 1 to 4294967295",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nthreshold = 10.0"),
        "10: failover.threshold: a decimal number stands here; a whole number from 1 to 4294967295",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\non_standby = \"end\""),
        r#"10: failover.on_standby: not one of the words known here; "keep" or "close""#,
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nfailback = false"),
        r#"10: failover.failback: true or false stands here; "auto" or "manual""#,
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nprimary = \"zino1\""),
        "10: failover.primary: unknown key; the keys known here are primary_server, primary_snmp_port, snmp_community, snmp_community_file, ping_timeout, ping_interval, threshold, on_standby, failback, primary_health_url",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nprimary_health_url = 8445"),
        "10: failover.primary_health_url: a whole number stands here; a URL in quotes",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nprimary_health_url = \"zino1:8445/active\""),
        "10: failover.primary_health_url: not a URL; like http://zino1.example.org:8445/active",
    ),
    (
        Add("[failover]\nprimary_server = \"zino1\"\nprimary_health_url = \"http://me:pw@zino1/active\""),
        "10: failover.primary_health_url: holds a user name or password; like http://zino1.example.org:8445/active",
    ),
    // [status]
    (
        Add("[status]\nlisten = 8444"),
        r#"9: status.listen: a whole number stands here; an IP address and a port, like "127.0.0.1:8444", or "unix:" and the path of a socket"#,
    ),
    (
        Add("[status]\nlisten = \"localhost:8444\""),
        r#"9: status.listen: not an address to listen on; an IP address and a port, like "127.0.0.1:8444", or "unix:" and the path of a socket"#,
    ),
    (
        Add("[status]\nlisten = \"127.0.0.1\""),
        r#"9: status.listen: not an address to listen on; an IP address and a port, like "127.0.0.1:8444", or "unix:" and the path of a socket"#,
    ),
    (
        Add("[status]\nhealth_listen = \"unix:\""),
        r#"9: status.health_listen: not an address to listen on; an IP address and a port, like "127.0.0.1:8444", or "unix:" and the path of a socket"#,
    ),
    (
        Add("[status]\ncontrol = \"127.0.0.1:8446\""),
        r#"9: status.control: not a socket in the file system; "unix:" and its path"#,
    ),
    (
        Add("[status]\nself_incidents = \"yes\""),
        r#"9: status.self_incidents: a text stands here; true or false, without quotes"#,
    ),
    (
        Add("[status]\nlisen = \"127.0.0.1:8444\""),
        "9: status.lisen: unknown key; did you mean status.listen?",
    ),
];
