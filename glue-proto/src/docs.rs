//! The rules that the machine follows, and what the peers put on the wire: the pages of the folder `docs`.
//!
//! A comment that says "behaviour B13" means the rule of that number in [`behaviour`]; one that says "reference" means one
//! of the other pages. This module exists in the documentation only.
#![expect(
    rustdoc::broken_intra_doc_links,
    reason = "the pages mark their sources in square brackets, and are read outside rustdoc, too"
)]

#[doc = include_str!("../docs/behaviour.md")]
pub mod behaviour {}
#[doc = include_str!("../docs/architecture.md")]
pub mod architecture {}
#[doc = include_str!("../docs/glossary.md")]
pub mod glossary {}
#[doc = include_str!("../docs/reference/zino-protocol.md")]
pub mod zino_protocol {}
#[doc = include_str!("../docs/reference/argus-api.md")]
pub mod argus_api {}
#[doc = include_str!("../docs/reference/snmp.md")]
pub mod snmp {}
#[doc = include_str!("../docs/reference/glue-behaviour.md")]
pub mod glue_behaviour {}
#[doc = include_str!("../docs/reference/operation.md")]
pub mod operation {}
