//! Logs: a server in each data centre, and agents on nodes and hosts that send everything to both and keep on disk what
//! one of them does not take.

pub mod agent;
mod hosts;
pub mod server;
mod vector;

use crate::model::Artifact;
use crate::render::{Input, RenderError};

/// Servers and agents.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = server::render(input)?;
    artifacts.extend(agent::render(input)?);
    artifacts.extend(hosts::render(input)?);
    Ok(artifacts)
}
