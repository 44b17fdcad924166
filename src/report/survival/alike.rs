//! Components that fare alike in one case, put together: a thousand services mostly follow the same few stores.

use std::sync::Arc;

use crate::model::survival::{Cell, Component, Effect, Outcome};

/// Components with the same cell, in the order of the first of each. That a component's trouble is its own is no difference;
/// whose trouble it follows is one.
pub(super) fn groups<'a>(cells: impl IntoIterator<Item = (&'a Component, &'a Cell)>) -> Vec<(&'a Cell, Vec<&'a Component>)> {
    let mut groups: Vec<(&Cell, Vec<&Component>)> = Vec::new();
    for (component, cell) in cells {
        let known =
            groups.iter_mut().find(|(known, who)| who.first().is_some_and(|first| alike((first, known), (component, cell))));
        match known {
            Some((_, who)) => who.push(component),
            None => groups.push((cell, vec![component])),
        }
    }
    groups
}

/// The component that an effect comes from, where that is another one than `own`.
pub(super) fn other_cause<'a>(effect: &'a Effect, own: &Component) -> Option<&'a Component> {
    effect.cause.as_ref().filter(|cause| *cause != own)
}

type Of<'a> = (&'a Component, &'a Cell);

fn alike((first, a): Of<'_>, (second, b): Of<'_>) -> bool {
    let same = |a: &Outcome, b: &Outcome| {
        effects((first, &a.reads), (second, &b.reads)) && effects((first, &a.writes), (second, &b.writes)) && a.loss == b.loss
    };
    let seen = || a.by_datacenter.iter().zip(&b.by_datacenter).all(|((x, a), (y, b))| x == y && same(a, b));
    a.leaders == b.leaders && a.by_datacenter.len() == b.by_datacenter.len() && same(&a.overall, &b.overall) && seen()
}

fn effects((first, a): (&Component, &Arc<Effect>), (second, b): (&Component, &Arc<Effect>)) -> bool {
    let words = || a.verdict == b.verdict && a.why == b.why && a.runbook == b.runbook && a.time == b.time;
    (Arc::ptr_eq(a, b) || words()) && other_cause(a, first) == other_cause(b, second)
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::model::survival::{Effect, Loss};

    #[test]
    fn own_trouble_is_alike_and_followed_trouble_is_told_apart() {
        let lost = |cause: &Component| sample::cell(Effect::goes_on(), Effect::lost("gone").caused_by(cause), Loss::Nothing);
        let topic = |name: &str| Component::Topic("events".parse().unwrap(), name.parse().unwrap());
        let all = [
            (topic("a"), lost(&topic("a"))),
            (topic("b"), lost(&topic("b"))),
            (sample::service(), lost(&topic("a"))),
            (sample::postgres(), sample::recovers(5000)),
        ];
        let groups = groups(all.iter().map(|(component, cell)| (component, cell)));
        let who: Vec<usize> = groups.iter().map(|(_, who)| who.len()).collect();
        assert_eq!(who, [2, 1, 1]);
    }
}
