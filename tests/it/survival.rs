//! What `plan` says about failures, through the binary: the order of the report, the questions that can be asked, the form for
//! pull requests, and a change that makes something survive less.

use serde_json::Value;

use crate::common::{Place, Ran, root, run_in};

fn seed(arguments: &[&str]) -> Ran {
    let mut all = vec!["-f", "topologies/inuretech.yaml", "plan", "--out", "no-such-folder", "--color", "never"];
    all.extend(arguments);
    run_in(&root(), &all)
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn survival_comes_right_after_what_is_in_short() {
    let ran = seed(&[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let first = "In short\n  The loss of msk (Moscow) is not survived without a person: up to ";
    assert!(ran.out.starts_with(first), "{}", ran.out);
    let headings =
        ["In short", "Survival", "Maintenance: one machine drained", "Sites", "Placement", "Quorums", "Services", "Capacity"];
    let at: Vec<_> = headings.iter().map(|it| format!("\n{}", ran.out).find(&format!("\n{it}\n"))).collect();
    assert!(at.iter().all(Option::is_some) && at.is_sorted(), "{at:?}\n{}", ran.out);
    let wide: Vec<&str> = ran.out.lines().filter(|line| line.chars().count() > 102).collect();
    assert!(wide.is_empty(), "{wide:#?}");
}

#[test]
fn a_scenario_is_analysed_and_shown_alone() {
    let ran = seed(&["--scenario", "host:spb-postgres-1+dc:msk", "--why"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("\nSeveral failures at once\n") && ran.out.contains("\nWhy\n"), "{}", ran.out);
    assert!(!ran.out.contains("\nSurvival\n") && !ran.out.contains("\nPlacement\n"), "{}", ran.out);
    let cases = json(&seed(&["--scenario", "host:spb-postgres-1+dc:msk", "-o", "json"]))["survival"]["cases"].clone();
    assert_eq!(cases.as_array().unwrap().len(), 1);
    assert_eq!(cases[0]["scenarios"], serde_json::json!(["dc:msk + host:spb-postgres-1"]));
}

#[test]
fn a_failure_or_component_that_does_not_exist_is_exit_2() {
    for (arguments, hint) in [
        (["--scenario", "dc:mks"], "did you mean `msk`"),
        (["--why", "postgres.cor"], "did you mean `postgres.core`"),
        (["--why", "dc:mks"], "did you mean `msk`"),
    ] {
        let ran = seed(&arguments);
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains(hint), "{}", ran.err);
    }
    assert_eq!(seed(&["--pairs", "--scenario", "dc:msk"]).code, 2);
}

#[test]
fn why_shows_the_terms_of_what_was_asked() {
    let ran = seed(&["--why", "postgres.core"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let (_, why) = ran.out.split_once("\nWhy\n").unwrap();
    assert!(why.contains("    postgres.core, with leaders in ") && why.contains("  in all\n"), "{why}");
    assert!(!why.contains("redis.cache"), "{why}");
    let one = seed(&["--why", "dc:spb"]);
    let (_, why) = one.out.split_once("\nWhy\n").unwrap();
    assert!(why.starts_with("  dc:spb\n") && !why.contains("dc:msk"), "{why}");
}

#[test]
fn pairs_are_analysed_when_asked() {
    let ran = seed(&["--pairs"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("\nSeveral failures at once\n"), "{}", ran.out);
    assert!(ran.out.contains(" do no more than the worst of its failures alone"), "{}", ran.out);
}

#[test]
fn markdown_is_for_plans_alone() {
    let ran = seed(&["-o", "markdown"]);
    assert!(ran.out.starts_with("<!-- inuretech plan inuretech -->\n"), "{}", ran.out);
    assert!(ran.out.contains("\n| failure | kubernetes | ") && ran.out.len() < 65_536);
    let followed = seed(&["-o", "markdown", "--client", "msk", "--path", "/"]);
    assert!(followed.code == 0 && followed.out.starts_with("```text\nGET "), "{followed:?}");
    let place = Place::new();
    place.write("inuretech.yaml", "version: 1\nname: acme\ndomains: wrong\n");
    let refused = place.run(&["plan", "-o", "markdown"]);
    assert_eq!(refused.code, 1, "{refused:?}");
    assert!(refused.out.starts_with("<!-- inuretech plan acme -->\n") && refused.out.contains("did you mean"), "{refused:?}");
    for command in ["check", "render", "show"] {
        let ran = place.run(&[command, "-o", "markdown=x.md"]);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains("only `inuretech plan` can print markdown") && !place.path("x.md").exists(), "{ran:?}");
    }
}

/// The minimal platform, committed, then with a copy of the database less.
fn weakened(more: &str) -> Place {
    let place = Place::new();
    let text = std::fs::read_to_string(root().join("topologies/minimal.yaml")).unwrap();
    place.write("inuretech.yaml", &text);
    place.commit("inuretech.yaml");
    let same = place.run(&["plan", "--base", "HEAD"]);
    assert_eq!(same.code, 0, "{}", same.err);
    assert!(same.out.contains("\nSurvival against revision HEAD\n  nothing survives better or worse\n"), "{}", same.out);
    let less = text.replace("members: {north: 2, south: 2}", "members: {north: 2, south: 1}");
    assert_ne!(less, text);
    place.write("inuretech.yaml", less + more);
    place
}

#[test]
fn what_survives_less_than_before_is_an_error() {
    let place = weakened("");
    assert_eq!(place.run(&["check"]).code, 0, "without an older topology there is nothing to compare");
    let ran = place.run(&["plan", "--base", "HEAD", "-o", "human", "-o", "json=plan.json", "-o", "markdown=plan.md"]);
    assert_eq!(ran.code, 1, "{}", ran.err);
    assert!(ran.err.contains("error[IT224]: `postgres.shop` survives less: in `"), "{}", ran.err);
    assert!(ran.out.contains("\nSurvival against revision HEAD\n") && ran.out.contains("   worse "), "{}", ran.out);
    assert!(ran.out.lines().last().unwrap().starts_with("Plan: "), "{}", ran.out);
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    let plan: Value = serde_json::from_str(&read("plan.json")).unwrap();
    let changes = plan["survivalChanges"]["changes"].as_array().unwrap();
    let worse = |it: &&Value| it["kind"] == "worse" && it["component"] == "postgres.shop";
    assert!(changes.iter().any(|it| worse(&it)), "{changes:#?}");
    assert!(plan["findings"].as_array().unwrap().iter().any(|it| it["code"] == "IT224" && it["path"] == "postgres.shop"));
    assert!(read("plan.md").contains("\n### Survives worse than revision HEAD\n"), "{}", read("plan.md"));
}

#[test]
fn a_waiver_accepts_what_survives_less() {
    let waiver =
        |at: &str| format!("  - {{code: IT224, at: {at}, reason: one copy is enough for the pilot, until: 2099-01-31}}\n");
    let place = weakened(&format!("waivers:\n{}{}", waiver("postgres.shop"), waiver("services")));
    assert_eq!(place.run(&["check"]).err.matches("IT191").count(), 0, "unused only where there was a comparison");
    let ran = place.run(&["plan", "--base", "HEAD"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.err.contains("waived[IT224]") && ran.err.contains("one copy is enough for the pilot (until 2099-01-31)"),
        "{}",
        ran.err
    );
    place.commit("inuretech.yaml");
    let after = place.run(&["plan", "--base", "HEAD"]);
    assert_eq!(after.code, 0, "{}", after.err);
    assert_eq!(after.err.matches("warning[IT191]").count(), 2, "{}", after.err);
}
