//! What a topology says about itself: references, addresses and names (IT130 to IT159).

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[];
