//! Majorities, what is left after a loss, and what was promised (IT201 to IT229).

mod capacity;
mod even_split;
mod fencing;
mod majority;
mod objectives;
mod replicas;
mod unplaced;
mod voters;
mod witness;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    even_split::SPLIT,
    unplaced::RULE,
    majority::NO_WITNESS,
    majority::APART,
    majority::NOT_PREFERRED,
    even_split::EVEN,
    witness::TOO_MANY,
    witness::SHARES,
    witness::TOO_HEAVY,
    replicas::FEW,
    replicas::ODD,
    capacity::FEWEST,
    capacity::MOST,
    replicas::NODES,
    replicas::DISRUPTION,
    capacity::RACK,
    fencing::MISSING,
    fencing::ONLY_IPMI,
    fencing::ONE_PATH,
    fencing::PLAIN,
    objectives::TIME,
    objectives::DATA,
];
