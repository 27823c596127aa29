//! The Zino protocol: both channels as state machines without IO.
