//! How a machine of a group becomes a node: `KubeadmConfigTemplate`, one for each data centre. It brings the files that static
//! nodes of the data centre have and joins as a static worker does, so that the kubelet's settings, and with them what a node
//! keeps for itself, come from the cluster. Its labels name no rack: which machine is taken is the provider's choice.
//! A change of it is for machines to come; those that stand are left alone.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use super::{APP, Group};
use crate::render::bootstrap::kubeadm::{CRI_SOCKET, endpoint_of_all, labels};
use crate::render::bootstrap::node_files;
use crate::render::{Input, RenderError, meta};

/// What is run before kubeadm joins. The image has the programs; whatever runs of them by default knows nothing of the files.
const BEFORE: [&str; 5] = [
    "systemctl restart systemd-modules-load.service",
    "sysctl --system",
    "systemctl daemon-reload",
    "systemctl restart containerd.service",
    "systemctl enable --now inuretech-api-balancer.service",
];

/// A `KubeadmConfigTemplate`.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KubeadmConfigTemplate {
    api_version: &'static str,
    kind: &'static str,
    metadata: ObjectMeta,
    spec: Template,
}

#[derive(Debug, Serialize)]
struct Template {
    template: Body,
}

#[derive(Debug, Serialize)]
struct Body {
    spec: KubeadmConfig,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct KubeadmConfig {
    files: Vec<File>,
    pre_kubeadm_commands: [&'static str; 5],
    join_configuration: Join,
}

#[derive(Debug, Serialize)]
struct File {
    path: String,
    owner: &'static str,
    permissions: &'static str,
    content: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    append: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Join {
    discovery: Discovery,
    node_registration: NodeRegistration,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Discovery {
    bootstrap_token: BootstrapToken,
}

/// Cluster API adds the token and the digest of the authority.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct BootstrapToken {
    api_server_endpoint: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct NodeRegistration {
    cri_socket: &'static str,
    kubelet_extra_args: [Argument; 1],
}

#[derive(Debug, Serialize)]
struct Argument {
    name: &'static str,
    value: String,
}

/// The object of a group.
pub(super) fn template(input: &Input<'_>, group: &Group<'_>) -> Result<KubeadmConfigTemplate, RenderError> {
    let file = |path: &str, content: String, append: bool| File {
        path: format!("/{path}"),
        owner: "root:root",
        permissions: "0644",
        content,
        append,
    };
    let own = format!("127.0.0.1 {}\n", input.topology.kubernetes.api_endpoint);
    let mut files = vec![file("etc/hosts", own, true)];
    files.extend(node_files(input, group.site)?.into_iter().map(|(path, content)| file(path, content, false)));
    let labels = Argument { name: "node-labels", value: labels(input, group.site, None) };
    let join_configuration = Join {
        discovery: Discovery { bootstrap_token: BootstrapToken { api_server_endpoint: endpoint_of_all(input) } },
        node_registration: NodeRegistration { cri_socket: CRI_SOCKET, kubelet_extra_args: [labels] },
    };
    Ok(KubeadmConfigTemplate {
        api_version: "bootstrap.cluster.x-k8s.io/v1beta2",
        kind: "KubeadmConfigTemplate",
        metadata: meta::metadata(input.topology, meta::AUTOSCALING, &group.name, APP),
        spec: Template { template: Body { spec: KubeadmConfig { files, pre_kubeadm_commands: BEFORE, join_configuration } } },
    })
}
