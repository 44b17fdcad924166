//! A cache on hosts: for each member its configuration and unit, the scripts beside it, and on the first host the
//! script that forms the cluster.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Instance;
use super::files::Folders;
use crate::model::plan::RedisMember;
use crate::model::plan::redis::REDIS_CONFIG;
use crate::model::{Artifact, HostName, Path};
use crate::render::template::{render as fill, template};
use crate::render::{RenderError, meta};

#[derive(Serialize)]
struct Unit<'a> {
    instance: &'a str,
    host: &'a str,
    user: &'a str,
    config: &'a str,
    data: String,
}

/// Renders a cache on hosts.
pub fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let shared = instance.shared_files()?;
    let mut artifacts: BTreeMap<String, Artifact> = BTreeMap::new();
    let mut put = |host: &HostName, file: &str, text: String| {
        let path = meta::host_file(instance.input.plan, host, file);
        artifacts.insert(path.clone(), Artifact::text(path, text, sources(instance)));
    };
    for member in &instance.plan.members {
        let Some(host) = &member.host else { continue };
        let (data, run) = (format!("{}/{}", data(instance), member.port), format!("/run/redis-{}", member.port));
        let text = instance.settings(&member.site, member.port, Some(member), &Folders { data: &data, run: &run })?;
        put(host, &format!("etc/redis/redis-{}.conf", member.port), text);
        let unit = fill(template!("redis/redis.service.j2"), &unit(instance, host))?;
        put(host, "etc/systemd/system/redis-member@.service", unit);
    }
    for sentinel in &instance.plan.sentinels {
        let Some(host) = &sentinel.host else { continue };
        let (data, run) =
            (format!("{}/sentinel-{}", data(instance), sentinel.port), format!("/run/redis-sentinel-{}", sentinel.port));
        if let Some(text) = instance.sentinel_settings(sentinel.port, Some(sentinel), &Folders { data: &data, run: &run })? {
            put(host, "etc/redis/sentinel.conf", text);
        }
        let unit = fill(template!("redis/redis-sentinel.service.j2"), &unit(instance, host))?;
        put(host, "etc/systemd/system/redis-sentinel@.service", unit);
    }
    let all: BTreeSet<&HostName> = on_hosts(&instance.plan.members).chain(on_hosts(&instance.plan.sentinels)).collect();
    for host in all {
        for (name, text) in &shared {
            put(host, &format!("etc/redis/{name}"), text.clone());
        }
    }
    if let (Some(host), Some(text)) = (on_hosts(&instance.plan.members).next(), instance.forming_script()?) {
        let path = meta::host_file(instance.input.plan, host, "etc/redis/form-cluster.sh");
        let script = Artifact { executable: true, ..Artifact::text(path.clone(), text, sources(instance)) };
        artifacts.insert(path, script);
    }
    Ok(artifacts.into_values().collect())
}

fn on_hosts(members: &[RedisMember]) -> impl Iterator<Item = &HostName> {
    members.iter().filter_map(|member| member.host.as_ref())
}

fn data(instance: &Instance<'_>) -> String {
    format!("/var/lib/{}", instance.redis.engine.as_str())
}

fn unit<'a>(instance: &Instance<'a>, host: &'a HostName) -> Unit<'a> {
    Unit {
        instance: instance.name.as_str(),
        host: host.as_str(),
        user: instance.redis.engine.as_str(),
        config: REDIS_CONFIG,
        data: data(instance),
    }
}

fn sources(instance: &Instance<'_>) -> Vec<Path> {
    vec![instance.path()]
}
