//! `inuretech completions`: for shells.

use clap::Args;
use clap_complete::Shell;

use super::Ended;
use super::output::Printer;

/// Prints the completions of a shell
#[derive(Debug, Args)]
pub struct Completions {
    /// Which shell
    shell: Shell,
}

/// Runs it.
pub fn run(command: &Completions, printer: &Printer) -> Ended {
    let mut text = Vec::new();
    clap_complete::generate(command.shell, &mut super::command_line(), "inuretech", &mut text);
    printer.text(&String::from_utf8_lossy(&text));
    Ended::Clean
}
