//! Placeholder of the verify room.
