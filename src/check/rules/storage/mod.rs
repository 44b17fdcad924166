//! Object stores (IT540 to IT549).

mod buckets;
mod copies;
mod endpoint;
mod engine;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    engine::REFUSED,
    engine::NOT_RENDERED,
    endpoint::MISSING,
    endpoint::UNUSED,
    copies::RULE,
    engine::ON_HOSTS,
    buckets::REPEATED,
    buckets::UNKNOWN,
    buckets::AMBIGUOUS,
];
