//! The edge, name servers and content delivery (IT601 to IT649).

mod addresses;
mod cdn;
mod geodns;
mod limits;
mod nameservers;
mod nginx;
mod regions;
mod routes;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    limits::IDENTIFY,
    limits::NO_MAP,
    limits::NO_BURST,
    limits::DOUBLE,
    nginx::SLOW,
    routes::CACHED,
    nginx::SINGLE,
    addresses::TOO_FEW,
    addresses::REPEATED,
    addresses::PRIVATE,
    nginx::MISSING,
    geodns::NO_EDGE,
    geodns::TTL,
    geodns::TOO_SLOW,
    geodns::SHALLOW,
    nameservers::TOO_FEW,
    nameservers::UNKNOWN,
    regions::REPEATED,
    regions::NO_MAP,
    geodns::TIMEOUT,
    nameservers::REPEATED,
    cdn::NO_EDGE,
    cdn::EVERYBODY,
    routes::ASSETS,
    routes::DELIVERED,
    cdn::NO_SHIELD,
    cdn::SHORT,
];
