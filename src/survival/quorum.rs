//! Majorities: which side elects a leader. Raft (etcd, `KRaft`, SeaweedFS masters): a leader needs the answers of
//! ⌊n/2⌋ + 1 of all configured voters, dead ones counted (Raft, §5.2; etcd FAQ). Voters that hear a leader grant no votes
//! to others (pre-vote), so the side of the incumbent keeps the witness when the link is cut.

use std::collections::BTreeMap;

use super::world::{Standing, World};
use crate::model::Name;
use crate::model::topology::WITNESS;

/// The outcome of an election.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elected {
    /// Which data centres see the leader.
    serves: Serves,
    /// Whether the leader before the failure may be gone or was cut off, so that there is an election.
    pub moved: bool,
    /// Voters that are left.
    pub alive: u32,
    /// How many a leader needs.
    pub needed: u32,
    /// How many are configured.
    pub total: u32,
    /// Whether the leader stands at the witness while the data centres do not see each other.
    pub at_witness: bool,
    /// Whether a voter at the witness follows the leader, so that what it passes on reaches both data centres.
    passes_on: bool,
}

/// Who sees the leader.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Serves {
    All,
    Only(String),
    Nobody,
}

impl Elected {
    /// Whether members and clients at a site see the leader.
    pub fn serves(&self, site: &Name) -> bool {
        match &self.serves {
            Serves::All => true,
            Serves::Only(only) => only == site.as_str(),
            Serves::Nobody => false,
        }
    }

    /// Whether a request from a site reaches the leader, if need be through a voter at the witness: members of etcd pass
    /// requests on to their leader (etcd: learner and follower forwarding).
    pub fn reaches(&self, site: &Name) -> bool {
        self.serves(site) || (self.exists() && self.passes_on)
    }

    /// Whether there is a leader at all.
    pub fn exists(&self) -> bool {
        self.serves != Serves::Nobody
    }

    /// As `2 of 5 voters are left, 3 are needed`.
    pub fn count(&self) -> String {
        format!("{} of {} voters are left, {} are needed", self.alive, self.total, self.needed)
    }
}

/// Who leads these voters.
pub fn elect(world: &World<'_>, voters: &BTreeMap<Name, Standing>) -> Elected {
    let at = |site: &str| voters.iter().find(|(name, _)| name.as_str() == site).map_or(Standing::default(), |(_, it)| *it);
    let total: u32 = voters.values().map(|it| it.total).sum();
    let alive: u32 = voters.values().map(|it| it.alive()).sum();
    let needed = total / 2 + 1;
    let order = world.by_leaders(false);
    let stood = order.iter().copied().find(|site| at(site).total > 0).unwrap_or(WITNESS);
    let hit = at(stood).dead > 0 && !world.planned;
    let passes_on = at(WITNESS).alive() > 0;
    let outcome = |serves, moved, at_witness| Elected { serves, moved, alive, needed, total, at_witness, passes_on };
    if !world.is_cut() {
        return if alive >= needed { outcome(Serves::All, hit, false) } else { outcome(Serves::Nobody, true, false) };
    }
    if stood == WITNESS && at(WITNESS).alive() > 0 {
        let serves = if alive >= needed { Serves::All } else { Serves::Nobody };
        return outcome(serves, hit, true);
    }
    let majority = |site: &&str| *site != WITNESS && at(site).alive() + at(WITNESS).alive() >= needed;
    match order.iter().copied().find(majority) {
        Some(side) => outcome(Serves::Only(side.to_owned()), hit || side != stood, false),
        None => outcome(Serves::Nobody, true, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::survival::{Fault, Leaders, Scenario};
    use crate::testing;

    /// Whether msk and spb are served, with these voters at msk, spb and the witness.
    fn served(fault: &Fault, leaders: Leaders, split: [u32; 3]) -> (bool, bool, bool) {
        let it = testing::planned(include_str!("../../topologies/inuretech-witness.yaml"));
        let scenario = Scenario::of(fault.clone());
        let world = World::new(&it.topology, &it.plan, &scenario, leaders);
        let names: [Name; 3] = ["msk", "spb", WITNESS].map(|name| name.parse().unwrap());
        let standing = |(name, total): (&Name, u32)| {
            let dead = if world.stands(name) { 0 } else { total };
            (name.clone(), Standing { total, dead })
        };
        let elected = elect(&world, &names.iter().zip(split).map(standing).collect());
        (elected.serves(&names[0]), elected.serves(&names[1]), elected.moved)
    }

    #[test]
    fn the_side_with_the_majority_lives() {
        let (msk, spb) = (Fault::Datacenter("msk".parse().unwrap()), Fault::Datacenter("spb".parse().unwrap()));
        assert_eq!(served(&spb, Leaders::Home, [3, 2, 0]), (true, true, false));
        assert_eq!(served(&msk, Leaders::Home, [3, 2, 0]), (false, false, true));
        assert_eq!(served(&Fault::Link, Leaders::Home, [3, 2, 0]), (true, false, false));
        assert_eq!(served(&Fault::Link, Leaders::Away, [3, 2, 0]), (true, false, true));
        for leaders in [Leaders::Home, Leaders::Away] {
            assert_eq!(served(&Fault::Link, leaders, [2, 2, 0]), (false, false, true));
            assert_eq!(served(&msk, leaders, [2, 2, 0]), (false, false, true));
        }
    }

    #[test]
    fn the_witness_goes_with_the_leader() {
        let msk = Fault::Datacenter("msk".parse().unwrap());
        assert_eq!(served(&msk, Leaders::Home, [2, 2, 1]), (true, true, true));
        assert_eq!(served(&Fault::Link, Leaders::Home, [2, 2, 1]), (true, false, false));
        assert_eq!(served(&Fault::Link, Leaders::Away, [2, 2, 1]), (false, true, false));
        assert_eq!(served(&Fault::Link, Leaders::Witness, [2, 2, 1]), (true, true, false));
        assert_eq!(served(&Fault::Witness, Leaders::Witness, [2, 2, 1]), (true, true, true));
    }
}
