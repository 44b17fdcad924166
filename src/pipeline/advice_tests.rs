//! Tests of advice with the real analysis: on the shipped topologies, and on ones that were made worse in one place.

use super::*;
use crate::diag::Source;
use crate::pipeline;

const SEED: &str = include_str!("../../topologies/inuretech.yaml");
const WITNESS: &str = include_str!("../../topologies/inuretech-witness.yaml");
const MINIMAL: &str = include_str!("../../topologies/minimal.yaml");

fn sources(texts: &[&str]) -> Sources {
    Sources(texts.iter().map(|text| Source { name: "x.yaml".to_owned(), text: (*text).to_owned() }).collect())
}

fn loaded(sources: &Sources) -> Loaded {
    pipeline::load(sources).unwrap_or_else(|rejected| panic!("{:#?}", rejected.findings))
}

fn advised(texts: &[&str]) -> Vec<Advice> {
    let sources = sources(texts);
    let loaded = loaded(&sources);
    let Analysis { plan, survival, findings } = analyse(&loaded.topology, "2026-11-01");
    let files = BTreeMap::from([("config/core-app.yaml".to_owned(), "a: 1\n".to_owned())]);
    let today = "2026-11-01";
    advise(&Known {
        sources: &sources,
        loaded: &loaded,
        plan: &plan,
        survival: &survival,
        findings: &findings,
        files: &files,
        today,
    })
}

/// A topology with one place changed.
fn with(text: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(text.to_owned(), |text, (from, to)| {
        assert!(text.contains(from), "{from}");
        text.replace(from, to)
    })
}

fn titles(advice: &[Advice]) -> Vec<&str> {
    advice.iter().map(|one| one.title.as_str()).collect()
}

#[test]
fn the_seed_is_advised_to_have_the_witness_that_is_shipped() {
    let advice = advised(&[SEED]);
    let first = &advice[0];
    assert_eq!(first.title, "add a witness that holds one voter of every quorum");
    assert!(!first.is_trade() && first.is_applicable(), "{first:#?}");
    assert!(first.gain.buys[0].starts_with("dc:msk: ") && first.gain.buys[0].ends_with("from needs a person to recovers"));
    let edited = sources(&[&first.files[0].after]);
    let mut edited = loaded(&edited).topology;
    let shipped = loaded(&sources(&[WITNESS])).topology;
    let (ours, theirs) = (edited.witness.as_mut().unwrap(), shipped.witness.as_ref().unwrap());
    // Where it stands and how far away is for the user to say.
    ours.title.clone_from(&theirs.title);
    ours.rtt = theirs.rtt;
    assert_eq!(edited.witness, shipped.witness);
    assert_eq!(edited.datacenters, shipped.datacenters);
    assert_eq!(edited.postgres, shipped.postgres);
    assert_eq!(edited.kafka, shipped.kafka);
    assert_eq!(edited.redis, shipped.redis);
}

#[test]
fn what_is_wrong_in_one_place_is_cured_there() {
    let every = ("24, durability: available", "24, durability: every-datacenter");
    for (text, changes, expected, diff) in [
        (WITNESS, vec![("quorum, nodes: 2", "quorum, nodes: 1")], "wait for 2 standbys", "quorum, nodes: 2"),
        (
            MINIMAL,
            vec![("    synchronous: {mode: quorum, nodes: 2}\n", "")],
            "wait for 2 standbys",
            "    synchronous: {mode: quorum, nodes: 2}",
        ),
        (
            WITNESS,
            vec![("    replicas: 1\n    memory", "    replicas: 0\n    memory")],
            "give each master of `redis.cache` a replica",
            "    replicas: 1",
        ),
        (
            WITNESS,
            vec![("ttl: 30s\n  regions", "ttl: 10m\n  regions"), ("rto: 15m", "rto: 3m")],
            "keep an answer for 30s instead of 10m",
            "ttl: 30s",
        ),
        (
            MINIMAL,
            vec![("rto: 15m", "rto: 40s")],
            "missed after 20s instead of 30s",
            "timers: {ttl: 20s, loopWait: 5s, retryTimeout: 5s}",
        ),
        (
            MINIMAL,
            vec![("replicas: {min: 4, max: 8}", "replicas: {min: 1}")],
            "at least two replicas of `shop`",
            "replicas: {min: 4, max: 4}",
        ),
        (
            MINIMAL,
            vec![("cpu: 250m, memory: 256Mi", "cpu: 5, memory: 256Mi")],
            "add 2 machines to the workers of",
            "worker: {count: 4",
        ),
        (WITNESS, vec![every], "make `orders` of `kafka.events` available", "durability: available"),
    ] {
        let advice = advised(&[&with(text, &changes)]);
        // What gives something up comes after what merely makes a little worse.
        let place = usize::from(changes.contains(&every));
        let found = advice.get(place).unwrap_or_else(|| panic!("{expected}: {:#?}", titles(&advice)));
        assert!(found.title.contains(expected), "{expected}: {:#?}", titles(&advice));
        assert!(found.files[0].after.contains(diff) && !found.gain.buys.is_empty(), "{expected}: {found:#?}");
        assert_eq!(found.is_trade(), changes.contains(&every), "{found:#?}");
    }
}

#[test]
fn voters_that_split_evenly_get_one_more_or_a_witness() {
    let even = with(SEED, &[("dcs: {count: 3", "dcs: {count: 2"), ("members: {msk: 3, spb: 2}", "members: {msk: 2, spb: 2}")]);
    let advice = advised(&[&even]);
    let expected =
        ["add a witness that holds one voter of every quorum", "give `msk` one voter more in the etcd of `postgres.core`"];
    assert_eq!(titles(&advice)[..2], expected);
    assert!(
        advice[1].files[0].after.contains("dcs: {count: 3") && advice[1].files[0].after.contains("members: {msk: 3, spb: 2}")
    );
}

#[test]
fn two_edits_are_advised_together_where_one_is_not_enough() {
    let advice = advised(&[&with(SEED, &[("quorum, nodes: 2", "quorum, nodes: 1")])]);
    let first = &advice[0];
    assert!(first.title.contains("add a witness") && first.title.contains("wait for 2 standbys"), "{:#?}", titles(&advice));
    assert!(first.files[0].after.contains("\nwitness:\n") && first.files[0].after.contains("quorum, nodes: 2"));
}

#[test]
fn an_address_that_only_the_user_knows_is_asked_for() {
    let (before, rest) = SEED.split_once("geodns:\n").unwrap();
    let (_, after) = rest.split_once("cdn:\n").unwrap();
    let advice = advised(&[&format!("{before}cdn:\n{after}")]);
    let edge =
        advice.iter().find(|one| one.title.starts_with("run a second nginx")).unwrap_or_else(|| panic!("{:#?}", titles(&advice)));
    assert!(!edge.is_applicable());
    assert_eq!(edge.missing, ["the second public address of msk", "the second public address of spb"]);
    assert!(edge.files[0].after.contains("public: [198.51.100.10, <second public address of msk>]"));
}

#[test]
fn nothing_is_advised_where_nothing_helps() {
    assert_eq!(titles(&advised(&[MINIMAL])), [""; 0]);
}

#[test]
fn an_overlay_is_edited_where_it_says_something() {
    let overlay = "postgres:\n  core:\n    synchronous: {nodes: 1}   # for speed\n";
    let advice = advised(&[WITNESS, overlay]);
    let [file] = advice[0].files.as_slice() else { panic!("{:#?}", advice[0]) };
    assert_eq!((file.file, file.after.as_str()), (1, "postgres:\n  core:\n    synchronous: {nodes: 2}   # for speed\n"));
}
