//! Both data centres mirror each other: hosts of one pool have the same kinds of files in both, and what Kubernetes runs in one
//! data centre by name it runs in the other, except where the plan has no member there.

use std::collections::{BTreeMap, BTreeSet};

use super::codes::MIRROR;
use super::{Findings, HostFile, Rendered};
use crate::model::name::Name;
use crate::model::plan::{Host, SiteKind};
use crate::verify::kubernetes::object::{Object, below, list};

/// The files of one kind in a pool of one data centre.
#[derive(Default)]
struct Kind<'a> {
    files: Vec<HostFile<'a>>,
    /// What listens on their hosts.
    members: BTreeSet<&'a str>,
}

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let is_datacenter = |kind: SiteKind| match kind {
        SiteKind::Preferred | SiteKind::Standby => true,
        SiteKind::Witness => false,
    };
    let sites: Vec<&Name> =
        rendered.plan.sites.iter().filter(|(_, site)| is_datacenter(site.kind)).map(|(name, _)| name).collect();
    let [first, second] = sites.as_slice() else { return };
    for (here, there) in [(first, second), (second, first)] {
        files(rendered, here, there, findings);
        for object in &rendered.cluster.objects {
            counterpart(rendered, object, (here, there), findings);
        }
    }
}

fn kinds<'a>(rendered: &Rendered<'a>, site: &Name) -> BTreeMap<(&'a Name, String), Kind<'a>> {
    let mut found: BTreeMap<(&Name, String), Kind<'_>> = BTreeMap::new();
    for file in &rendered.files {
        let Some(host) = rendered.plan.hosts.get(file.host).filter(|host| host.site == *site) else { continue };
        // Ports in names are of one kind.
        let kind = file.inside.replace(|digit: char| digit.is_ascii_digit(), "#");
        let entry = found.entry((&host.pool, kind)).or_default();
        entry.files.push(*file);
        entry.members.extend(host.listeners.values().map(String::as_str));
    }
    found
}

fn files(rendered: &Rendered<'_>, here: &Name, there: &Name, findings: &mut Findings) {
    let others = kinds(rendered, there);
    for ((pool, kind), own) in kinds(rendered, here) {
        if others.contains_key(&(pool, kind.clone())) {
            continue;
        }
        let in_pool = |site: &Name| -> Vec<&Host> {
            rendered.plan.hosts.values().filter(|host| host.pool == *pool && host.site == *site).collect()
        };
        let running: BTreeSet<&str> =
            in_pool(there).iter().flat_map(|host| host.listeners.values().map(String::as_str)).collect();
        // What a person runs once lies on one host of the platform alone.
        let once = own.files.len() == 1 && (in_pool(here).len() > 1 || kind.strip_suffix(".sh").is_some());
        // A cluster that follows another is a copy of it, and so never set up by itself.
        let mut clusters = rendered.plan.postgres.values().flat_map(|postgres| &postgres.clusters);
        let copy = kind.contains("bootstrap") && clusters.any(|it| it.follows.is_some() && it.site.as_ref() == Some(there));
        if let Some(file) = own.files.first().filter(|_| !once && !copy && own.members.is_subset(&running)) {
            let message = format!("hosts of the pool `{pool}` have `{}` in `{here}` and not in `{there}`", file.inside);
            findings.error(MIRROR, file.path, "", message);
        }
    }
}

/// The object of the same name in the other data centre.
fn counterpart(rendered: &Rendered<'_>, object: &Object<'_>, (here, there): (&Name, &Name), findings: &mut Findings) {
    let Some(stem) = object.name.strip_suffix(here.as_str()).filter(|stem| stem.ends_with('-')) else { return };
    let other = format!("{stem}{there}");
    if rendered.cluster.find(object.kind, object.namespace, &other).is_none() && !alone(rendered, object, stem, (here, there)) {
        let message = format!("`{here}` has the {} `{}`, and `{there}` has no `{other}`", object.kind, object.name);
        findings.error(MIRROR, object.file, "/metadata/name", message);
    }
}

/// Whether the plan gives the other data centre no member of this.
fn alone(rendered: &Rendered<'_>, object: &Object<'_>, stem: &str, (here, there): (&Name, &Name)) -> bool {
    let plan = rendered.plan;
    if object.kind == "KafkaNodePool" {
        let controllers = list(below(object.value, &["spec"]), "roles").iter().any(|role| role == "controller");
        let clusters = plan.kafka.values().flat_map(|kafka| &kafka.clusters).filter(|cluster| stem.starts_with(&cluster.name));
        let mut nodes = clusters.flat_map(|cluster| if controllers { &cluster.controllers } else { &cluster.brokers });
        return !nodes.any(|node| node.site == *there);
    }
    let redis = plan.redis.values().flat_map(|redis| &redis.groups);
    let s3 = plan.s3.values().flat_map(|s3| s3.masters.iter().chain(&s3.volumes).chain(&s3.filers));
    let groups: BTreeSet<&str> = redis.chain(s3).map(|group| group.name.as_str()).collect();
    groups.contains(format!("{stem}{here}").as_str()) && !groups.contains(format!("{stem}{there}").as_str())
}
