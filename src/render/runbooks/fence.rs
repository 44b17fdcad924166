//! Is it lost or only cut off, and how is it kept from coming back by itself: what must be certain before anybody takes
//! over. Routers and management controllers are the reader's own; nothing here invents their names or addresses.

use super::System;
use super::book::{Check, Part, Place, Step};
use super::ground::{Ground, Loss};
use crate::model::topology::site::Fencing;
use crate::model::{Name, Path};

/// Fencing.
pub struct Fence;

impl System for Fence {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        let title = "Be certain";
        if !loss.takes_over() {
            let text = "What is left holds every majority, so nothing has to be fenced first: the lost side can neither elect nor commit.";
            return vec![Part::new(title, vec![alive(loss.ground, &[loss.lost], CUT_OFF)]).text(text)];
        }
        let declared = loss.ground.topology.datacenters.get(loss.lost);
        let mut steps = vec![alive(loss.ground, &[loss.lost], CUT_OFF)];
        steps.extend(declared.into_iter().flat_map(|datacenter| &datacenter.fencing).map(|way| fence(loss, *way)));
        steps.extend(silent(loss));
        vec![Part::new(title, steps).text(format!(
            "Once {0} is told that it is the majority, {1} must never again act as the old one: its members are still a majority of \
             the old world and would elect a leader as soon as they have power. So it is fenced first, by at least one way that \
             does not need {1} itself to be alive. Where it cannot be fenced, stop here: {0} serves reads, and that is all that is safe.",
            loss.left, loss.lost
        ))]
    }

    fn cut(&self, ground: Ground<'_>) -> Vec<Step> {
        let note = "Both must live. One that does not is lost, not cut off: then its own file is the procedure.";
        vec![alive(ground, &ground.datacenters(), note)]
    }

    fn wipe(&self, loss: Loss<'_>) -> Vec<Step> {
        let source = Path::of(["datacenters", loss.lost.as_str(), "fencing"]);
        let text = format!(
            "# yours: see that {} is still cut off from {} and from the Internet before its machines get power",
            loss.lost, loss.left
        );
        let step = Step::new(format!("Keep {} fenced", loss.lost), Place::operator()).yours(text).source(source);
        vec![
            step.note(
                "Its members do not know that the world went on without them. Until they are wiped they must reach nobody.",
            ),
        ]
    }

    fn open(&self, loss: Loss<'_>) -> Vec<Step> {
        if !loss.takes_over() {
            return Vec::new();
        }
        let source = Path::of(["datacenters", loss.lost.as_str(), "fencing"]);
        let text = format!("# yours: take back every rule of `dc-{}-lost.md` that is still in force", loss.lost);
        vec![Step::new("Take the last fences down", Place::operator()).yours(text).source(source)]
    }
}

const CUT_OFF: &str =
    "A data centre that answers from outside is cut off, not lost: then `link-cut.md` is the procedure, and nobody is promoted.";

/// Asks the public addresses of these data centres from outside.
fn alive(ground: Ground<'_>, sites: &[&Name], note: &str) -> Step {
    let addresses: Vec<String> = sites
        .iter()
        .filter_map(|site| ground.topology.datacenters.get(site.as_str()))
        .flat_map(|datacenter| datacenter.public.iter().map(ToString::to_string))
        .collect();
    let named: Vec<String> = sites.iter().map(|site| format!("{} (`{site}`)", ground.title(site))).collect();
    let title = format!("Ask {} from outside", named.join(" and "));
    let step = Step::new(title, Place::operator()).note(note);
    if addresses.is_empty() {
        return step.yours("# yours: ask the people on site, or a management network that does not use the link");
    }
    step.yours(format!(
        "for address in {}; do\n  curl -s -o /dev/null -m 5 -w \"$address %{{http_code}}\\n\" http://$address/ || echo \"$address no answer\"\ndone\n\
         # yours: ask the people on site, or a management network that does not use the link",
        addresses.join(" ")
    ))
}

fn fence(loss: Loss<'_>, way: Fencing) -> Step {
    let (away, left) = (loss.lost, loss.left);
    let network = loss.ground.plan.sites.get(away).map(|site| site.network.to_string()).unwrap_or_default();
    let public = loss.ground.topology.datacenters.get(away).map(|datacenter| &datacenter.public);
    let public: Vec<String> = public.into_iter().flatten().map(ToString::to_string).collect();
    let witness = loss.ground.witness().map(|name| format!(" and of {name}")).unwrap_or_default();
    let step = |title: String, text: String| {
        let source = Path::of(["datacenters", away.as_str(), "fencing"]);
        Step::new(title, Place::operator()).yours(text).source(source)
    };
    match way {
        Fencing::Acl => step(
            format!("Drop the traffic of {away} at the routers of {left}{witness}"),
            format!("# yours: drop everything from and to {network} at the routers of {left}{witness}, in both directions"),
        ),
        Fencing::Bgp => step(
            format!("Withdraw the routes of {away}"),
            format!("# yours: withdraw the announcements of {network} and of {} at the upstreams of {away}", public.join(", ")),
        ),
        Fencing::Ipmi => step(
            format!("Power off the machines of {away}"),
            format!("for host in {}; do\n  : # yours: power off the management controller of $host, and read its state back\ndone", hosts(loss)),
        )
        .note("Management controllers are dead in a power cut, so this alone proves nothing; it keeps machines off when power returns."),
        Fencing::Manual => step(
            format!("Have the plug pulled in {away}"),
            format!("# yours: call the people on site; let them read the names back: {}", hosts(loss)),
        ),
    }
}

fn hosts(loss: Loss<'_>) -> String {
    let hosts = loss.ground.plan.hosts.iter().filter(|(_, host)| host.site == *loss.lost);
    hosts.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" ")
}

/// Shows from a machine that is left that no voter of the lost side can be reached.
fn silent(loss: Loss<'_>) -> Option<Step> {
    let plan = loss.ground.plan;
    let port = |port: u16| move |address: std::net::Ipv4Addr| format!("{address}:{port}");
    let mut doors: Vec<String> = Vec::new();
    doors.extend(
        loss.gone(&plan.kubernetes.control_plane).iter().map(|node| port(crate::model::plan::API_SERVER_PORT)(node.address)),
    );
    for cluster in plan.postgres.values().flat_map(|postgres| &postgres.clusters) {
        doors.extend(
            loss.gone(&cluster.dcs).iter().map(|member| port(crate::model::plan::store::ETCD_CLIENT_PORT)(member.address)),
        );
        doors.extend(
            loss.gone(&cluster.members).iter().map(|member| port(crate::model::plan::store::POSTGRES_PORT)(member.address)),
        );
    }
    let from = loss.here(&plan.kubernetes.control_plane).first().copied()?;
    let command = format!(
        "answering=0\nfor door in {}; do\n  timeout 2 bash -c \"exec 3<> /dev/tcp/${{door%:*}}/${{door#*:}}\" 2> /dev/null && answering=$((answering + 1))\n\
         done\necho \"answering: $answering\"",
        doors.join(" ")
    );
    let check = Check::new(command, "`answering: 0`", "^answering: 0$").within(30);
    Some(Step::new(format!("See that nobody in {} can be reached", loss.lost), Place::of(from)).check(check))
}
