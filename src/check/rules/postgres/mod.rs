//! PostgreSQL, Patroni and their etcd (IT401 to IT429).

mod backup;
mod durability;
mod etcd;
mod members;
mod proxy;
mod references;
mod resources;
mod standby;
mod synchronous;
mod timers;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    timers::LEASE,
    timers::LEAST,
    synchronous::TOO_FEW,
    synchronous::TOO_MANY,
    members::SINGLE,
    members::MISSING,
    proxy::RULE,
    backup::MISSING,
    backup::UNKNOWN,
    backup::ONE_SIDED,
    etcd::OWN_QUORUM,
    etcd::SINGLE,
    etcd::ONE_SIDED,
    references::REPEATED,
    references::UNKNOWN,
    durability::ASYNCHRONOUS,
    standby::RULE,
    durability::NOT_STRICT,
    resources::RULE,
    members::NO_WATCHDOG,
];
