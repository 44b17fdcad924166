//! Loading: texts become a resolved topology, or findings.

pub mod resolve;
