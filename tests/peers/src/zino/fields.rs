//! The attributes that a case can have, in the order in which the server lists them.

/// One attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its name in notifications (reference zino-protocol 8).
    pub(super) internal: &'static str,
    /// Its name in `getattrs` (reference zino-protocol 5.2).
    pub(super) wire: &'static str,
}

const fn same(name: &'static str) -> Field {
    Field { internal: name, wire: name }
}

const fn field(internal: &'static str, wire: &'static str) -> Field {
    Field { internal, wire }
}

/// The log as a field: it has its place in the order of notifications, but is no attribute.
pub(super) const LOG: &str = "log";
/// The history as a field, likewise.
pub(super) const HISTORY: &str = "history";

/// Every field: first those of all cases, then those of the types. No type has two that stand the wrong way round here.
const FIELDS: [Field; 34] = [
    same("id"),
    same("router"),
    same("type"),
    same("state"),
    same("opened"),
    same("updated"),
    same("closed"),
    same("priority"),
    same("lastevent"),
    same(LOG),
    same(HISTORY),
    same("lasttrans"),
    same("flaps"),
    field("ac_down", "ac-down"),
    same("polladdr"),
    same("port"),
    same("ifindex"),
    same("portstate"),
    same("descr"),
    same("flapstate"),
    same("reason"),
    field("remote_address", "remote-addr"),
    field("remote_as", "remote-AS"),
    field("peer_uptime", "peer-uptime"),
    field("operational_state", "bgpOS"),
    field("admin_status", "bgpAS"),
    field("bfdstate", "bfdState"),
    field("bfdix", "bfdIx"),
    field("bfddiscr", "bfdDiscr"),
    field("bfdaddr", "bfdAddr"),
    field("neigh_rdns", "Neigh-rDNS"),
    same("reachability"),
    field("alarm_type", "alarm-type"),
    field("alarm_count", "alarm-count"),
];

/// Every field in the server's order.
pub(super) fn all() -> impl Iterator<Item = Field> {
    FIELDS.into_iter()
}

/// Finds an attribute by its name in `getattrs`.
pub(super) fn by_wire_name(name: &str) -> Option<Field> {
    all().find(|field| field.wire == name && field.internal != LOG && field.internal != HISTORY)
}
