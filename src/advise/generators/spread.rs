//! Spreads that are a wish or not asked for become a condition: over the data centres, and over the nodes.

use crate::advise::Facts;
use crate::model::Path;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::topology::rules::{Spread, Strictness};

/// A kind of failure domain: its key, its name, and how it is read.
type Domain = (&'static str, &'static str, fn(&Spread) -> Strictness);

const DOMAINS: [Domain; 2] =
    [("datacenter", "the data centres", |spread| spread.datacenter), ("node", "the nodes", |spread| spread.node)];

/// One edit for each kind of failure domain.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    DOMAINS.iter().filter_map(|domain| proposal(facts, domain)).collect()
}

fn proposal(facts: &Facts<'_>, (key, domains, of): &Domain) -> Option<Candidate> {
    let rule = of(&facts.topology.rules.spread);
    let loose = facts.topology.services.iter().filter(|(_, it)| it.job.is_none() && of(&it.spread()) != Strictness::Hard);
    let mut edit = Edit::new();
    let mut places = Vec::new();
    if rule != Strictness::Hard && facts.topology.services.values().any(|service| of(&service.spread()) == rule) {
        edit.set(Path::of(["rules", "spread", key]), "hard");
        places.push("`rules`".to_owned());
    }
    // A service that differs from the rule has a spread of its own.
    for (name, _) in loose.filter(|(_, service)| of(&service.spread()) != rule) {
        edit.set(Path::of(["services", name.as_str(), "spread", key]), "hard");
        places.push(format!("`{name}`"));
    }
    let title = format!("spread replicas over {domains} strictly: {}", places.join(", "));
    let notes = vec!["a replica that would break the spread stays pending".to_owned()];
    (!edit.is_empty()).then(|| Candidate {
        kind: "spread",
        title,
        edit,
        cost: Cost { machines: 0, notes },
        gives_up: Vec::new(),
        unknown: Vec::new(),
    })
}
