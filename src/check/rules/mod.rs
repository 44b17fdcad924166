//! The rules, one file each, in the order of their codes.

mod even_split;
mod unplaced;

use super::Rule;

/// Every rule, in the order of the codes.
pub const RULES: &[Rule] = &[even_split::RULE, unplaced::RULE];
