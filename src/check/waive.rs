//! Waivers: a finding that the topology accepts for a while, with a reason, is shown but no longer stops anything.

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
        let mut used = false;
        for finding in findings.iter_mut().filter(|finding| covers(waiver, finding)) {
            finding.waived = Some(format!("{} (until {})", waiver.reason, waiver.until));
            used = true;
        }
        if !used {
            let message = format!("no finding `{}` at `{}` needs this waiver", waiver.code, waiver.at);
            about_waivers.push(Finding::warning(UNUSED, at, message).help("remove it"));
        }
    }
    findings.extend(about_waivers);
    findings
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
    fn a_waiver_of_another_place_is_unused() {
        let findings = waive(vec![finding()], &[waiver("postgres.co", "2027-03-01")], "2026-01-01");
        assert_eq!(findings.iter().map(|finding| finding.code).collect::<Vec<_>>(), [Code("IT202"), UNUSED]);
    }
}
