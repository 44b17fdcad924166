//! What the files of this renderer must say, on the shipped topologies.

use serde_json::{Value, json};

use crate::model::Content;
use crate::testing::seed_with;

/// The options that the provider's schema has, as far as they are used here: the schema itself cannot be had everywhere.
const OPTIONS: [&str; 9] = [
    "allowed_http_methods",
    "browser_cache_settings",
    "custom_host_header",
    "edge_cache_settings",
    "ignore_cookie",
    "ignore_query_params",
    "redirect_http_to_https",
    "slice",
    "stale",
];
/// The values that the provider's schema takes for `stale`.
const STALE: [&str; 11] = [
    "error",
    "http_403",
    "http_404",
    "http_429",
    "http_500",
    "http_502",
    "http_503",
    "http_504",
    "invalid_header",
    "timeout",
    "updating",
];

fn rendered(change: impl FnOnce(&mut Value)) -> Value {
    let planned = seed_with(change);
    let artifacts = super::render(&planned.input()).unwrap();
    match &artifacts.first().unwrap().content {
        Content::Json(value) => value.clone(),
        other => panic!("{other:?}"),
    }
}

fn only_files(it: &mut Value) {
    it["cdn"]["static"] = json!({"host": "files", "path": "/", "ttl": "2y", "immutable": true});
    it["services"]["core-app"]["expose"] = json!([{"host": "files", "path": "/"}, {"host": "www", "path": "/"}]);
}

#[test]
fn origins_are_the_data_centres_own_names() {
    let group = &rendered(|_| ())["resource"]["yandex_cdn_origin_group"]["edge"];
    let expected = json!([
        {"source": "msk.origin.inuretech.ru:443", "enabled": true, "backup": false},
        {"source": "spb.origin.inuretech.ru:443", "enabled": true, "backup": true},
    ]);
    assert_eq!(group["origin"], expected);
    assert_eq!(group["use_next"], json!(false));
}

#[test]
fn options_are_those_of_the_provider() {
    for document in [rendered(|_| ()), rendered(only_files)] {
        let resources = document["resource"]["yandex_cdn_resource"].as_object().unwrap();
        assert_eq!(resources.len(), 2);
        for resource in resources.values() {
            let options = resource["options"].as_object().unwrap();
            assert!(options.keys().all(|key| OPTIONS.contains(&key.as_str())), "{options:?}");
            assert!(options["stale"].as_array().unwrap().iter().all(|it| STALE.contains(&it.as_str().unwrap())));
            assert!(options["edge_cache_settings"].as_u64().unwrap() > 0, "0 is read as unset");
            assert!(options.get("browser_cache_settings").is_none_or(|it| it.as_u64().unwrap() <= 31_536_000));
            assert_eq!(options["custom_host_header"], resource["cname"]);
            assert_eq!(options["ignore_query_params"], json!(false), "the provider would mix the answers of all queries");
            assert!(["1", "130"].contains(&resource["shielding"].as_str().unwrap()));
        }
    }
}

#[test]
fn cookies_and_methods_are_left_alone_where_more_than_files_is_served() {
    let www = &rendered(|_| ())["resource"]["yandex_cdn_resource"]["www"]["options"];
    assert_eq!(www["ignore_cookie"], json!(false));
    assert!(www.get("browser_cache_settings").is_none() && www.get("allowed_http_methods").is_none());
    let files = &rendered(only_files)["resource"]["yandex_cdn_resource"]["files"]["options"];
    assert_eq!(files["ignore_cookie"], json!(true));
    assert_eq!(files["browser_cache_settings"], json!(31_536_000), "two years are more than the provider takes");
    assert_eq!(files["allowed_http_methods"], json!(["GET", "HEAD", "OPTIONS"]));
}

#[test]
fn nothing_is_stale_where_one_path_must_be_fresh() {
    let fresh = rendered(|it| drop(it["cdn"]["api"][0].as_object_mut().unwrap().remove("stale")));
    assert_eq!(fresh["resource"]["yandex_cdn_resource"]["api"]["options"]["stale"], json!([]));
    let off = rendered(|it| it["cdn"]["shield"] = json!("off"));
    assert!(off["resource"]["yandex_cdn_resource"]["api"].get("shielding").is_none());
}

#[test]
fn every_variable_and_resource_that_is_named_exists() {
    let document = rendered(|_| ());
    let text = document.to_string();
    let named = text.match_indices("${var.").map(|(at, _)| text[at + 6..].split('}').next().unwrap());
    let named: Vec<_> = named.collect();
    assert_eq!(named.len(), 3);
    assert!(named.iter().all(|name| document["variable"].get(name).is_some()), "{named:?}");
    assert_eq!(document["output"]["name_www"]["value"], json!("${yandex_cdn_resource.www.provider_cname}"));
    assert_eq!(document["terraform"]["required_providers"]["yandex"]["version"], json!("0.222.0"));
}
