//! The hop through the delivery network: what it may keep, for how long, and from which data centre it fetches the rest.
//! The rules are those of the rendered configuration: by host, with the lifetime of each path in nginx's labels.

use super::{World, asked, names};
use crate::model::plan::edge::{cdn_hosts, origin};
use crate::model::survival::Component;
use crate::model::topology::Cdn;
use crate::model::topology::edge::{CacheRule, CdnProvider};
use crate::model::trace::{Hop, Layer, Method};
use crate::model::unit::Duration;
use crate::model::{DnsName, Name, UrlPath};

/// The network's name for the host, which the zone answers instead of addresses.
pub(super) fn alias<'a>(world: &World<'a>) -> Option<&'a DnsName> {
    let cdn = world.topology.cdn.as_ref()?;
    // Without name servers of its own the topology publishes no alias either.
    world.topology.geodns.as_ref()?;
    cdn.names.get(world.host).filter(|_| cdn_hosts(world.topology).contains(world.host))
}

/// The hop, where the network stands in front of this host, and the data centre that it fetches from.
pub(super) fn hop(world: &World<'_>) -> Option<(Hop, Option<Name>)> {
    let cdn = world.topology.cdn.as_ref().filter(|_| cdn_hosts(world.topology).contains(world.host))?;
    let name = match cdn.provider {
        CdnProvider::Yandex => "yandex",
    };
    let Some(alias) = alias(world) else {
        let reason =
            format!("it is set up for {0} but not in the way: `cdn.names.{1}` is missing", world.request.host, world.host);
        return Some((Hop::new(Layer::Cdn, name, reason).note(keeps(world, cdn)), None));
    };
    let sites = world.topology.datacenter_names();
    let found = sites.iter().find(|site| names::is_reachable(world, site)).map(|site| (*site).clone());
    let backups: Vec<String> = sites.iter().skip(1).map(|site| origin(world.topology, site)).collect();
    let reason = match &found {
        Some(site) if sites.first() == Some(&site) => format!(
            "what it does not have it fetches from {}, whose backup is {}",
            origin(world.topology, site),
            backups.join(", ")
        ),
        Some(site) => format!(
            "the preferred origin cannot be reached, so it fetches from the backup {} what it does not have",
            origin(world.topology, site)
        ),
        None => "no origin can be reached: only what it has is answered".to_owned(),
    };
    let hop =
        Hop::new(Layer::Cdn, name, reason).through(vec![alias.to_string()]).note(keeps(world, cdn)).note(stands_in(world, cdn));
    Some((hop.effect(world.effect(&Component::Cdn, None)), found))
}

/// What the network may keep of this request's answer.
fn keeps(world: &World<'_>, cdn: &Cdn) -> String {
    if world.request.method == Method::Post {
        return "an answer to a POST is never kept".to_owned();
    }
    match rule(world, cdn) {
        Some((ttl, true)) => format!("a file is fresh for {ttl} and never asked for again"),
        Some((ttl, false)) => format!("an answer to a request without credentials is fresh for {ttl}"),
        None => "no rule is for this path: its answer is not kept".to_owned(),
    }
}

/// The lifetime of the longest rule for the path, and whether it is a file for ever.
fn rule(world: &World<'_>, cdn: &Cdn) -> Option<(Duration, bool)> {
    let fits = |host: &DnsName, path: &UrlPath| host == world.host && asked::matches(path, &world.request.path);
    let files = cdn.assets.iter().filter(|files| fits(&files.host, &files.path));
    let files = files.map(|files| (asked::stem(&files.path).len(), files.ttl, files.immutable));
    let api = cdn.api.iter().filter(|rule| fits(&rule.host, &rule.path));
    let api = api.map(|rule| (asked::stem(&rule.path).len(), rule.ttl, false));
    files.chain(api).max_by_key(|(length, ..)| *length).map(|(_, ttl, immutable)| (ttl, immutable))
}

/// When an old answer stands in.
fn stands_in(world: &World<'_>, cdn: &Cdn) -> &'static str {
    let fresh = |rule: &CacheRule| rule.host == *world.host && rule.stale.is_none();
    if cdn.api.iter().any(fresh) {
        "an old answer never stands in: a path of this host must be fresh"
    } else {
        "an old answer stands in while the origins give errors or none at all"
    }
}
