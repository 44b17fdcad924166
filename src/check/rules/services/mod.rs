//! Kubernetes and services (IT301 to IT329).

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[];
