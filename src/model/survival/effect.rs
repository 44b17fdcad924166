//! What a failure does to reads or writes of one component, and which acknowledged data it costs.

use std::borrow::Cow;
use std::fmt;

use serde::{Serialize, Serializer};

use super::estimate::Estimate;
use super::outcome::Component;
use super::verdict::Verdict;
use crate::model::name::Name;

/// What happens to the reads or the writes of a component.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Effect {
    /// How it comes through.
    pub verdict: Verdict,
    /// How long it is away at most, from the failure until it serves again; for `degraded` until it serves at all.
    /// `lost` has no time: it lasts as long as the failure.
    pub time: Estimate,
    /// Why, as a phrase in the field's words: `2 of 5 voters are left, 3 are needed`.
    pub why: Cow<'static, str>,
    /// What a person follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runbook: Option<Runbook>,
    /// The component that it comes from; another one's for a service or route that merely follows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Component>,
}

impl Effect {
    /// Nobody notices.
    pub const fn goes_on() -> Self {
        Self { verdict: Verdict::GoesOn, time: Estimate::NONE, why: Cow::Borrowed(""), runbook: None, cause: None }
    }

    /// Comes back without help within `time`.
    pub fn recovers(time: Estimate, why: impl Into<Cow<'static, str>>) -> Self {
        Self { verdict: Verdict::Recovers, time, why: why.into(), runbook: None, cause: None }
    }

    /// Serves less from `time` on, until what failed is back.
    pub fn degraded(time: Estimate, why: impl Into<Cow<'static, str>>) -> Self {
        Self { verdict: Verdict::Degraded, time, why: why.into(), runbook: None, cause: None }
    }

    /// Away until a person has acted.
    pub fn needs_person(time: Estimate, why: impl Into<Cow<'static, str>>, runbook: Option<Runbook>) -> Self {
        Self { verdict: Verdict::NeedsPerson, time, why: why.into(), runbook, cause: None }
    }

    /// Away until what failed is back.
    pub fn lost(why: impl Into<Cow<'static, str>>) -> Self {
        Self { verdict: Verdict::Lost, time: Estimate::NONE, why: why.into(), runbook: None, cause: None }
    }

    /// This effect with the procedure that a person follows.
    #[must_use]
    pub fn follow(mut self, runbook: Runbook) -> Self {
        self.runbook = Some(runbook);
        self
    }

    /// This effect with the component that it comes from, unless it has one already.
    #[must_use]
    pub fn caused_by(mut self, component: &Component) -> Self {
        if self.verdict > Verdict::GoesOn && self.cause.is_none() {
            self.cause = Some(component.clone());
        }
        self
    }

    /// The order of badness: the verdict, then the time.
    pub fn rank(&self) -> (Verdict, u64) {
        (self.verdict, self.time.total().0)
    }

    /// Whether it serves again without a person: goes on, recovers, or degraded.
    pub fn is_automatic(&self) -> bool {
        self.verdict < Verdict::NeedsPerson
    }
}

/// How much acknowledged data may be gone.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    /// None.
    Nothing,
    /// What was acknowledged in this time before (or, on the wrong side of a cut, after) the failure.
    UpTo(Estimate),
    /// Everything that was not copied elsewhere.
    Everything,
}

impl Loss {
    /// The larger of both.
    #[must_use]
    pub fn or_more(self, other: Self) -> Self {
        let size = |loss: &Self| match loss {
            Self::Nothing => (0, 0),
            Self::UpTo(time) => (1, time.total().0),
            Self::Everything => (2, 0),
        };
        if size(&other) > size(&self) { other } else { self }
    }
}

/// The procedure that a person follows; one file below `runbooks/`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Runbook {
    /// A data centre is lost and the other one takes over.
    DatacenterLost(Name),
    /// A data centre that was given up comes back.
    DatacenterReturns(Name),
    /// The link between the data centres is cut.
    LinkCut,
    /// A machine is lost for good.
    HostLost,
}

impl fmt::Display for Runbook {
    /// The name of the file without its ending.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DatacenterLost(name) => write!(out, "dc-{name}-lost"),
            Self::DatacenterReturns(name) => write!(out, "dc-{name}-returns"),
            Self::LinkCut => out.write_str("link-cut"),
            Self::HostLost => out.write_str("host-lost"),
        }
    }
}

impl Serialize for Runbook {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
