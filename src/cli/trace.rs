//! `inuretech plan --client`: where one request goes, in the healthy platform and in a failed one.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, ValueEnum};
use inuretech::io::geo;
use inuretech::model::trace::{Client, Method};
use inuretech::model::{Trace, UrlPath};
use inuretech::report::trace as report;
use inuretech::survival::scenarios;
use inuretech::survival::trace::{self, Question};
use serde_json::json;

use super::Ended;
use super::output::Printer;
use super::session::Session;

/// The flags of other questions that `plan` answers.
const OTHERS: [&str; 7] = ["base", "exit_code", "pairs", "scenarios", "why", "advice", "apply_advice"];

/// The flags of a question about one request.
#[derive(Debug, Args)]
#[command(next_help_heading = "Where a request goes")]
pub struct TraceFlags {
    /// Follows a request of this client: an IP address, a region such as `RU-SPE`, or a data centre
    #[arg(long, value_name = "CLIENT", requires = "path", conflicts_with_all = OTHERS)]
    client: Option<String>,
    /// The path that is asked for
    #[arg(long, value_name = "PATH", requires = "client")]
    path: Option<String>,
    /// The host, where several have the path
    #[arg(long, value_name = "HOST", requires = "client")]
    host: Option<String>,
    /// Whether it reads or writes
    #[arg(long, value_name = "METHOD", requires = "client", default_value = "GET", ignore_case = true)]
    method: How,
    /// What has failed: `dc:NAME`, `link`, `rack:NAME`, `host:NAME`, several joined by ` + `
    #[arg(long, value_name = "FAULTS", requires = "client")]
    when: Option<String>,
    /// The geo database, instead of the file that the topology names
    #[arg(long, value_name = "FILE", requires = "client")]
    database: Option<PathBuf>,
}

/// The methods by their names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
enum How {
    /// Reads
    Get,
    /// Writes
    Post,
}

impl TraceFlags {
    /// Whether a request is to be followed.
    pub fn is_asked(&self) -> bool {
        self.client.is_some()
    }
}

/// Follows the request.
pub fn run(flags: &TraceFlags, session: &Session, printer: &Printer) -> anyhow::Result<Ended> {
    let trace = follow(flags, session)?;
    if session.blocked() {
        session.print_findings(printer);
    }
    let human = || report::human(&trace);
    let json = || json!({"formatVersion": 1, "trace": trace});
    printer.result_or_markdown(human, json, || format!("```text\n{}```\n", human()))?;
    Ok(if session.blocked() { Ended::Found } else { Ended::Clean })
}

fn follow(flags: &TraceFlags, session: &Session) -> anyhow::Result<Trace> {
    let (topology, plan) = (&session.loaded.topology, &session.plan);
    let mut client = trace::client(topology, flags.client.as_deref().unwrap_or_default())?;
    if let Client::Address { address, place } = &mut client
        && let Some(database) = database(flags, session)
    {
        *place = geo::locate(&database, trace::looked_up(*address))?;
    }
    let path = flags.path.as_deref().unwrap_or_default();
    let path: UrlPath =
        path.split(['?', '#']).next().unwrap_or_default().parse().with_context(|| format!("`{path}` is no path"))?;
    let method = match flags.method {
        How::Get => Method::Get,
        How::Post => Method::Post,
    };
    let when = flags.when.as_deref().map(|text| scenarios::parse(topology, plan, text)).transpose()?;
    Ok(trace::trace(topology, plan, Question { client, method, host: flags.host.as_deref(), path, when })?)
}

/// The database that was named, or the one that the topology names, where this machine has it.
fn database(flags: &TraceFlags, session: &Session) -> Option<PathBuf> {
    let named = || session.loaded.topology.geodns.as_ref().map(|dns| PathBuf::from(&dns.database));
    flags.database.clone().or_else(|| named().filter(|path| geo::exists(path)))
}
