//! IT133 to IT135, IT151: the two data centres, their roles, and the places at which members are counted.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Place, Severity, did_you_mean};
use crate::model::topology::site::Role;
use crate::model::topology::{Members, Topology, WITNESS};
use crate::model::{Name, Path};

/// Members at a site that does not exist.
pub const UNKNOWN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT133"),
        severity: Severity::Error,
        title: "members at a site that does not exist",
        why: "Members are counted by the names of the data centres, or `witness` where the topology has one. A count under \
              another name places nobody, and a quorum is smaller than it looks.",
        example: "postgres:\n  core:\n    members: {msk: 2, sbp: 2}\n",
        fix: "Write the name of a data centre, or declare the `witness`.",
    },
    check: unknown,
};

/// Roles that are not one preferred and one standby.
pub const ROLES: Rule = Rule {
    explanation: Explanation {
        code: Code("IT134"),
        severity: Severity::Error,
        title: "not one preferred and one standby data centre",
        why: "When the link is cut exactly one side must go on. Two preferred ones would both, two standby ones neither.",
        example: "datacenters:\n  msk: {role: preferred}\n  spb: {role: preferred}\n",
        fix: "Give one data centre `role: preferred` and the other `role: standby`.",
    },
    check: roles,
};

/// A data centre that is called `witness`.
pub const CALLED_WITNESS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT135"),
        severity: Severity::Error,
        title: "a data centre is called `witness`",
        why: "In every map of members `witness` means the third location that only votes. A data centre of that name could \
              not be told from it.",
        example: "datacenters:\n  witness: {title: Witness, role: standby}\n",
        fix: "Give the data centre another name.",
    },
    check: called_witness,
};

/// Data at the witness.
pub const DATA_AT_WITNESS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT151"),
        severity: Severity::Error,
        title: "the witness holds data",
        why: "The witness votes and carries nothing else: it has no capacity for data, its link is thin, and a copy there \
              would be counted as a copy in a data centre.",
        example: "postgres:\n  core:\n    members: {msk: 2, spb: 2, witness: 1}\n",
        fix: "Move the member into a data centre; give the witness a voter (`dcs`, `controllers`, `sentinels`) instead.",
    },
    check: data_at_witness,
};

/// Every map of members with its place, and whether its members hold data.
fn maps(topology: &Topology) -> Vec<(Path, &Members, bool)> {
    let mut maps = Vec::new();
    for (name, postgres) in &topology.postgres {
        let at = Path::of(["postgres", name.as_str()]);
        maps.push((at.key("members"), &postgres.members, true));
        maps.push((at.key("dcs").key("members"), &postgres.dcs.members, false));
    }
    for (name, kafka) in &topology.kafka {
        let at = Path::of(["kafka", name.as_str()]);
        maps.push((at.key("brokers"), &kafka.brokers, true));
        maps.push((at.key("controllers"), &kafka.controllers, false));
    }
    for (name, redis) in &topology.redis {
        let at = Path::of(["redis", name.as_str()]);
        maps.push((at.key("masters"), &redis.masters, false));
        maps.push((at.key("sentinels"), &redis.sentinels, false));
    }
    for (name, store) in &topology.s3 {
        maps.push((Path::of(["s3", name.as_str(), "copies"]), &store.copies, true));
    }
    maps
}

fn unknown(facts: &Facts<'_>) -> Vec<Finding> {
    let sites = &facts.plan.sites;
    let keys = maps(facts.topology)
        .into_iter()
        .flat_map(|(at, members, _)| members.keys().map(move |site| (at.key(site.as_str()), site)));
    let named = keys.map(|(at, site)| (Place::Key(at), site));
    let shares = facts.topology.witness.iter().filter_map(|witness| witness.shares.as_ref());
    let shares = shares.map(|site| (Place::Value(Path::of([WITNESS, "shares"])), site));
    named
        .chain(shares)
        .filter(|(_, site)| !sites.contains_key(*site))
        .map(|(at, site)| {
            if site.as_str() == WITNESS {
                return UNKNOWN
                    .finding(at, "this topology has no witness")
                    .help("declare a `witness`, or move the member into a data centre");
            }
            let finding = UNKNOWN.finding(at, format!("there is no site `{site}`"));
            match did_you_mean(site.as_str(), sites.keys().map(Name::as_str)) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help(format!("the sites are {}", quoted(sites.keys()))),
            }
        })
        .collect()
}

fn quoted<'a>(names: impl Iterator<Item = &'a Name>) -> String {
    names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn roles(facts: &Facts<'_>) -> Vec<Finding> {
    let [(first, one), (second, two)] = facts.topology.datacenters_by_role()[..] else { return Vec::new() };
    if one.role != two.role {
        return Vec::new();
    }
    let (what, missing) = match one.role {
        Role::Preferred => ("preferred", "standby"),
        Role::Standby => ("standby", "preferred"),
    };
    let role = |name: &Name| Path::of(["datacenters", name.as_str(), "role"]);
    let finding = ROLES.finding(role(second), format!("both data centres are `{what}`"));
    vec![finding.related(role(first), "the other one").help(format!("make one of them `{missing}`"))]
}

fn called_witness(facts: &Facts<'_>) -> Vec<Finding> {
    let found = facts.topology.datacenters.keys().filter(|name| name.as_str() == WITNESS);
    found
        .map(|name| {
            let at = Place::Key(Path::of(["datacenters", name.as_str()]));
            CALLED_WITNESS.finding(at, "`witness` is the name of the third location").help("give the data centre another name")
        })
        .collect()
}

fn data_at_witness(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.topology.witness.is_none() {
        return Vec::new();
    }
    let holding = maps(facts.topology)
        .into_iter()
        .filter(|(_, members, data)| *data && members.get(WITNESS).is_some_and(|count| *count > 0));
    holding
        .map(|(at, _, _)| {
            DATA_AT_WITNESS
                .finding(at.key(WITNESS), "the witness only votes; it holds no data")
                .help("move the member into a data centre")
        })
        .collect()
}
