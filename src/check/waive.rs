//! Waivers: a finding that the topology accepts for a while, with a reason, is shown but no longer stops anything.

use super::regressions;
use crate::diag::{Code, Explanation, Finding, Place, Severity};
use crate::model::Path;
use crate::model::topology::Waiver;

/// A waiver whose day is over.
pub const EXPIRED: Code = Code("IT190");
/// A waiver that no finding needs.
pub const UNUSED: Code = Code("IT191");

/// The codes of this file.
pub const CODES: &[Explanation] = &[
    Explanation {
        code: EXPIRED,
        severity: Severity::Error,
        title: "a waiver has expired",
        why: "A waiver accepts a risk until a date. When the date is over the risk has to be looked at again, so the finding counts and so does this one.",
        example: "waivers:\n  - {code: IT202, at: kubernetes, reason: the witness is ordered, until: 2020-01-31}\n",
        fix: "Repair what the finding says, or write a new date after the risk was accepted again.",
    },
    Explanation {
        code: UNUSED,
        severity: Severity::Warning,
        title: "a waiver covers no finding",
        why: "Waivers that outlive their finding hide the next one of the same kind at the same place.",
        example: "waivers:\n  - {code: IT202, at: services.gone, reason: no longer there, until: 2099-01-31}\n",
        fix: "Remove the waiver, or correct its code or place.",
    },
];

/// Marks the findings that a waiver covers on the day `today` (`YYYY-MM-DD`), and adds what is wrong with the waivers.
pub fn waive(mut findings: Vec<Finding>, waivers: &[Waiver], today: &str) -> Vec<Finding> {
    let mut about_waivers = Vec::new();
    for (position, waiver) in waivers.iter().enumerate() {
        let at = Path::of(["waivers"]).index(position);
        if waiver.until.as_str() < today {
            let message = format!("the waiver of `{}` at `{}` expired on {}", waiver.code, waiver.at, waiver.until);
            about_waivers.push(Finding::error(EXPIRED, at.key("until"), message).help("repair the finding, or accept it again"));
            continue;
        }
        if !cover(&mut findings, waiver) && !is_of_comparison(waiver) {
            about_waivers.push(unused(waiver, at));
        }
    }
    findings.extend(about_waivers);
    findings
}

/// The same for findings of a comparison with an older topology, which most runs do not make: only here can a waiver of
/// theirs be found unused. Those that expired were told by [`waive`].
pub fn waive_regressions(mut findings: Vec<Finding>, waivers: &[Waiver], today: &str) -> Vec<Finding> {
    let mut about_waivers = Vec::new();
    let valid = |waiver: &Waiver| is_of_comparison(waiver) && waiver.until.as_str() >= today;
    for (position, waiver) in waivers.iter().enumerate().filter(|(_, waiver)| valid(waiver)) {
        if !cover(&mut findings, waiver) {
            about_waivers.push(unused(waiver, Path::of(["waivers"]).index(position)));
        }
    }
    findings.extend(about_waivers);
    findings
}

fn is_of_comparison(waiver: &Waiver) -> bool {
    waiver.code == regressions::WORSE.0
}

/// Marks what the waiver covers; whether there is anything.
fn cover(findings: &mut [Finding], waiver: &Waiver) -> bool {
    let mut used = false;
    for finding in findings.iter_mut().filter(|finding| covers(waiver, finding)) {
        finding.waived = Some(format!("{} (until {})", waiver.reason, waiver.until));
        used = true;
    }
    used
}

fn unused(waiver: &Waiver, at: Path) -> Finding {
    let message = format!("no finding `{}` at `{}` needs this waiver", waiver.code, waiver.at);
    Finding::warning(UNUSED, at, message).help("remove it")
}

fn covers(waiver: &Waiver, finding: &Finding) -> bool {
    let path = match &finding.at {
        Place::Value(path) | Place::Key(path) => path.to_string(),
        Place::Artifact { path, .. } => path.clone(),
        Place::Bytes(_) => return false,
    };
    let below = path.strip_prefix(waiver.at.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']));
    finding.code.0 == waiver.code && below
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiver(at: &str, until: &str) -> Waiver {
        let text = str::to_owned;
        Waiver { code: text("IT202"), at: text(at), reason: text("the witness is ordered"), until: text(until) }
    }

    fn finding() -> Finding {
        Finding::error(Code("IT202"), Path::of(["postgres", "core", "dcs"]), "no witness")
    }

    #[test]
    fn a_waiver_covers_what_is_below_its_place_until_its_day() {
        let covered = waive(vec![finding()], &[waiver("postgres.core", "2027-03-01")], "2027-03-01");
        assert!(covered.iter().all(|finding| !finding.blocks()), "{covered:?}");
        let expired = waive(vec![finding()], &[waiver("postgres.core", "2027-03-01")], "2027-03-02");
        assert_eq!(expired.iter().filter(|finding| finding.blocks()).count(), 2);
    }

    #[test]
    fn a_waiver_of_a_regression_is_judged_where_there_is_a_comparison() {
        let waiver = Waiver { code: regressions::WORSE.0.to_owned(), ..waiver("postgres.core", "2027-03-01") };
        let worse = || vec![Finding::error(regressions::WORSE, Path::of(["postgres", "core"]), "survives less")];
        let waivers = [waiver];
        assert!(waive(Vec::new(), &waivers, "2027-03-01").is_empty(), "nothing was compared");
        let covered = waive_regressions(worse(), &waivers, "2027-03-01");
        assert!(covered.iter().all(|finding| !finding.blocks() && finding.waived.is_some()), "{covered:?}");
        let unused = waive_regressions(Vec::new(), &waivers, "2027-03-01");
        assert_eq!(unused.iter().map(|finding| finding.code).collect::<Vec<_>>(), [UNUSED]);
        assert!(waive_regressions(worse(), &waivers, "2027-03-02").iter().any(Finding::blocks));
        assert_eq!(waive(Vec::new(), &waivers, "2027-03-02").iter().map(|it| it.code).collect::<Vec<_>>(), [EXPIRED]);
    }

    #[test]
    fn a_waiver_of_another_place_is_unused() {
        let findings = waive(vec![finding()], &[waiver("postgres.co", "2027-03-01")], "2026-01-01");
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code("IT202"), UNUSED]);
    }
}
