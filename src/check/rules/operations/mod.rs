//! Autoscaling and observability (IT701 to IT729).

mod elastic;
mod scaling;
mod watching;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    elastic::IDLE,
    elastic::NOTHING,
    elastic::ONE_SIDED,
    scaling::RULE,
    elastic::NO_WORKER,
    watching::NOTHING,
    watching::NO_DEADMAN,
    watching::SECRET,
];
