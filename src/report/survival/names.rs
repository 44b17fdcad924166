//! Many like names in few characters: `host:msk-worker-{1..4}`, `services.core-app, services.policies, 3 routes`.

use crate::model::Name;
use crate::model::survival::{Component, Scenario};

/// How many names a list shows before it counts.
const SHOWN: usize = 6;
/// How many numbers with gaps between them are listed one by one.
const LISTED: usize = 4;
/// How long the name of a row may be that lists everything.
const SHORT: usize = 30;

/// Names that differ only in the number at their end as one, in a form that a shell expands too.
pub(super) fn runs<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> Vec<(String, usize)> {
    let mut runs: Vec<(String, Vec<u64>)> = Vec::new();
    for scenario in scenarios {
        let text = scenario.to_string();
        let (prefix, number) = split(&text);
        let known = runs.iter_mut().rev().find(|(known, numbers)| *known == prefix && !numbers.is_empty());
        match (known, number) {
            (Some((_, numbers)), Some(number)) => numbers.push(number),
            (Some(_) | None, number) => runs.push((prefix, number.into_iter().collect())),
        }
    }
    over_sites(runs.into_iter().flat_map(|(prefix, numbers)| numbered(&prefix, numbers)).collect())
}

/// Names that differ only in their first part, the site, as one: `host:{msk,spb}-worker-1`.
fn over_sites(runs: Vec<(String, usize)>) -> Vec<(String, usize)> {
    let mut merged: Vec<([String; 2], Vec<String>, usize)> = Vec::new();
    for (name, count) in runs {
        let (kind, rest) = name.rfind(':').and_then(|at| name.split_at_checked(at + 1)).unwrap_or(("", &name));
        let (site, rest) = rest.find('-').and_then(|at| rest.split_at_checked(at)).unwrap_or((rest, ""));
        let around = [kind.to_owned(), rest.to_owned()];
        match merged.iter_mut().find(|(known, ..)| *known == around && !rest.is_empty()) {
            Some((_, sites, counted)) => {
                sites.push(site.to_owned());
                *counted += count;
            }
            None => merged.push((around, vec![site.to_owned()], count)),
        }
    }
    let braced = |sites: Vec<String>| match sites.as_slice() {
        [one] => one.clone(),
        several => format!("{{{}}}", several.join(",")),
    };
    merged.into_iter().map(|([kind, rest], sites, count)| (format!("{kind}{}{rest}", braced(sites)), count)).collect()
}

/// The number at the end of a name, if it has one that is written without leading zeros.
fn split(text: &str) -> (String, Option<u64>) {
    let prefix = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = text.strip_prefix(prefix).unwrap_or_default();
    match digits.parse::<u64>() {
        Ok(number) if number.to_string() == digits && !prefix.is_empty() => (prefix.to_owned(), Some(number)),
        Ok(_) | Err(_) => (text.to_owned(), None),
    }
}

/// The numbers behind one prefix: as a range, a short list, or a range for each part without a gap.
fn numbered(prefix: &str, mut numbers: Vec<u64>) -> Vec<(String, usize)> {
    numbers.sort_unstable();
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for number in &numbers {
        match ranges.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*number) => *last = *number,
            Some(_) | None => ranges.push((*number, *number)),
        }
    }
    if ranges.len() > 1 && numbers.len() <= LISTED {
        let all: Vec<String> = numbers.iter().map(u64::to_string).collect();
        return vec![(format!("{prefix}{{{}}}", all.join(",")), numbers.len())];
    }
    let range = |(first, last): (u64, u64)| {
        let count = usize::try_from(last - first + 1).unwrap_or(usize::MAX);
        if first == last { (format!("{prefix}{first}"), count) } else { (format!("{prefix}{{{first}..{last}}}"), count) }
    };
    if ranges.is_empty() { vec![(prefix.to_owned(), 1)] } else { ranges.into_iter().map(range).collect() }
}

/// The name of a row: all scenarios where that is short, else the first, and how many more there are.
pub(super) fn row<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> String {
    let runs = runs(scenarios);
    let all = listed(&runs, runs.len());
    if all.chars().count() <= SHORT { all } else { listed(&runs, 1) }
}

/// All scenarios in one line, as far as there is room.
pub(super) fn line<'a>(scenarios: impl IntoIterator<Item = &'a Scenario>) -> String {
    listed(&runs(scenarios), SHOWN)
}

fn listed(runs: &[(String, usize)], most: usize) -> String {
    let shown: Vec<&str> = runs.iter().take(most).map(|(name, _)| name.as_str()).collect();
    let more: usize = runs.iter().skip(most).map(|(_, count)| count).sum();
    let shown = shown.join(", ");
    if more == 0 { shown } else { format!("{shown} and {more} more") }
}

/// Components in one line: routes and the topics of one Kafka are counted, of the others the first are named.
pub(super) fn components<'a>(components: impl IntoIterator<Item = &'a Component>) -> String {
    let (routes, named): (Vec<&Component>, Vec<&Component>) =
        components.into_iter().partition(|component| matches!(component, Component::Route(..)));
    let mut others: Vec<(Option<&Name>, Vec<&Component>)> = Vec::new();
    for component in named {
        let kafka = if let Component::Topic(kafka, _) = component { Some(kafka) } else { None };
        match others.last_mut() {
            Some((known, topics)) if kafka.is_some() && *known == kafka => topics.push(component),
            Some(_) | None => others.push((kafka, vec![component])),
        }
    }
    let mut parts: Vec<String> = others.iter().take(SHOWN).filter_map(|(kafka, all)| together(*kafka, all)).collect();
    if let Some(more) = others.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        parts.push(format!("{more} more"));
    }
    match routes.as_slice() {
        [] => {}
        [route] => parts.push(route.to_string()),
        routes => parts.push(format!("{} routes", routes.len())),
    }
    parts.join(", ")
}

fn together(kafka: Option<&Name>, all: &[&Component]) -> Option<String> {
    match (kafka, all) {
        (Some(kafka), [_, _, ..]) => Some(format!("kafka.{kafka} ({} topics)", all.len())),
        (_, all) => all.first().map(ToString::to_string),
    }
}

/// The foundations among these in one line; services and routes follow them, and are named only where they are alone.
pub(in crate::report) fn foundations<'a>(all: impl IntoIterator<Item = &'a Component>) -> String {
    let (foundations, others): (Vec<&Component>, Vec<&Component>) = all.into_iter().partition(|it| it.is_foundation());
    components(if foundations.is_empty() { others } else { foundations })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::survival::Fault;

    fn hosts(names: &[&str]) -> Vec<Scenario> {
        names.iter().map(|name| Scenario::of(Fault::Host(name.parse().unwrap()))).collect()
    }

    #[test]
    fn numbers_that_follow_each_other_become_a_range() {
        let name = |names: &[&str]| line(&hosts(names));
        assert_eq!(name(&["a-1", "a-2", "a-3", "a-4"]), "host:a-{1..4}");
        assert_eq!(name(&["a-1", "a-3"]), "host:a-{1,3}");
        assert_eq!(name(&["a-1", "a-10", "a-11", "a-2", "a-3"]), "host:a-{1..3}, host:a-{10..11}");
        assert_eq!(name(&["a-1", "b-1", "b-2", "c", "d-07"]), "host:a-1, host:b-{1..2}, host:c, host:d-07");
        assert_eq!(row(&hosts(&["a-1", "a-2", "b-1", "b-2", "c"])), "host:{a,b}-{1..2}, host:c");
        assert_eq!(row(&hosts(&["a-1", "a-2", "some-other-1", "one-more"])), "host:a-{1..2} and 2 more");
        assert_eq!(name(&["msk-db-1", "msk-db-2", "spb-db-1", "spb-db-2"]), "host:{msk,spb}-db-{1..2}");
        let both = [Fault::Datacenter("msk".parse().unwrap()), Fault::Host("a-1".parse().unwrap())];
        assert_eq!(line(&Scenario::all(both)), "dc:msk + host:a-1");
    }

    #[test]
    fn routes_and_topics_are_counted() {
        let route = |path: &str| Component::Route("www.example.com".parse().unwrap(), path.parse().unwrap());
        let service = |name: &str| Component::Service(name.parse().unwrap());
        let all = [service("a"), service("b"), route("/"), route("/x")];
        assert_eq!(components(&all), "services.a, services.b, 2 routes");
        assert_eq!(components(&all[..3]), "services.a, services.b, www.example.com/");
        let topic = |kafka: &str, topic: &str| Component::Topic(kafka.parse().unwrap(), topic.parse().unwrap());
        let all = [Component::Kubernetes, topic("events", "a"), topic("events", "b"), topic("more", "a")];
        assert_eq!(components(&all), "kubernetes, kafka.events (2 topics), kafka.more/a");
    }
}
