//! Majorities, what is left after a loss, and what was promised (IT201 to IT229).

mod even_split;
mod unplaced;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[even_split::RULE, unplaced::RULE];
