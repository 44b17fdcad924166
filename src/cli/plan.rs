//! `inuretech plan`: what goes where, what every failure does, whether it fits, and what changes against the last render or a
//! revision. Each concern has its flags in a struct of its own.

mod base;
mod failures;

use clap::Args;
use inuretech::model::Advice;
use inuretech::model::survival::{Change, compare};
use inuretech::pipeline;
use inuretech::report::advice;
use inuretech::report::changes::Changes;
use inuretech::report::markdown::{self, Places};
use inuretech::report::plan::{self as report, Asked};
use inuretech::report::survival::json as survival;
use serde_json::{Value, json};

use super::Ended;
use super::advice::AdviceFlags;
use super::output::Printer;
use super::session::{self, Session};
use super::settings::Flags;
use super::trace::{self, TraceFlags};
use base::{Base, BaseFlags};
use failures::{FailureFlags, Question};

/// Shows what goes where, what survives which failure, whether it fits, and what changes
#[derive(Debug, Args)]
pub struct PlanCommand {
    #[command(flatten)]
    base: BaseFlags,
    #[command(flatten)]
    failures: FailureFlags,
    #[command(flatten)]
    trace: TraceFlags,
    #[command(flatten)]
    advice: AdviceFlags,
}

/// Runs it.
pub fn run(command: &PlanCommand, flags: &Flags, printer: &Printer) -> anyhow::Result<Ended> {
    let mut session = match session::open(flags, printer)? {
        Ok(session) => session,
        Err(refused) => return refused.print(printer).map(|()| Ended::Found),
    };
    if command.trace.is_asked() {
        return trace::run(&command.trace, &session, printer);
    }
    if let Some(ended) = command.advice.apply(&session, flags, printer)? {
        return Ok(ended);
    }
    let question = command.failures.ask(&session)?;
    let advice = command.advice.list(&session, flags, printer);
    let bar = printer.progress("planning");
    let rendered = session.build();
    // What does not stand by itself is not compared with anything.
    let base = if rendered.is_some() { command.base.open(flags)? } else { None };
    let changes = rendered.as_ref().map(|rendered| base::changes(base.as_ref(), rendered, flags)).transpose()?;
    bar.finish_and_clear();
    let before = base.as_ref().map(|base| command.failures.before(&base.session));
    let differences = before.as_ref().map(|before| compare(before, &question.survival));
    if let Some(differences) = &differences {
        let found = pipeline::regressions(&session.loaded.topology, differences, &flags.today());
        session.findings.extend(found);
    }
    session.print_findings(printer);
    let against = base.as_ref().map(Base::title).zip(differences.as_deref());
    let advice = advice.as_deref();
    Shown { session: &session, question: &question, against, changes: changes.as_ref(), advice }.print(printer)?;
    let differs = changes.as_ref().is_some_and(|changes| !changes.is_empty());
    Ok(if session.blocked() || (command.base.exit_code && differs) { Ended::Found } else { Ended::Clean })
}

/// What is printed.
struct Shown<'a> {
    session: &'a Session,
    question: &'a Question,
    against: Option<(String, &'a [Change<'a>])>,
    changes: Option<&'a Changes>,
    advice: Option<&'a [Advice]>,
}

impl Shown<'_> {
    fn print(&self, printer: &Printer) -> anyhow::Result<()> {
        let session = self.session;
        let (topology, plan) = (&session.loaded.topology, &session.plan);
        let facts = report::Facts { topology, plan, survival: &session.survival, findings: &session.findings };
        let asked = Asked {
            survival: &self.question.survival,
            why: self.question.why.as_ref(),
            alone: self.question.alone,
            against: self.against.as_ref().map(|(title, differences)| (title.as_str(), *differences)),
            advice: self.advice.map(|advice| (advice, &session.sources)),
        };
        let locate = |place: &_| session.locate(place);
        let places = Places { sources: &session.sources, locate: &locate };
        printer.result_or_markdown(
            || report::human(&facts, &asked, self.changes, printer.color()),
            || self.json(),
            || markdown::human(&facts, &asked, self.changes, places),
        )
    }

    fn json(&self) -> Value {
        let mut result = json!({
            "formatVersion": 1,
            "plan": self.session.plan,
            "survival": survival::json(&self.question.survival),
            "survivalChanges": self.against.as_ref().map(|(title, differences)| survival::changes(differences, title)),
            "findings": self.session.findings_json(),
            "changes": self.changes,
        });
        if let (Some(advice), Some(result)) = (self.advice, result.as_object_mut()) {
            result.insert("advice".to_owned(), advice::json(advice, &self.session.sources));
        }
        result
    }
}
