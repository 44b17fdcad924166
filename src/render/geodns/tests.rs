//! What the files of this renderer must say, on the shipped topologies.

use serde_json::{Value, json};

use crate::testing::{Planned, seed_with};

const MSK: &str = "hosts/msk/msk-dns-1/etc/gdnsd";

fn file(planned: &Planned, path: &str) -> String {
    let artifacts = super::render(&planned.input()).unwrap();
    let paths: Vec<_> = artifacts.iter().map(|it| it.path.clone()).collect();
    let found = artifacts.iter().find(|it| it.path == path).unwrap_or_else(|| panic!("no {path} among {paths:#?}"));
    found.as_text().unwrap().to_owned()
}

fn config(change: impl FnOnce(&mut Value)) -> String {
    file(&seed_with(change), &format!("{MSK}/config"))
}

fn zone(change: impl FnOnce(&mut Value)) -> String {
    file(&seed_with(change), &format!("{MSK}/zones/inuretech.ru"))
}

/// The text without line breaks and indents.
fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn detection_is_as_fast_as_the_topology_says() {
    let config = squeeze(&config(|it| it["geodns"]["check"]["failures"] = json!(4)));
    let check = r#"plugin => http_status port => 80 vhost => "inuretech.ru" url_path => "/healthz/dc" ok_codes => [ 200 ]"#;
    assert!(config.contains(check), "{config}");
    assert!(config.contains("interval => 5 timeout => 2 down_thresh => 4 ok_thresh => 4 up_thresh => 8"), "{config}");
}

#[test]
fn the_timeout_stays_below_the_interval() {
    let config = config(|it| {
        it["geodns"]["check"]["timeout"] = json!("10s");
        it["geodns"]["check"]["interval"] = json!("1s");
    });
    assert!(squeeze(&config).contains("interval => 2 timeout => 1"));
}

#[test]
fn regions_go_to_their_data_centre_and_the_rest_by_distance() {
    let config = squeeze(&config(|it| it["geodns"]["regions"]["spb"] = json!(["RU-SPE", "FI"])));
    assert!(config.contains("EU => { FI => { default => [ spb, msk ] }"), "{config}");
    assert!(config.contains("RU => { MOS => [ msk, spb ] MOW => [ msk, spb ] SPE => [ spb, msk ] }"), "{config}");
    assert!(config.contains("auto_dc_coords => { msk => [ 55.7558, 37.6173 ] spb => [ 59.9343, 30.3351 ] }"), "{config}");
    let flat = squeeze(&self::config(|it| drop(it["datacenters"]["spb"].as_object_mut().unwrap().remove("coordinates"))));
    assert!(!flat.contains("auto_dc_coords") && flat.contains("datacenters => [ msk, spb ]"));
}

#[test]
fn no_country_of_that_code_is_an_error() {
    let planned = seed_with(|it| it["geodns"]["regions"]["spb"] = json!(["QQ-SPE"]));
    assert!(super::render(&planned.input()).unwrap_err().to_string().contains("QQ-SPE"));
}

#[test]
fn those_that_can_write_then_those_that_can_serve_then_all() {
    let serve = squeeze(&config(|_| ()));
    assert!(serve.contains("datacenters => [ serve, all ]") && !serve.contains("write"));
    let write = squeeze(&config(|it| it["geodns"]["check"]["depth"] = json!("write-path")));
    assert!(write.contains("datacenters => [ write, serve, all ]"), "{write}");
    assert!(write.contains("service_types => [ serve, write-core ]"), "{write}");
    assert!(write.contains(r#"url_path => "/healthz/dc/write/core""#), "{write}");
    assert!(write.contains("all => { service_types => up addrs_v4 => [ 198.51.100.10, 203.0.113.10 ]"), "{write}");
}

#[test]
fn the_zone_has_name_servers_in_both_data_centres_and_outside() {
    let zone = zone(|_| ());
    for line in ["@ NS ns-msk", "@ NS ns-spb", "@ NS ns3", "ns-msk 3600 A 198.51.100.10", "ns-spb 3600 A 203.0.113.10"] {
        assert!(zone.lines().any(|it| it == line), "{line} in\n{zone}");
    }
    for line in ["ns3 3600 A 192.0.2.53", "msk.origin 300 A 198.51.100.10", "spb.origin 300 A 203.0.113.10"] {
        assert!(zone.lines().any(|it| it == line), "{line} in\n{zone}");
    }
    for name in ["@", "api", "www"] {
        assert!(zone.lines().any(|it| it == format!("{name} 30/5 DYNA metafo!edge")), "{name} in\n{zone}");
    }
}

#[test]
fn a_host_becomes_an_alias_once_the_network_has_named_it() {
    let zone = zone(|it| it["cdn"]["names"] = json!({"www": "www.cdn.example.net"}));
    assert!(zone.contains("www 300 CNAME www.cdn.example.net.\n"), "{zone}");
    assert!(!zone.contains("www 30/5") && zone.contains("api 30/5 DYNA"), "{zone}");
    assert!(zone.contains("@ 30/5 DYNA"), "an alias cannot stand at the top");
}

#[test]
fn both_families_are_answered() {
    let both = json!(["198.51.100.10", "2001:db8::10"]);
    let planned = seed_with(|it| it["datacenters"]["msk"]["public"] = both);
    let config = squeeze(&file(&planned, &format!("{MSK}/config")));
    assert!(config.contains(r#"msk => { addrs_v4 => [ 198.51.100.10 ] addrs_v6 => [ "2001:db8::10" ] }"#), "{config}");
    assert!(file(&planned, &format!("{MSK}/zones/inuretech.ru")).contains("msk.origin 300 AAAA 2001:db8::10\n"));
}

#[test]
fn all_servers_hold_one_zone_whose_number_follows_its_records() {
    let planned = seed_with(|_| ());
    let first = file(&planned, &format!("{MSK}/zones/inuretech.ru"));
    assert_eq!(first, file(&planned, "hosts/spb/spb-dns-1/etc/gdnsd/zones/inuretech.ru"));
    assert_eq!(first, file(&planned, "dns/ns3/etc/gdnsd/zones/inuretech.ru"));
    assert!(file(&planned, "dns/ns3/etc/gdnsd/config").contains("192.0.2.53"));
    let serial = |zone: &str| zone.lines().find(|line| line.ends_with("; serial")).unwrap().to_owned();
    let other = zone(|it| it["geodns"]["ttl"] = json!("20s"));
    assert_ne!(serial(&first), serial(&other));
}
