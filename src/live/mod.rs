//! The running systems, read and never written. This is the only room with asynchronous code; what it gives is plain data,
//! and nothing is compared or judged here.

pub mod codes;
pub mod kubernetes;

pub use kubernetes::{Settings, read};
