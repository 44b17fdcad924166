//! What was found, for people and for programs. It only prints: no finding is made, dropped or judged here.

pub mod advice;
mod budget;
pub mod changes;
pub mod diff;
pub mod diff_json;
pub mod frame;
pub mod json;
mod lines;
pub mod markdown;
pub mod plan;
mod summary;
pub mod survival;
mod table;
pub mod trace;
