//! `plan --client` through the binary: what it says of a request, and what it says where it cannot.

use serde_json::Value;

use crate::common::{Place, Ran, root, run_in};

fn ask(topology: &str, arguments: &[&str]) -> Ran {
    let all: Vec<&str> = ["-f", topology, "plan"].iter().chain(arguments).copied().collect();
    run_in(&root().join("topologies"), &all)
}

fn traced(topology: &str, arguments: &[&str]) -> Value {
    let ran = ask(topology, &[arguments, &["-o", "json"]].concat());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let json: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(json["formatVersion"], 1);
    json["trace"].clone()
}

#[test]
fn a_request_is_followed_before_and_after_a_failure() {
    let arguments = ["--client", "RU-MOW", "--path", "/api/v1/catalog?page=2", "--when", "dc:msk"];
    let trace = traced("inuretech.yaml", &arguments);
    assert_eq!(trace["request"]["host"], "api.inuretech.ru");
    let walk = &trace["walks"][0];
    assert_eq!(walk["healthy"]["answers"][0], "198.51.100.10");
    assert_eq!(walk["failed"]["when"], "dc:msk");
    assert_eq!(walk["failed"]["answers"][0], "203.0.113.10");
    let human = ask("inuretech.yaml", &arguments);
    assert!(human.out.contains("\nhealthy\n") && human.out.contains("\nwhen dc:msk"), "{}", human.out);
    let marked = human.out.lines().filter(|line| line.starts_with("   *  ")).count();
    let differs = walk["failed"]["hops"].as_array().unwrap().iter().filter(|hop| hop["differs"] == true).count();
    assert_eq!(marked, differs);
    assert!(differs >= 5, "{walk:#}");
    assert!(human.out.lines().all(|line| line.chars().count() <= 102), "wider than a terminal");
    let markdown = ask("inuretech.yaml", &[&arguments[..], &["-o", "markdown"]].concat());
    assert_eq!(markdown.out, format!("```text\n{}```\n", human.out));
}

#[test]
fn a_request_is_followed_through_every_topology() {
    for (topology, host, when) in [
        ("inuretech.yaml", "www", "link"),
        ("inuretech-witness.yaml", "www", "witness"),
        ("independent.yaml", "portal", "link"),
        ("hosts.yaml", "www", "rack:east-r1"),
        ("hosts.yaml", "www", "link:east>west + drain:west-edge-1"),
    ] {
        for method in ["GET", "post"] {
            let ran =
                ask(topology, &["--client", "192.0.2.1", "--host", host, "--path", "/", "--method", method, "--when", when]);
            assert_eq!(ran.code, 0, "{topology} {when}: {}", ran.err);
            assert!(ran.out.contains(&format!("\nwhen {when}")), "{}", ran.out);
        }
    }
}

#[test]
fn a_question_that_is_not_understood_says_what_would_be() {
    let refused = |arguments: &[&str], said: &str| {
        let ran = ask("inuretech.yaml", arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{arguments:?}: {}", ran.err);
        assert!(ran.err.contains(said), "{arguments:?}: {}", ran.err);
    };
    let unknown = ["--client", "RU-MOW", "--host", "api", "--path", "/none"];
    refused(&unknown, "no route leads to `/none`: the routes are api.inuretech.ru/api/v1/catalog, ");
    refused(&["--client", "msc", "--path", "/"], "`msc` is no client: an IP address, a region such as `RU-SPE`");
    refused(&["--client", "RU-MOW", "--path", "/", "--host", "shop"], "no service is exposed under the host `shop`");
    refused(&["--client", "RU-MOW", "--path", "policies"], "`policies` is no path");
    refused(&["--client", "RU-MOW", "--path", "/", "--when", "dc:mks"], "did you mean `msk`?");
    refused(&["--client", "77.88.8.8", "--path", "/", "--database", "inuretech.yaml"], "is no geo database in MaxMind's format");
    refused(&["--client", "RU-MOW"], "--path");
    refused(&["--path", "/"], "--client");
    refused(&["--client", "RU-MOW", "--path", "/", "--exit-code"], "--exit-code");
    refused(&["--client", "RU-MOW", "--path", "/", "--scenario", "dc:msk"], "--scenario");
    refused(&["--client", "RU-MOW", "--path", "/", "--advice"], "--advice");
}

#[test]
fn a_path_of_several_hosts_needs_one_named() {
    let place = Place::new();
    let topologies = root().join("topologies");
    let base = topologies.join("hosts.yaml").display().to_string();
    let more = place.write("more.yaml", "services: {prices: {expose: [{host: api, path: /}]}}\n").display().to_string();
    let ran = place.run(&["-f", &base, "-f", &more, "plan", "--client", "east", "--path", "/x"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("`/x` is exposed under the hosts `api`, `www`: name one with `--host`"), "{}", ran.err);
    assert_eq!(place.run(&["-f", &base, "-f", &more, "plan", "--client", "east", "--path", "/x", "--host", "api"]).code, 0);
}

#[test]
fn a_client_of_ipv6_is_told_what_is_answered() {
    let trace = traced("inuretech.yaml", &["--client", "2001:db8::1", "--path", "/"]);
    assert_eq!(trace["walks"].as_array().unwrap().len(), 2, "no database, so each data centre");
    let answer = trace["walks"][0]["healthy"]["hops"].as_array().unwrap().iter().find(|hop| hop["layer"] == "geodns").unwrap();
    assert!(answer["notes"].to_string().contains("no address of IPv6 is answered"), "{answer:#}");
}

#[test]
fn without_edge_and_name_servers_the_rest_is_followed() {
    let place = Place::new();
    let base = root().join("topologies/minimal.yaml").display().to_string();
    let more = "services: {shop: {expose: [{host: www, path: /}]}}\n";
    let more = place.write("more.yaml", more).display().to_string();
    let ran = place.run(&["-f", &base, "-f", &more, "plan", "--client", "192.0.2.1", "--path", "/", "--when", "dc:north"]);
    assert!(ran.out.contains("the topology has no `geodns`") && ran.out.contains("the topology has no `edge`"), "{ran:?}");
    assert!(ran.out.contains("postgres.shop"), "{}", ran.out);
    let nothing = place.run(&["-f", &base, "plan", "--client", "north", "--path", "/"]);
    assert_eq!(nothing.code, 2);
    assert!(nothing.err.contains("nothing is exposed"), "{}", nothing.err);
}
