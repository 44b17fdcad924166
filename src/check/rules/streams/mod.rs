//! Kafka (IT501 to IT519).

mod brokers;
mod controllers;
mod dead_letters;
mod durability;
mod hosts;
mod mirrored;
mod references;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    references::UNKNOWN,
    references::AMBIGUOUS,
    brokers::UNEQUAL,
    brokers::TOO_FEW,
    controllers::UNFIT,
    controllers::MIRRORED,
    hosts::RULE,
    durability::STOPS,
    durability::MAY_LOSE,
    dead_letters::RULE,
    mirrored::LOSES,
    mirrored::CANNOT,
    brokers::MISSING,
];
