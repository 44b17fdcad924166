//! What several rules ask: the counts of a members map, the objective in force, and what a reference means.
//! It holds no rule itself.

use crate::check::Facts;
use crate::diag::did_you_mean;
use crate::model::topology::{Members, Objectives, Topology};
use crate::model::{Name, Path, Reference};

/// The members at a site.
pub fn count(members: &Members, site: &Name) -> u32 {
    members.get(site).copied().unwrap_or(0)
}

/// The members in each data centre, the preferred one first.
pub fn per_datacenter<'a>(topology: &'a Topology, members: &Members) -> Vec<(&'a Name, u32)> {
    topology.datacenter_names().into_iter().map(|site| (site, count(members, site))).collect()
}

/// Whether no acknowledged data may be lost: the system's own objective where it has one, else the platform's.
pub fn nothing_may_be_lost(topology: &Topology, own: Option<&Objectives>) -> bool {
    let own = own.and_then(|objectives| objectives.rpo);
    own.or(topology.objectives.rpo).is_some_and(|rpo| rpo.millis() == 0)
}

/// What the user most likely meant by a word that is none of the known ones.
pub fn meant(word: &str, known: &[&str]) -> String {
    match did_you_mean(word, known.iter().copied()) {
        Some(close) => format!("did you mean `{close}`?"),
        None if known.is_empty() => "none is declared".to_owned(),
        None => format!("declared are {}", quoted(known)),
    }
}

/// The words in backticks with commas between them.
pub fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// What is wrong with a reference to `instance/item`.
pub enum Wrong {
    /// Nothing has that name; with what to write instead.
    Unknown(String),
    /// Several have it; with what to write instead.
    Ambiguous(String),
}

/// Looks up a reference among the pairs of instance and item; `None` where it means exactly one of them.
pub fn look_up(reference: &Reference, known: &[(&str, &str)]) -> Option<Wrong> {
    let (instance, item) = reference.parts();
    let Some(instance) = instance else {
        let owners: Vec<String> =
            known.iter().filter(|(_, name)| *name == item).map(|(owner, name)| format!("{owner}/{name}")).collect();
        let full: Vec<&str> = owners.iter().map(String::as_str).collect();
        let items: Vec<&str> = known.iter().map(|(_, name)| *name).collect();
        return Some(match owners.len() {
            0 => Wrong::Unknown(meant(item, &items)),
            1 => Wrong::Unknown(format!("write {}", quoted(&full))),
            _ => Wrong::Ambiguous(format!("write one of {}", quoted(&full))),
        });
    };
    if known.contains(&(instance, item)) {
        return None;
    }
    let siblings: Vec<&str> = known.iter().filter(|(owner, _)| *owner == instance).map(|(_, name)| *name).collect();
    if siblings.is_empty() {
        let mut instances: Vec<&str> = known.iter().map(|(owner, _)| *owner).collect();
        instances.dedup();
        return Some(Wrong::Unknown(meant(instance, &instances)));
    }
    Some(Wrong::Unknown(meant(item, &siblings)))
}

/// The places where a value occurs a second time in a list.
pub fn repeated<T: PartialEq>(values: &[T]) -> Vec<(usize, &T)> {
    let again = |(position, value): &(usize, &T)| values.iter().take(*position).any(|earlier| earlier == *value);
    values.iter().enumerate().filter(again).collect()
}

/// The path of a service.
pub fn service(name: &Name) -> Path {
    Path::of(["services", name.as_str()])
}

/// The places where services name a cache: what they use, and where their read models live.
pub fn cache_references<'a>(facts: &Facts<'a>) -> Vec<(Path, &'a Name)> {
    let mut found = Vec::new();
    for (name, it) in &facts.topology.services {
        found.extend(it.uses.redis.iter().map(|cache| (service(name).key("uses").key("redis"), cache)));
        found.extend(it.cqrs.iter().map(|model| (service(name).key("cqrs").key("in"), &model.cache)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(reference: &str) -> Option<(bool, String)> {
        let known = [("events", "orders"), ("audit", "orders"), ("audit", "entries")];
        look_up(&reference.parse().unwrap(), &known).map(|wrong| match wrong {
            Wrong::Unknown(help) => (false, help),
            Wrong::Ambiguous(help) => (true, help),
        })
    }

    #[test]
    fn a_reference_means_exactly_one_item() {
        assert_eq!(wrong("audit/orders"), None);
        assert_eq!(wrong("orders"), Some((true, "write one of `events/orders`, `audit/orders`".to_owned())));
        assert_eq!(wrong("audit/entres"), Some((false, "did you mean `entries`?".to_owned())));
        assert_eq!(wrong("event/orders"), Some((false, "did you mean `events`?".to_owned())));
    }
}
