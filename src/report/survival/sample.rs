//! An analysis made by hand, small but with every verdict, for the tests of reports.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::model::Survival;
use crate::model::survival::{Case, Cell, Component, Effect, Estimate, Fault, Leaders, Loss, Outcome, Runbook, Scenario, Term};
use crate::model::unit::Duration;

/// A time of these terms, in milliseconds.
pub(in crate::report) fn time(terms: &[(&'static str, u64)]) -> Estimate {
    Estimate::of(terms.iter().map(|(what, millis)| Term { what, time: Duration(*millis), source: "its manual" }))
}

fn effect_outcome(reads: Effect, writes: Effect, loss: Loss) -> Outcome {
    Outcome { reads: Arc::new(reads), writes: Arc::new(writes), loss }
}

/// A cell that clients in `spb` see as the whole platform does.
pub(in crate::report) fn cell(reads: Effect, writes: Effect, loss: Loss) -> Cell {
    let overall = effect_outcome(reads, writes, loss);
    Cell { by_datacenter: BTreeMap::from([("spb".parse().unwrap(), overall.clone())]), overall, leaders: Leaders::Home }
}

/// A cell whose reads and writes recover.
pub(in crate::report) fn recovers(millis: u64) -> Cell {
    let effect = Effect::recovers(time(&[("an election", millis)]), "an election");
    cell(effect.clone(), effect, Loss::Nothing)
}

fn goes_on() -> Cell {
    cell(Effect::goes_on(), Effect::goes_on(), Loss::Nothing)
}

pub(in crate::report) fn postgres() -> Component {
    Component::Postgres("core".parse().unwrap())
}

pub(in crate::report) fn service() -> Component {
    Component::Service("core-app".parse().unwrap())
}

fn components() -> Vec<Component> {
    let route = |path: &str| Component::Route("www.inuretech.ru".parse().unwrap(), path.parse().unwrap());
    let topic = Component::Topic("events".parse().unwrap(), "orders".parse().unwrap());
    vec![Component::Kubernetes, postgres(), topic, Component::GeoDns, service(), route("/"), route("/policies")]
}

/// A case of these faults, in which everything goes on but what is named.
pub(in crate::report) fn case(faults: &[Fault], cells: &[(Component, Cell)]) -> Case {
    let mut all: BTreeMap<Component, Arc<Cell>> = components().into_iter().map(|it| (it, goes_on().into())).collect();
    all.extend(cells.iter().map(|(component, cell)| (component.clone(), Arc::new(cell.clone()))));
    Case { scenarios: faults.iter().cloned().map(Scenario::of).collect(), cells: all }
}

pub(in crate::report) fn dc(name: &str) -> Fault {
    Fault::Datacenter(name.parse().unwrap())
}

pub(in crate::report) fn host(name: &str) -> Fault {
    Fault::Host(name.parse().unwrap())
}

fn person(why: &'static str, millis: u64) -> Effect {
    let terms = time(&[("until a person acts", 900_000), ("the rehearsed recovery", millis)]);
    Effect::needs_person(terms, why, Some(Runbook::DatacenterLost("msk".parse().unwrap())))
}

fn lost_majority() -> Vec<(Component, Cell)> {
    let [kubernetes, postgres, topic, dns, service, root, policies] = components().try_into().unwrap();
    let quorum = person("2 of 5 voters are left, 3 are needed", 1_800_000);
    let replicas = Effect::degraded(time(&[("the check of the proxy", 9000)]), "only replicas answer");
    let writes = || cell(replicas.clone(), quorum.clone(), Loss::UpTo(time(&[("asynchronous copies", 1500)])));
    let needs = person("postgres.core: 2 of 5 voters are left, 3 are needed", 1_800_000).caused_by(&postgres);
    let follows = || cell(needs.clone(), needs.clone(), Loss::Nothing);
    let gone = Effect::lost("its only copies stood there");
    vec![
        (kubernetes, cell(Effect::goes_on(), quorum.clone(), Loss::Nothing)),
        (postgres, writes()),
        (topic, cell(gone.clone(), gone, Loss::Everything)),
        (dns, recovers(50_000)),
        (service, follows()),
        (root, follows()),
        (policies, follows()),
    ]
}

/// Single failures and drains.
pub(in crate::report) fn survival() -> Survival {
    let on = |name: &str| Fault::Host(name.parse().unwrap());
    let drain = |name: &str| Fault::Drain(name.parse().unwrap());
    let degraded = Effect::degraded(time(&[("the lease of the leader", 30_000)]), "half the replicas are left");
    let degraded = degraded.caused_by(&service());
    let degraded = cell(degraded.clone(), degraded, Loss::Nothing);
    let cases = vec![
        case(&[dc("msk")], &lost_majority()),
        case(&[dc("spb")], &[(postgres(), recovers(53_000)), (service(), recovers(53_000))]),
        case(&[Fault::Link], &[(service(), degraded)]),
        case(&[Fault::Witness], &[]),
        case(&[on("msk-postgres-1"), on("msk-postgres-2")], &[(postgres(), recovers(53_000))]),
        case(&[on("msk-worker-1"), on("msk-worker-2"), on("msk-worker-3"), on("spb-dns-1")], &[]),
        case(&[drain("msk-postgres-1"), drain("msk-postgres-2")], &[(postgres(), recovers(2500))]),
        case(&[drain("msk-worker-1")], &[]),
    ];
    Survival { cases }
}

/// Two pairs of these single failures, of which the first does no more than one of its failures alone.
pub(in crate::report) fn pairs() -> Vec<Case> {
    let both = |first: Fault, second: Fault| Scenario::all([first, second]).unwrap();
    let mut same = case(&[], &[(postgres(), recovers(53_000)), (service(), recovers(53_000))]);
    same.scenarios.push(both(dc("spb"), Fault::Witness));
    let mut worse = case(&[], &[(postgres(), cell(Effect::lost("no copy"), Effect::lost("no copy"), Loss::Everything))]);
    worse.scenarios.push(both(dc("spb"), host("msk-postgres-1")));
    vec![same, worse]
}
