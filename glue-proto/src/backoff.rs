//! Exponential backoff with seeded jitter.
