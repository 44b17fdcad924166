//! Redis and Valkey (IT5xx).

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[];
