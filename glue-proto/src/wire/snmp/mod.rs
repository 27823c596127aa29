//! SNMP: one GET, its reply, and one probe with its deadline (behaviour B60, reference snmp).

mod get;
mod probe;
mod reply;

pub use get::encode_get;
pub use probe::{Outcome, Probe};
pub use reply::{SnmpError, read_reply};

/// zinoUpTime.0, 1.3.6.1.4.1.2428.130.1.1.1.0, as the content of a BER OBJECT IDENTIFIER (reference snmp).
pub(crate) const UPTIME: [u8; 13] = [0x2b, 6, 1, 4, 1, 0x92, 0x7c, 0x81, 2, 1, 1, 1, 0];
