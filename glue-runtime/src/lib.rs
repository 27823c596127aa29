//! The shell around `glue-proto`.
