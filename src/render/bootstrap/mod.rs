//! What a host has before anything of the platform runs on it: the names of all hosts, and on Kubernetes nodes also the
//! kernel's settings, the container runtime's, a balancer in front of the API servers, kubeadm's configuration and, on control-plane nodes,
//! snapshots of etcd. It runs nothing: initialising and joining are steps of the playbook that a person asks for. Machines that
//! an autoscaler adds get the same files with their first boot.

mod containerd;
pub(super) mod kubeadm;
mod kubelet;
mod snapshot;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde::Serialize;

use super::template::{Template, render as fill, template};
use super::{Input, RenderError, meta};
use crate::model::plan::{API_BALANCER_PORT, API_SERVER_PORT, Host, Member};
use crate::model::{Artifact, Content, HostName, Name, Path};

/// The balancer's configuration, as it lies on the host.
const BALANCER: &str = "etc/inuretech/api-balancer/haproxy.cfg";
/// Its unit.
const BALANCER_UNIT: &str = "etc/systemd/system/inuretech-api-balancer.service";

#[derive(Serialize)]
struct Hosts {
    endpoint: Option<String>,
    hosts: Vec<Entry>,
}

#[derive(Clone, Serialize)]
struct Entry {
    name: String,
    address: String,
}

#[derive(Serialize)]
struct Balancer {
    config: String,
    port: u16,
    servers: Vec<Server>,
}

#[derive(Serialize)]
struct Server {
    name: String,
    address: String,
    port: u16,
    backup: bool,
}

/// Renders the foundation of every host.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = hosts(input)?;
    for (position, member) in input.plan.kubernetes.control_plane.iter().enumerate() {
        artifacts.extend(node(input, member)?);
        let documents = if position == 0 { kubeadm::init(input, member)? } else { kubeadm::join(input, member, true)? };
        artifacts.push(kubeadm_file(input, member, documents));
        artifacts.extend(snapshot::render(input, member)?);
    }
    for member in &input.plan.kubernetes.workers {
        artifacts.extend(node(input, member)?);
        artifacts.push(kubeadm_file(input, member, kubeadm::join(input, member, false)?));
    }
    Ok(artifacts)
}

fn kubeadm_file(input: &Input<'_>, member: &Member, documents: Vec<serde_json::Value>) -> Artifact {
    Artifact {
        path: meta::host_file(input.plan, &member.host, "etc/kubernetes/kubeadm.yaml"),
        content: Content::YamlDocuments(documents),
        sources: sources(input, member),
        executable: false,
    }
}

/// The names that a host needs: all hosts but the workers, which nothing reaches by name, and its own. So the files grow with
/// the platform and not with its square. On a Kubernetes node the API's name leads to the balancer on the node itself.
fn hosts(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let kubernetes = &input.plan.kubernetes;
    let workers: BTreeSet<&HostName> = kubernetes.workers.iter().map(|worker| &worker.host).collect();
    let masters: BTreeSet<&HostName> = kubernetes.control_plane.iter().map(|node| &node.host).collect();
    let known: Vec<(&HostName, &Host)> = input.plan.hosts.iter().filter(|(name, _)| !workers.contains(name)).collect();
    let file = |(name, host): (&HostName, &Host)| {
        let is_node = workers.contains(name) || masters.contains(name);
        let own = workers.contains(name).then_some((name, host));
        let entry = |(name, host): (&HostName, &Host)| Entry { name: name.to_string(), address: host.address.to_string() };
        let hosts = known.iter().copied().chain(own).map(entry).collect();
        let endpoint = is_node.then(|| input.topology.kubernetes.api_endpoint.to_string());
        let text = fill(template!("bootstrap/hosts.j2"), &Hosts { endpoint, hosts })?;
        let source = input.topology.pool_path(host.site.as_str(), host.pool.as_str());
        Ok(Artifact::text(meta::host_file(input.plan, name, "etc/hosts"), text, vec![source, Path::of(["datacenters"])]))
    };
    input.plan.hosts.iter().map(file).collect()
}

/// What every Kubernetes node has.
fn node(input: &Input<'_>, member: &Member) -> Result<Vec<Artifact>, RenderError> {
    let artifact = |(file, text): (&str, String)| {
        Artifact::text(meta::host_file(input.plan, &member.host, file), text, sources(input, member))
    };
    Ok(node_files(input, &member.site)?.into_iter().map(artifact).collect())
}

/// The files of any Kubernetes node at a site, by their paths without the first slash: whatever does not depend on its name.
pub(super) fn node_files(input: &Input<'_>, site: &Name) -> Result<Vec<(&'static str, String)>, RenderError> {
    let server = |other: &Member| Server {
        name: other.host.to_string(),
        address: other.address.to_string(),
        port: API_SERVER_PORT,
        backup: other.site != *site,
    };
    let mut servers: Vec<Server> = input.plan.kubernetes.control_plane.iter().map(server).collect();
    servers.sort_by_key(|server| server.backup);
    let balancer = Balancer { config: format!("/{BALANCER}"), port: API_BALANCER_PORT, servers };
    Ok(vec![
        (containerd::FILE, containerd::config(input)?),
        (BALANCER, fill(template!("bootstrap/api-balancer.cfg.j2"), &balancer)?),
        (BALANCER_UNIT, fill(template!("bootstrap/api-balancer.service.j2"), &balancer)?),
        ("etc/modules-load.d/inuretech.conf", fill(template!("bootstrap/modules.conf.j2"), &())?),
        ("etc/sysctl.d/99-inuretech.conf", fill(template!("bootstrap/sysctl.conf.j2"), &())?),
    ])
}

/// A file of a Kubernetes node.
fn text<T: Serialize>(
    input: &Input<'_>,
    member: &Member,
    file: &str,
    template: Template,
    context: &T,
) -> Result<Artifact, RenderError> {
    Ok(Artifact::text(meta::host_file(input.plan, &member.host, file), fill(template, context)?, sources(input, member)))
}

fn sources(input: &Input<'_>, member: &Member) -> Vec<Path> {
    let pool = input.plan.hosts.get(&member.host).map(|host| input.topology.pool_path(host.site.as_str(), host.pool.as_str()));
    std::iter::once(Path::of(["kubernetes"])).chain(pool).collect()
}
