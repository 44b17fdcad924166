//! What a request meets on the shipped topologies. That a real name server answers the same is shown in the lab.

use std::sync::Arc;

use serde_json::json;

use super::*;
use crate::model::survival::{Effect, Leaders, Loss, Outcome};
use crate::model::trace::{Hop, Layer, Place, Record};
use crate::model::unit::Duration;
use crate::survival::scenarios;
use crate::testing::{Planned, planned, planned_with, seed, seed_with};

const HOSTS: &str = include_str!("../../../topologies/hosts.yaml");

/// Moscow, Saint Petersburg, Murmansk, Novosibirsk as one database has it, Helsinki: what the lab asks a real server.
fn records() -> [(Record, &'static str); 5] {
    let record = |continent: &str, country: &str, part: &str, at| Record {
        continent: Some(continent.to_owned()),
        country: Some(country.to_owned()),
        parts: vec![part.to_owned()],
        coordinates: Some(at),
    };
    [
        (record("EU", "RU", "MOW", [55.75, 37.62]), "msk"),
        (record("EU", "RU", "SPE", [59.93, 30.34]), "spb"),
        (record("EU", "RU", "MUR", [68.97, 33.08]), "spb"),
        (record("AS", "RU", "NVS", [55.03, 82.92]), "msk"),
        (record("EU", "FI", "18", [60.17, 24.94]), "spb"),
    ]
}

fn of(record: Record) -> Client {
    Client::Address { address: "198.18.1.1".parse().unwrap(), place: Place::Listed(record) }
}

fn ask(platform: &Planned, client: Client, path: &str, when: Option<&str>) -> Trace {
    let when = when.map(|text| scenarios::parse(&platform.topology, &platform.plan, text).unwrap());
    let question = Question { client, method: Method::Get, host: None, path: path.parse().unwrap(), when };
    trace(&platform.topology, &platform.plan, question).unwrap()
}

fn at(platform: &Planned, site: &str, path: &str, when: &str) -> Walk {
    let client = client(&platform.topology, site).unwrap();
    ask(platform, client, path, Some(when)).walks.remove(0)
}

fn hop<'a>(journey: &'a Journey, layer: Layer, name: &str) -> &'a Hop {
    journey
        .hops
        .iter()
        .find(|hop| hop.layer == layer && hop.name.contains(name))
        .unwrap_or_else(|| panic!("no {name}: {journey:#?}"))
}

fn words<T: ToString>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

/// The data centre that is offered first; several where it is not known.
fn first(platform: &Planned, client: Client) -> Vec<String> {
    order::ways(&platform.topology, &client).into_iter().map(|(order, _)| order[0].to_string()).collect()
}

#[test]
fn the_order_is_what_the_name_servers_answer() {
    for (record, site) in records() {
        assert_eq!(first(&seed(), of(record.clone())), [site], "{record:?}");
    }
    let listed = seed_with(|it| it["geodns"]["regions"]["spb"] = json!(["FI", "RU-NVS"]));
    let [(moscow, _), (petersburg, _), _, (novosibirsk, _), (helsinki, _)] = records();
    assert_eq!(first(&listed, of(helsinki.clone())), ["spb"]);
    assert_eq!(first(&listed, of(novosibirsk.clone())), ["msk"], "the map has the country on another continent");
    let europe = Record { continent: Some("EU".to_owned()), ..novosibirsk };
    assert_eq!(first(&listed, of(europe.clone())), ["spb"]);
    let inside = Record { parts: vec!["X".to_owned(), "nvs".to_owned()], ..europe };
    assert_eq!(first(&listed, of(inside)), ["spb"], "every subdivision is tried, in either case");
    let nowhere = Record { coordinates: None, ..petersburg };
    assert_eq!(first(&listed, of(nowhere)), ["msk"], "the default order");
    let unlisted = Client::Address { address: "192.0.2.1".parse().unwrap(), place: Place::NotListed };
    assert_eq!(first(&seed(), unlisted), ["msk"]);
    assert_eq!(first(&planned(HOSTS), of(moscow)), ["east"], "by distance alone");
    let flat = seed_with(|it| drop(it["datacenters"]["spb"].as_object_mut().unwrap().remove("coordinates")));
    assert_eq!(first(&flat, of(helsinki)), ["msk"]);
}

#[test]
fn a_region_says_as_much_as_the_map_does() {
    let seed = seed();
    let asked = |text: &str| first(&seed, client(&seed.topology, text).unwrap());
    assert_eq!(asked("RU-MOW"), ["msk"]);
    assert_eq!(asked("ru-spe"), ["spb"]);
    assert_eq!(asked("spb"), ["spb"]);
    assert_eq!(asked("RU-NVS"), ["msk", "spb"], "by distance, from a place that is not known");
    assert_eq!(asked("RU"), ["msk", "spb"]);
    assert_eq!(asked("77.88.8.8"), ["msk", "spb"], "no database");
    let whole = seed_with(|it| it["geodns"]["regions"]["spb"] = json!(["FI"]));
    assert_eq!(first(&whole, client(&whole.topology, "FI").unwrap()), ["spb"]);
    let message = |text: &str| client(&seed.topology, text).unwrap_err().to_string();
    assert!(message("mskk").ends_with("one of the data centres `msk`, `spb`; did you mean `msk`?"), "{}", message("mskk"));
    assert_eq!(message("QQ-SPE"), "`QQ-SPE` begins with no country of ISO 3166-1");
    for text in ["", "RU-", "RU-ABCD", "R", "77.88.8", "RU-С"] {
        assert!(client(&seed.topology, text).is_err(), "{text}");
    }
}

#[test]
fn an_address_inside_another_is_looked_up_as_that() {
    for text in ["::ffff:192.0.2.1", "::ffff:0:c000:201", "64:ff9b::c000:201", "2002:c000:201::1", "2001:0:1:2:3:4:3fff:fdfe"] {
        assert_eq!(looked_up(text.parse().unwrap()).to_string(), "192.0.2.1", "{text}");
    }
    assert_eq!(looked_up("2001:db8::1".parse().unwrap()).to_string(), "2001:db8::1");
}

#[test]
fn the_longest_path_wins_in_whole_segments() {
    let seed = seed();
    let route = |path: &str, host: Option<&str>| {
        asked::route(&seed.topology, &path.parse().unwrap(), host).map(|(host, path)| format!("{host}{path}"))
    };
    assert_eq!(route("/api/v1/catalog/7", None).unwrap(), "api/api/v1/catalog");
    assert_eq!(route("/api/v1/catalogue", None).unwrap(), "www/");
    assert_eq!(route("/policies", Some("www.inuretech.ru")).unwrap(), "www/policies");
    assert_eq!(route("/", Some("inuretech.ru")).unwrap(), "www/");
    let error = route("/none", Some("api")).unwrap_err().to_string();
    assert!(error.starts_with("no route leads to `/none`: the routes are api.inuretech.ru/api/v1/catalog, "), "{error}");
    assert_eq!(
        route("/", Some("shop")).unwrap_err().to_string(),
        "no service is exposed under the host `shop`: the hosts are `api`, `www`"
    );
    let twice = seed_with(|it| it["services"]["client-info"]["expose"] = json!([{"host": "api", "path": "/"}]));
    let error = asked::route(&twice.topology, &"/x".parse().unwrap(), None).unwrap_err().to_string();
    assert_eq!(error, "`/x` is exposed under the hosts `api`, `www`: name one with `--host`");
}

#[test]
fn a_lost_data_centre_is_left_by_its_clients() {
    let walk = at(&seed(), "RU-MOW", "/api/v1/catalog", "dc:msk");
    assert_eq!(words(&walk.healthy.answers), ["198.51.100.10"]);
    assert_eq!(hop(&walk.healthy, Layer::Edge, "nginx").through, ["msk-edge-1 (198.51.100.10)"]);
    let failed = walk.failed.unwrap().journey;
    assert_eq!(words(&failed.answers), ["203.0.113.10"]);
    let answer = hop(&failed, Layer::Geodns, "answer");
    assert!(answer.differs);
    assert_eq!(answer.effect.as_ref().unwrap().verdict, Verdict::Recovers, "as the matrix has it");
    assert_eq!(answer.wait.total(), Duration::from_seconds(3 * 5 + 2 + 30));
    let servers = hop(&failed, Layer::Resolver, "name servers");
    assert_eq!(servers.through, ["ns-spb", "ns3 (192.0.2.53)"]);
    assert_eq!(words(&hop(&failed, Layer::Service, "ins-product-aggregator").at), ["spb"]);
    let spared = at(&seed(), "RU-SPE", "/api/v1/catalog", "dc:msk").failed.unwrap().journey;
    assert!(!hop(&spared, Layer::Edge, "nginx").through.is_empty());
    assert_eq!(hop(&spared, Layer::Geodns, "answer").wait.total(), Duration(0));
}

#[test]
fn without_any_data_centre_every_address_is_answered_by_whoever_is_left() {
    let failed = at(&seed(), "msk", "/", "dc:msk + dc:spb").failed.unwrap().journey;
    assert_eq!(failed.answers.len(), 2);
    assert_eq!(hop(&failed, Layer::Resolver, "name servers").through, ["ns3 (192.0.2.53)"]);
    assert_eq!(failed.hops.last().unwrap().layer, Layer::Cdn, "the request ends at its answer");
}

#[test]
fn half_of_the_addresses_keep_a_data_centre() {
    let hosts = planned(HOSTS);
    let one = at(&hosts, "east", "/prices", "host:east-edge-2").failed.unwrap().journey;
    assert_eq!(words(&one.answers), ["192.0.2.10"]);
    assert_eq!(hop(&one, Layer::Edge, "nginx").through, ["east-edge-1 (192.0.2.10)"]);
    let both = at(&hosts, "east", "/prices", "host:east-edge-1 + host:east-edge-2").failed.unwrap().journey;
    assert_eq!(words(&both.answers), ["198.51.100.10", "198.51.100.11"]);
    let workers = "host:east-worker-1 + host:east-worker-2 + host:east-worker-3";
    let bridged = at(&hosts, "east", "/prices", workers).failed.unwrap().journey;
    assert_eq!(words(&bridged.answers), ["198.51.100.10", "198.51.100.11"], "no ingress behind nginx");
}

#[test]
fn those_that_can_write_are_answered_first_and_none_is_left_out_for_it() {
    let hosts = planned(HOSTS);
    let request = Request {
        method: Method::Get,
        host: "www.example.org".to_owned(),
        path: "/".parse().unwrap(),
        route: "/".parse().unwrap(),
    };
    let outcome = |writes: Effect| Outcome { reads: Arc::new(Effect::goes_on()), writes: Arc::new(writes), loss: Loss::Nothing };
    let east: Name = "east".parse().unwrap();
    let host = "www".parse().unwrap();
    let answers = |writers: &[&str]| {
        let by = |site: &str| outcome(if writers.contains(&site) { Effect::goes_on() } else { Effect::lost("no leader") });
        let by_datacenter = ["east", "west"].map(|site| (site.parse().unwrap(), by(site))).into();
        let cell = Cell { overall: outcome(Effect::goes_on()), by_datacenter, leaders: Leaders::Home };
        let cells = BTreeMap::from([(Component::Postgres("orders".parse().unwrap()), cell.into())]);
        let left = Left(None);
        let client = Client::Datacenter(east.clone());
        let (topology, plan) = (&hosts.topology, &hosts.plan);
        let platform = Platform { topology, plan, host: &host, client: &client, request: &request, left, cells: &cells };
        let journey = platform.journey(&[east.clone(), "west".parse().unwrap()]);
        let store = hop(&journey, Layer::Store, "postgres.orders");
        (journey.answers[0].to_string(), words(&store.at))
    };
    assert_eq!(answers(&["east", "west"]), ("192.0.2.10".to_owned(), vec!["east".to_owned()]));
    assert_eq!(answers(&["west"]).0, "198.51.100.10", "the other one can write");
    assert_eq!(answers(&[]), ("192.0.2.10".to_owned(), Vec::new()), "none can, so the nearest serves");
}

#[test]
fn a_cut_link_changes_nothing_outside() {
    let failed = at(&seed(), "spb", "/", "link").failed.unwrap().journey;
    assert_eq!(words(&failed.answers), ["203.0.113.10"]);
    let edge = hop(&failed, Layer::Edge, "nginx");
    assert!(edge.reason.contains("the 4 of msk cannot be reached"), "{}", edge.reason);
    assert!(hop(&failed, Layer::Store, "postgres.core").at.is_empty(), "the leader stands beyond the link");
}

#[test]
fn workers_that_do_not_answer_cost_a_connection_each() {
    let failed = at(&seed(), "msk", "/", "host:msk-worker-1 + host:msk-worker-2").failed.unwrap().journey;
    assert_eq!(hop(&failed, Layer::Edge, "nginx").wait.total(), Duration::from_seconds(2));
    assert_eq!(hop(&failed, Layer::Ingress, "Envoy").through, ["msk-worker-3", "msk-worker-4"]);
}

#[test]
fn the_network_fetches_from_the_preferred_data_centre_and_then_from_its_backup() {
    let named = seed_with(|it| it["cdn"]["names"] = json!({"www": "www.cdn.example.net"}));
    let walk = at(&named, "spb", "/static/logo.svg", "dc:msk");
    assert_eq!(walk.healthy.answers.len(), 0);
    assert_eq!(hop(&walk.healthy, Layer::Geodns, "answer").through, ["www.cdn.example.net"]);
    assert_eq!(words(&hop(&walk.healthy, Layer::Edge, "nginx").at), ["msk"]);
    let network = hop(&walk.healthy, Layer::Cdn, "yandex");
    assert!(network.notes[0].contains("fresh for 1y"), "{network:?}");
    let failed = walk.failed.unwrap().journey;
    let network = hop(&failed, Layer::Cdn, "yandex");
    assert!(network.differs && network.reason.contains("the backup spb.origin.inuretech.ru"), "{network:?}");
    assert_eq!(words(&hop(&failed, Layer::Edge, "nginx").at), ["spb"]);
    let zone = named.artifacts().into_iter().find(|it| it.path.ends_with("zones/inuretech.ru")).unwrap();
    assert!(zone.as_text().unwrap().contains("www 300 CNAME"), "the time that the hop tells");
}

#[test]
fn a_post_is_never_kept_and_goes_where_is_written() {
    let seed = seed();
    let client = || client(&seed.topology, "spb").unwrap();
    let question =
        Question { client: client(), method: Method::Post, host: None, path: "/policies".parse().unwrap(), when: None };
    let posted = trace(&seed.topology, &seed.plan, question).unwrap().walks.remove(0).healthy;
    assert!(hop(&posted, Layer::Edge, "nginx").notes.contains(&"an answer to a POST is never kept".to_owned()));
    assert_eq!(hop(&posted, Layer::Store, "postgres.core").wait.total(), Duration(18), "to the leader, and its commit");
    assert_eq!(words(&hop(&posted, Layer::Store, "kafka.events/orders").at), ["msk", "spb"]);
    assert!(hop(&posted, Layer::Service, "core-app").notes.contains(&"80% of the requests".to_owned()));
    assert!(hop(&posted, Layer::Service, "policies").notes.contains(&"20% of the requests".to_owned()));
    assert_eq!(hop(&posted, Layer::Call, "client-info").by.as_ref().unwrap().as_str(), "core-app");
    let read = ask(&seed, client(), "/policies", None).walks.remove(0).healthy;
    assert!(read.hops.iter().all(|hop| !hop.name.starts_with("kafka")), "a GET writes no record");
    let caught = ask(&seed, client(), "/api/v1/catalog", None).walks.remove(0).healthy;
    assert!(hop(&caught, Layer::Edge, "nginx").notes[0].contains("kept for 30s, and stands in for 10m"));
}

#[test]
fn what_is_missing_is_said_and_the_rest_is_followed() {
    let bare = planned_with(include_str!("../../../topologies/minimal.yaml"), |it| {
        it["services"]["shop"]["expose"] = json!([{"host": "www", "path": "/"}]);
    });
    let trace = ask(&bare, client(&bare.topology, "192.0.2.1").unwrap(), "/", Some("dc:north"));
    assert_eq!(trace.walks.len(), 2);
    let healthy = &trace.walks[0].healthy;
    assert!(hop(healthy, Layer::Resolver, "name servers").reason.contains("no `geodns`"));
    assert!(hop(healthy, Layer::Edge, "nginx").reason.contains("no `edge`"));
    assert!(!hop(healthy, Layer::Store, "postgres.shop").through.is_empty());
}

/// The answers of a journey and the matrix are two ways to one truth.
#[test]
fn answers_move_exactly_where_the_matrix_says_that_clients_notice() {
    let mut moved = 0;
    let independent = planned(include_str!("../../../topologies/independent.yaml"));
    for (platform, host) in [(seed(), "www"), (planned(HOSTS), "www"), (independent, "portal")] {
        let (topology, plan) = (&platform.topology, &platform.plan);
        let path: UrlPath = "/".parse().unwrap();
        for when in scenarios::single(topology, plan) {
            for site in topology.datacenters.keys() {
                let client = Client::Datacenter(site.clone());
                let question =
                    Question { client, method: Method::Get, host: Some(host), path: path.clone(), when: Some(when.clone()) };
                let walk = trace(topology, plan, question).unwrap().walks.remove(0);
                let journey = walk.failed.unwrap().journey;
                let effect = hop(&journey, Layer::Geodns, "answer").effect.clone().unwrap();
                let planned = when.class() == crate::model::survival::Class::Maintenance;
                let expected = walk.healthy.answers != journey.answers && !planned;
                assert_eq!(effect.verdict > Verdict::GoesOn, expected, "{when} near {site}: {effect:?} {journey:#?}");
                moved += usize::from(expected);
            }
        }
    }
    assert!(moved > 10, "{moved}");
}
