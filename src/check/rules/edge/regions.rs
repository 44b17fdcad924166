//! IT626 and IT627: which data centre answers for which place.

use std::collections::BTreeMap;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;

/// One region twice.
pub const REPEATED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT626"),
        severity: Severity::Error,
        title: "a region is listed twice",
        why: "A region has one data centre that is answered first. Listed twice, the order of the file would decide which.",
        example: "geodns:\n  regions:\n    msk: [RU-MOW]\n    spb: [RU-SPE, RU-MOW]\n",
        fix: "Leave it with one data centre.",
    },
    check: again,
};

/// Nothing to choose by.
pub const NO_MAP: Rule = Rule {
    explanation: Explanation {
        code: Code("IT627"),
        severity: Severity::Error,
        title: "nothing says which data centre is near",
        why: "What `regions` does not name is answered by distance, which needs the coordinates of both data centres (gdnsd, geoip plugin). With neither every client is answered alike and half of them take the long way.",
        example: "datacenters:\n  msk: {title: Moscow}   # no `coordinates`\ngeodns: {ttl: 30s}       # no `regions`\n",
        fix: "Add `coordinates` to both data centres, or list `regions`.",
    },
    check: no_map,
};

fn again(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(geodns) = &facts.topology.geodns else { return Vec::new() };
    let mut first: BTreeMap<&str, Path> = BTreeMap::new();
    let mut findings = Vec::new();
    for (site, regions) in &geodns.regions {
        for (position, region) in regions.iter().enumerate() {
            let at = Path::of(["geodns", "regions", site.as_str()]).index(position);
            match first.get(region.as_str()) {
                Some(earlier) => {
                    let finding = REPEATED.finding(at, format!("`{region}` is listed already"));
                    findings.push(finding.related(earlier.clone(), "first listed here").help("remove one of the two"));
                }
                None => {
                    first.insert(region, at);
                }
            }
        }
    }
    findings
}

fn no_map(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(geodns) = &facts.topology.geodns else { return Vec::new() };
    let placed = facts.topology.datacenters.values().all(|datacenter| datacenter.coordinates.is_some());
    if placed || geodns.regions.values().any(|regions| !regions.is_empty()) {
        return Vec::new();
    }
    let finding = NO_MAP.finding(Path::of(["geodns"]), "neither coordinates nor regions say which data centre is near");
    vec![finding.help("add `coordinates` to both data centres")]
}
