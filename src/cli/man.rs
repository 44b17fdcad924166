//! `inuretech man`: the manual page.

use clap::{Args, CommandFactory};

use super::Ended;
use super::output::Printer;

/// Prints the manual page of the command, or of one subcommand
#[derive(Debug, Args)]
pub struct Man {
    /// A subcommand
    command: Option<String>,
}

/// Runs it.
pub fn run(command: &Man, printer: &Printer) -> anyhow::Result<Ended> {
    let whole = super::Arguments::command();
    let page = match &command.command {
        None => whole,
        Some(name) => match whole.find_subcommand(name) {
            Some(subcommand) => subcommand.clone().bin_name(format!("inuretech {name}")),
            None => anyhow::bail!("there is no command `{name}`"),
        },
    };
    let mut text = Vec::new();
    clap_mangen::Man::new(page).render(&mut text)?;
    printer.text(&String::from_utf8_lossy(&text));
    Ok(Ended::Clean)
}
