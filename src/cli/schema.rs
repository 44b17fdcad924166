//! `inuretech schema`: the JSON Schema for editors.

use clap::Args;
use inuretech::load::language;

use super::Ended;
use super::output::{Printer, pretty};

/// Prints the JSON Schema of a topology file
#[derive(Debug, Args)]
pub struct SchemaCommand {}

/// Runs it.
pub fn run(_: &SchemaCommand, printer: &Printer) -> anyhow::Result<Ended> {
    printer.text(&pretty(&language::schema())?);
    Ok(Ended::Clean)
}
