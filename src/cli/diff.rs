//! `inuretech diff`: what is rendered against what runs.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::anyhow;
use clap::Args;
use inuretech::live::Settings;
use inuretech::model::live::Target;
use inuretech::model::{Artifact, ChangeSet};
use inuretech::pipeline;
use inuretech::report::{diff, diff_json};

use super::Ended;
use super::output::Printer;
use super::session::{self, Session};
use super::settings::Flags;

/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Compares a cluster with what is rendered, by field; nothing is written to the cluster
#[derive(Debug, Args)]
pub struct DiffCommand {
    /// The kubeconfig, instead of KUBECONFIG or the usual file
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig, instead of the current one
    #[arg(long, value_name = "NAME")]
    context: Option<String>,
    /// Predicts an apply by this field manager, instead of the one that applied each object
    #[arg(long, value_name = "NAME", value_parser = field_manager)]
    field_manager: Option<String>,
    /// Ends with exit code 0 where there are differences; errors are still 2
    #[arg(long)]
    exit_zero: bool,
    /// How many requests may be under way at a time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=64))]
    concurrency: u8,
}

/// The characters that a field manager may have, so that it can stand in a query as it is.
fn field_manager(text: &str) -> Result<String, String> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c));
    if plain && (1..=128).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err("up to 128 letters, digits, `-`, `.` and `_`".to_owned())
    }
}

/// Runs it.
pub fn run(command: &DiffCommand, flags: &Flags, printer: &Printer) -> anyhow::Result<Ended> {
    let mut session = match session::open(flags, printer)? {
        Ok(session) => session,
        Err(refused) => return refused.print(printer).map(|()| Ended::Failed),
    };
    let Some(artifacts) = artifacts(&mut session) else {
        session.print_findings(printer);
        return Err(anyhow!("nothing was compared: the topology cannot be rendered"));
    };
    let bar = printer.progress("comparing");
    let say = |target: &Target| bar.suspend(|| printer.say(&diff::headline(target)));
    let compared = pipeline::compare_live(&artifacts, &settings(command, &session), &say);
    bar.finish_and_clear();
    let (changes, findings, requests) = compared.map_err(|failure| anyhow!("{}: {}", failure.reason, failure.message))?;
    printer.detail(&format!("{requests} requests"));
    session.findings = findings;
    session.print_findings(printer);
    let locate = |place: &_| session.locate(place);
    let human = || diff::human(&changes, &session.sources, &locate, printer.color());
    printer.result(human, || diff_json::json(&changes, &session.sources, &locate, session.findings_json()))?;
    Ok(ended(command, &changes))
}

fn ended(command: &DiffCommand, changes: &ChangeSet) -> Ended {
    if changes.failed() {
        Ended::Failed
    } else if changes.objects.is_empty() || command.exit_zero {
        Ended::Clean
    } else {
        Ended::Found
    }
}

/// What is rendered and verified; `None` where something stops it.
fn artifacts(session: &mut Session) -> Option<Vec<Artifact>> {
    session.build()?;
    if session.blocked() {
        return None;
    }
    match pipeline::artifacts(&session.input()) {
        Ok(artifacts) => Some(artifacts),
        Err(finding) => {
            session.findings.push(*finding);
            None
        }
    }
}

fn settings(command: &DiffCommand, session: &Session) -> Settings {
    Settings {
        kubeconfig: command.kubeconfig.clone(),
        context: command.context.clone(),
        field_manager: command.field_manager.clone(),
        concurrency: command.concurrency.into(),
        timeout: TIMEOUT,
        selector: pipeline::selector(&session.loaded.topology),
    }
}
