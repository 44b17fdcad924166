//! The plain types that every stage shares: data, invariants and `Display`, no algorithms.

pub mod advice;
pub mod artifact;
pub mod change;
pub mod continent;
pub mod edit;
pub mod live;
pub mod lock;
pub mod name;
pub mod path;
pub mod plan;
mod spoken;
pub mod survival;
pub(crate) mod text;
pub mod topology;
pub mod trace;
pub mod tree;
pub mod unit;

pub use advice::Advice;
pub use artifact::{Artifact, Content};
pub use change::ChangeSet;
pub use continent::continent;
pub use edit::Edit;
pub use lock::Lock;
pub use name::{DnsName, HostName, Name, Reference, TopicName, UrlPath};
pub use path::{Path, Step};
pub use plan::Plan;
pub use survival::Survival;
pub use text::Malformed;
pub use topology::Topology;
pub use trace::Trace;
pub use tree::{File, Tree};
