//! The way of one request for people: every hop in its order, first in the healthy platform, then in the failed one with a
//! mark at what differs.

use std::fmt::Write;

use super::table::table;
use crate::model::Name;
use crate::model::survival::{Component, Effect, Estimate, Verdict};
use crate::model::trace::{Client, Hop, Journey, Layer, Place, Trace, Walk};

/// The mark of a hop that differs from the healthy platform.
const DIFFERS: &str = "*";

/// The whole report.
pub fn human(trace: &Trace) -> String {
    let request = &trace.request;
    let mut out = format!("{} https://{}{}, by the route {}\n", request.method, request.host, request.path, request.route);
    let _ = writeln!(out, "from {}{}\n", trace.client, known(&trace.client));
    for walk in &trace.walks {
        let _ = writeln!(out, "Data centres in the order {}: {}\n", list(&walk.order), walk.why);
        let _ = writeln!(out, "healthy\n{}", journey(&walk.healthy, true));
        failed(&mut out, walk);
    }
    out
}

fn failed(out: &mut String, walk: &Walk) {
    let Some(failed) = &walk.failed else { return };
    let verdict = failed.effect.as_ref().map_or_else(String::new, |it| format!(": {}", short(it)));
    let _ = writeln!(out, "when {}{verdict}\n{}", failed.when, journey(&failed.journey, false));
}

/// What a geo database knows of the client.
fn known(client: &Client) -> String {
    match client {
        Client::Address { place: Place::Listed(record), .. } => {
            let codes = record.continent.iter().chain(&record.country).chain(&record.parts);
            let codes = codes.map(String::as_str).collect::<Vec<_>>().join("/");
            let at = record.coordinates.map_or_else(String::new, |[latitude, longitude]| format!(" at {latitude}, {longitude}"));
            format!(": {codes}{at}")
        }
        Client::Address { place: Place::NoDatabase | Place::NotListed, .. } | Client::Region(_) | Client::Datacenter(_) => {
            String::new()
        }
    }
}

/// The hops as a table; without `all`, of those that are as before only the name.
fn journey(journey: &Journey, all: bool) -> String {
    let rows: Vec<Vec<String>> = journey.hops.iter().map(|hop| row(hop, all || hop.differs)).collect();
    table(&["", "hop", "where", "what and why"], &rows, &[])
}

fn row(hop: &Hop, full: bool) -> Vec<String> {
    let mark = if hop.differs { DIFFERS } else { "" };
    let by = hop.by.as_ref().map_or_else(String::new, |by| format!(" (for {by})"));
    let through = if hop.through.is_empty() { String::new() } else { format!(": {}", hop.through.join(", ")) };
    let mut lines = vec![format!("{}{by}{through}", hop.name)];
    if full {
        lines.extend(explained(hop));
    }
    let place = if hop.at.is_empty() { "-".to_owned() } else { list(&hop.at) };
    vec![mark.to_owned(), hop.layer.as_str().to_owned(), place, lines.join("\n")]
}

/// The reason, what else holds, the verdict, and the time where the verdict does not say it.
fn explained(hop: &Hop) -> Vec<String> {
    let mut lines = vec![hop.reason.clone()];
    lines.extend(hop.notes.iter().map(|note| format!("- {note}")));
    let noticed = hop.effect.as_ref().filter(|effect| effect.verdict > Verdict::GoesOn);
    lines.extend(noticed.map(|effect| format!("- {}", if follows(hop, effect) { short(effect) } else { long(effect) })));
    let told = noticed.is_some_and(|effect| effect.time == hop.wait);
    let waits = !told && !hop.wait.terms.is_empty();
    lines.extend(waits.then(|| format!("- takes up to {} longer: {}", hop.wait.total().spoken(), terms(&hop.wait))));
    lines
}

/// Whether a service is merely as bad as something below it, which has a hop of its own or a row in the plan.
fn follows(hop: &Hop, effect: &Effect) -> bool {
    let named = |service: &Name| hop.name.split(':').next() == Some(service.as_str());
    match (hop.layer, &effect.cause) {
        (Layer::Service | Layer::Call, Some(Component::Service(service))) => !named(service),
        (Layer::Service | Layer::Call, cause) => cause.is_some(),
        (Layer::Resolver | Layer::Geodns | Layer::Cdn | Layer::Edge | Layer::Ingress | Layer::Store, _) => false,
    }
}

/// `needs a person within 20 min, because of redis.cache (runbook dc-msk-lost)`.
fn short(effect: &Effect) -> String {
    let time = if effect.time.terms.is_empty() { String::new() } else { format!(" within {}", effect.time.total().spoken()) };
    let cause = effect.cause.as_ref().map_or_else(String::new, |cause| format!(", because of {cause}"));
    format!("{}{time}{cause}{}", effect.verdict, runbook(effect))
}

/// `recovers within 47 s (17 s … + 30 s …): why`.
fn long(effect: &Effect) -> String {
    let mut text = effect.verdict.to_string();
    if !effect.time.terms.is_empty() {
        let _ = write!(text, " within {} ({})", effect.time.total().spoken(), terms(&effect.time));
    }
    if !effect.why.is_empty() {
        let _ = write!(text, ": {}", effect.why);
    }
    text.push_str(&runbook(effect));
    text
}

fn runbook(effect: &Effect) -> String {
    effect.runbook.as_ref().map_or_else(String::new, |runbook| format!(" (runbook {runbook})"))
}

fn terms(time: &Estimate) -> String {
    if let [term] = time.terms.as_slice() {
        return term.what.to_owned();
    }
    let terms: Vec<String> = time.terms.iter().map(|term| format!("{} {}", term.time.spoken(), term.what)).collect();
    terms.join(" + ")
}

fn list(sites: &[Name]) -> String {
    sites.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}
