//! Changes of many cells as few phrases: `dc:msk: 9 components from needs a person to recovers`.

use std::collections::BTreeSet;

use crate::model::survival::{Component, Loss, Scenario};

/// What changed, from what, to what.
type What = (&'static str, String, String);

/// So many components are named one by one.
const NAMED: usize = 3;

/// Cells with what changed in them, in the order in which they came.
#[derive(Debug, Default)]
pub struct Phrases<'s> {
    said: Vec<(What, &'s Scenario, BTreeSet<&'s Component>)>,
}

impl<'s> Phrases<'s> {
    /// The same changed in a component in each of these scenarios.
    pub fn say(&mut self, what: What, component: &'s Component, scenarios: &[&'s Scenario]) {
        for scenario in scenarios {
            let same = self.said.iter_mut().find(|(other, at, _)| at == scenario && *other == what);
            match same {
                Some((_, _, components)) => drop(components.insert(component)),
                None => self.said.push((what.clone(), scenario, BTreeSet::from([component]))),
            }
        }
    }

    /// One line for each change of each set of components, with every scenario in which it is the same.
    pub fn lines(self) -> Vec<String> {
        let mut lines: Vec<(What, BTreeSet<&Component>, Vec<&Scenario>)> = Vec::new();
        for (what, scenario, components) in self.said {
            match lines.iter_mut().find(|(other, same, _)| *other == what && *same == components) {
                Some((_, _, scenarios)) => scenarios.push(scenario),
                None => lines.push((what, components, vec![scenario])),
            }
        }
        lines.iter().map(|(what, components, scenarios)| line(what, components, scenarios)).collect()
    }
}

fn line((what, from, to): &What, components: &BTreeSet<&Component>, scenarios: &[&Scenario]) -> String {
    let names: Vec<String> = components.iter().map(ToString::to_string).collect();
    let names = if names.len() > NAMED { format!("{} components", names.len()) } else { names.join(", ") };
    let when = match scenarios {
        [] => String::new(),
        [one] => one.to_string(),
        [one, two] => format!("{one}, {two}"),
        [one, rest @ ..] => format!("{one} and {} more", rest.len()),
    };
    format!("{when}: {what}{names} from {from} to {to}")
}

/// Lost data in words.
pub fn lost(loss: &Loss) -> String {
    match loss {
        Loss::Nothing => "losing nothing".to_owned(),
        Loss::UpTo(time) => format!("losing up to {}", time.total()),
        Loss::Everything => "losing everything".to_owned(),
    }
}
