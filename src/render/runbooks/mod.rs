//! Runbooks: for every failure that may need a person, what that person does, in order, with the real names, addresses and
//! commands of this topology, and what each step must show. The steps are computed here and printed by one template; nothing
//! is carried out.
//!
//! To add a system: a file here with a `System`, and a line in `SYSTEMS`, whose order is the order of every runbook.

mod book;
mod capacity;
mod cdn;
mod etcd;
mod fence;
mod figures;
mod geodns;
mod ground;
mod host;
mod kafka;
mod kubernetes;
mod patroni;
mod redis;
mod standby;
mod storage;
#[cfg(test)]
mod tests;

use super::template::{render as fill, template};
use super::{Input, RenderError};
use crate::model::survival::{Fault, Runbook, Scenario};
use crate::model::topology::kafka::Run;
use crate::model::{Artifact, Path};
use book::{Book, Part, Printed, Row, Step};
use ground::{Ground, Loss};

/// What one system has to say in each runbook.
trait System: Sync {
    /// When a data centre is lost: who takes over, or what to look at.
    fn lost(&self, _: Loss<'_>) -> Vec<Part> {
        Vec::new()
    }

    /// When it stays lost for more than a day.
    fn later(&self, _: Loss<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// When it comes back, before any cable is connected.
    fn wipe(&self, _: Loss<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// When it comes back, once it is connected.
    fn rejoin(&self, _: Loss<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// When it is back: leaders go home.
    fn home(&self, _: Loss<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// When everything is back: clients come back.
    fn open(&self, _: Loss<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// When the link is cut: which side goes on.
    fn cut(&self, _: Ground<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// When the link is cut and that is known: where clients go.
    fn steer(&self, _: Ground<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// When the link is there again.
    fn healed(&self, _: Ground<'_>) -> Vec<Step> {
        Vec::new()
    }

    /// What may be gone after the loss of a data centre.
    fn may_be_gone(&self, _: Loss<'_>) -> Vec<String> {
        Vec::new()
    }
}

/// Every system. What stands on hosts comes before Kubernetes: it needs nothing of it, and pods that are left use it at once.
const SYSTEMS: &[&dyn System] = &[
    &fence::Fence,
    &geodns::GeoDns,
    &cdn::Cdn,
    &patroni::Stretched,
    &standby::Standby,
    &kafka::Kafka(Run::Hosts),
    &redis::Redis(Run::Hosts),
    &kubernetes::ControlPlane,
    &kubernetes::Workloads,
    &kafka::Kafka(Run::Kubernetes),
    &redis::Redis(Run::Kubernetes),
    &storage::Storage,
    &capacity::Capacity,
];

/// Renders every runbook.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let ground = Ground { topology: input.topology, plan: input.plan };
    let mut books: Vec<(Runbook, Book)> = Vec::new();
    for lost in ground.datacenters() {
        let Some(left) = input.topology.other_datacenter(lost) else { continue };
        let loss = Loss { ground, lost, left };
        books.push((Runbook::DatacenterLost(lost.clone()), is_lost(loss, input)));
        books.push((Runbook::DatacenterReturns(lost.clone()), returns(loss)));
    }
    books.push((Runbook::LinkCut, cut(ground, input)));
    books.push((Runbook::HostLost, host_lost(ground)));
    books.iter().map(|(runbook, book)| artifact(runbook, book)).collect()
}

fn artifact(runbook: &Runbook, book: &Book) -> Result<Artifact, RenderError> {
    let text = fill(template!("runbooks/runbook.md.j2"), &Printed::from(book))?;
    let sources = std::iter::once(Path::of(["datacenters"])).chain(book.sources()).collect();
    Ok(Artifact::text(format!("runbooks/{runbook}.md"), text, sources))
}

fn is_lost(loss: Loss<'_>, input: &Input<'_>) -> Book {
    let ground = loss.ground;
    let (away, left) =
        (format!("{} (`{}`)", ground.title(loss.lost), loss.lost), format!("{} (`{}`)", ground.title(loss.left), loss.left));
    let lead = match (loss.takes_over(), loss.waits_for_copies()) {
        (true, _) => format!(
            "{away} is gone and {left} takes over. Some of that only a person can do, because no machine can tell a lost data centre from \
             a cut link."
        ),
        (false, true) => format!(
            "{away} is gone and {left} goes on by itself, but for writes that ask for a copy in each data centre: those wait until a person \
             drops that demand."
        ),
        (false, false) => {
            format!("{away} is gone and {left} goes on by itself. This says what to look at, and what to do when it lasts.")
        }
    };
    let mut parts: Vec<Part> = SYSTEMS.iter().flat_map(|system| system.lost(loss)).collect();
    let later: Vec<Step> = SYSTEMS.iter().flat_map(|system| system.later(loss)).collect();
    parts.push(afterwards(loss, later));
    Book {
        title: format!("{away} is lost"),
        lead: vec![lead],
        rows: rows(loss),
        figures: figures::of(input.survival, &Scenario::of(Fault::Datacenter(loss.lost.clone()))),
        parts,
        losses: SYSTEMS.iter().flat_map(|system| system.may_be_gone(loss)).collect(),
    }
}

/// What is left to do when writes pass again.
fn afterwards(loss: Loss<'_>, later: Vec<Step>) -> Part {
    let spare: Vec<String> = loss
        .ground
        .voters()
        .iter()
        .map(|voters| (voters, voters.without(loss.lost)))
        .filter(|(_, quorum)| quorum.holds() && quorum.spare() == 0)
        .map(|(voters, _)| voters.what.clone())
        .collect();
    let mut part = Part::new("Afterwards", later);
    if !spare.is_empty() {
        part = part.text(format!("Not one voter more may fail in: {}.", spare.join(", ")));
    }
    part = part.text(format!(
        "Until {0} is back there is no second data centre: silence the alerts that say so, and no others. Commits wait for fewer standbys \
         than declared. When {0} has power again, `dc-{0}-returns.md` comes before anything else.",
        loss.lost
    ));
    if part.steps.is_empty() { part } else { part.text("When it lasts for more than a day:") }
}

/// How every set of voters stands without a data centre.
fn rows(loss: Loss<'_>) -> Vec<Row> {
    let row = |voters: &ground::Voters<'_>| {
        let quorum = voters.without(loss.lost);
        Row {
            what: voters.what.clone(),
            state: format!("{} of {} voters are left, {} are needed", quorum.left, quorum.all, quorum.needed()),
            then: if quorum.holds() { "goes on".to_owned() } else { "stops until a person acts".to_owned() },
        }
    };
    loss.ground.voters().iter().map(row).collect()
}

fn returns(loss: Loss<'_>) -> Book {
    let ground = loss.ground;
    let given_up = loss.takes_over();
    let away = format!("{} (`{}`)", ground.title(loss.lost), loss.lost);
    let lead = if given_up {
        format!(
            "{away} has power again. While it was away {0} was told that it is the majority, so what {1} knows is the old world, and it would \
             go on with it. It stays cut off until it is wiped; then its members come in one by one, and leaders go home last. Where \
             `dc-{1}-lost.md` was not carried out, only the checks apply.",
            loss.left, loss.lost
        )
    } else {
        format!("{away} has power again. {} went on as the majority that it is, so members come back by themselves.", loss.left)
    };
    let steps =
        |of: fn(&dyn System, Loss<'_>) -> Vec<Step>| SYSTEMS.iter().flat_map(|system| of(*system, loss)).collect::<Vec<Step>>();
    let wipe = if given_up { steps(|system, loss| system.wipe(loss)) } else { Vec::new() };
    let open = Step::new("Connect it", book::Place::operator())
        .yours(format!("# yours: let {} reach {} again, and no client yet", loss.lost, loss.left));
    let parts = [
        Part::new("Before any cable is connected", wipe),
        Part::new("Connect", if given_up { vec![open] } else { Vec::new() }),
        Part::new("Members come back", steps(|system, loss| system.rejoin(loss))),
        Part::new("Leaders go home", steps(|system, loss| system.home(loss))),
        Part::new("Clients come back", steps(|system, loss| system.open(loss))),
    ];
    Book {
        title: format!("{away} comes back"),
        lead: vec![lead],
        rows: Vec::new(),
        figures: Vec::new(),
        parts: parts.into_iter().filter(|part| !part.is_empty()).collect(),
        losses: vec![format!(
            "What {} alone had accepted since the other side took over: it is thrown away, so save it first if it matters.",
            loss.lost
        )],
    }
}

fn cut(ground: Ground<'_>, input: &Input<'_>) -> Book {
    let names: Vec<String> = ground.datacenters().into_iter().map(|site| format!("{} (`{site}`)", ground.title(site))).collect();
    let lead = format!(
        "{} live, and cannot reach each other. Each system goes on where its majority is, and nowhere else. Do nothing on the other side: \
         promote nobody, force no cluster. Both sides would take writes, and one side's would be thrown away when the link is back.",
        names.join(" and ")
    );
    let steps = |of: fn(&dyn System, Ground<'_>) -> Vec<Step>| {
        SYSTEMS.iter().flat_map(|system| of(*system, ground)).collect::<Vec<Step>>()
    };
    let parts = [
        Part::new("Which side goes on", steps(|system, ground| system.cut(ground))),
        Part::new("Where clients go", steps(|system, ground| system.steer(ground))),
        Part::new("When the link is back", steps(|system, ground| system.healed(ground)))
            .text("Everything catches up by itself; look whether it does."),
    ];
    Book {
        title: "The link between the data centres is cut".to_owned(),
        lead: vec![lead, "This list of questions is not rehearsed as a whole: try it before you need it.".to_owned()],
        rows: sides(ground),
        figures: figures::of(input.survival, &Scenario::of(Fault::Link)),
        parts: parts.into_iter().filter(|part| !part.is_empty()).collect(),
        losses: vec!["Nothing that was acknowledged by a majority. What a cache or an asynchronous copy took on the smaller side in its first seconds.".to_owned()],
    }
}

/// Which side has a majority alone, or needs the witness for it.
fn sides(ground: Ground<'_>) -> Vec<Row> {
    let sites = ground.datacenters();
    let row = |voters: &ground::Voters<'_>| {
        let alone = sites.iter().find(|site| voters.alone(site).holds());
        let counts: Vec<String> = sites.iter().map(|site| format!("{} in {site}", voters.alone(site).left)).collect();
        let with_witness = ground.witness().is_some_and(|witness| voters.alone(witness).left > 0);
        let then = match (alone, with_witness) {
            (Some(site), _) => format!("goes on in {site}"),
            (None, true) => "goes on where the leader is or the witness votes".to_owned(),
            (None, false) => "stops on both sides until the link is back".to_owned(),
        };
        Row { what: voters.what.clone(), state: format!("{} of {}", counts.join(", "), voters.sites.len()), then }
    };
    ground.voters().iter().map(row).collect()
}

fn host_lost(ground: Ground<'_>) -> Book {
    Book {
        title: "A machine is lost for good".to_owned(),
        lead: vec![
            "Its parts are rehearsed in other runbooks, this one as a whole is not: try it before you need it.".to_owned(),
            "One machine will not come back. Everything goes on without it; what is needed is another one in its place, so that the next loss is \
             survived as well. Find the pool of the machine below: it keeps its name and its address."
                .to_owned(),
        ],
        rows: Vec::new(),
        figures: Vec::new(),
        parts: host::parts(ground),
        losses: vec!["Nothing: every store has a copy elsewhere. A cache without replicas loses what it held.".to_owned()],
    }
}
