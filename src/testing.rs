//! What unit tests of several rooms share: the shipped topologies, planned.

use std::collections::BTreeMap;

use crate::model::{Plan, Survival, Topology};

/// A topology with its plan and the files that it names.
pub struct Planned {
    /// The resolved topology.
    pub topology: Topology,
    /// Its plan.
    pub plan: Plan,
    /// What every single failure does.
    pub survival: Survival,
    /// The texts of named files.
    pub files: BTreeMap<String, String>,
}

impl Planned {
    /// What it renders to.
    pub fn artifacts(&self) -> Vec<crate::model::Artifact> {
        crate::render::render(&self.input()).unwrap()
    }

    /// The input of a renderer.
    pub fn input(&self) -> crate::render::Input<'_> {
        crate::render::Input { topology: &self.topology, plan: &self.plan, survival: &self.survival, files: &self.files }
    }
}

/// The platform of a topology's text after a change to its document.
pub fn planned_with(text: &str, change: impl FnOnce(&mut serde_json::Value)) -> Planned {
    let mut document = serde_yaml::from_str(text).unwrap();
    change(&mut document);
    crate::load::resolve::resolve(&mut document);
    let topology: Topology = serde_json::from_value(document).unwrap();
    let plan = crate::plan::plan(&topology);
    let survival = crate::survival::analyse(&topology, &plan, &crate::survival::scenarios::single(&topology, &plan));
    let text = include_str!("../topologies/config/core-app.yaml").to_owned();
    let files = BTreeMap::from([("config/core-app.yaml".to_owned(), text)]);
    Planned { topology, plan, survival, files }
}

/// The platform of a topology's text.
pub fn planned(text: &str) -> Planned {
    planned_with(text, |_| ())
}

/// The seed's platform after a change to its document.
pub fn seed_with(change: impl FnOnce(&mut serde_json::Value)) -> Planned {
    planned_with(include_str!("../topologies/inuretech.yaml"), change)
}

/// The seed's platform.
pub fn seed() -> Planned {
    seed_with(|_| ())
}
