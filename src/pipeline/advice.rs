//! Advice through the hall: every candidate is carried out on a copy of the files, loaded and analysed like the topology
//! itself, and only what turns out to help is shown.

use rayon::prelude::{IntoParallelIterator, ParallelIterator};

use super::{Analysis, Loaded, analyse, load_with};
use crate::advise::{self, Facts, gain, rank};
use crate::diag::{Finding, Sources};
use crate::load::edit::{Editor, carry_out};
use crate::load::{self, Schema};
use crate::model::advice::{Advice, Candidate, EditedFile};
use crate::model::{Plan, Survival, Topology};

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
    /// The day on which waivers are judged.
    pub today: &'a str,
}

/// The edits that make a failure less bad, best first; those that make another one worse come last, as trades.
pub fn advise(known: &Known<'_>) -> Vec<Advice> {
    let (Ok(editor), Ok(schema)) = (Editor::new(known.sources), Schema::compile(load::language::schema())) else {
        return Vec::new();
    };
    let bench = Bench { known, editor, schema };
    let facts = Facts { topology: &known.loaded.topology, plan: known.plan, survival: known.survival };
    let mut trials = bench.attempt(advise::candidates(&facts));
    let pairs = bench.attempt(rank::pairs(&trials));
    trials.extend(pairs.into_iter().filter(rank::completes));
    rank::rank(trials).into_iter().map(advice).collect()
}

/// Where candidates are tried.
struct Bench<'a> {
    known: &'a Known<'a>,
    editor: Editor<'a>,
    schema: Schema,
}

impl Bench<'_> {
    fn attempt(&self, candidates: Vec<Candidate>) -> Vec<rank::Trial> {
        candidates.into_par_iter().filter_map(|candidate| self.one(candidate)).collect()
    }

    /// `None` where the edit cannot be carried out, does not mean what it should, or causes an error.
    fn one(&self, candidate: Candidate) -> Option<rank::Trial> {
        let files = self.editor.apply(&candidate.edit).ok()?;
        let mut sources = self.known.sources.clone();
        for file in &files {
            sources.0.get_mut(file.file)?.text.clone_from(&file.after);
        }
        let Loaded { topology, .. } = load_with(&sources, &self.schema).ok()?;
        if self.intended(&candidate)? != topology {
            return None;
        }
        let Analysis { survival, findings, .. } = analyse(&topology, self.known.today);
        if causes_error(self.known.findings, &findings) {
            return None;
        }
        let judgement = gain::judge(&self.known.loaded.topology, self.known.survival, &survival);
        Some(rank::Trial { candidate, files, judgement })
    }

    /// The topology that the edit means, whatever the text says.
    fn intended(&self, candidate: &Candidate) -> Option<Topology> {
        let mut document = self.known.loaded.document.tree.to_value();
        carry_out(&mut document, &candidate.edit);
        load::resolve::resolve(&mut document);
        load::decode(&document).ok()
    }
}

/// Whether there is an error now that was not there before.
fn causes_error(before: &[Finding], after: &[Finding]) -> bool {
    let known = |error: &Finding| before.iter().any(|old| old.blocks() && old.code == error.code && old.at == error.at);
    after.iter().filter(|finding| finding.blocks()).any(|error| !known(error))
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
