//! The shape of the workspace: what may depend on what, how big a file may be, which rules have a test.
//!
//! | file | what it holds to |
//! |---|---|
//! | `purity.rs` | what `glue-proto` is built from, and that it is `no_std` |
//! | `arrows.rs` | which module of `glue-proto` may use which |
//! | `face.rs` | what `glue-proto` shows |
//! | `budgets.rs` | the length of files |
//! | `links.rs` | every link between pages leads somewhere |
//! | `log_lines.rs` | every line of the log is documented |
//! | `pages.rs` | what README, the figures and the changelog fragments promise |
//! | `rules.rs` | every rule of the behaviour has a test that bears its number |
//! | `texts.rs` | nothing in the repository is true on one machine only |
//! | `workspace.rs` | the files of the workspace, as these tests see them |
#![forbid(unsafe_code)]

mod arrows;
mod budgets;
mod face;
mod links;
mod log_lines;
mod pages;
mod purity;
mod rules;
mod texts;
mod vocabulary;
mod workspace;
