//! SNMP: one GET, its reply, and one probe with its deadline.
