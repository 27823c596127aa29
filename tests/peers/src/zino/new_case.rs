//! How a case begins.

/// What a new case is made of. The attributes of the five types are those of the recorded server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCase {
    pub(super) router: String,
    pub(super) case_type: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) log: Vec<String>,
}

impl NewCase {
    /// Begins a case of any type, known or not, with no attribute of its own and no log.
    #[must_use]
    pub fn of_type(case_type: &str, router: &str) -> Self {
        Self { router: router.into(), case_type: case_type.into(), attributes: Vec::new(), log: Vec::new() }
    }

    /// Begins a `portstate` case: a port is down.
    #[must_use]
    pub fn portstate(router: &str, port: &str, ifindex: u32, descr: &str) -> Self {
        Self::of_type("portstate", router)
            .with("port", port)
            .with("ifindex", &ifindex.to_string())
            .with("portstate", "down")
            .with("descr", descr)
            .with_log(&format!("{router}: port \"{port}\" ix {ifindex} ({descr}) linkDown"))
    }

    /// Begins a `bgp` case: a peer was lost.
    #[must_use]
    pub fn bgp(router: &str, remote_addr: &str, remote_as: u32) -> Self {
        Self::of_type("bgp", router)
            .with("remote-addr", remote_addr)
            .with("remote-AS", &remote_as.to_string())
            .with("peer-uptime", "0")
            .with_log("peer down")
    }

    /// Begins a `bfd` case: a BFD session was lost.
    #[must_use]
    pub fn bfd(router: &str, ifindex: u32) -> Self {
        Self::of_type("bfd", router)
            .with("ifindex", &ifindex.to_string())
            .with("bfdState", "down")
            .with("bfdIx", &ifindex.to_string())
            .with_log("bfd down")
    }

    /// Begins a `reachability` case: a router does not answer.
    #[must_use]
    pub fn reachability(router: &str) -> Self {
        Self::of_type("reachability", router)
            .with("reachability", "no-response")
            .with_log(&format!("{router} no-response"))
    }

    /// Begins an `alarm` case: an alarm of this colour is lit.
    #[must_use]
    pub fn alarm(router: &str, colour: &str) -> Self {
        Self::of_type("alarm", router)
            .with("alarm-type", colour)
            .with("alarm-count", "1")
            .with_log(&format!("{router} {colour} alarms went from 0 to 1"))
    }

    /// Draws a case: one of eight routers, one of the types, and with a priority of its own if `who` is at least 128.
    #[must_use]
    pub fn drawn(who: u8, how: u8) -> Self {
        let router = format!("gw{}", who % 8);
        let case = match how % 8 {
            0..=2 => Self::reachability(&router),
            3 => Self::portstate(&router, "ge-0/0/1", 5, "link, x"),
            4 => Self::bgp(&router, "10.0.4.0", 64_516),
            5 => Self::alarm(&router, "yellow"),
            6 => Self::bfd(&router, 3),
            _ => Self::portstate(&router, "ge-0/0/1", 5, "link, y").without_log(),
        };
        if who >= 128 { case.priority(i64::from(who % 7) * 100) } else { case }
    }

    /// Gives it a priority; 100 where nothing is said.
    #[must_use]
    pub fn priority(self, priority: i64) -> Self {
        self.with("priority", &priority.to_string())
    }

    /// Adds or replaces an attribute, by its name in `getattrs`.
    #[must_use]
    pub fn with(self, name: &str, value: &str) -> Self {
        let mut case = self.without(name);
        case.attributes.push((name.into(), value.into()));
        case
    }

    /// Takes an attribute away.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.attributes.retain(|(known, _)| known != name);
        self
    }

    /// Adds a log message.
    #[must_use]
    pub fn with_log(mut self, message: &str) -> Self {
        self.log.push(message.into());
        self
    }

    /// Takes all log messages away. A case without one has no `updated`.
    #[must_use]
    pub fn without_log(mut self) -> Self {
        self.log.clear();
        self
    }
}
