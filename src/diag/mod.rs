//! Findings: what is wrong with the user's topology, where, why it matters and what to change.
//!
//! A finding is about the file and is collected; an error is about us or the machine and stops the run.

pub mod source;

use std::fmt;

use serde::Serialize;

use crate::model::path::Path;
pub use source::{Source, Sources, Span};

/// A stable code, `IT` and three digits: 1 file, 2 quorum and survival, 3 Kubernetes, 4 PostgreSQL,
/// 5 Kafka, Redis and S3, 6 edge, DNS and CDN, 7 autoscaling and observability, 8 rendered files, 9 live.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Code(pub &'static str);

impl fmt::Display for Code {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Works, but will hurt.
    Warning,
    /// Refused: nothing is written.
    Error,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// Where a finding points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The value at a path of the topology.
    Value(Path),
    /// The last key of a path of the topology, where the key itself is wrong.
    Key(Path),
    /// Bytes of an input file, for errors met before there is a tree.
    Bytes(Span),
    /// A rendered file: its path and, where known, the JSON pointer or line inside it.
    Artifact {
        /// The path below the output folder.
        path: String,
        /// A JSON pointer or `line N`; empty for the whole file.
        inside: String,
    },
}

impl From<Path> for Place {
    fn from(path: Path) -> Self {
        Self::Value(path)
    }
}

/// Another place that helps to understand a finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Related {
    /// Where.
    pub at: Place,
    /// What is there, as a phrase.
    pub note: String,
}

/// One thing that is wrong, or worth knowing, about the topology.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule.
    pub code: Code,
    /// How bad it is.
    pub severity: Severity,
    /// A lowercase phrase without a full stop, with the user's own words in backticks.
    pub message: String,
    /// Where it is wrong.
    pub at: Place,
    /// Other places that belong to it.
    pub related: Vec<Related>,
    /// What to change.
    pub help: Option<String>,
    /// The reason of the waiver that covers it, if one does.
    pub waived: Option<String>,
}

impl Finding {
    /// A finding of the given severity.
    pub fn new(code: Code, severity: Severity, at: impl Into<Place>, message: impl Into<String>) -> Self {
        Self { code, severity, message: message.into(), at: at.into(), related: Vec::new(), help: None, waived: None }
    }

    /// An error.
    pub fn error(code: Code, at: impl Into<Place>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Error, at, message)
    }

    /// A warning.
    pub fn warning(code: Code, at: impl Into<Place>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Warning, at, message)
    }

    /// A remark.
    pub fn info(code: Code, at: impl Into<Place>, message: impl Into<String>) -> Self {
        Self::new(code, Severity::Info, at, message)
    }

    /// This finding with what to change.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// This finding with another place.
    #[must_use]
    pub fn related(mut self, at: impl Into<Place>, note: impl Into<String>) -> Self {
        self.related.push(Related { at: at.into(), note: note.into() });
        self
    }

    /// Whether it stops a render: an error that no waiver covers.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Error && self.waived.is_none()
    }
}

/// What `explain` prints about a code; each stage has a table of its own.
#[derive(Debug, Clone, Copy)]
pub struct Explanation {
    /// The code.
    pub code: Code,
    /// The severity that it usually has.
    pub severity: Severity,
    /// A short phrase.
    pub title: &'static str,
    /// Why it matters, with the source of the rule.
    pub why: &'static str,
    /// A piece of topology that has the fault; empty where a topology cannot have it.
    pub example: &'static str,
    /// What to change.
    pub fix: &'static str,
}

/// The candidate that the user most likely meant, if any is close enough.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let close = |candidate: &'a str| {
        let score = strsim::jaro_winkler(word, candidate);
        // Jaro-Winkler finds no likeness between words as short as `mxa` and `max`.
        let one_slip = candidate.len() > 2 && strsim::osa_distance(word, candidate) == 1;
        (score > 0.8 || one_slip).then_some((score, candidate))
    };
    let best = candidates.into_iter().filter_map(close).max_by(|a, b| a.0.total_cmp(&b.0).then_with(|| b.1.cmp(a.1)));
    best.map(|(_, candidate)| candidate)
}
