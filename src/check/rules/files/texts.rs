//! IT147 to IT150: configuration files, variables, joined names and the codes of waivers.

use std::collections::BTreeMap;

use crate::check::{Facts, RULES, Rule, regressions};
use crate::diag::{Code, Explanation, Finding, Place, Severity, did_you_mean};
use crate::model::Path;
use crate::model::plan::WorkloadKind;
use crate::model::topology::WITNESS;

/// A configuration file with both a file and a text, or with neither.
pub const FILE_OR_TEXT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT147"),
        severity: Severity::Error,
        title: "a configuration file needs either a file or a text",
        why: "What is mounted comes from one place. With both it is not clear which one the service reads; with neither it \
              reads an empty file.",
        example: "services:\n  shop:\n    config:\n      app.yaml: {file: config/shop.yaml, text: \"level: info\"}\n",
        fix: "Keep `file` or `text`, not both.",
    },
    check: file_or_text,
};

/// A variable that is set twice.
pub const VARIABLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT148"),
        severity: Severity::Error,
        title: "a variable is set twice",
        why: "Kubernetes keeps the last of two variables of one name, so that the other value is silently lost; beside a \
              Secret, the plain value is one that should not be in the topology.",
        example: "services:\n  shop:\n    env: {DB_PASSWORD: \"\"}\n    secrets: [{env: DB_PASSWORD, from: shop-db/password}]\n",
        fix: "Set it once; passwords under `secrets`.",
    },
    check: variable,
};

/// A joined name that is too long.
pub const LONG: Rule = Rule {
    explanation: Explanation {
        code: Code("IT149"),
        severity: Severity::Error,
        title: "a joined name is too long",
        why: "A host name is a DNS label of at most 63 characters (RFC 1123). Kubernetes appends a hash or a number to the \
              names of workloads, which leaves 52 for the name itself.",
        example: "datacenters:\n  a-data-centre-with-a-name-of-its-own: {nodes: {a-pool-with-a-rather-long-name: {count: 1}}}\n",
        fix: "Shorten the name of the data centre, the pool, the service or the instance.",
    },
    check: long,
};

/// A waiver of a code that no rule has.
pub const WAIVER: Rule = Rule {
    explanation: Explanation {
        code: Code("IT150"),
        severity: Severity::Error,
        title: "a waiver of a code that no rule has",
        why: "A waiver accepts the finding of one rule. Under a wrong code it accepts nothing, and what was discussed and \
              decided is not what is recorded. Faults of the file itself and of rendered files cannot be waived.",
        example: "waivers:\n  - {code: IT999, at: postgres.core, reason: the witness is ordered, until: 2099-01-31}\n",
        fix: "Write the code as the finding prints it.",
    },
    check: waiver,
};

/// The longest DNS label.
const LONGEST_LABEL: usize = 63;
/// The longest name of a workload, to which Kubernetes appends a hyphen and a hash of ten characters.
const LONGEST_WORKLOAD: usize = 52;

fn file_or_text(facts: &Facts<'_>) -> Vec<Finding> {
    let services = facts.topology.services.iter();
    let files = services.flat_map(|(name, service)| service.config.iter().map(move |(key, file)| (name, key, file)));
    files
        .filter(|(_, _, file)| file.file.is_some() == file.text.is_some())
        .map(|(name, key, file)| {
            let at = Path::of(["services", name.as_str(), "config"]).key(key);
            let message = if file.file.is_some() { "has both a file and a text" } else { "has neither a file nor a text" };
            FILE_OR_TEXT.finding(at, format!("`{key}` {message}")).help("write `file` or `text`")
        })
        .collect()
}

fn variable(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, service) in &facts.topology.services {
        let at = Path::of(["services", name.as_str()]);
        let mut set: BTreeMap<&str, Path> =
            service.env.keys().map(|variable| (variable.as_str(), at.key("env").key(variable))).collect();
        for (position, secret) in service.secrets.iter().enumerate() {
            let here = at.key("secrets").index(position).key("env");
            if let Some(first) = set.insert(&secret.env, here.clone()) {
                let finding = VARIABLE.finding(here, format!("`{}` is set already", secret.env));
                findings.push(finding.related(Place::Key(first), "the first time").help("set it once"));
            }
        }
    }
    findings
}

fn long(facts: &Facts<'_>) -> Vec<Finding> {
    let too_long = |at: Path, name: String, most: usize| {
        let message = format!("`{name}` has {} characters; {most} are possible", name.len());
        (name.len() > most).then(|| LONG.finding(Place::Key(at), message).help("shorten one of its parts"))
    };
    hosts(facts)
        .into_iter()
        .map(|(at, name)| (at, name, LONGEST_LABEL))
        .chain(workloads(facts).into_iter().map(|(at, name)| (at, name, LONGEST_WORKLOAD)))
        .filter_map(|(at, name, most)| too_long(at, name, most))
        .collect()
}

/// The longest host name of each pool that is made from a count.
fn hosts(facts: &Facts<'_>) -> Vec<(Path, String)> {
    let topology = facts.topology;
    let centres = topology.datacenters.iter().map(|(site, it)| (site.as_str(), &it.nodes));
    let sites = centres.chain(topology.witness.iter().map(|it| (WITNESS, &it.nodes)));
    let counted = sites.flat_map(|(site, nodes)| nodes.iter().map(move |(pool, it)| (site, pool, it)));
    counted
        .filter_map(|(site, pool, it)| Some((topology.pool_path(site, pool.as_str()), format!("{site}-{pool}-{}", it.count?))))
        .collect()
}

/// Every name of a workload that is joined with the name of a site.
fn workloads(facts: &Facts<'_>) -> Vec<(Path, String)> {
    let mut names = Vec::new();
    for (name, _) in facts.plan.workloads.iter().filter(|(_, it)| it.kind == WorkloadKind::PerDatacenter) {
        let at = Path::of(["services", name.as_str()]);
        names.extend(facts.topology.datacenters.keys().map(|site| (at.clone(), format!("{name}-{site}"))));
    }
    for (name, plan) in &facts.plan.redis {
        names.extend(plan.groups.iter().map(|group| (Path::of(["redis", name.as_str()]), group.name.clone())));
    }
    for (name, plan) in &facts.plan.s3 {
        let groups = plan.masters.iter().chain(&plan.volumes).chain(&plan.filers);
        names.extend(groups.map(|group| (Path::of(["s3", name.as_str()]), group.name.clone())));
    }
    for (name, plan) in &facts.plan.kafka {
        names.extend(plan.clusters.iter().map(|cluster| (Path::of(["kafka", name.as_str()]), cluster.name.clone())));
    }
    names
}

fn waiver(facts: &Facts<'_>) -> Vec<Finding> {
    let rules = RULES.iter().copied().flatten().map(|rule| rule.explanation.code.0);
    let known: Vec<&str> = rules.chain(regressions::CODES.iter().map(|it| it.code.0)).collect();
    let waivers = facts.topology.waivers.iter().enumerate().filter(|(_, it)| !known.contains(&it.code.as_str()));
    waivers
        .map(|(position, it)| {
            let at = Path::of(["waivers"]).index(position).key("code");
            let finding = WAIVER.finding(at, format!("no rule that can be waived has the code `{}`", it.code));
            match did_you_mean(&it.code, known.iter().copied()) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help("write the code as the finding prints it"),
            }
        })
        .collect()
}
