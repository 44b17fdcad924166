//! Advice through the hall: every candidate is carried out on a copy of the files, loaded and analysed like the topology
//! itself, and only what turns out to help is shown.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::{Analysis, Loaded, analyse, build, load_with};
use crate::advise::gain::{self, Harm};
use crate::advise::{self, Facts, rank};
use crate::diag::{Finding, Place, Severity, Sources};
use crate::load::edit::{Editor, carry_out};
use crate::load::{self, Schema};
use crate::model::advice::{Advice, Candidate, EditedFile};
use crate::model::{Plan, Survival, Topology};
use crate::render;

/// A topology with what is known about it.
#[derive(Debug, Clone, Copy)]
pub struct Known<'a> {
    /// The input files.
    pub sources: &'a Sources,
    /// What they say.
    pub loaded: &'a Loaded,
    /// Where everything goes.
    pub plan: &'a Plan,
    /// What every single failure does.
    pub survival: &'a Survival,
    /// What was found.
    pub findings: &'a [Finding],
    /// The texts of the files that the topology names.
    pub files: &'a BTreeMap<String, String>,
    /// The day on which waivers are judged.
    pub today: &'a str,
}

/// The edits that make a failure less bad, best first; those that make another one worse come last, as trades.
pub fn advise(known: &Known<'_>) -> Vec<Advice> {
    let (Ok(editor), Ok(schema)) = (Editor::new(known.sources), Schema::compile(load::language::schema())) else {
        return Vec::new();
    };
    let bench = Bench { known, editor, schema, faults: OnceLock::new() };
    let facts = Facts { topology: &known.loaded.topology, plan: known.plan, survival: known.survival };
    let mut trials: Vec<_> =
        advise::candidates(&facts).into_par_iter().filter_map(|candidate| bench.attempt(&candidate)).collect();
    let pairs = rank::pairs(&trials).into_par_iter();
    let complete: Vec<_> =
        pairs.filter_map(|pair| bench.attempt(&pair.candidate).filter(|trial| pair.completes(trial))).collect();
    trials.extend(complete);
    rank::rank(trials).into_iter().map(advice).collect()
}

/// Where candidates are tried.
struct Bench<'a> {
    known: &'a Known<'a>,
    editor: Editor<'a>,
    schema: Schema,
    /// What is wrong with the files of the topology as it is; found when it is first asked for.
    faults: OnceLock<Vec<Finding>>,
}

impl Bench<'_> {
    /// `None` where the edit cannot be carried out, does not mean what it should, or causes an error.
    fn attempt(&self, candidate: &Candidate) -> Option<rank::Trial> {
        let files = self.editor.apply(&candidate.edit).ok()?;
        let mut sources = self.known.sources.clone();
        for file in &files {
            sources.0.get_mut(file.file)?.text.clone_from(&file.after);
        }
        let Loaded { topology, .. } = load_with(&sources, &self.schema).ok()?;
        if self.intended(candidate)? != topology {
            return None;
        }
        let Analysis { plan, survival, findings } = analyse(&topology, self.known.today);
        let caused = caused(self.known.findings, &findings);
        if caused.iter().any(|finding| finding.severity == Severity::Error) {
            return None;
        }
        let mut judgement = gain::judge(&self.known.loaded.topology, self.known.survival, &survival);
        judgement.harm = judgement.harm.max(match (candidate.gives_up.is_empty(), caused.is_empty()) {
            (false, _) => Harm::Grave,
            (true, false) => Harm::Mild,
            (true, true) => Harm::None,
        });
        judgement.gain.worsens.extend(candidate.gives_up.iter().cloned().chain(caused.into_iter().map(warning)));
        let blocked = findings.iter().any(Finding::blocks);
        let input = render::Input { topology: &topology, plan: &plan, survival: &survival, files: self.known.files };
        let valid = judgement.cells == 0 || blocked || self.renders(&input);
        valid.then(|| rank::Trial { candidate: candidate.clone(), files, judgement })
    }

    /// Whether files of the edited topology have no fault that those of the topology have not.
    fn renders(&self, input: &render::Input<'_>) -> bool {
        let faults = self.faults.get_or_init(|| {
            let blocked = self.known.findings.iter().any(Finding::blocks);
            let Known { loaded, plan, survival, files, .. } = *self.known;
            let before = render::Input { topology: &loaded.topology, plan, survival, files };
            if blocked { Vec::new() } else { build(&before).map(|rendered| rendered.findings).unwrap_or_default() }
        });
        build(input).is_ok_and(|after| caused(faults, &after.findings).iter().all(|it| it.severity < Severity::Error))
    }

    /// The topology that the edit means, whatever the text says.
    fn intended(&self, candidate: &Candidate) -> Option<Topology> {
        let mut document = self.known.loaded.document.tree.to_value();
        carry_out(&mut document, &candidate.edit);
        load::resolve::resolve(&mut document);
        load::decode(&document).ok()
    }
}

/// The errors and warnings that were not there before.
fn caused<'f>(before: &[Finding], after: &'f [Finding]) -> Vec<&'f Finding> {
    let loud = |finding: &Finding| finding.severity > Severity::Info && finding.waived.is_none();
    // What was an error at its place and is only a warning now was not caused.
    let same = |old: &Finding, new: &Finding| old.at == new.at && (old.code == new.code || old.severity > new.severity);
    let known = |new: &Finding| before.iter().any(|old| loud(old) && same(old, new));
    after.iter().filter(|finding| loud(finding) && !known(finding)).collect()
}

fn warning(finding: &Finding) -> String {
    match &finding.at {
        Place::Value(path) | Place::Key(path) => format!("{} at {path}: {}", finding.code, finding.message),
        Place::Bytes(_) | Place::Artifact { .. } => format!("{}: {}", finding.code, finding.message),
    }
}

/// What is shown; where the user alone knows a value, its name stands in angle brackets for it.
fn advice(trial: rank::Trial) -> Advice {
    let Candidate { title, cost, unknown, .. } = trial.candidate;
    let named = |mut file: EditedFile| {
        for value in &unknown {
            file.after = file.after.replace(&value.stand_in, &format!("<{}>", value.what));
        }
        file
    };
    Advice {
        title,
        gain: trial.judgement.gain,
        costs: cost.notes,
        files: trial.files.into_iter().map(named).collect(),
        missing: unknown.iter().map(|value| format!("the {}", value.what)).collect(),
    }
}

#[cfg(test)]
#[path = "advice_tests.rs"]
mod tests;
