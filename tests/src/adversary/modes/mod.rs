//! The table of modes.

mod argus_answers;
mod argus_bytes;
mod argus_rows;
mod snmp;
mod zino_greeting;
mod zino_lists;
mod zino_notify;
mod zino_replies;

use super::mode::Mode;

/// Returns every mode, in the order in which they are run.
#[must_use]
pub fn all() -> Vec<Mode> {
    let groups: [fn() -> Vec<Mode>; 8] = [
        zino_greeting::modes,
        zino_replies::modes,
        zino_lists::modes,
        zino_notify::modes,
        argus_bytes::modes,
        argus_answers::modes,
        argus_rows::modes,
        snmp::modes,
    ];
    groups.iter().flat_map(|group| group()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_at_least_forty_modes_and_each_has_a_name_of_its_own() {
        let modes = all();
        let names: BTreeSet<_> = modes.iter().map(|mode| mode.name).collect();
        assert!(modes.len() >= 40 && names.len() == modes.len());
    }
}
