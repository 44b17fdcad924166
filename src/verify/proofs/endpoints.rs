//! Every address is a host's, and every port that a file leads to is opened by a file of that host.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use rayon::prelude::*;

use super::codes::{ADDRESS, NO_LISTENER, PORT_TAKEN};
use super::{Findings, HostFile, Rendered};
use crate::model::{Artifact, Plan};
use crate::verify::formats::{self, Socket};
use crate::verify::kubernetes::object::{Object, below, list, text};
use crate::verify::kubernetes::report::Pointer;

/// What a control-plane node opens through kubeadm: the API server, etcd, its figures, the kubelet, controllers.
const CONTROL_PLANE: [u16; 6] = [6443, 2379, 2380, 2381, 10257, 10259];
/// What every Kubernetes node opens: the kubelet and the proxy's health and figures.
const NODE: [u16; 3] = [10250, 10256, 10249];

struct Listener<'a> {
    address: Ipv4Addr,
    file: &'a str,
    at: String,
    program: &'a str,
}

/// What is open where.
#[derive(Default)]
pub(super) struct Table<'a> {
    hosts: BTreeMap<Ipv4Addr, &'a str>,
    open: BTreeMap<(&'a str, u16), Vec<Listener<'a>>>,
    /// Ports that pods and Services open on every node.
    node_ports: BTreeMap<u16, &'a str>,
    nodes: BTreeSet<&'a str>,
    control_plane: BTreeSet<&'a str>,
}

impl<'a> Table<'a> {
    pub(super) fn of(plan: &'a Plan, listens: Vec<(HostFile<'a>, Vec<Socket>)>, objects: &[Object<'a>]) -> Self {
        let kubernetes = &plan.kubernetes;
        let mut table = Self {
            hosts: plan.hosts.iter().map(|(name, host)| (host.address, name.as_str())).collect(),
            control_plane: kubernetes.control_plane.iter().map(|member| member.host.as_str()).collect(),
            nodes: kubernetes.control_plane.iter().chain(&kubernetes.workers).map(|member| member.host.as_str()).collect(),
            ..Self::default()
        };
        for (file, sockets) in listens {
            // All files of nginx are read by one program, in which several servers share a port.
            let program = if file.inside.starts_with("etc/nginx/") { "nginx" } else { file.path };
            for socket in sockets {
                let Some(port) = socket.port else { continue };
                let listener = Listener { address: socket.address, file: file.path, at: socket.at, program };
                table.open.entry((file.host, port)).or_default().push(listener);
            }
        }
        for object in objects {
            node_ports(object.value, &mut |port| {
                table.node_ports.entry(port).or_insert(object.file);
            });
        }
        table
    }

    /// The host with this address.
    pub(super) fn host(&self, address: Ipv4Addr) -> Option<&'a str> {
        self.hosts.get(&address).copied()
    }

    /// Whether something on the host answers at this address and port.
    pub(super) fn answers(&self, host: &str, address: Ipv4Addr, port: u16) -> bool {
        let at = |listener: &Listener<'_>| listener.address == address || listener.address.is_unspecified();
        let key = self.open.get(&(host, port));
        key.is_some_and(|listeners| listeners.iter().any(at))
            || (self.nodes.contains(host) && (NODE.contains(&port) || self.node_ports.contains_key(&port)))
            || (self.control_plane.contains(host) && CONTROL_PLANE.contains(&port))
    }
}

/// The ports that an object opens on nodes: of Services, of pods that share the node's network, of Envoy's Service.
fn node_ports(object: &serde_json::Value, open: &mut impl FnMut(u16)) {
    let port =
        |value: &serde_json::Value, key| value.get(key).and_then(serde_json::Value::as_u64).and_then(|it| it.try_into().ok());
    let envoy = &["spec", "provider", "kubernetes", "envoyService", "patch", "value", "spec"];
    for ports in [below(object, &["spec"]), below(object, envoy)] {
        list(ports, "ports").iter().filter_map(|item| port(item, "nodePort")).for_each(&mut *open);
    }
    let pod = below(object, &["spec", "template", "spec"]);
    let shared = pod.get("hostNetwork").and_then(serde_json::Value::as_bool).unwrap_or_default();
    for container in list(pod, "containers") {
        for item in list(container, "ports") {
            port(item, "hostPort").or(if shared { port(item, "containerPort") } else { None }).into_iter().for_each(&mut *open);
        }
    }
}

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let table = &rendered.table;
    for (file, sockets) in rendered.files.iter().zip(&rendered.asks) {
        for socket in sockets {
            ask(rendered, table, (file.path, Some(file.host)), socket, findings);
        }
    }
    let elsewhere = |artifact: &Artifact| {
        let mut found = Findings::default();
        for socket in asks(artifact) {
            ask(rendered, table, (&artifact.path, None), &socket, &mut found);
        }
        found.0
    };
    let others = rendered.artifacts.par_iter().filter(|artifact| HostFile::of(artifact).is_none());
    findings.0.par_extend(others.flat_map_iter(elsewhere));
    conflicts(table, findings);
    node_port_conflicts(rendered, findings);
}

/// What a file that lies on no host leads to.
fn asks(artifact: &Artifact) -> Vec<Socket> {
    match artifact.as_object() {
        Some(object) => {
            let mut found = Vec::new();
            formats::scan(object, &Pointer::ROOT, &mut found);
            found
        }
        None => formats::sockets("", &artifact.content).asks,
    }
}

fn ask(rendered: &Rendered<'_>, table: &Table<'_>, (file, own): (&str, Option<&str>), socket: &Socket, findings: &mut Findings) {
    let Socket { address, port, at } = socket;
    let host = if address.is_loopback() { own } else { table.host(*address) };
    match (host, port) {
        (Some(host), Some(port)) if !table.answers(host, *address, *port) => {
            findings.error(NO_LISTENER, file, at, format!("nothing listens at `{address}:{port}` on `{host}`"));
        }
        (None, _) if rendered.plan.sites.values().any(|site| site.network.contains(address)) => {
            findings.error(ADDRESS, file, at, format!("`{address}` is the address of no host"));
        }
        (Some(_) | None, _) => {}
    }
}

fn conflicts(table: &Table<'_>, findings: &mut Findings) {
    for ((host, port), listeners) in &table.open {
        for (position, second) in listeners.iter().enumerate() {
            let clash = |first: &&Listener<'_>| {
                let same = first.address == second.address || first.address.is_unspecified() || second.address.is_unspecified();
                same && (first.program != second.program || first.program != "nginx")
            };
            if let Some(first) = listeners.iter().take(position).find(clash) {
                let message = format!("port {port} of `{host}` is taken by `{}` ({})", first.file, first.at);
                findings.error(PORT_TAKEN, second.file, &second.at, message);
            }
        }
        if let (true, Some(first), [listener, ..]) =
            (table.nodes.contains(host), table.node_ports.get(port), listeners.as_slice())
        {
            let message = format!("port {port} of `{host}` is taken by `{first}`");
            findings.error(PORT_TAKEN, listener.file, &listener.at, message);
        }
    }
}

fn node_port_conflicts(rendered: &Rendered<'_>, findings: &mut Findings) {
    let mut taken: BTreeMap<u64, &str> = BTreeMap::new();
    for object in rendered.cluster.objects.iter().filter(|object| object.kind == "Service") {
        for item in list(below(object.value, &["spec"]), "ports") {
            let Some(port) = item.get("nodePort").and_then(serde_json::Value::as_u64) else { continue };
            if let Some(first) = taken.insert(port, object.file) {
                let message = format!("node port {port} (`{}`) is taken by `{first}`", text(item, "name"));
                findings.error(PORT_TAKEN, object.file, "/spec/ports", message);
            }
        }
    }
}
