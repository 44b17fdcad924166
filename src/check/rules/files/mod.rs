//! What a topology says about itself: references, addresses and names (IT130 to IT159).

mod calls;
mod networks;
mod pools;
mod ports;
mod sites;
mod texts;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    calls::UNKNOWN,
    calls::ITSELF,
    calls::CYCLE,
    sites::UNKNOWN,
    sites::ROLES,
    sites::CALLED_WITNESS,
    pools::COUNT_OR_HOSTS,
    pools::NO_SUBNET,
    pools::SMALL_SUBNET,
    pools::TWICE,
    pools::OUTSIDE,
    pools::RACK,
    networks::OVERLAP,
    networks::OUTSIDE,
    networks::SUBNETS,
    networks::HOST_BITS,
    ports::RULE,
    texts::FILE_OR_TEXT,
    texts::VARIABLE,
    texts::LONG,
    texts::WAIVER,
    sites::DATA_AT_WITNESS,
];
