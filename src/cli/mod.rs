//! The command line: flags become settings, settings drive the pipeline, and the outcome becomes an exit code.
//! 0: clean. 1: findings of severity error, or differences. 2: could not run.

mod advice;
mod check;
mod completions;
mod diff;
mod explain;
mod init;
mod man;
mod output;
mod plan;
mod render;
mod schema;
mod session;
mod settings;
mod show;
mod trace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use output::Printer;
use settings::{Flags, Format};

/// Two data centres from one file: checked, planned, rendered, and proven against real servers.
#[derive(Debug, Parser)]
#[command(name = "inuretech", version, about, max_term_width = 100, after_help = EXAMPLES, propagate_version = false)]
struct Arguments {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "Examples:
  inuretech init --from witness > inuretech.yaml     a topology to begin with
  inuretech check                                    what is wrong with ./inuretech.yaml
  inuretech plan                                     what goes where, and what changes
  inuretech render --out out                         the whole platform as files
  inuretech -f base.yaml -f prod.yaml render --check whether ./out is what the files say
  inuretech diff --context prod                      how a cluster differs from the files
  inuretech explain IT201                            what a finding means";

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Check(check::Check),
    Show(show::Show),
    Plan(plan::PlanCommand),
    Render(render::Render),
    Diff(diff::DiffCommand),
    Explain(explain::Explain),
    Schema(schema::SchemaCommand),
    Completions(completions::Completions),
    Man(man::Man),
}

impl Command {
    /// Whether its result has a form for pull requests.
    const fn has_markdown(&self) -> bool {
        matches!(self, Self::Plan(_))
    }
}

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Nothing to report.
    Clean,
    /// Findings of severity error, or differences that were asked for.
    Found,
    /// What was asked for is not known; the result says why.
    Failed,
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            let code = if error.use_stderr() { 2 } else { 0 };
            // A closed pipe while printing help is no failure.
            let _ = error.print();
            return ExitCode::from(code);
        }
    };
    let printer = Printer::new(&arguments.flags);
    let ended = run(arguments, &printer);
    match ended.and_then(|ended| printer.finish().map(|()| ended)) {
        Ok(Ended::Clean) => ExitCode::SUCCESS,
        Ok(Ended::Found) => ExitCode::from(1),
        Ok(Ended::Failed) => ExitCode::from(2),
        Err(error) if output::is_closed_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(2)
        }
    }
}

fn run(arguments: Arguments, printer: &Printer) -> anyhow::Result<Ended> {
    let flags = &arguments.flags;
    if !arguments.command.has_markdown() && flags.output.iter().any(|output| output.format == Format::Markdown) {
        anyhow::bail!("only `inuretech plan` can print markdown: use `-o human` or `-o json` here");
    }
    match &arguments.command {
        Command::Init(command) => Ok(init::run(command, printer)),
        Command::Check(command) => check::run(command, flags, printer),
        Command::Show(command) => show::run(command, flags, printer),
        Command::Plan(command) => plan::run(command, flags, printer),
        Command::Render(command) => render::run(command, flags, printer),
        Command::Diff(command) => diff::run(command, flags, printer),
        Command::Explain(command) => explain::run(command, printer),
        Command::Schema(command) => schema::run(command, printer),
        Command::Completions(command) => Ok(completions::run(command, printer)),
        Command::Man(command) => man::run(command, printer),
    }
}

/// The whole command line, for completions and man pages.
fn command_line() -> clap::Command {
    <Arguments as clap::CommandFactory>::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_command_line_is_consistent() {
        super::command_line().debug_assert();
    }
}
