//! What a single request meets of a failure: which machines answer, and which places reach each other. What the systems
//! on them make of it is judged elsewhere.

use crate::model::plan::Member;
use crate::model::{HostName, Name};
use crate::survival::world::World;

/// What is left: everything where nothing has failed.
#[derive(Clone, Copy)]
pub(super) struct Left<'a>(pub(super) Option<&'a World<'a>>);

impl Left<'_> {
    /// Whether a site stands.
    pub(super) fn site(self, site: &Name) -> bool {
        self.0.is_none_or(|world| world.stands(site))
    }

    /// Whether a member's machine runs.
    pub(super) fn member(self, member: &Member) -> bool {
        self.0.is_none_or(|world| world.runs(&member.host))
    }

    /// Whether something at a site runs: on that machine where it is known, else anywhere there.
    pub(super) fn host(self, site: &Name, host: Option<&HostName>) -> bool {
        self.0.is_none_or(|world| host.map_or_else(|| world.stands(site), |host| world.runs(host)))
    }

    /// Whether all of it is planned, so that names and leaders are moved before anything stops.
    pub(super) fn planned(self) -> bool {
        self.0.is_some_and(|world| world.planned)
    }

    /// Whether a connection from a site to another, or inside it, opens.
    pub(super) fn reaches(self, from: &Name, to: &Name) -> bool {
        self.0.is_none_or(|world| world.sees(from, to))
    }
}
