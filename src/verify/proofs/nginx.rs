//! nginx at the edge: groups, caches and limits that are used are defined, connections fail fast, writes are not repeated, clients
//! are known behind a delivery network, and shared caches keep nothing personal.

use std::collections::{BTreeMap, BTreeSet};

use super::codes::{CLIENT_ADDRESS, EDGE_TIMEOUT, REPEATED_WRITES, SHARED_CACHE, UNDEFINED};
use super::{Findings, HostFile, Rendered};
use crate::verify::formats::nginx::{Directive, File};

/// The longest time to wait for a connection, in milliseconds.
const LONGEST_CONNECT: u64 = 3000;
const CREDENTIALS: [&str; 2] = ["$http_authorization", "$http_cookie"];

type Files<'a> = Vec<(HostFile<'a>, File<'a>)>;

#[derive(Default)]
struct Defined<'a> {
    names: BTreeSet<(&'static str, &'a str)>,
    /// Groups whose servers are not nginx itself.
    remote: BTreeSet<&'a str>,
}

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let mut hosts: BTreeMap<&str, Files<'_>> = BTreeMap::new();
    for (file, text) in rendered.texts("").filter(|(file, _)| file.inside.starts_with("etc/nginx/")) {
        hosts.entry(file.host).or_default().push((file, File::of(text)));
    }
    for files in hosts.values() {
        let defined = defined(files);
        for (file, parsed) in files {
            // What no server includes is not read.
            let read = !file.inside.contains("/snippets/") || included(files, file.inside);
            for directive in parsed.directives.iter().filter(|_| read) {
                used(&defined, file, directive, findings);
            }
            for block in 0..parsed.blocks.len() {
                location(&defined, files, (file, parsed, block), findings);
            }
        }
        clients(rendered, files, findings);
    }
}

fn included(files: &Files<'_>, inside: &str) -> bool {
    let mut directives = files.iter().flat_map(|(_, parsed)| &parsed.directives);
    directives.any(|it| matches!(it.words.as_slice(), ["include", path] if path.strip_prefix('/') == Some(inside)))
}

fn defined<'a>(files: &Files<'a>) -> Defined<'a> {
    let mut defined = Defined::default();
    for (_, parsed) in files {
        for block in &parsed.blocks {
            if let ["upstream", name] = block.words.as_slice() {
                defined.names.insert(("group", name));
            }
        }
        for directive in &parsed.directives {
            let zone = |key: &str| directive.words.iter().find_map(|word| word.strip_prefix(key)?.split(':').next());
            match directive.words.first().copied() {
                Some("proxy_cache_path") => defined.names.extend(zone("keys_zone=").map(|name| ("cache", name))),
                Some("limit_req_zone") => defined.names.extend(zone("zone=").map(|name| ("limit", name))),
                Some("server") if !directive.words.get(1).is_some_and(|address| address.starts_with("127.")) => {
                    let group = directive.block.and_then(|at| parsed.blocks.get(at)).and_then(|block| block.words.get(1));
                    defined.remote.extend(group.copied());
                }
                _ => {}
            }
        }
    }
    defined
}

/// The group of servers that a `proxy_pass` leads to.
fn group<'a>(directive: &Directive<'a>) -> Option<&'a str> {
    let ["proxy_pass", url] = directive.words.as_slice() else { return None };
    let (_, rest) = url.split_once("://")?;
    rest.split('/').next().filter(|name| !name.contains(['$', '.', ':']))
}

fn used(defined: &Defined<'_>, file: &HostFile<'_>, directive: &Directive<'_>, findings: &mut Findings) {
    let zone = || directive.words.iter().find_map(|word| word.strip_prefix("zone="));
    let name = match directive.words.as_slice() {
        ["proxy_pass", ..] => group(directive).map(|name| ("group", name)),
        ["proxy_cache", name] if *name != "off" => Some(("cache", *name)),
        ["limit_req", ..] => zone().map(|name| ("limit", name)),
        ["proxy_next_upstream", conditions @ ..] if conditions.contains(&"non_idempotent") => {
            return findings.error(REPEATED_WRITES, file.path, directive.line, "requests that must not be repeated are repeated");
        }
        _ => None,
    };
    if let Some((kind, name)) = name.filter(|name| !defined.names.contains(name)) {
        findings.error(UNDEFINED, file.path, directive.line, format!("the {kind} `{name}` is not defined on this host"));
    }
}

/// A location with everything that it includes.
fn location(
    defined: &Defined<'_>,
    files: &Files<'_>,
    (file, parsed, block): (&HostFile<'_>, &File<'_>, usize),
    findings: &mut Findings,
) {
    let own: Vec<&Directive<'_>> = parsed.directives.iter().filter(|directive| directive.block == Some(block)).collect();
    let Some(pass) = own.iter().find(|directive| directive.words.first() == Some(&"proxy_pass")) else { return };
    let included = own.iter().filter_map(|directive| match directive.words.as_slice() {
        ["include", path] => files.iter().find(|(other, _)| path.strip_prefix('/') == Some(other.inside)),
        _ => None,
    });
    let snippets = included.flat_map(|(_, other)| other.directives.iter().filter(|directive| directive.block.is_none()));
    let all: Vec<&Directive<'_>> = own.iter().copied().chain(snippets).collect();
    let arguments = |name: &str| all.iter().find(|it| it.words.first() == Some(&name)).and_then(|it| it.words.get(1..));
    if group(pass).is_none_or(|name| defined.remote.contains(name)) {
        let waits = arguments("proxy_connect_timeout").and_then(|arguments| milliseconds(arguments.first()?));
        if waits.is_none_or(|waits| waits > LONGEST_CONNECT) {
            findings.error(EDGE_TIMEOUT, file.path, pass.line, "a connection is waited for longer than 3 s");
        }
    }
    // A key without variables is one answer for all, such as the health of the data centre.
    let shared = arguments("proxy_cache_key").is_some_and(|key| key.iter().any(|part| part.contains('$')));
    if arguments("proxy_cache").is_some() && shared {
        for name in ["proxy_cache_bypass", "proxy_no_cache"] {
            let given = arguments(name).unwrap_or_default();
            for credential in CREDENTIALS.iter().filter(|credential| !given.contains(credential)) {
                let message = format!("`{name}` does not name `{credential}`");
                findings.error(SHARED_CACHE, file.path, pass.line, message);
            }
        }
    }
}

fn milliseconds(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|unit: char| unit.is_ascii_alphabetic());
    let number: u64 = digits.parse().ok()?;
    match text.get(digits.len()..)? {
        "ms" => Some(number),
        "" | "s" => number.checked_mul(1000),
        "m" => number.checked_mul(60_000),
        _ => None,
    }
}

/// Exactly the delivery network's ranges may say who a client is.
fn clients(rendered: &Rendered<'_>, files: &Files<'_>, findings: &mut Findings) {
    let ranges = rendered.topology.cdn.iter().flat_map(|cdn| &cdn.ranges);
    let wanted: BTreeSet<String> = ranges.map(ToString::to_string).collect();
    let mut trusted: BTreeSet<&str> = BTreeSet::new();
    for (file, parsed) in files {
        for directive in &parsed.directives {
            let ["set_real_ip_from", range] = directive.words.as_slice() else { continue };
            trusted.insert(range);
            if !wanted.contains(*range) {
                let message = format!("`{range}` is no range of the delivery network");
                findings.error(CLIENT_ADDRESS, file.path, directive.line, message);
            }
        }
    }
    let main = files.iter().find(|(file, _)| file.name() == "nginx.conf");
    for range in wanted.iter().filter(|range| !trusted.contains(range.as_str())) {
        let path = main.map_or("", |(file, _)| file.path);
        findings.error(CLIENT_ADDRESS, path, "", format!("clients behind `{range}` are not known by their addresses"));
    }
}
