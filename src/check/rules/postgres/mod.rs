//! PostgreSQL, Patroni and their etcd (IT4xx).

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[];
