//! Placeholder of the verify room.

pub mod kubernetes;
