//! What was found, for people and for programs. It only prints: no finding is made, dropped or judged here.

pub mod frame;
pub mod json;
mod lines;
mod summary;
