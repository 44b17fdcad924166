//! Placeholder of the io room.
