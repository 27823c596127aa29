//! Orders on standard input: `{"do": NAME, ...}` a line, each answered with `{"ok": RESULT}` or `{"error": TEXT}`.

use crate::{Failure, say};
use serde_json::{Value, json};
use std::io::BufRead;

/// One order.
pub(crate) struct Order(Value);

impl Order {
    /// Returns its name.
    pub(crate) fn name(&self) -> &str {
        self.0["do"].as_str().unwrap_or_default()
    }

    /// Returns a text of it, empty if it has none.
    pub(crate) fn text(&self, key: &str) -> &str {
        self.0[key].as_str().unwrap_or_default()
    }

    /// Returns a whole number of it, 0 if it has none.
    pub(crate) fn number(&self, key: &str) -> u64 {
        self.0[key].as_u64().unwrap_or_default()
    }

    /// Returns a whole number of it as a size.
    pub(crate) fn size(&self, key: &str) -> usize {
        usize::try_from(self.number(key)).unwrap_or(usize::MAX)
    }
}

/// Says that all is ready, then takes orders until there are no more.
pub(crate) fn take(
    ready: &Value,
    mut answer: impl FnMut(&Order) -> Result<Value, Failure>,
) -> Result<(), Failure> {
    say(&json!({ "ok": ready }));
    for line in std::io::stdin().lock().lines() {
        let order = Order(serde_json::from_str(&line?)?);
        say(&match answer(&order) {
            Ok(result) => json!({ "ok": result }),
            Err(error) => json!({ "error": error.to_string() }),
        });
    }
    Ok(())
}
