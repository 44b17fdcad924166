//! `inuretech init`: a topology to begin with.

use clap::{Args, ValueEnum};
use inuretech::model::Name;

use super::Ended;
use super::output::Printer;

/// Prints a commented topology to begin with
#[derive(Debug, Args)]
pub struct Init {
    /// Which one
    #[arg(long, value_name = "TOPOLOGY", default_value = "minimal")]
    from: From,
    /// The name of the platform
    #[arg(long)]
    name: Option<Name>,
    /// The public domain
    #[arg(long)]
    domain: Option<inuretech::model::DnsName>,
}

/// A topology that is shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum From {
    /// One service, one database, two data centres and a witness.
    Minimal,
    /// The whole platform of the architecture document, five masters as three and two.
    Inuretech,
    /// The same with a witness: the loss of either data centre is automatic.
    Witness,
}

impl From {
    const fn text(self) -> &'static str {
        match self {
            Self::Minimal => include_str!("../../topologies/minimal.yaml"),
            Self::Inuretech => include_str!("../../topologies/inuretech.yaml"),
            Self::Witness => include_str!("../../topologies/inuretech-witness.yaml"),
        }
    }
}

/// Runs it.
pub fn run(command: &Init, printer: &Printer) -> Ended {
    let answer = |key: &str, value: Option<String>, line: &str| match value {
        Some(value) if line.starts_with(&format!("{key}: ")) => Some(format!("{key}: {value}")),
        Some(_) | None => None,
    };
    for line in command.from.text().lines() {
        let named = answer("name", command.name.as_ref().map(ToString::to_string), line);
        let domain = answer("domain", command.domain.as_ref().map(ToString::to_string), line);
        printer.text(&named.or(domain).unwrap_or_else(|| line.to_owned()));
        printer.text("\n");
    }
    Ended::Clean
}
