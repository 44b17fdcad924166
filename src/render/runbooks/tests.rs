//! What must hold of every runbook of every shipped topology: a program can read it, it names nothing that is not rendered,
//! and what it forces is what the counts ask for.

use std::collections::BTreeSet;

use serde_json::json;

use super::figures;
use crate::model::plan::Holder;
use crate::model::survival::{
    Case, Cell, Component, Effect, Estimate, Fault, Leaders, Loss as Gone, Outcome, Scenario, Survival, Term,
};
use crate::model::unit::Duration;
use crate::testing::{Planned, planned, seed, seed_with};

const TOPOLOGIES: [&str; 5] = [
    include_str!("../../../topologies/inuretech.yaml"),
    include_str!("../../../topologies/inuretech-witness.yaml"),
    include_str!("../../../topologies/hosts.yaml"),
    include_str!("../../../topologies/independent.yaml"),
    include_str!("../../../topologies/minimal.yaml"),
];

/// A fenced block.
#[derive(Debug)]
struct Block {
    head: String,
    lines: Vec<String>,
}

impl Block {
    fn word(&self, key: &str) -> String {
        let found = self.head.split(' ').find_map(|word| word.strip_prefix(key)?.strip_prefix('='));
        found.unwrap_or_default().to_owned()
    }
}

fn runbooks(planned: &Planned) -> Vec<(String, String)> {
    let artifacts = super::render(&planned.input()).unwrap();
    artifacts.iter().map(|it| (it.path.clone(), it.as_text().unwrap().to_owned())).collect()
}

fn runbook(planned: &Planned, name: &str) -> String {
    let path = format!("runbooks/{name}.md");
    runbooks(planned).into_iter().find(|(found, _)| *found == path).unwrap().1
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open = false;
    for line in text.lines() {
        match (line.strip_prefix("```"), open) {
            (Some(head), false) => {
                assert!(head.starts_with("sh "), "{line}");
                blocks.push(Block { head: head.to_owned(), lines: Vec::new() });
                open = true;
            }
            (Some(rest), true) => {
                assert_eq!(rest, "");
                open = false;
            }
            (None, true) => blocks.last_mut().unwrap().lines.push(line.to_owned()),
            (None, false) => {}
        }
    }
    assert!(!open);
    blocks
}

#[test]
fn every_failure_has_its_file_and_a_program_can_read_it() {
    for text in TOPOLOGIES {
        let platform = planned(text);
        let found = runbooks(&platform);
        assert_eq!(found.len(), 6);
        let others = ["operator", "any", "another", "replacement"];
        for (path, text) in found {
            let mut last = 0;
            for block in blocks(&text) {
                let (on, kind) = (block.word("on"), block.word("kind"));
                let outside = text.contains(&format!("**{on}** ("));
                assert!(
                    platform.plan.hosts.contains_key(on.as_str()) || others.contains(&on.as_str()) || outside,
                    "{path}: {on}"
                );
                assert!(["do", "check", "yours"].contains(&kind.as_str()), "{path}: {kind}");
                assert_eq!(kind == "check", block.head.contains(" expect='") && block.head.contains(" within="), "{path}");
                let open = block.lines.iter().any(|line| line.contains("# yours:"));
                assert!(open == (kind == "yours") || (open && kind == "check"), "{path} {}", block.head);
                let step: usize = block.word("step").parse().unwrap();
                assert!(step >= last && step > 0, "{path}: {step} after {last}");
                last = step;
            }
            assert!(!text.contains("\n\n\n"), "{path}");
        }
    }
}

/// Files that kubeadm makes, or a step of the same runbook.
const MADE_ELSEWHERE: [&str; 4] =
    ["/etc/kubernetes/manifests", "/etc/kubernetes/stopped", "/etc/kubernetes/pki", "/etc/kubernetes/join.yaml"];

#[test]
fn every_path_of_a_command_is_rendered_or_a_named_secret() {
    for text in TOPOLOGIES {
        let platform = planned(text);
        let mut there: BTreeSet<(String, String)> = BTreeSet::new();
        for artifact in platform.artifacts() {
            there.extend(artifact.on_host().map(|(host, file)| (host.to_owned(), format!("/{file}"))));
        }
        for need in &platform.plan.secrets {
            if let Holder::Host { host, path, .. } = &need.holder {
                there.insert((host.to_string(), path.clone()));
            }
        }
        let mut seen = 0;
        for (path, text) in runbooks(&platform) {
            for block in blocks(&text) {
                let on = block.word("on");
                let own: BTreeSet<&str> = there.iter().filter(|(host, _)| *host == on).map(|(_, file)| file.as_str()).collect();
                if own.is_empty() {
                    continue;
                }
                let words = block
                    .lines
                    .iter()
                    .filter(|line| !line.contains("kubectl"))
                    .flat_map(|line| line.split([' ', '=', ';', '\'']));
                for word in words.filter(|word| word.starts_with("/etc/")) {
                    let made =
                        MADE_ELSEWHERE.iter().any(|made| word.starts_with(made)) || word.split('.').next_back() == Some("conf");
                    if made || word.contains('*') {
                        continue;
                    }
                    seen += 1;
                    assert!(own.contains(word), "{path}: {word} is not on {on}");
                }
            }
        }
        assert!(seen > 0);
    }
}

#[test]
fn a_majority_is_forced_only_where_it_is_lost_and_only_after_fencing() {
    let seed = seed();
    let lost = runbook(&seed, "dc-msk-lost");
    let (fence, force) = (lost.find("Drop the traffic of msk").unwrap(), lost.find("force-new-cluster: true").unwrap());
    assert!(fence < force);
    for (name, is_forced) in [("dc-msk-lost", true), ("dc-spb-lost", false), ("link-cut", false), ("host-lost", false)] {
        let text = runbook(&seed, name);
        assert_eq!(text.contains("force-new-cluster: true"), is_forced, "{name}");
        assert_eq!(text.contains("failover takeover"), is_forced, "{name}");
    }
    assert!(runbook(&seed, "dc-spb-lost").contains("member remove"));
    let witness = planned(TOPOLOGIES[1]);
    for site in ["msk", "spb"] {
        let text = runbook(&witness, &format!("dc-{site}-lost"));
        assert!(!text.contains("force-new-cluster") && !text.contains("takeover"), "{site}");
        assert!(!runbook(&witness, &format!("dc-{site}-returns")).contains("Wipe"), "{site}");
    }
}

#[test]
fn a_loss_is_accepted_by_a_person_only_where_commits_did_not_wait() {
    assert!(!runbook(&seed(), "dc-msk-lost").contains("--candidate"));
    let alone = seed_with(|document| document["postgres"]["core"]["synchronous"] = json!({"mode": "quorum", "nodes": 1}));
    let text = runbook(&alone, "dc-msk-lost");
    assert!(text.contains("failover inuretech-core --candidate spb-postgres-1 --force"), "{text}");
    assert!(text.contains("rows that were acknowledged in the last moments"));
}

#[test]
fn the_survivor_of_static_voters_is_told_that_it_is_alone() {
    let hosts = crate::testing::planned_with(TOPOLOGIES[2], |document| {
        document["kafka"]["events"]["controllers"] = json!({"east": 2, "west": 1});
        document["datacenters"]["east"]["nodes"]["kafka-controller"]["count"] = 2.into();
    });
    let lost = runbook(&hosts, "dc-east-lost");
    assert!(lost.contains("controller.quorum.voters=1500@10.41.9.11:9090/'"), "{lost}");
    assert!(lost.contains("--entity-name placed --add-config min.insync.replicas=2"));
    let back = runbook(&hosts, "dc-east-returns");
    let (first, told) =
        (back.find("Start controller 500 empty").unwrap(), back.find("Tell controller 1500 that all vote again").unwrap());
    assert!(first < told && told < back.find("Start controller 501 empty").unwrap(), "{back}");
    assert!(!runbook(&hosts, "dc-west-lost").contains("controller[.]quorum"));
}

#[test]
fn the_head_says_what_the_analysis_says() {
    let scenario = Scenario::of(Fault::Datacenter("msk".parse().unwrap()));
    assert!(figures::of(&Survival::default(), &scenario).is_empty());
    let term = |seconds| Term { what: "a wait", time: Duration::from_seconds(seconds), source: "test" };
    let waits = Effect::needs_person(Estimate::of([term(900), term(130)]), "2 of 5 voters are left", None);
    let cell = |effect: Effect| Cell {
        overall: Outcome { reads: Effect::goes_on().into(), writes: effect.into(), loss: Gone::UpTo(Estimate::of([term(30)])) },
        by_datacenter: std::collections::BTreeMap::new(),
        leaders: Leaders::Home,
    };
    let cells = [(Component::Kubernetes, cell(waits).into()), (Component::Edge, cell(Effect::goes_on()).into())].into();
    let survival = Survival { cases: vec![Case { scenarios: vec![scenario], cells }] };
    let text = runbook(&Planned { survival, ..seed() }, "dc-msk-lost");
    assert!(text.contains("| kubernetes | 18 min | what was acknowledged in 30 s |"), "{text}");
    assert!(!text.contains("| edge |"));
}

#[test]
fn a_title_says_nothing_but_itself() {
    let odd = seed_with(|document| document["datacenters"]["msk"]["title"] = "A `b` | <c> #".into());
    let text = runbook(&odd, "dc-msk-lost");
    assert!(text.starts_with(r"# A \`b\` \| \<c\> \# (`msk`) is lost"), "{text}");
}
