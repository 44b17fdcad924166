//! The plain types that every stage shares: data, invariants and `Display`, no algorithms.

pub mod artifact;
pub mod path;

pub use artifact::{Artifact, Content};
pub use path::{Path, Step};
