//! `inuretech check`: findings only.

use clap::Args;
use serde_json::json;

use super::Ended;
use super::output::Printer;
use super::session;
use super::settings::Flags;

/// Loads, checks, plans and verifies; prints findings and writes nothing
#[derive(Debug, Args)]
pub struct Check {}

/// Runs it.
pub fn run(_: &Check, flags: &Flags, printer: &Printer) -> anyhow::Result<Ended> {
    let mut session = match session::open(flags, printer)? {
        Ok(session) => session,
        Err(refused) => return refused.print(printer).map(|()| Ended::Found),
    };
    let bar = printer.progress("checking");
    let rendered = session.build();
    bar.finish_and_clear();
    session.print_findings(printer);
    let files = rendered.as_ref().map_or(0, |rendered| rendered.tree.0.len());
    let objects = rendered.as_ref().map_or(0, |rendered| rendered.objects);
    let human = || {
        if session.blocked() { String::new() } else { format!("checked: {files} files, {objects} of them Kubernetes objects\n") }
    };
    let json = || json!({"formatVersion": 1, "findings": session.findings_json(), "files": files, "objects": objects});
    printer.result(human, json)?;
    Ok(if session.blocked() { Ended::Found } else { Ended::Clean })
}
