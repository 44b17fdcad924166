//! GeoDNS: the answers leave a data centre by themselves when it fails its checks; a person's word keeps them away, so that
//! nobody is sent back while it is half alive.

use std::net::IpAddr;

use super::System;
use super::book::{Check, Part, Place, Step};
use super::ground::{Ground, Loss};
use crate::model::plan::edge;
use crate::model::topology::edge::{Depth, NameServer};
use crate::model::{Name, Path};

/// The file by which a person overrides what gdnsd has seen; it survives restarts and is watched.
const OVERRIDE: &str = "/var/lib/gdnsd/admin_state";

/// The name servers.
pub struct GeoDns;

impl System for GeoDns {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        let ground = loss.ground;
        let Some(dns) = &ground.topology.geodns else { return Vec::new() };
        let check = &dns.check;
        let away = check.interval.seconds() * u64::from(check.failures) + check.timeout.seconds();
        let text = format!(
            "By itself every name server leaves {} out after {away} s at most; resolvers keep the old answer for another {} s. The \
             override makes it certain, and keeps it so when {0} comes back half alive.",
            loss.lost,
            dns.ttl.seconds()
        );
        let steps = servers(ground, Some(loss.lost)).into_iter().map(|place| down(loss, place)).collect();
        vec![Part::new("Name servers", steps).text(text)]
    }

    fn steer(&self, ground: Ground<'_>) -> Vec<Step> {
        let Some(dns) = &ground.topology.geodns else { return Vec::new() };
        if matches!(dns.check.depth, Depth::WritePath) {
            return Vec::new();
        }
        let place = |server: Place| {
            let step = Step::new("Send clients to the side that writes", server)
                .note("The check of the name servers is not as deep as the write path, so they still send clients to both sides.")
                .source(Path::of(["geodns", "check"]));
            let step = match ground.weaker() {
                Some(weaker) => step.run(format!("printf '%s\\n' '*/{weaker} => DOWN' > {OVERRIDE}")),
                None => step.yours(format!(
                    "weaker=NAME # yours: the data centre that answers 503 above\nprintf '*/%s => DOWN\\n' \"$weaker\" > {OVERRIDE}"
                )),
            };
            step.check(Check::new("gdnsdctl states", "that data centre as `DOWN`", "DOWN").within(30))
        };
        servers(ground, None).into_iter().map(place).collect()
    }

    fn healed(&self, ground: Ground<'_>) -> Vec<Step> {
        if ground.topology.geodns.as_ref().is_none_or(|dns| matches!(dns.check.depth, Depth::WritePath)) {
            return Vec::new();
        }
        servers(ground, None).into_iter().map(up).collect()
    }

    fn open(&self, loss: Loss<'_>) -> Vec<Step> {
        if loss.ground.topology.geodns.is_none() {
            return Vec::new();
        }
        servers(loss.ground, None).into_iter().map(|place| up(place).note(SOAK)).collect()
    }
}

const SOAK: &str = "Last of all, and after an hour without a surprise.";

fn up(place: Place) -> Step {
    let check = Check::new(format!("wc -c < {OVERRIDE}"), "`0`: nothing is overridden", "^0$");
    Step::new("Let the checks decide again", place).run(format!(": > {OVERRIDE}")).check(check).source(Path::of(["geodns"]))
}

/// Overrides a data centre at one name server.
fn down(loss: Loss<'_>, place: Place) -> Step {
    let ground = loss.ground;
    let step = Step::new(format!("Take {} out of the answers", loss.lost), place)
        .run(format!("printf '%s\\n' '*/{} => DOWN' > {OVERRIDE}", loss.lost))
        .source(Path::of(["geodns"]));
    let public = ground.topology.datacenters.get(loss.left).map(|datacenter| &datacenter.public);
    let mut addresses: Vec<String> =
        public.into_iter().flatten().filter(|address| address.is_ipv4()).map(ToString::to_string).collect();
    addresses.sort();
    let Some(name) = asked(ground).filter(|_| !addresses.is_empty()) else {
        return step.check(Check::new("gdnsdctl states", format!("{} as `DOWN`", loss.lost), "DOWN").within(30));
    };
    let shown = addresses.join(" ");
    let command = format!("dig +short @127.0.0.1 {name} A | sort | paste -s -d ' '");
    let check = Check::new(command, format!("`{shown}` and nothing else"), format!("^{}$", shown.replace('.', "[.]")));
    step.check(check.within(30))
}

/// A name that is answered by place: an exposed host without a delivery network, else the bare domain.
fn asked(ground: Ground<'_>) -> Option<String> {
    let delivered = edge::cdn_hosts(ground.topology);
    let host = edge::exposed_hosts(ground.topology).into_iter().find(|host| !delivered.contains(*host));
    let apex = || edge::has_apex(ground.topology).then(|| ground.topology.domain.to_string());
    host.map(|host| edge::fqdn(ground.topology, host)).or_else(apex)
}

/// Every name server but those of a data centre.
fn servers(ground: Ground<'_>, without: Option<&Name>) -> Vec<Place> {
    let Some(dns) = &ground.topology.geodns else { return Vec::new() };
    let mut places = Vec::new();
    for server in &dns.nameservers {
        match server {
            NameServer::Datacenter(site) if Some(site) == without => {}
            NameServer::Datacenter(site) => {
                places.extend(ground.plan.nameservers.get(site).into_iter().flatten().map(Place::of));
            }
            NameServer::Elsewhere(outside) => places.push(elsewhere(outside.name.as_str(), outside.address)),
        }
    }
    places
}

fn elsewhere(name: &str, address: IpAddr) -> Place {
    Place::any(name, format!("**{name}** ({address}), the name server outside"))
}
