//! The verdict: how a component comes through a failure.

use std::fmt;

use serde::Serialize;

/// How a component comes through a failure, from best to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Nobody notices.
    GoesOn,
    /// Comes back without anybody's help.
    Recovers,
    /// Serves on, but less than before, until what failed is back.
    Degraded,
    /// Stays away until a person acts.
    NeedsPerson,
    /// Stays away until what failed is back; nobody can help.
    Lost,
}

impl Verdict {
    /// The word that reports print.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GoesOn => "goes on",
            Self::Recovers => "recovers",
            Self::Degraded => "degraded",
            Self::NeedsPerson => "needs a person",
            Self::Lost => "lost",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}
