//! The verdicts of the shipped platforms, as the tables of the field have them.

use crate::model::survival::{Component, Loss, Scenario, Verdict};
use crate::model::topology::rules::Strictness;
use crate::survival::{analyse, scenarios};
use crate::testing::{Planned, planned, planned_with, seed_with};

const SEED: &str = include_str!("../../topologies/inuretech.yaml");
const WITNESS: &str = include_str!("../../topologies/inuretech-witness.yaml");

/// The verdict on reads and writes of a component.
fn verdicts(it: &Planned, scenario: &str, component: &str) -> (Verdict, Verdict) {
    let scenario = scenarios::parse(&it.topology, &it.plan, scenario).unwrap();
    let survival = analyse(&it.topology, &it.plan, std::slice::from_ref(&scenario));
    let case = survival.case(&scenario).unwrap();
    let cell = case.cells.iter().find(|(one, _)| one.to_string() == component).unwrap().1;
    (cell.overall.reads.verdict, cell.overall.writes.verdict)
}

fn writes(it: &Planned, scenario: &str, component: &str) -> Verdict {
    verdicts(it, scenario, component).1
}

#[test]
fn the_loss_of_three_of_five_masters_needs_a_person() {
    let seed = planned(SEED);
    for component in ["kubernetes", "postgres.core", "kafka.events/orders", "redis.cache"] {
        assert_eq!(writes(&seed, "dc:msk", component), Verdict::NeedsPerson, "{component}");
        assert_eq!(writes(&seed, "dc:spb", component), Verdict::Recovers, "{component}");
        assert_eq!(writes(&seed, "link", component), Verdict::Degraded, "{component}");
    }
}

#[test]
fn a_witness_makes_automatic_what_lacked_a_quorum() {
    let (seed, witness) = (planned(SEED), planned(WITNESS));
    let lost: Scenario = scenarios::parse(&seed.topology, &seed.plan, "dc:msk").unwrap();
    for (component, cell) in &seed.survival.case(&lost).unwrap().cells {
        let after = witness.survival.cell(&lost, component).unwrap();
        let automatic = after.overall.reads.is_automatic() && after.overall.writes.is_automatic();
        let theorem = after.overall.worst().cause == Some(Component::S3("documents".parse().unwrap()));
        assert!(automatic || theorem, "{component}: {:?}", after.overall);
        assert!(after.overall.reads.rank() <= cell.overall.reads.rank(), "{component}");
    }
}

#[test]
fn no_acknowledged_commit_is_lost_where_enough_standbys_acknowledge() {
    let loss = |it: &Planned, scenario: &str| {
        let scenario = scenarios::parse(&it.topology, &it.plan, scenario).unwrap();
        it.survival.cell(&scenario, &Component::Postgres("core".parse().unwrap())).unwrap().overall.loss.clone()
    };
    let with = |mode: &str, nodes: u32| {
        planned_with(WITNESS, |file| {
            file["postgres"]["core"]["synchronous"] = serde_json::json!({"mode": mode, "nodes": nodes});
        })
    };
    assert_eq!(loss(&with("quorum", 2), "dc:msk"), Loss::Nothing);
    assert_eq!(writes(&with("quorum", 2), "dc:msk", "postgres.core"), Verdict::Recovers);
    for (mode, nodes) in [("quorum", 1), ("on", 1)] {
        assert_eq!(writes(&with(mode, nodes), "dc:msk", "postgres.core"), Verdict::NeedsPerson, "{mode} {nodes}");
        assert_eq!(writes(&with(mode, nodes), "host:msk-postgres-1", "postgres.core"), Verdict::Recovers, "{mode} {nodes}");
    }
    assert_eq!(writes(&with("off", 1), "dc:msk", "postgres.core"), Verdict::Recovers);
    assert!(matches!(loss(&with("off", 1), "dc:msk"), Loss::UpTo(_)));
}

#[test]
fn a_topic_that_is_in_every_data_centre_cannot_be_written_without_one() {
    let every =
        planned_with(WITNESS, |file| file["kafka"]["events"]["topics"]["orders"]["durability"] = "every-datacenter".into());
    assert_eq!(verdicts(&every, "dc:spb", "kafka.events/orders"), (Verdict::Recovers, Verdict::NeedsPerson));
    assert_eq!(verdicts(&every, "dc:spb", "kafka.events/payments"), (Verdict::Recovers, Verdict::Recovers));
}

#[test]
fn a_soft_spread_over_racks_promises_nothing() {
    assert_eq!(writes(&planned(SEED), "rack:msk-a", "kafka.events/orders"), Verdict::NeedsPerson);
    let hard = seed_with(|file| file["rules"]["spread"]["rack"] = "hard".into());
    assert_eq!(hard.topology.rules.spread.rack, Strictness::Hard);
    assert_eq!(writes(&hard, "rack:msk-a", "kafka.events/orders"), Verdict::Recovers);
}

#[test]
fn deep_health_drains_the_side_that_cannot_write() {
    let deep = seed_with(|file| file["geodns"]["check"]["depth"] = "write-path".into());
    assert_eq!(writes(&deep, "link", "api/api/v1/clients"), Verdict::Recovers);
    assert_eq!(writes(&planned(SEED), "link", "api/api/v1/clients"), Verdict::Degraded);
}

#[test]
fn without_a_control_plane_callers_of_all_endpoints_fail_and_those_of_their_own_side_do_not() {
    let reads = |traffic: &str| {
        let it = seed_with(|file| {
            file["services"]["policies"]["traffic"] = traffic.into();
            file["services"]["policies"]["uses"] = serde_json::json!({});
        });
        let lost = scenarios::parse(&it.topology, &it.plan, "dc:msk").unwrap();
        it.survival.cell(&lost, &Component::Service("policies".parse().unwrap())).unwrap().overall.reads.why.to_string()
    };
    assert!(reads("any").contains("connections fail"), "{}", reads("any"));
    assert!(!reads("datacenter").contains("connections fail"), "{}", reads("datacenter"));
}

#[test]
fn machines_that_are_alike_are_judged_once() {
    let seed = planned(SEED);
    let workers = scenarios::parse(&seed.topology, &seed.plan, "host:msk-worker-1").unwrap();
    assert_eq!(seed.survival.case(&workers).unwrap().scenarios.len(), 4);
    let all: usize = seed.survival.cases.iter().map(|case| case.scenarios.len()).sum();
    assert_eq!(all, scenarios::single(&seed.topology, &seed.plan).len());
}

#[test]
fn planned_work_is_hardly_noticed() {
    let seed = planned(SEED);
    for case in seed.survival.cases.iter().filter(|case| case.scenarios[0].to_string().starts_with("drain:")) {
        for (component, cell) in &case.cells {
            let effect = cell.overall.worst();
            assert!(effect.verdict <= Verdict::Recovers, "{} {component}: {effect:?}", case.scenarios[0]);
            assert!(effect.time.total().seconds() <= 15, "{} {component}: {effect:?}", case.scenarios[0]);
        }
    }
}
