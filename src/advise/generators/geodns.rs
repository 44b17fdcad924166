//! Name servers: answers that are kept for a shorter time, checks that notice sooner, and checks that look deeper.

use crate::advise::Facts;
use crate::model::Path;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::topology::GeoDns;
use crate::model::topology::edge::{Depth, DnsCheck};
use crate::model::unit::Duration;

/// The shortest time that it is worth asking resolvers to keep an answer: many keep it for that long anyway.
const SHORTEST: Duration = Duration::from_seconds(30);

/// How a check is made: interval, failures, timeout.
type Pace = (Duration, u32, Duration);

/// From careful to quick; the timeout stays below the interval.
const PACES: [Pace; 2] =
    [(Duration::from_seconds(5), 3, Duration::from_seconds(2)), (Duration::from_seconds(2), 2, Duration::from_seconds(1))];

/// Up to three edits.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    let Some(dns) = &facts.topology.geodns else { return Vec::new() };
    [ttl(dns), quicker(&dns.check), deeper(&dns.check)].into_iter().flatten().collect()
}

fn candidate(title: String, edit: Edit, note: String) -> Candidate {
    Candidate {
        kind: "geodns",
        title,
        edit,
        cost: Cost { machines: 0, notes: vec![note] },
        gives_up: Vec::new(),
        unknown: Vec::new(),
    }
}

fn ttl(dns: &GeoDns) -> Option<Candidate> {
    let mut edit = Edit::new();
    edit.set(Path::of(["geodns", "ttl"]), SHORTEST.to_string());
    let times = dns.ttl.0.div_ceil(SHORTEST.0);
    let title = format!("let resolvers keep an answer for {SHORTEST} instead of {}", dns.ttl);
    (dns.ttl > SHORTEST).then(|| candidate(title, edit, format!("name servers are asked up to {times} times as often")))
}

fn quicker(check: &DnsCheck) -> Option<Candidate> {
    let noticed = |interval: Duration, failures: u32, timeout: Duration| Duration(interval.0 * u64::from(failures) + timeout.0);
    let old = noticed(check.interval, check.failures, check.timeout);
    let (interval, failures, timeout) =
        PACES.into_iter().find(|(interval, failures, timeout)| noticed(*interval, *failures, *timeout) < old)?;
    let at = Path::of(["geodns", "check"]);
    let mut edit = Edit::new();
    if interval != check.interval {
        edit.set(at.key("interval"), interval.to_string());
    }
    if failures != check.failures {
        edit.set(at.key("failures"), failures);
    }
    if timeout != check.timeout {
        edit.set(at.key("timeout"), timeout.to_string());
    }
    let new = noticed(interval, failures, timeout);
    let title = format!("let name servers notice a lost data centre within {new} instead of {old}");
    Some(candidate(title, edit, format!("a data centre that stalls for {new} is taken out of the answers")))
}

fn deeper(check: &DnsCheck) -> Option<Candidate> {
    let (word, title, note) = match check.depth {
        Depth::Shallow => (
            "ingress",
            "let name servers check the ingress behind nginx",
            "a data centre whose ingress is away is taken out of the answers, static files included",
        ),
        Depth::Ingress => (
            "write-path",
            "let name servers prefer the data centre that can write",
            "while only one data centre can write, readers near the other one are sent the longer way too",
        ),
        Depth::WritePath => return None,
    };
    let mut edit = Edit::new();
    edit.set(Path::of(["geodns", "check", "depth"]), word);
    Some(candidate(title.to_owned(), edit, note.to_owned()))
}
