//! Placement against a slower oracle that knows only the rule: member k of a site stands on host k of the pool; and growth
//! moves nothing.

use std::collections::BTreeMap;

use inuretech::diag::{Source, Sources};
use inuretech::model::Plan;
use inuretech::pipeline;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::root;

/// How many hosts and members there are.
#[derive(Debug, Clone)]
struct Shape {
    hosts: [u32; 2],
    members: [u32; 2],
    voters: [u32; 3],
    brokers: [u32; 2],
    masters: [u32; 2],
}

fn shapes() -> impl Strategy<Value = Shape> {
    (any::<[u8; 2]>(), any::<[u8; 2]>(), any::<[u8; 3]>(), any::<[u8; 2]>(), any::<[u8; 2]>()).prop_map(|(a, b, c, d, e)| Shape {
        hosts: a.map(|x| 1 + u32::from(x) % 12),
        members: b.map(|x| u32::from(x) % 5),
        voters: c.map(|x| u32::from(x) % 4),
        brokers: d.map(|x| 1 + u32::from(x) % 4),
        masters: e.map(|x| 1 + u32::from(x) % 4),
    })
}

fn plan(shape: &Shape) -> Plan {
    let text = std::fs::read_to_string(root().join("topologies/minimal.yaml")).unwrap();
    let mut document: Value = serde_yaml::from_str(&text).unwrap();
    let both = |values: [u32; 2]| json!({"north": values[0], "south": values[1]});
    for (position, site) in ["north", "south"].iter().enumerate() {
        document["datacenters"][site]["nodes"]["postgres"]["count"] = json!(shape.hosts[position]);
    }
    document["postgres"]["shop"]["members"] = both(shape.members);
    let [north, south, witness] = shape.voters;
    document["postgres"]["shop"]["dcs"]["members"] = json!({"north": north, "south": south, "witness": witness});
    document["kafka"] = json!({"k": {"version": "4.3", "mode": "stretched", "run": "kubernetes",
        "brokers": both(shape.brokers), "controllers": {"north": 1, "south": 1, "witness": 1}}});
    document["redis"] = json!({"r": {"engine": "valkey", "version": "8.1", "run": "kubernetes", "mode": "cluster",
        "masters": both(shape.masters), "memory": "1Gi"}});
    let sources = Sources(vec![Source { name: "t".to_owned(), text: document.to_string() }]);
    let loaded = pipeline::load(&sources).unwrap();
    pipeline::analyse(&loaded.topology, "2026-01-01").plan
}

/// Who stands where, by the name of the member.
fn where_it_stands(plan: &Plan) -> BTreeMap<String, String> {
    let mut places: BTreeMap<String, String> =
        plan.hosts.iter().map(|(name, host)| (format!("host {name}"), host.address.to_string())).collect();
    let postgres = &plan.postgres["shop"];
    for (position, member) in postgres.clusters[0].members.iter().enumerate() {
        let number = postgres.clusters[0].members[..position].iter().filter(|it| it.site == member.site).count();
        places.insert(format!("postgres {} {number}", member.site), member.host.to_string());
    }
    for broker in &plan.kafka["k"].clusters[0].brokers {
        places.insert(format!("broker {}", broker.id), broker.site.to_string());
    }
    for member in &plan.redis["r"].members {
        places.insert(format!("redis {}", member.name), format!("{} of {:?}", member.site, member.replica_of));
    }
    places
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn member_k_stands_on_host_k_or_is_reported(shape in shapes()) {
        let plan = plan(&shape);
        for (position, site) in ["north", "south"].iter().enumerate() {
            let (wanted, have) = (shape.members[position], shape.hosts[position]);
            let expected: Vec<String> = (1..=wanted.min(have)).map(|k| format!("{site}-postgres-{k}")).collect();
            let members = plan.postgres["shop"].clusters[0].members.iter().filter(|member| member.site.as_str() == *site);
            let standing: Vec<String> = members.map(|member| member.host.to_string()).collect();
            prop_assert_eq!(standing, expected);
            let reported = plan.unplaced.iter().any(|it| it.pool.as_str() == "postgres" && it.site.as_str() == *site);
            prop_assert_eq!(reported, wanted > have);
            for k in 1..=have {
                let address = format!("10.{}.4.{}", position + 1, 10 + k);
                prop_assert_eq!(plan.hosts[format!("{site}-postgres-{k}").as_str()].address.to_string(), address);
            }
        }
    }

    #[test]
    fn growth_moves_nothing(shape in shapes(), more in any::<[bool; 8]>()) {
        let plus = |value: u32, grow: bool| value + u32::from(grow);
        let grown = Shape {
            hosts: [plus(shape.hosts[0], more[0]), plus(shape.hosts[1], more[1])],
            members: [plus(shape.members[0], more[2]), plus(shape.members[1], more[3])],
            brokers: [plus(shape.brokers[0], more[4]), plus(shape.brokers[1], more[5])],
            masters: [plus(shape.masters[0], more[6]), plus(shape.masters[1], more[7])],
            voters: shape.voters,
        };
        let (before, after) = (where_it_stands(&plan(&shape)), where_it_stands(&plan(&grown)));
        for (member, place) in &before {
            prop_assert_eq!(Some(place), after.get(member), "{} moved", member);
        }
    }

    #[test]
    fn a_replica_is_never_in_the_data_centre_of_its_master(shape in shapes()) {
        let plan = plan(&shape);
        let members = &plan.redis["r"].members;
        for replica in members.iter().filter(|member| member.replica_of.is_some()) {
            let master = members.iter().find(|master| Some(&master.name) == replica.replica_of.as_ref()).unwrap();
            prop_assert_ne!(&master.site, &replica.site);
        }
        let slots: u32 = members.iter().filter_map(|it| it.slots).map(|(first, last)| u32::from(last - first) + 1).sum();
        prop_assert_eq!(slots, 16384);
    }
}
