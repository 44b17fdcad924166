//! `inuretech plan`: what goes where, whether it fits, and what changes against the last render or a revision.

use std::path::Path;

use anyhow::Context;
use clap::Args;
use inuretech::io::sources::Input;
use inuretech::io::tree::{Stale, Why};
use inuretech::io::{git, tree};
use inuretech::model::Advice;
use inuretech::model::tree::Tree;
use inuretech::pipeline::Rendered;
use inuretech::report::advice as advise;
use inuretech::report::changes::{Changes, compare};
use inuretech::report::plan as report;
use serde_json::{Value, json};

use super::Ended;
use super::advice::AdviceFlags;
use super::output::Printer;
use super::session::{self, Session};
use super::settings::Flags;

/// Shows what goes where, whether it fits, and what changes
#[derive(Debug, Args)]
pub struct PlanCommand {
    /// Compares with the topology at this git revision instead of the rendered tree
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Fails with exit code 1 if anything changes
    #[arg(long)]
    exit_code: bool,
    #[command(flatten)]
    advice: AdviceFlags,
}

/// Runs it.
pub fn run(command: &PlanCommand, flags: &Flags, printer: &Printer) -> anyhow::Result<Ended> {
    let mut session = match session::open(flags, printer)? {
        Ok(session) => session,
        Err(refused) => return refused.print(printer).map(|()| Ended::Found),
    };
    if let Some(ended) = command.advice.apply(&session, flags, printer)? {
        return Ok(ended);
    }
    let advice = command.advice.list(&session, flags, printer);
    let bar = printer.progress("planning");
    let rendered = session.build();
    bar.finish_and_clear();
    let changes = match &rendered {
        Some(rendered) => Some(changes(command, flags, rendered)?),
        None => None,
    };
    session.print_findings(printer);
    let advice_text = advice.as_ref().map(|advice| advise::human(advice, &session.sources));
    let facts = report::Facts {
        topology: &session.loaded.topology,
        plan: &session.plan,
        findings: &session.findings,
        advice: advice_text.as_deref(),
    };
    let human = || report::human(&facts, changes.as_ref());
    printer.result(human, || plan_json(&session, changes.as_ref(), advice.as_deref()))?;
    let differs = changes.as_ref().is_some_and(|changes| !changes.is_empty());
    Ok(if session.blocked() || (command.exit_code && differs) { Ended::Found } else { Ended::Clean })
}

fn plan_json(session: &Session, changes: Option<&Changes>, advice: Option<&[Advice]>) -> Value {
    let mut result = json!({
        "formatVersion": 1,
        "plan": session.plan,
        "findings": session.findings_json(),
        "changes": changes,
    });
    if let (Some(advice), Some(result)) = (advice, result.as_object_mut()) {
        result.insert("advice".to_owned(), advise::json(advice, &session.sources));
    }
    result
}

fn changes(command: &PlanCommand, flags: &Flags, rendered: &Rendered) -> anyhow::Result<Changes> {
    if let Some(revision) = &command.base {
        let old = at_revision(revision, flags)?;
        return Ok(compare(Some(&old), &rendered.tree, &format!("revision {revision}")));
    }
    let stale = tree::compare(&rendered.tree, &flags.out)?;
    Ok(on_disk(stale, super::output::shown(&flags.out)))
}

/// The same as [`compare`], for a tree that lies on disk.
fn on_disk(stale: Vec<Stale>, against: String) -> Changes {
    let mut changes = Changes { against, added: Vec::new(), changed: Vec::new(), removed: Vec::new() };
    for file in stale {
        match file.why {
            Why::Missing => changes.added.push(file.path),
            Why::Outdated | Why::Edited => changes.changed.push(file.path),
            Why::Leftover | Why::Unknown => changes.removed.push(file.path),
        }
    }
    changes
}

/// The tree that the topology of a revision renders to.
fn at_revision(revision: &str, flags: &Flags) -> anyhow::Result<Tree> {
    let input = |file: &std::path::PathBuf| -> anyhow::Result<Input> {
        let bytes = git::show(revision, file)?;
        let folder = file.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Input { name: format!("{revision}:{}", file.display()), bytes, folder })
    };
    let inputs: Vec<Input> = flags.files.iter().map(input).collect::<anyhow::Result<_>>()?;
    let folder = inputs.first().map(|input| input.folder.clone()).unwrap_or_default();
    let beside = |name: &str| git::show(revision, &folder.join(name)).map_err(|error| error.to_string());
    let mut session = session::analyse(inputs, &beside, &flags.today())
        .map_err(|refused| anyhow::anyhow!("{} findings", refused.rejected.findings.len()))
        .with_context(|| format!("the topology at revision `{revision}` is not valid"))?;
    // What was wrong with the old topology is not this run's business, as long as it can be rendered.
    session.findings.clear();
    let rendered = session.build().with_context(|| format!("the topology at revision `{revision}` cannot be rendered"))?;
    Ok(rendered.tree)
}
