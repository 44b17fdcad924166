//! Which failures are analysed and shown, and which of their times are explained.

use anyhow::{Context, bail};
use clap::Args;
use inuretech::diag::did_you_mean;
use inuretech::model::Survival;
use inuretech::model::survival::Scenario;
use inuretech::pipeline;
use inuretech::report::survival::why::{Select, is_named};
use inuretech::survival::scenarios::{self, ScenarioError};

use crate::cli::session::Session;

/// Which failures are asked about.
#[derive(Debug, Args)]
pub struct FailureFlags {
    /// Analyses every two failures at once as well
    #[arg(long, conflicts_with = "scenarios")]
    pairs: bool,
    /// Analyses and shows these failures alone, such as `dc:msk + host:spb-postgres-1`; may be repeated
    #[arg(long = "scenario", value_name = "FAULTS")]
    scenarios: Vec<String>,
    /// Explains every time by its terms: all, those of a component such as `postgres.core`, or of a failure such as `dc:msk`
    #[arg(long, value_name = "CELL", num_args = 0..=1, default_missing_value = "")]
    why: Option<String>,
}

/// What is shown of failures.
pub struct Question {
    /// What the failures do that are shown.
    pub survival: Survival,
    /// The cells whose times are explained.
    pub why: Option<Select>,
    /// Whether the question is about failures alone.
    pub alone: bool,
}

impl FailureFlags {
    /// Analyses what was asked for and is not known yet. A failure or component that does not exist is an error.
    pub fn ask(&self, session: &Session) -> anyhow::Result<Question> {
        let asked = self.scenarios.iter().map(|text| parse(session, text)).collect::<Result<Vec<_>, _>>();
        let mut survival = self.analysed(session, &asked?);
        let why = self.why.as_deref().map(|text| select(session, &survival, text)).transpose()?;
        if let Some(Select::Scenario(scenario)) = &why {
            add(&mut survival, session, scenario);
        }
        Ok(Question { survival, why, alone: self.why.is_some() || !self.scenarios.is_empty() })
    }

    /// The same failures in an older topology, as far as it has what fails.
    pub fn before(&self, session: &Session) -> Survival {
        let asked: Vec<Scenario> = self.scenarios.iter().filter_map(|text| parse(session, text).ok()).collect();
        let mut survival = self.analysed(session, &asked);
        if let Some(scenario) = self.why.as_deref().and_then(|text| parse(session, text).ok()) {
            add(&mut survival, session, &scenario);
        }
        survival
    }

    fn analysed(&self, session: &Session, asked: &[Scenario]) -> Survival {
        let (topology, plan) = (&session.loaded.topology, &session.plan);
        if !self.scenarios.is_empty() {
            return pipeline::survive(topology, plan, asked);
        }
        let mut survival = session.survival.clone();
        if self.pairs {
            let pairs = scenarios::pairs(topology, plan);
            survival.cases.extend(pipeline::survive(topology, plan, &pairs).cases);
        }
        survival
    }
}

fn parse(session: &Session, text: &str) -> Result<Scenario, ScenarioError> {
    scenarios::parse(&session.loaded.topology, &session.plan, text)
}

/// Adds a scenario that was not analysed yet.
fn add(survival: &mut Survival, session: &Session, scenario: &Scenario) {
    if survival.case(scenario).is_none() {
        let more = pipeline::survive(&session.loaded.topology, &session.plan, std::slice::from_ref(scenario));
        survival.cases.extend(more.cases);
    }
}

/// The cells that a text names: nothing is every cell, then components come before failures.
fn select(session: &Session, survival: &Survival, text: &str) -> anyhow::Result<Select> {
    if text.is_empty() {
        return Ok(Select::All);
    }
    if components(survival).any(|component| is_named(component, text)) {
        return Ok(Select::Component(text.to_owned()));
    }
    match parse(session, text) {
        Ok(scenario) => Ok(Select::Scenario(scenario)),
        Err(ScenarioError::Form(_)) => {
            let names: Vec<String> = components(survival).map(ToString::to_string).collect();
            let close = did_you_mean(text, names.iter().map(String::as_str));
            let hint = close.map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
            bail!("there is no component or failure `{text}`{hint}")
        }
        Err(error) => Err(error).context("nothing can be explained"),
    }
}

fn components(survival: &Survival) -> impl Iterator<Item = &inuretech::model::survival::Component> {
    survival.cases.iter().flat_map(|case| case.cells.keys())
}
