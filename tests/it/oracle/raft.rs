//! Voters of a Raft quorum (etcd, the controllers of Kafka, the masters of `SeaweedFS`), by the messages that arrive.

use super::world::{Node, Site, World};

/// The voters and who leads them.
#[derive(Debug, Clone)]
pub struct Quorum<'a> {
    world: &'a World,
    voters: Vec<Node>,
    /// Who leads once elections are over.
    pub leader: Option<usize>,
    /// Whether that is somebody else than before, or nobody.
    pub changed: bool,
}

/// Every way in which the election can end after `incumbent` led.
pub fn elections<'a>(world: &'a World, voters: &[Node], incumbent: Option<usize>) -> Vec<Quorum<'a>> {
    let quorum = |leader: Option<usize>| Quorum { world, voters: voters.to_vec(), leader, changed: leader != incumbent };
    // A round of heartbeats: the leader stays while a majority answers, and who hears from it refuses every other.
    if let Some(leader) = incumbent.filter(|leader| is_majority(answers(world, voters, *leader), voters)) {
        return vec![quorum(Some(leader))];
    }
    // The leader has stepped down or is gone; whoever stands first asks everybody.
    let winners = (0..voters.len()).filter(|candidate| is_majority(answers(world, voters, *candidate), voters));
    let mut ends: Vec<Quorum<'a>> = winners.map(|winner| quorum(Some(winner))).collect();
    if ends.is_empty() {
        ends.push(quorum(None));
    }
    ends
}

/// How many voters answer this one, itself included; none where it is down.
fn answers(world: &World, voters: &[Node], asks: usize) -> usize {
    let from = voters[asks];
    let mut arrived = 0;
    for voter in voters {
        if from.up && voter.up && world.exchange(from.site, voter.site) {
            arrived += 1;
        }
    }
    arrived
}

fn is_majority(answers: usize, voters: &[Node]) -> bool {
    answers > voters.len() - answers
}

impl Quorum<'_> {
    /// Whether a client at a site reaches a member that reaches the leader.
    pub fn serves(&self, client: Site) -> bool {
        let Some(leader) = self.leader.map(|leader| self.voters[leader]) else { return false };
        self.voters
            .iter()
            .any(|member| member.up && self.world.exchange(client, member.site) && self.world.exchange(member.site, leader.site))
    }

    /// Whether somebody at a site reaches the leader itself.
    pub fn leads(&self, client: Site) -> bool {
        self.leader.is_some_and(|leader| self.world.exchange(client, self.voters[leader].site))
    }

    /// Whether a member is up within reach of a site.
    pub fn within_reach(&self, client: Site) -> bool {
        self.voters.iter().any(|member| member.up && self.world.exchange(client, member.site))
    }

    /// Whether the last entry that the old leader committed can be on no member that is up: the adversary chooses
    /// which majority had it.
    pub fn may_have_forgotten(&self, incumbent: Option<usize>) -> bool {
        let leader_is_down = incumbent.is_none_or(|leader| !self.voters[leader].up);
        let down = self.voters.iter().filter(|voter| !voter.up).count();
        leader_is_down && is_majority(down, &self.voters)
    }
}

/// Who may have led when it happened: the voters at these sites; all where there are none.
pub fn incumbents(voters: &[Node], at: Site) -> Vec<Option<usize>> {
    let eligible: Vec<usize> = (0..voters.len()).filter(|voter| voters[*voter].could_lead()).collect();
    let there: Vec<usize> = eligible.iter().copied().filter(|voter| voters[*voter].site == at).collect();
    let chosen = if there.is_empty() { eligible } else { there };
    if chosen.is_empty() { vec![None] } else { chosen.into_iter().map(Some).collect() }
}
