//! Tests of the comparison, the order of worth and the generators' arithmetic, on analyses made by hand.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::gain::{Harm, Judgement, judge};
use super::rank::{Trial, pairs, rank};
use super::{Facts, candidates};
use crate::model::advice::{Candidate, Cost, Gain};
use crate::model::edit::Edit;
use crate::model::survival::{
    Case, Cell, Component, Effect, Estimate, Fault, Leaders, Loss, Outcome, Scenario, Survival, Term, Verdict,
};
use crate::model::unit::Duration;
use crate::model::{Name, Path, Topology};
use crate::testing;

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn time(seconds: u64) -> Estimate {
    Estimate::of([Term { what: "a wait", time: Duration::from_seconds(seconds), source: "test" }])
}

fn recovers(seconds: u64) -> Effect {
    Effect::recovers(time(seconds), "")
}

fn person() -> Effect {
    Effect::needs_person(time(2700), "", None)
}

fn cell(reads: Effect, writes: Effect, loss: Loss) -> Cell {
    let overall = Outcome { reads: Arc::new(reads), writes: Arc::new(writes), loss };
    Cell { overall, by_datacenter: BTreeMap::new(), leaders: Leaders::Home }
}

fn whole(effect: Effect) -> Cell {
    cell(effect.clone(), effect, Loss::Nothing)
}

/// A case of each fault with these cells.
fn survival(cases: Vec<(Fault, Vec<(Component, Cell)>)>) -> Survival {
    let case = |(fault, cells): (Fault, Vec<(Component, Cell)>)| Case {
        scenarios: vec![Scenario::of(fault)],
        cells: cells.into_iter().map(|(component, cell)| (component, Arc::new(cell))).collect(),
    };
    Survival { cases: cases.into_iter().map(case).collect() }
}

fn msk() -> Fault {
    Fault::Datacenter(name("msk"))
}

fn core() -> Component {
    Component::Postgres(name("core"))
}

fn cache() -> Component {
    Component::Redis(name("cache"))
}

fn judged(before: Survival, after: Survival) -> Judgement {
    judge(&testing::seed().topology, &before, &after)
}

#[test]
fn a_better_verdict_counts_and_a_few_seconds_do_not() {
    let before = survival(vec![
        (msk(), vec![(core(), whole(person())), (cache(), whole(recovers(9)))]),
        (Fault::Link, vec![(core(), whole(recovers(30)))]),
    ]);
    let after = survival(vec![
        (msk(), vec![(core(), whole(recovers(40))), (cache(), whole(recovers(20)))]),
        (Fault::Link, vec![(core(), whole(recovers(20)))]),
    ]);
    let found = judged(before, after);
    assert_eq!(found.gain.buys, ["dc:msk: postgres.core from needs a person to recovers"]);
    assert_eq!(found.gain.worsens, [""; 0]);
    assert_eq!((found.worst, found.cells, found.freed, found.tames_worst), (Some((Verdict::NeedsPerson, 2)), 1, 1, true));
}

#[test]
fn what_gets_worse_is_told_apart_from_what_gets_better() {
    let lossy = Loss::UpTo(time(30));
    let before = survival(vec![(
        msk(),
        vec![(core(), cell(recovers(1), recovers(1), lossy)), (cache(), cell(recovers(1), person(), Loss::Nothing))],
    )]);
    let after = survival(vec![(
        msk(),
        vec![(core(), cell(recovers(1), person(), Loss::Nothing)), (cache(), cell(person(), recovers(1), Loss::Nothing))],
    )]);
    let found = judged(before, after);
    assert_eq!(
        found.gain.buys,
        [
            "dc:msk: data of postgres.core from losing up to 30s to losing nothing",
            "dc:msk: writes of redis.cache from needs a person to recovers"
        ]
    );
    assert_eq!(
        found.gain.worsens,
        ["dc:msk: postgres.core from recovers to needs a person", "dc:msk: reads of redis.cache from recovers to needs a person"]
    );
    assert_eq!((found.cells, found.harm), (0, Harm::Grave), "a cell with both is no gain");
    let slower = |effect: &dyn Fn() -> Effect| survival(vec![(msk(), vec![(core(), whole(effect()))])]);
    assert_eq!(judged(slower(&Effect::goes_on), slower(&|| recovers(5))).harm, Harm::Mild);
}

#[test]
fn a_promise_that_is_kept_counts() {
    let late = |seconds| survival(vec![(msk(), vec![(core(), whole(recovers(seconds)))])]);
    let found = judged(late(1000), late(800));
    assert_eq!(found.gain.buys, ["dc:msk: postgres.core from later than promised to as promised"]);
    assert_eq!(judged(late(800), late(1000)).gain.worsens, ["dc:msk: postgres.core from as promised to later than promised"]);
    let losing = |seconds| survival(vec![(msk(), vec![(core(), cell(recovers(1), recovers(1), Loss::UpTo(time(seconds))))])]);
    assert_eq!(judged(losing(30), losing(20)).cells, 0, "both are more than the promised nothing");
}

#[test]
fn something_new_that_fails_must_not_need_a_person() {
    let host = |number: u32| Fault::Host(format!("msk-dcs-{number}").parse().unwrap());
    let before = survival(vec![(host(1), vec![(core(), whole(person()))])]);
    let mut after = before.clone();
    after.cases.extend(
        survival(vec![
            (host(2), vec![(core(), whole(person()))]),
            (Fault::Witness, vec![(core(), whole(person())), (cache(), whole(recovers(1)))]),
        ])
        .cases,
    );
    let found = judged(before, after);
    assert_eq!(
        found.gain.worsens,
        ["witness: postgres.core from not there to needs a person"],
        "the loss of one more host is no news"
    );
}

#[test]
fn like_cells_are_one_phrase() {
    let components = || ["a", "b", "c", "d"].map(|it| Component::Service(name(it)));
    let all = |effect: &dyn Fn() -> Effect| {
        let cells = || components().map(|it| (it, whole(effect()))).to_vec();
        survival(vec![(msk(), cells()), (Fault::Link, cells()), (Fault::Datacenter(name("spb")), cells())])
    };
    assert_eq!(
        judged(all(&person), all(&|| recovers(1))).gain.buys,
        ["dc:msk and 2 more: 4 components from needs a person to recovers"]
    );
}

fn trial(kind: &'static str, at: &str, judgement: Judgement) -> Trial {
    let mut edit = Edit::new();
    edit.set(Path::of([at]), 1);
    let candidate =
        Candidate { kind, title: at.to_owned(), edit, cost: Cost::default(), gives_up: Vec::new(), unknown: Vec::new() };
    Trial { candidate, files: Vec::new(), judgement }
}

fn judgement(buys: &str, worst: Verdict, cells: usize) -> Judgement {
    let gain = Gain { buys: vec![buys.to_owned()], worsens: Vec::new() };
    Judgement { gain, worst: Some((worst, 1)), cells, freed: 1, tames_worst: false, harm: Harm::None }
}

#[test]
fn the_worst_that_is_cured_comes_first_and_trades_last() {
    let mut trade = judgement("a", Verdict::Lost, 9);
    trade.harm = Harm::Grave;
    let mut mild = judgement("e", Verdict::Degraded, 1);
    mild.harm = Harm::Mild;
    let mut dearer = trial("x", "dearer", judgement("b", Verdict::NeedsPerson, 2));
    dearer.candidate.cost.machines = 1;
    let none = Judgement::default();
    let all = vec![
        trial("x", "trade", trade),
        trial("x", "mild", mild),
        dearer,
        trial("x", "cheaper", judgement("b", Verdict::NeedsPerson, 2)),
        trial("y", "more", judgement("c", Verdict::NeedsPerson, 3)),
        trial("y", "milder", judgement("d", Verdict::Degraded, 50)),
        trial("y", "none", none),
    ];
    let order: Vec<String> = rank(all).into_iter().map(|trial| trial.candidate.title).collect();
    assert_eq!(order, ["more", "cheaper", "milder", "mild", "trade"], "the dearer of two that buy the same is left out");
}

#[test]
fn pairs_are_tried_only_where_no_single_edit_is_enough() {
    let one = || trial("x", "one", judgement("a", Verdict::NeedsPerson, 1));
    let mut two = trial("y", "two", judgement("b", Verdict::NeedsPerson, 2));
    let found = pairs(&[one(), two.clone()]);
    assert_eq!(found.iter().map(|pair| pair.candidate.title.as_str()).collect::<Vec<_>>(), ["two; one"]);
    assert!(!found[0].completes(&one()), "both together free no more than each by itself");
    let mut enough = one();
    enough.judgement.freed = 3;
    assert!(found[0].completes(&enough));
    assert!(pairs(&[one(), one()]).is_empty(), "both set the same value");
    two.judgement.tames_worst = true;
    assert!(pairs(&[one(), two]).is_empty());
}

fn proposed(topology: &Topology) -> Vec<Candidate> {
    let planned = testing::seed();
    candidates(&Facts { topology, plan: &planned.plan, survival: &planned.survival })
}

#[test]
fn the_network_of_a_witness_is_free() {
    let network = |change: fn(&mut serde_json::Value)| {
        let all = proposed(&testing::seed_with(change).topology);
        let notes = all.into_iter().find(|it| it.kind == "witness").unwrap().cost.notes;
        notes.iter().find_map(|note| Some(note.split_once("` is a proposal")?.0.trim_start_matches('`').to_owned())).unwrap()
    };
    assert_eq!(network(|_| ()), "10.30.0.0/24");
    assert_eq!(network(|it| it["kubernetes"]["podNetwork"] = "10.30.0.0/15".into()), "10.21.0.0/24");
    assert_eq!(network(|it| it["datacenters"]["spb"]["network"] = "10.255.0.0/16".into()), "10.0.0.0/24");
    assert_eq!(network(|it| it["datacenters"]["spb"]["network"] = "172.31.0.0/16".into()), "10.0.0.0/24");
}

#[test]
fn machines_that_are_listed_one_by_one_are_neither_invented_nor_taken_away() {
    let topology = testing::seed_with(|it| {
        let hosts: Vec<_> =
            (1..4).map(|k| serde_json::json!({"name": format!("cp{k}"), "address": format!("10.10.1.{k}")})).collect();
        it["datacenters"]["msk"]["nodes"]["control-plane"] = serde_json::json!({"hosts": hosts, "cpu": 4, "memory": "16Gi"});
    });
    let all = proposed(&topology.topology);
    let witness = all.iter().find(|it| it.kind == "witness").unwrap();
    assert!(
        witness.title.contains("the etcd of `postgres.core`") && !witness.title.contains("control plane"),
        "{}",
        witness.title
    );
    let at = |path: &Path| path.to_string();
    assert!(witness.edit.operations().iter().all(|it| !at(&it.at).contains("control-plane")), "{:#?}", witness.edit);
}
