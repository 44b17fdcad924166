//! Which candidates are worth showing, and in which order: what makes nothing worse comes before trades, and
//! trades that harm little before those that harm much; then the worst verdict that is improved and by how much, how many cells, and the price.

use std::cmp::Reverse;

use super::gain::{Harm, Judgement};
use crate::model::advice::{Candidate, Cost, EditedFile};
use crate::model::survival::Verdict;

/// How many of the best single edits are also tried in pairs.
const PAIRED: usize = 6;

/// A candidate that was carried out on a copy and analysed.
#[derive(Debug, Clone)]
pub struct Trial {
    /// What was tried.
    pub candidate: Candidate,
    /// The files before and after.
    pub files: Vec<EditedFile>,
    /// What the analysis says.
    pub judgement: Judgement,
}

/// The order of worth: less is better.
type Worth = (Harm, Reverse<Option<(Verdict, usize)>>, Reverse<usize>, u32, usize);

impl Trial {
    /// Whether anything gets better.
    fn helps(&self) -> bool {
        self.judgement.cells > 0
    }

    /// Whether something gets worse as well.
    fn is_trade(&self) -> bool {
        self.judgement.harm > Harm::None
    }

    fn worth(&self) -> Worth {
        let Judgement { worst, cells, .. } = &self.judgement;
        let edits = self.candidate.edit.operations().len();
        (self.judgement.harm, Reverse(*worst), Reverse(*cells), self.candidate.cost.machines, edits)
    }
}

/// Those that help, best first; of several from one generator that buy the same, the cheapest.
pub fn rank(mut trials: Vec<Trial>) -> Vec<Trial> {
    trials.retain(Trial::helps);
    trials.sort_by_key(Trial::worth);
    let mut kept: Vec<Trial> = Vec::new();
    for trial in trials {
        let same = |other: &Trial| other.candidate.kind == trial.candidate.kind && other.judgement.gain == trial.judgement.gain;
        if !kept.iter().any(same) {
            kept.push(trial);
        }
    }
    kept
}

/// Two edits at once.
#[derive(Debug, Clone)]
pub struct Pair {
    /// Both.
    pub candidate: Candidate,
    /// How many components both free from the worst failure, each by itself.
    apart: usize,
}

impl Pair {
    /// Whether both together do more than each by itself.
    pub fn completes(&self, trial: &Trial) -> bool {
        !trial.is_trade() && trial.judgement.freed > self.apart
    }
}

/// Pairs of the best single edits, where none alone tames the worst failure; nothing where one does.
pub fn pairs(trials: &[Trial]) -> Vec<Pair> {
    let mut best: Vec<&Trial> = trials.iter().filter(|trial| trial.helps() && !trial.is_trade()).collect();
    if best.iter().any(|trial| trial.judgement.tames_worst) {
        return Vec::new();
    }
    best.sort_by_key(|trial| trial.worth());
    best.truncate(PAIRED);
    let mut found = Vec::new();
    for (position, one) in best.iter().enumerate() {
        let others = best.iter().skip(position + 1);
        let apart = others.filter(|other| !one.candidate.edit.touches(&other.candidate.edit));
        found.extend(apart.map(|other| Pair {
            candidate: both(&one.candidate, &other.candidate),
            apart: one.judgement.freed + other.judgement.freed,
        }));
    }
    found
}

fn both(one: &Candidate, two: &Candidate) -> Candidate {
    let mut edit = one.edit.clone();
    edit.extend(two.edit.clone());
    let notes = one.cost.notes.iter().chain(&two.cost.notes).cloned().collect();
    Candidate {
        kind: "pair",
        title: format!("{}; {}", one.title, two.title),
        edit,
        cost: Cost { machines: one.cost.machines + two.cost.machines, notes },
        gives_up: one.gives_up.iter().chain(&two.gives_up).cloned().collect(),
        unknown: one.unknown.iter().chain(&two.unknown).cloned().collect(),
    }
}
