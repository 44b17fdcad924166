//! What a reader must know first: the data centre whose loss nobody survives without a person, and the sets of voters that
//! are the reason.

use super::Facts;
use super::quorums::voters;
use crate::model::plan::SiteKind;
use crate::model::survival::{Case, Cell, Component, Fault, Scenario, Verdict};
use crate::model::unit::Duration;
use crate::model::{Name, Survival};
use crate::report::survival::foundations;

/// Lines without indentation; those of a list begin with a hyphen. Empty where nothing needs to be said.
pub fn headline(facts: &Facts<'_>) -> Vec<String> {
    let mut lines = contradictions(facts);
    let worst = fatal(facts);
    if worst.is_empty() {
        return lines;
    }
    lines.push("The loss of one site stops what cannot elect a leader without it:".to_owned());
    lines.extend(worst.into_iter().map(|line| format!("- {line}")));
    if facts.topology.witness.is_none() {
        lines.push("A witness with one voter of each makes the loss of either data centre automatic.".to_owned());
    }
    lines
}

/// The sets of voters that no automatic recovery can save.
fn fatal(facts: &Facts<'_>) -> Vec<String> {
    let of_set = |(system, members): (String, std::collections::BTreeMap<Name, u32>)| {
        let total: u32 = members.values().sum();
        let fatal = members.into_iter().filter(move |(_, count)| total - *count < total / 2 + 1);
        fatal.map(move |(site, count)| format!("{system}: {count} of {total} voters stand at {site}")).collect::<Vec<_>>()
    };
    voters(facts).into_iter().flat_map(of_set).collect()
}

/// Two data centres are built so that either may be lost. Without a witness one of them may not, and that comes first.
fn contradictions(facts: &Facts<'_>) -> Vec<String> {
    if facts.topology.witness.is_some() {
        return Vec::new();
    }
    let mut sites: Vec<_> = facts.plan.sites.iter().filter(|(_, site)| site.kind != SiteKind::Witness).collect();
    sites.sort_by_key(|(name, site)| (site.kind, *name));
    let lines = sites.into_iter().filter_map(|(name, site)| {
        let case = loss_of(facts.survival, name)?;
        contradiction(case, &format!("{name} ({})", site.title))
    });
    lines.flatten().collect()
}

fn loss_of<'a>(survival: &'a Survival, name: &Name) -> Option<&'a Case> {
    survival.case(&Scenario::of(Fault::Datacenter(name.clone())))
}

fn contradiction(case: &Case, site: &str) -> Option<Vec<String>> {
    let with = |verdict: Verdict| -> Vec<(&Component, &Cell)> {
        case.all().filter(|(_, cell)| cell.overall.worst().verdict == verdict).collect()
    };
    let (waiting, lost) = (with(Verdict::NeedsPerson), with(Verdict::Lost));
    let longest = waiting.iter().map(|(_, cell)| cell.overall.worst().time.total()).max();
    let mut lines = Vec::new();
    if let Some(longest) = longest {
        let until = match longest {
            Duration(0) => "; until then these are away:".to_owned(),
            longest => format!(": up to {} until these are back:", longest.spoken()),
        };
        lines.push(format!("The loss of {site} is not survived without a person{until}"));
        lines.push(format!("- {}", foundations(waiting.into_iter().map(|(component, _)| component))));
    }
    if !lost.is_empty() {
        let lost = foundations(lost.into_iter().map(|(component, _)| component));
        lines.push(format!("The loss of {site} leaves these away until it is back itself:"));
        lines.push(format!("- {lost}"));
    }
    (!lines.is_empty()).then_some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::survival::sample;
    use crate::testing;

    fn lines(seed: &testing::Planned) -> Vec<String> {
        let survival = sample::survival();
        headline(&Facts { topology: &seed.topology, plan: &seed.plan, survival: &survival, findings: &[] })
    }

    #[test]
    fn the_contradiction_of_two_sites_comes_first() {
        let lines = lines(&testing::seed());
        let expected = [
            "The loss of msk (Moscow) is not survived without a person: up to 45 min until these are back:",
            "- kubernetes, postgres.core",
            "The loss of msk (Moscow) leaves these away until it is back itself:",
            "- kafka.events/orders",
            "The loss of one site stops what cannot elect a leader without it:",
        ];
        assert_eq!(lines[..5], expected);
        assert!(lines.last().unwrap().starts_with("A witness with one voter"), "{lines:?}");
    }

    #[test]
    fn with_a_witness_nothing_contradicts() {
        let witness = testing::planned(include_str!("../../../topologies/inuretech-witness.yaml"));
        assert!(lines(&witness).is_empty(), "{:?}", lines(&witness));
    }
}
