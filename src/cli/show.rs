//! `inuretech show`: what a stage made.

use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use super::Ended;
use super::output::{Printer, pretty};
use super::session;
use super::settings::{Flags, Format};
use inuretech::pipeline;

/// Prints the resolved topology, the plan, the secrets it needs, or the rendered objects
#[derive(Debug, Args)]
pub struct Show {
    /// What to print
    #[arg(long, value_name = "STAGE", default_value = "topology")]
    emit: Stage,
}

/// A stage's product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Stage {
    /// The topology with every default filled in, as YAML that can be read again.
    Topology,
    /// Where everything goes, as JSON.
    Plan,
    /// Every secret, key and certificate that is needed, and who reads it, as JSON.
    Secrets,
    /// The rendered files with their topology paths, as JSON.
    Artifacts,
}

/// Runs it.
pub fn run(command: &Show, flags: &Flags, printer: &Printer) -> anyhow::Result<Ended> {
    let session = match session::open(flags, printer)? {
        Ok(session) => session,
        Err(refused) => return refused.print(printer).map(|()| Ended::Found),
    };
    let topology = &session.loaded.topology;
    let value = match command.emit {
        Stage::Topology => serde_json::to_value(topology)?,
        Stage::Plan => serde_json::to_value(&session.plan)?,
        Stage::Secrets => serde_json::to_value(&session.plan.secrets)?,
        Stage::Artifacts => match pipeline::artifacts(&session.input()) {
            Ok(artifacts) => artifacts.iter().map(artifact).collect(),
            Err(finding) => {
                printer.findings(&[*finding], &session.sources, &|place| session.locate(place));
                return Ok(Ended::Found);
            }
        },
    };
    let yaml = command.emit == Stage::Topology && flags.output.iter().all(|output| output.format == Format::Human);
    if yaml {
        printer.text(&inuretech::render::write::yaml(&value)?);
    } else {
        printer.text(&pretty(&value)?);
    }
    Ok(Ended::Clean)
}

fn artifact(artifact: &inuretech::model::Artifact) -> Value {
    use inuretech::model::Content;
    let content = match &artifact.content {
        Content::Object(value) | Content::Yaml(value) | Content::Json(value) => value.clone(),
        Content::YamlDocuments(values) => Value::Array(values.clone()),
        Content::Text(text) => Value::String(text.clone()),
    };
    json!({"path": artifact.path, "sources": artifact.sources, "content": content})
}
