//! The hop through the delivery network: what it may keep, for how long, and from which data centre it fetches the rest.
//! The rules are those of the rendered configuration: by host, with the lifetime of each path in nginx's labels.

use super::{Platform, asked, names};
use crate::model::plan::edge::{cdn_hosts, origin};
use crate::model::survival::Component;
use crate::model::topology::Cdn;
use crate::model::topology::edge::{CacheRule, CdnProvider};
use crate::model::trace::{Hop, Layer, Method};
use crate::model::unit::Duration;
use crate::model::{DnsName, Name, UrlPath};

/// The network's name for the host, which the zone answers instead of addresses.
pub(super) fn alias<'a>(platform: &Platform<'a>) -> Option<&'a DnsName> {
    let cdn = platform.topology.cdn.as_ref()?;
    // Without name servers of its own the topology publishes no alias either.
    platform.topology.geodns.as_ref()?;
    cdn.names.get(platform.host).filter(|_| cdn_hosts(platform.topology).contains(platform.host))
}

/// The hop, where the network stands in front of this host, and the data centre that it fetches from.
pub(super) fn hop(platform: &Platform<'_>) -> Option<(Hop, Option<Name>)> {
    let cdn = platform.topology.cdn.as_ref().filter(|_| cdn_hosts(platform.topology).contains(platform.host))?;
    let name = match cdn.provider {
        CdnProvider::Yandex => "yandex",
    };
    let Some(alias) = alias(platform) else {
        let reason =
            format!("it is set up for {0} but not in the way: `cdn.names.{1}` is missing", platform.request.host, platform.host);
        return Some((Hop::new(Layer::Cdn, name, reason).note(keeps(platform, cdn)), None));
    };
    let sites = platform.topology.datacenter_names();
    let found = sites.iter().find(|site| names::is_reachable(platform, site)).map(|site| (*site).clone());
    let backups: Vec<String> = sites.iter().skip(1).map(|site| origin(platform.topology, site)).collect();
    let reason = match &found {
        Some(site) if sites.first() == Some(&site) => format!(
            "what it does not have it fetches from {}, whose backup is {}",
            origin(platform.topology, site),
            backups.join(", ")
        ),
        Some(site) => format!(
            "the preferred origin cannot be reached, so it fetches from the backup {} what it does not have",
            origin(platform.topology, site)
        ),
        None => "no origin can be reached: only what it has is answered".to_owned(),
    };
    let hop = Hop::new(Layer::Cdn, name, reason)
        .through(vec![alias.to_string()])
        .note(keeps(platform, cdn))
        .note(stands_in(platform, cdn));
    Some((platform.judged(hop, &Component::Cdn, None), found))
}

/// What the network may keep of this request's answer.
fn keeps(platform: &Platform<'_>, cdn: &Cdn) -> String {
    if platform.request.method == Method::Post {
        return "an answer to a POST is never kept".to_owned();
    }
    match rule(platform, cdn) {
        Some((ttl, true)) => format!("a file is fresh for {ttl} and never asked for again"),
        Some((ttl, false)) => format!("an answer to a request without credentials is fresh for {ttl}"),
        None => "no rule is for this path: its answer is not kept".to_owned(),
    }
}

/// The lifetime of the longest rule for the path, and whether it is a file for ever.
fn rule(platform: &Platform<'_>, cdn: &Cdn) -> Option<(Duration, bool)> {
    let fits = |host: &DnsName, path: &UrlPath| host == platform.host && asked::matches(path, &platform.request.path);
    let files = cdn.assets.iter().filter(|files| fits(&files.host, &files.path));
    let files = files.map(|files| (asked::stem(&files.path).len(), files.ttl, files.immutable));
    let api = cdn.api.iter().filter(|rule| fits(&rule.host, &rule.path));
    let api = api.map(|rule| (asked::stem(&rule.path).len(), rule.ttl, false));
    files.chain(api).max_by_key(|(length, ..)| *length).map(|(_, ttl, immutable)| (ttl, immutable))
}

/// When an old answer stands in.
fn stands_in(platform: &Platform<'_>, cdn: &Cdn) -> &'static str {
    let fresh = |rule: &CacheRule| rule.host == *platform.host && rule.stale.is_none();
    if cdn.api.iter().any(fresh) {
        "an old answer never stands in: a path of this host must be fresh"
    } else {
        "an old answer stands in while the origins give errors or none at all"
    }
}
