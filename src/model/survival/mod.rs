//! What failures do: scenarios, the verdict of every component in each, and the terms of every time.

pub mod compare;
pub mod effect;
pub mod estimate;
pub mod outcome;
pub mod rank;
pub mod scenario;
pub mod verdict;

pub use compare::{Change, ChangeKind, Shift, compare};
pub use effect::{Effect, Loss, Runbook};
pub use estimate::{Estimate, Term};
pub use outcome::{Case, Cell, Component, Leaders, Outcome, Survival};
pub use rank::Rank;
pub use scenario::{Class, Fault, Scenario};
pub use verdict::Verdict;
