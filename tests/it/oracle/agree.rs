//! Where the words of the simulations and those of the analysis meet: what counts as agreement, in one place.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use inuretech::model::survival::{Cell, Leaders, Loss, Verdict};

use super::fate::{Fate, Play};
use super::world::World;

/// The verdict that a fate is called.
pub const fn verdict(fate: Fate) -> Verdict {
    match fate {
        Fate::Steady => Verdict::GoesOn,
        Fate::Back => Verdict::Recovers,
        Fate::Less => Verdict::Degraded,
        Fate::Person => Verdict::NeedsPerson,
        Fate::Gone => Verdict::Lost,
    }
}

/// What differs between a cell of the analysis and the plays of a simulation; nothing where they agree.
///
/// The overall verdicts and the loss are the worst over all plays. For each data centre only whether anything is
/// served is compared, and it has to have been seen in one of the plays.
///
/// Whether readers notice that a leader is moved on purpose, or that a proxy takes another replica (`pooled`), is a matter
/// of taste, so there going on is as good as coming back.
pub fn disagreement(world: &World, cell: &Cell, plays: &BTreeMap<Leaders, Vec<Play>>, pooled: bool) -> Option<String> {
    let all = || plays.values().flatten();
    let reads = all().map(Play::reads).max().map(verdict);
    let writes = all().map(Play::writes).max().map(verdict);
    let lost = all().any(|play| play.lost);
    let mut text = String::new();
    let mut differ = |what: &str, ours: String, theirs: String| {
        if ours != theirs {
            let _ = writeln!(text, "  {what}: simulation {ours}, analysis {theirs}");
        }
    };
    let said = |verdict: Option<Verdict>| verdict.map_or("nothing", Verdict::as_str).to_owned();
    let smooth = |verdict: Verdict| if world.is_planned() || pooled { verdict.max(Verdict::Recovers) } else { verdict };
    differ("reads", said(reads.map(smooth)), smooth(cell.overall.reads.verdict).as_str().to_owned());
    differ("writes", said(writes), cell.overall.writes.verdict.as_str().to_owned());
    differ("data", loss(lost), loss(cell.overall.loss != Loss::Nothing));
    let served: BTreeSet<String> = all()
        .map(|play| {
            let one = |(site, seen): (&usize, &super::fate::Seen)| {
                format!("{} {}{}", world.name(*site), u8::from(seen.reads.served()), u8::from(seen.writes.served()))
            };
            play.seen.iter().map(one).collect::<Vec<_>>().join(", ")
        })
        .collect();
    let theirs: Vec<String> = world
        .left()
        .into_iter()
        .map(|site| {
            let outcome = cell.by_datacenter.get(world.name(site));
            let served = |effect: fn(&inuretech::model::survival::Outcome) -> bool| outcome.is_some_and(effect);
            let (reads, writes) = (served(|it| it.reads.is_automatic()), served(|it| it.writes.is_automatic()));
            format!("{} {}{}", world.name(site), u8::from(reads), u8::from(writes))
        })
        .collect();
    let theirs = theirs.join(", ");
    if !served.contains(&theirs) {
        let _ = writeln!(text, "  served (reads, writes): simulation {served:?}, analysis {theirs}");
    }
    (!text.is_empty()).then_some(text)
}

fn loss(lost: bool) -> String {
    if lost { "lost" } else { "kept" }.to_owned()
}
