//! The rules: a folder for each family, in it one file for each rule or for a few that share a computation.

mod caches;
mod edge;
mod files;
mod operations;
mod postgres;
mod quorum;
mod services;
mod shared;
mod storage;
mod streams;

use super::Rule;

/// Every rule by family.
pub const RULES: &[&[Rule]] = &[
    files::RULES,
    quorum::RULES,
    services::RULES,
    postgres::RULES,
    streams::RULES,
    caches::RULES,
    storage::RULES,
    edge::RULES,
    operations::RULES,
];
