//! The way of one request for people: every hop in its order, first in the healthy platform, then in the failed one with a
//! mark at what differs.

use std::fmt::Write;

use super::table::table;
use crate::model::Name;
use crate::model::survival::{Effect, Estimate, Verdict};
use crate::model::trace::{Client, Hop, Journey, Place, Trace, Walk};

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
    let verdict = failed.effect.as_ref().map_or_else(String::new, |it| format!(": {}", effect(it)));
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
    lines.extend(hop.effect.as_ref().filter(|it| it.verdict > Verdict::GoesOn).map(|it| format!("- {}", effect(it))));
    let told = hop.effect.as_ref().is_some_and(|effect| effect.time == hop.wait);
    lines.extend(
        (!told && !hop.wait.terms.is_empty()).then(|| format!("- takes up to {} longer: {}", hop.wait.total(), terms(&hop.wait))),
    );
    lines
}

/// `recovers within 47s (15s failed checks in a row + …): why`.
fn effect(effect: &Effect) -> String {
    let mut text = effect.verdict.to_string();
    if !effect.time.terms.is_empty() {
        let _ = write!(text, " within {} ({})", effect.time.total(), terms(&effect.time));
    }
    if !effect.why.is_empty() {
        let _ = write!(text, ": {}", effect.why);
    }
    if let Some(cause) = &effect.cause {
        let _ = write!(text, " [{cause}]");
    }
    if let Some(runbook) = &effect.runbook {
        let _ = write!(text, ", runbook {runbook}");
    }
    text
}

fn terms(time: &Estimate) -> String {
    if let [term] = time.terms.as_slice() {
        return term.what.to_owned();
    }
    let terms: Vec<String> = time.terms.iter().map(|term| format!("{} {}", term.time, term.what)).collect();
    terms.join(" + ")
}

fn list(sites: &[Name]) -> String {
    sites.iter().map(Name::as_str).collect::<Vec<_>>().join(", ")
}
