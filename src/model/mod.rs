//! The plain types that every stage shares: data, invariants and `Display`, no algorithms.

pub mod artifact;
pub mod lock;
pub mod path;
pub mod tree;

pub use artifact::{Artifact, Content};
pub use lock::Lock;
pub use path::{Path, Step};
pub use tree::{File, Tree};
