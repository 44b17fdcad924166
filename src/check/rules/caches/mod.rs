//! Redis and Valkey (IT520 to IT539).

mod cluster;
mod content;
mod hosts;
mod independent;
mod references;
mod sentinel;
mod version;
mod zone;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    references::RULE,
    cluster::TOO_FEW,
    cluster::NO_REPLICA,
    sentinel::MASTERS,
    sentinel::VOTERS,
    sentinel::UNUSED,
    independent::RULE,
    cluster::UNREACHABLE,
    content::RULE,
    hosts::MISSING,
    version::RULE,
    hosts::TOO_SMALL,
    zone::RULE,
];
