//! `gdnsd checkconf` on a name server's folder, and `named-checkzone` on every zone in it, since gdnsd lets a zone pass
//! whose name servers have no address.
//!
//! In gdnsd's copy the folders that it writes to lie in the scratch folder, and the geo database, which only a name server
//! has, is a small one of a single network. In a zone for `named-checkzone`, gdnsd's own
//! records (`DYNA`, `DYNC`) become an address and an alias, and a pair of lifetimes becomes its first.

use super::{Job, Outcome, Tool, in_etc};
use crate::io::FileError;

/// gdnsd's own reader of its configuration, its zones and what they refer to.
pub const GDNSD: Tool =
    Tool { name: "gdnsd checkconf", applies: |_, path| in_etc(path, "gdnsd") == Some("config"), check: check_config };

/// The strictest common reader of zone files.
pub const ZONE: Tool = Tool { name: "named-checkzone", applies: |_, path| zone(path).is_some(), check: check_zone };

/// The name of the zone that a file holds.
fn zone(path: &str) -> Option<&str> {
    in_etc(path, "gdnsd")?.strip_prefix("zones/")
}

fn check_config(job: &Job<'_>) -> Result<Outcome, FileError> {
    let change = |line: &str| stand_in(line, job);
    job.copy(job.host(), |path, file| match path {
        "etc/gdnsd/config" => (job.text().lines().map(change).collect::<Vec<_>>().join("\n") + "\n").into_bytes(),
        _ => file.bytes.clone(),
    })?;
    job.write("place.mmdb", PLACE)?;
    job.run("gdnsd", &["-c", &job.inside("/etc/gdnsd"), "checkconf"])
}

/// A geo database of one network, made by `tests/lab/mmdb.py FILE 192.0.2.0/24=EU,RU,MOW,55.75,37.62`.
const PLACE: &[u8] = include_bytes!("place.mmdb");

fn stand_in(line: &str, job: &Job<'_>) -> String {
    match line.split_whitespace().collect::<Vec<_>>().as_slice() {
        [name @ ("run_dir" | "state_dir"), "=>" | "=", _] => {
            let comma = if line.trim_end().ends_with(',') { "," } else { "" };
            format!("{name} = \"{}\"{comma}", job.folder.display())
        }
        ["geoip2_db", "=>" | "=", path] => {
            let comma = if path.ends_with(',') { "," } else { "" };
            format!("geoip2_db = \"{}/place.mmdb\"{comma}", job.folder.display())
        }
        _ => line.to_owned(),
    }
}

fn check_zone(job: &Job<'_>) -> Result<Outcome, FileError> {
    let zone = zone(job.path).unwrap_or_default();
    let text = job.text();
    let lines: Vec<String> = text.lines().map(plain_record).collect();
    job.write("zone", lines.join("\n") + "\n")?;
    job.run("named-checkzone", &[zone, "zone"])
}

/// One line of a zone in the words of the standard.
fn plain_record(line: &str) -> String {
    let (record, comment) = line.split_once(';').unwrap_or((line, ""));
    if record.trim_start().starts_with("$ADDR_LIMIT") || record.trim().is_empty() {
        return String::new();
    }
    let words: Vec<&str> = record.split_whitespace().collect();
    let own = words.iter().position(|word| matches!(*word, "DYNA" | "DYNC"));
    let Some(own) = own else { return line.to_owned() };
    // A record without a name starts with a space: the name of the record above is then its own.
    let start = if record.starts_with(char::is_whitespace) { " " } else { "" };
    let before = words.iter().take(own).map(|word| lifetime(word)).collect::<Vec<_>>().join(" ");
    let data = if words.get(own) == Some(&"DYNA") { "A 192.0.2.1" } else { "CNAME stand-in.invalid." };
    format!("{start}{before} {data} ;{comment}")
}

/// The first of two lifetimes `30/10`; every other word as it is.
fn lifetime(word: &str) -> &str {
    match word.split_once('/') {
        Some((longest, shortest)) if [longest, shortest].iter().all(|part| part.starts_with(|c: char| c.is_ascii_digit())) => {
            longest
        }
        _ => word,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_of_gdnsd_become_standard_ones() {
        let cases = [
            ("www 30/10 DYNA geoip!www", "www 30 A 192.0.2.1 ;"),
            ("    IN DYNC weighted!x ; why", " IN CNAME stand-in.invalid. ; why"),
            ("@ 3600 SOA ns1 hostmaster ( 1 2 3 4 5 )", "@ 3600 SOA ns1 hostmaster ( 1 2 3 4 5 )"),
            ("x A 10.0.0.1", "x A 10.0.0.1"),
            ("$ADDR_LIMIT_V4 1", ""),
        ];
        for (line, expected) in cases {
            assert_eq!(plain_record(line), expected);
        }
    }
}
