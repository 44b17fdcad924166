//! `inuretech render`: the tree on disk, swapped in one step, or compared with what is there.

use anyhow::Context;
use clap::{Args, ValueEnum};
use inuretech::io::tools::{self, Outcome};
use inuretech::io::{swap, tree};
use inuretech::pipeline::Rendered;
use serde_json::json;

use super::Ended;
use super::output::{Printer, shown};
use super::session::{self, Session};
use super::settings::Flags;

/// Writes every file of the platform, or compares with `--check`
#[derive(Debug, Args)]
pub struct Render {
    /// Writes nothing; fails if a file is missing, stale or edited
    #[arg(long)]
    check: bool,
    /// Gives up files in the output folder that were not written by a render
    #[arg(long, conflicts_with = "check")]
    force: bool,
    /// Who verifies: the built-in rules, or also the real components found on PATH
    #[arg(long, value_name = "BY", default_value = "rules")]
    verify: Verify,
}

/// Who verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Verify {
    /// The built-in rules.
    Rules,
    /// The real components as well.
    Tools,
}

/// Runs it.
pub fn run(command: &Render, flags: &Flags, printer: &Printer) -> anyhow::Result<Ended> {
    let mut session = match session::open(flags, printer)? {
        Ok(session) => session,
        Err(refused) => return refused.print(printer).map(|()| Ended::Found),
    };
    let bar = printer.progress("rendering");
    let rendered = session.build();
    bar.finish_and_clear();
    let Some(rendered) = rendered.filter(|_| !session.blocked()) else { return refuse(&session, printer) };
    if command.verify == Verify::Tools {
        verify_with_tools(&mut session, &rendered, printer)?;
        if session.blocked() {
            return refuse(&session, printer);
        }
    }
    session.print_findings(printer);
    if command.check { compare(flags, &rendered, printer) } else { write(command, flags, &rendered, printer) }
}

fn refuse(session: &Session, printer: &Printer) -> anyhow::Result<Ended> {
    session.print_findings(printer);
    printer.say("nothing was written");
    printer.result(String::new, || json!({"formatVersion": 1, "findings": session.findings_json(), "written": false}))?;
    Ok(Ended::Found)
}

fn verify_with_tools(session: &mut Session, rendered: &Rendered, printer: &Printer) -> anyhow::Result<()> {
    let bar = printer.progress("asking the real components");
    let results = tools::verify(&rendered.tree, &super::settings::search_path());
    bar.finish_and_clear();
    let results = results.context("cannot run the checkers")?;
    let accepted = results.iter().filter(|it| matches!(it.outcome, Outcome::Ran { ok: true, .. })).count();
    printer.say(&format!("{accepted} of {} files accepted by the real components", results.len()));
    session.findings.extend(tools::findings(&results));
    Ok(())
}

fn compare(flags: &Flags, rendered: &Rendered, printer: &Printer) -> anyhow::Result<Ended> {
    let stale = tree::compare(&rendered.tree, &flags.out)?;
    let out = shown(&flags.out);
    let human = || {
        let lines: Vec<String> = stale.iter().map(|file| format!("{}: {}\n", file.path, file.why)).collect();
        let last = match stale.len() {
            0 => format!("{out} is up to date: {} files\n", rendered.tree.0.len()),
            count => format!("{out} is not what the topology says: {count} files differ; run `inuretech render`\n"),
        };
        lines.concat() + &last
    };
    let files: Vec<String> = stale.iter().map(|file| format!("{}: {}", file.path, file.why)).collect();
    printer.result(human, || json!({"formatVersion": 1, "upToDate": stale.is_empty(), "files": files}))?;
    Ok(if stale.is_empty() { Ended::Clean } else { Ended::Found })
}

fn write(command: &Render, flags: &Flags, rendered: &Rendered, printer: &Printer) -> anyhow::Result<Ended> {
    let report = swap::write(&rendered.tree, &flags.out, command.force)?;
    for file in &report.replaced {
        printer.detail(&format!("{}: {}", file.path, file.why));
    }
    let out = shown(&flags.out);
    let human = || match report.replaced.len() {
        0 => format!("{out} is up to date: {} files\n", report.files),
        count => format!("{out}: {} files, {} Kubernetes objects, {count} written anew\n", report.files, rendered.objects),
    };
    let json = || json!({"formatVersion": 1, "written": true, "files": report.files, "changed": report.replaced.len()});
    printer.result(human, json)?;
    Ok(Ended::Clean)
}
