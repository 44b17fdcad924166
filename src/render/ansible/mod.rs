//! The playbook that installs what hosts need and brings the files of `hosts/` to them. It refuses to begin unless every
//! secret lies where it is read, lets each component check its files on the host before any file is replaced anywhere, and
//! then changes one data centre after the other, the preferred one last. It never initialises a cluster or a database unless
//! asked by tag.

mod checkers;
mod first_start;
mod install;
mod inventory;
mod packages;
mod playbook;
mod steps;
mod systems;

#[cfg(test)]
mod tests;

use super::{Input, RenderError};
use crate::model::{Artifact, Path};

/// Renders the inventory, the variables of each host and the playbook.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let sources = || vec![Path::of(["datacenters"])];
    let mut artifacts = vec![
        Artifact::yaml("ansible/inventory.yaml", &inventory::inventory(input), sources())?,
        Artifact::yaml("ansible/site.yaml", &playbook::plays(input), sources())?,
        Artifact::yaml("ansible/tasks/packages.yaml", &install::packages(), sources())?,
        Artifact::yaml("ansible/tasks/secrets.yaml", &steps::secrets(), sources())?,
        Artifact::yaml("ansible/tasks/stage.yaml", &steps::stage(), sources())?,
        Artifact::yaml("ansible/tasks/install.yaml", &steps::install(), sources())?,
    ];
    for (host, secrets) in inventory::secrets(input) {
        let path = format!("ansible/host_vars/{host}.yaml");
        artifacts.push(Artifact::yaml(path, &secrets, sources())?);
    }
    Ok(artifacts)
}
