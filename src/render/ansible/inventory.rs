//! The inventory: every host in the group of its site, of its pool and of each system on it, with what is installed there.
//! Names of groups have `_` where names of ours have `-`, because Ansible takes them for identifiers.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use super::first_start::RedisUnits;
use super::packages::{Packages, kafka, masked, packages};
use super::systems::System;
use crate::model::HostName;
use crate::model::plan::bootstrap::DISCOVERY;
use crate::model::plan::{Holder, SecretKind};
use crate::render::Input;

/// The inventory file.
#[derive(Debug, Serialize)]
pub(super) struct Inventory {
    all: All,
}

#[derive(Debug, Serialize)]
struct All {
    hosts: BTreeMap<String, HostVariables>,
    children: BTreeMap<String, Group>,
}

#[derive(Debug, Serialize)]
struct HostVariables {
    ansible_host: String,
    inuretech_site: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    inuretech_rack: Option<String>,
    #[serde(skip_serializing_if = "Packages::is_empty")]
    inuretech_packages: Packages,
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    inuretech_masked: BTreeSet<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inuretech_kafka: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inuretech_redis: Option<RedisUnits>,
}

#[derive(Debug, Default, Serialize)]
struct Group {
    /// By name; what is known of them stands above.
    hosts: BTreeMap<String, Value>,
}

/// The secrets that a host reads.
#[derive(Debug, Default, Serialize)]
pub(super) struct Secrets {
    inuretech_secrets: Vec<Secret>,
}

#[derive(Debug, Serialize)]
struct Secret {
    path: String,
    owner: String,
    private: bool,
    purpose: String,
}

/// The group of a site, a pool or a system.
pub(super) fn group(kind: &str, name: &str) -> String {
    format!("{kind}_{}", name.replace(['-', '.'], "_"))
}

pub(super) fn inventory(input: &Input<'_>) -> Inventory {
    let mut children: BTreeMap<String, Group> = BTreeMap::new();
    let mut join = |group: String, host: &HostName| {
        children.entry(group).or_default().hosts.insert(host.to_string(), json!({}));
    };
    let (mut installed, mut masked, mut kafka) = (packages(input), masked(input), kafka(input));
    let mut redis = RedisUnits::of(input);
    let mut hosts = BTreeMap::new();
    for (name, host) in &input.plan.hosts {
        join(group("site", host.site.as_str()), name);
        join(group("pool", host.pool.as_str()), name);
        let variables = HostVariables {
            ansible_host: host.address.to_string(),
            inuretech_site: host.site.to_string(),
            inuretech_rack: host.rack.clone(),
            inuretech_packages: installed.remove(name).unwrap_or_default(),
            inuretech_masked: masked.remove(name).unwrap_or_default(),
            inuretech_kafka: kafka.remove(name),
            inuretech_redis: redis.remove(name),
        };
        hosts.insert(name.to_string(), variables);
    }
    for system in System::ALL {
        for host in system.hosts(input) {
            join(system.group(), host);
        }
    }
    Inventory { all: All { hosts, children } }
}

/// The secrets of each host that reads any, without the way to a cluster that a node needs once, before it joins.
pub(super) fn secrets(input: &Input<'_>) -> BTreeMap<HostName, Secrets> {
    let mut all: BTreeMap<HostName, Secrets> = BTreeMap::new();
    for need in &input.plan.secrets {
        let Holder::Host { host, path, owner } = &need.holder else { continue };
        if path == DISCOVERY {
            continue;
        }
        let private = !matches!(need.kind, SecretKind::CaCertificate | SecretKind::Certificate);
        let secret = Secret { path: path.clone(), owner: owner.clone(), private, purpose: need.purpose.clone() };
        all.entry(host.clone()).or_default().inuretech_secrets.push(secret);
    }
    all
}
