//! What kinds of scenarios there are, and what can be done with any of them.

use super::pair::{self, PairPlan};
use super::plan::{HEADER, Plan, RECORD};
use super::run::{Outcome, run};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// A kind of scenario: how its bytes are laid out, and how it is run.
#[derive(Clone, Copy, Debug)]
pub struct Play {
    /// The length of the header, in bytes: what never changes.
    pub header: usize,
    /// The length of one thing that happens, in bytes.
    pub record: usize,
    /// Draws the bytes of a scenario from a seed.
    pub bytes_of: fn(u64) -> Vec<u8>,
    /// Runs the scenario that these bytes are; tells also whether inputs and actions are wanted as text.
    pub run: fn(&[u8], bool) -> Outcome,
    /// Shows what never changes in the scenario that these bytes are.
    pub(super) setup: fn(&[u8]) -> String,
    /// What the binary must be told to run this kind, after a blank.
    pub option: &'static str,
}

/// One daemon, one Zino.
pub const SINGLE: Play = Play {
    header: HEADER,
    record: RECORD,
    bytes_of: Plan::bytes_of,
    run: |bytes, logs| survive(|| run(&Plan::decode(bytes), logs)),
    setup: |bytes| format!("{:?}", Plan::decode(bytes).setup),
    option: "",
};

/// A primary and a secondary daemon, each with its Zino.
pub const PAIR: Play = Play {
    header: pair::HEADER,
    record: RECORD,
    bytes_of: PairPlan::bytes_of,
    run: |bytes, logs| survive(|| pair::run(&PairPlan::decode(bytes), logs)),
    setup: |bytes| format!("{:?}", PairPlan::decode(bytes).setup),
    option: " --pair",
};

/// Makes a panic a failure like any other (invariant 9), so that it is shown and made small as any other.
fn survive(run: impl FnOnce() -> Outcome) -> Outcome {
    catch_unwind(AssertUnwindSafe(run)).unwrap_or_else(|cause| Outcome {
        digest: 0,
        millis: 0,
        settled: 0,
        self_incidents: 0,
        failure: Some(format!("invariant 9: panic: {}", words_of(&*cause))),
        story: Vec::new(),
        log: Vec::new(),
    })
}

/// Returns what a panic has to say.
fn words_of(cause: &(dyn Any + Send)) -> &str {
    let text = cause.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| cause.downcast_ref::<&str>().copied()).unwrap_or("without a word")
}

impl Play {
    /// Runs the scenario that these bytes are, twice, and returns what came of it.
    ///
    /// # Errors
    /// The run broke an invariant, or the two runs were not the same.
    pub fn replay(&self, bytes: &[u8]) -> Result<Outcome, Box<Outcome>> {
        let (mut first, second) = ((self.run)(bytes, false), (self.run)(bytes, false));
        if first.failure.is_none() && first.digest != second.digest {
            first.failure = Some(String::from("invariant 8: two runs of one scenario differ"));
        }
        if first.failure.is_some() { Err(Box::new(first)) } else { Ok(first) }
    }

    /// Takes things out of a failing scenario as long as it fails for the same reason, and returns what is left. What does
    /// not fail is returned as it is.
    #[must_use]
    pub fn shrink(&self, bytes: &[u8]) -> Vec<u8> {
        super::shrink::shrink(self, bytes)
    }

    /// Shows a failing scenario: the line that repeats it, what happened, and the last inputs and actions.
    #[must_use]
    pub fn report(&self, bytes: &[u8], outcome: &Outcome) -> String {
        super::report::report(self, bytes, outcome)
    }
}
