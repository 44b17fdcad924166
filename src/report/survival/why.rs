//! `plan --why`: what every verdict is made of. Each time with its terms, their sources and their sum, where leaders stand in
//! that worst case, and what clients in each data centre see.

use std::fmt::Write;

use super::{alike, names, words};
use crate::model::Survival;
use crate::model::survival::{Case, Cell, Component, Effect, Loss, Outcome, Scenario, Term};
use crate::model::unit::Duration;
use crate::report::table::{paragraph, plain};

/// Which cells are asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Select {
    /// Every cell.
    All,
    /// Those of the components of a name; see [`is_named`].
    Component(String),
    /// Those of a scenario.
    Scenario(Scenario),
}

impl Select {
    fn takes(&self, component: &Component) -> bool {
        match self {
            Self::Component(name) => is_named(component, name),
            Self::All | Self::Scenario(_) => true,
        }
    }

    fn takes_case(&self, case: &Case) -> bool {
        match self {
            Self::Scenario(scenario) => case.scenarios.contains(scenario),
            Self::All | Self::Component(_) => true,
        }
    }
}

/// Whether a component has this name, or one that begins with it: `postgres.core`, `kafka.events`, `services`,
/// `www.example.com`.
pub fn is_named(component: &Component, name: &str) -> bool {
    let text = component.to_string();
    text.strip_prefix(name).is_some_and(|rest| !name.is_empty() && (rest.is_empty() || rest.starts_with(['.', '/'])))
}

/// The cells that are asked about, by case.
pub fn human(survival: &Survival, select: &Select) -> String {
    let mut out = String::new();
    let mut unnoticed: Vec<&Scenario> = Vec::new();
    let mut alike: Vec<(Vec<&Scenario>, Cells<'_>)> = Vec::new();
    for case in survival.cases.iter().filter(|case| select.takes_case(case)) {
        let cells: Cells<'_> = case.all().filter(|(component, _)| select.takes(component)).collect();
        if cells.iter().all(|(_, cell)| cell.goes_on()) {
            unnoticed.extend(&case.scenarios);
            continue;
        }
        match alike.iter_mut().find(|(_, known)| *known == cells) {
            Some((scenarios, _)) => scenarios.extend(&case.scenarios),
            None => alike.push((case.scenarios.iter().collect(), cells)),
        }
    }
    for (scenarios, cells) in alike {
        one_case(&mut out, &scenarios, &cells);
    }
    if !unnoticed.is_empty() {
        out.push_str(&paragraph(&format!("goes on without notice: {}", names::line(unnoticed)), 2));
    }
    out
}

/// The cells of a case that are asked about.
type Cells<'a> = Vec<(&'a Component, &'a Cell)>;

fn one_case(out: &mut String, scenarios: &[&Scenario], cells: &[(&Component, &Cell)]) {
    out.push_str(&paragraph(&names::line(scenarios.iter().copied()), 2));
    let groups = alike::groups(cells.iter().copied());
    let (unmoved, moved): (Vec<_>, Vec<_>) = groups.into_iter().partition(|(cell, _)| cell.goes_on());
    for (cell, who) in moved {
        let title = format!("{}, {}", names::components(who), words::leaders(cell.leaders));
        out.push_str(&paragraph(&title, 4));
        outcome(out, &cell.overall);
        for (datacenter, seen) in &cell.by_datacenter {
            let same = *seen == cell.overall;
            let text = if same { "the same".to_owned() } else { seen_as(seen) };
            out.push_str(&paragraph(&format!("clients in {datacenter}: {text}"), 6));
        }
    }
    let unmoved: Vec<&Component> = unmoved.into_iter().flat_map(|(_, who)| who).collect();
    if !unmoved.is_empty() {
        out.push_str(&paragraph(&format!("goes on: {}", names::components(unmoved)), 4));
    }
    out.push('\n');
}

/// An outcome in one sentence.
fn seen_as(outcome: &Outcome) -> String {
    let (reads, writes) = (sentence(&outcome.reads), sentence(&outcome.writes));
    let loss = if outcome.loss == Loss::Nothing { String::new() } else { format!("; loses {}", words::loss(&outcome.loss)) };
    if outcome.reads == outcome.writes {
        format!("reads and writes: {reads}{loss}")
    } else {
        format!("reads: {reads}; writes: {writes}{loss}")
    }
}

/// Verdict, time and reason.
fn sentence(effect: &Effect) -> String {
    let why = if effect.why.is_empty() { String::new() } else { format!(", {}", effect.why) };
    format!("{}{why}", words::effect(effect))
}

fn outcome(out: &mut String, outcome: &Outcome) {
    if outcome.reads == outcome.writes {
        effect(out, "reads and writes", &outcome.reads);
    } else {
        effect(out, "reads", &outcome.reads);
        effect(out, "writes", &outcome.writes);
    }
    match &outcome.loss {
        Loss::Nothing => {}
        Loss::UpTo(time) => {
            let _ = writeln!(out, "      loses {}", words::loss(&outcome.loss));
            terms(out, &time.terms, time.total());
        }
        Loss::Everything => {
            let _ = writeln!(out, "      loses {}", words::loss(&outcome.loss));
        }
    }
}

fn effect(out: &mut String, what: &str, effect: &Effect) {
    let runbook = effect.runbook.as_ref().map_or_else(String::new, |it| format!("; runbook {it}"));
    out.push_str(&paragraph(&format!("{what}: {}{runbook}", sentence(effect)), 6));
    terms(out, &effect.time.terms, effect.time.total());
}

/// The formula: each term with its source, and the sum where there is more than one.
fn terms(out: &mut String, terms: &[Term], total: Duration) {
    let mut rows: Vec<Vec<String>> =
        terms.iter().map(|term| vec![term.time.spoken(), term.what.to_owned(), term.source.to_owned()]).collect();
    if rows.is_empty() {
        return;
    }
    if rows.len() > 1 {
        rows.push(vec![format!("= {}", total.spoken()), "in all".to_owned(), String::new()]);
    }
    out.push_str(&plain(&rows, &[0], 6));
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn a_time_shows_its_terms_their_sources_and_their_sum() {
        let text = human(&sample::survival(), &Select::Component("postgres.core".to_owned()));
        let expected = "  dc:msk
    postgres.core, with leaders in the preferred data centre
      reads: degraded (9 s), only replicas answer
              9 s  the check of the proxy  its manual
      writes: needs a person (45 min), 2 of 5 voters are left, 3 are needed; runbook dc-msk-lost
           15 min  until a person acts     its manual
           30 min  the rehearsed recovery  its manual
         = 45 min  in all
      loses up to 1.5 s
            1.5 s  asynchronous copies     its manual
      clients in spb: the same
";
        let words =
            |text: &str| text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>();
        assert_eq!(words(text.split("\n\n").next().unwrap()), words(expected.trim_end()), "{text}");
        let last = "goes on without notice: link, witness, host:msk-worker-{1..3}, host:spb-dns-1, drain:msk-worker-1";
        assert!(words(&text).join(" ").ends_with(last), "{text}");
    }

    #[test]
    fn a_scenario_shows_its_case_alone() {
        let link = Scenario::of(crate::model::survival::Fault::Link);
        let text = human(&sample::survival(), &Select::Scenario(link));
        assert!(text.starts_with("  link\n    services.core-app, "), "{text}");
        assert!(text.ends_with("    goes on: kubernetes, postgres.core, kafka.events/orders, geodns, 2 routes\n\n"), "{text}");
    }

    #[test]
    fn a_name_means_itself_and_what_lies_below_it() {
        let topic = Component::Topic("events".parse().unwrap(), "orders".parse().unwrap());
        for name in ["kafka", "kafka.events", "kafka.events/orders"] {
            assert!(is_named(&topic, name), "{name}");
        }
        for name in ["", "kafka.event", "orders"] {
            assert!(!is_named(&topic, name), "{name}");
        }
    }
}
