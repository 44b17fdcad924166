//! Advice: an edit of the topology file with what it buys and what it costs, both computed and never guessed.

use super::edit::Edit;

/// An edit that may be worth its price; whether it is, only the analysis of the edited topology says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What proposed it; of two from the same source that buy the same, the cheaper one is kept.
    pub kind: &'static str,
    /// What is done, in one line.
    pub title: String,
    /// How.
    pub edit: Edit,
    /// Its price.
    pub cost: Cost,
    /// What it gives up by its nature, whatever the analysis says, as phrases: it is a trade where there is something.
    pub gives_up: Vec<String>,
    /// The values that only the user knows, with what stands for each in `edit`.
    pub unknown: Vec<Unknown>,
}

/// What an edit costs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cost {
    /// How many machines are added, without those that are taken away.
    pub machines: u32,
    /// Everything that it costs, in plain terms, as phrases.
    pub notes: Vec<String>,
}

/// A value that only the user knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What stands for it while the edit is analysed.
    pub stand_in: String,
    /// What it is, as a phrase: `the second public address of msk`.
    pub what: String,
}

/// What the analysis says about a candidate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gain {
    /// What gets better, as phrases: `dc:msk: 9 components from needs a person to recovers`.
    pub buys: Vec<String>,
    /// What gets worse; nothing for advice that is no trade.
    pub worsens: Vec<String>,
}

/// An edit that was carried out on a copy of the files and analysed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advice {
    /// What is done, in one line.
    pub title: String,
    /// What it buys, and what it makes worse.
    pub gain: Gain,
    /// What it costs, as phrases.
    pub costs: Vec<String>,
    /// The files that it changes.
    pub files: Vec<EditedFile>,
    /// What only the user knows, as phrases; the edit can be carried out by the program only where there is nothing.
    pub missing: Vec<String>,
}

/// A topology file before and after an edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditedFile {
    /// Its position on the command line.
    pub file: usize,
    /// Its text.
    pub before: String,
    /// Its text after the edit.
    pub after: String,
}

impl Advice {
    /// Whether it makes something worse as well.
    pub fn is_trade(&self) -> bool {
        !self.gain.worsens.is_empty()
    }

    /// Whether the program can carry it out.
    pub fn is_applicable(&self) -> bool {
        self.missing.is_empty()
    }
}
