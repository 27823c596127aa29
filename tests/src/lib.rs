//! Simulated peers for the `zinoargus` core.
