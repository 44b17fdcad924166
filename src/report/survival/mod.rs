//! What failures do, for people, for pull requests and for programs. Everything here prints one [`Survival`]: no verdict is
//! reached, changed or left out, and every time is written by the same function, so that all formats say the same numbers.
//!
//! [`Survival`]: crate::model::Survival

mod alike;
pub mod compare;
mod details;
mod grid;
pub mod json;
pub mod markdown;
pub mod matrix;
mod names;
mod rows;
pub mod why;
mod words;

pub(in crate::report) use names::foundations;

#[cfg(test)]
mod same_numbers_tests;
#[cfg(test)]
pub(in crate::report) mod sample;
