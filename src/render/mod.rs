//! From the plan to the files, in memory only.

pub mod write;
