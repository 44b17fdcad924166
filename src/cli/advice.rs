//! `inuretech plan --advice` and `--apply-advice N`: the edits that make failures less bad, shown or carried out.

use anyhow::{Context, bail};
use clap::Args;
use inuretech::io::replace::replace;
use inuretech::model::Advice;
use inuretech::pipeline::{self, Known};
use inuretech::report::advice as report;
use serde_json::json;

use super::Ended;
use super::output::Printer;
use super::session::Session;
use super::settings::Flags;

/// What is asked about advice.
#[derive(Debug, Args)]
pub struct AdviceFlags {
    /// Lists the edits of the topology that make a failure less bad, with what each buys and costs
    #[arg(long)]
    advice: bool,
    /// Writes edit N of that list to the topology file, and nothing else
    #[arg(long, value_name = "N", conflicts_with_all = ["base", "exit_code"])]
    apply_advice: Option<usize>,
}

impl AdviceFlags {
    /// The list, where it was asked for.
    pub fn list(&self, session: &Session, flags: &Flags, printer: &Printer) -> Option<Vec<Advice>> {
        self.advice.then(|| all(session, flags, printer))
    }

    /// Carries out the edit that was asked for; `None` where none was.
    pub fn apply(&self, session: &Session, flags: &Flags, printer: &Printer) -> anyhow::Result<Option<Ended>> {
        let Some(number) = self.apply_advice else { return Ok(None) };
        let advice = all(session, flags, printer);
        let Some(chosen) = number.checked_sub(1).and_then(|position| advice.get(position)) else {
            bail!("there is no advice {number}: `inuretech plan --advice` lists {}", advice.len());
        };
        if !chosen.is_applicable() {
            bail!(
                "advice {number} cannot be carried out: {} must be known; write the edit yourself",
                chosen.missing.join(" and ")
            );
        }
        write(chosen, flags)?;
        let human = || chosen.files.iter().map(|file| report::diff(file, &session.sources)).collect();
        let applied = || report::json(std::slice::from_ref(chosen), &session.sources);
        printer.result(human, || json!({"formatVersion": 1, "applied": applied()}))?;
        printer.say("written; run `inuretech plan` again to see what it changes");
        Ok(Some(Ended::Clean))
    }
}

fn all(session: &Session, flags: &Flags, printer: &Printer) -> Vec<Advice> {
    let today = flags.today();
    let bar = printer.progress("trying edits");
    let advice = pipeline::advise(&Known {
        sources: &session.sources,
        loaded: &session.loaded,
        plan: &session.plan,
        survival: &session.survival,
        findings: &session.findings,
        files: &session.files,
        today: &today,
    });
    bar.finish_and_clear();
    advice
}

/// Writes every file, or none where one of them is standard input.
fn write(advice: &Advice, flags: &Flags) -> anyhow::Result<()> {
    let path = |file: usize| flags.files.get(file).filter(|path| path.as_os_str() != "-");
    let paths = advice.files.iter().map(|file| path(file.file)).collect::<Option<Vec<_>>>();
    let paths = paths.context("the topology was read from standard input, so there is no file to write the edit to")?;
    for (file, path) in advice.files.iter().zip(paths) {
        replace(path, &file.before, &file.after)?;
    }
    Ok(())
}
