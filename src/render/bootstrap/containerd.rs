//! The configuration of the container runtime of Kubernetes nodes, in the form of containerd 2: the kubelet leaves control
//! groups to systemd, so the runtime must too. Packages of it come with the part switched off that kubelets speak to.

use serde::Serialize;

use crate::model::topology::kubernetes::Minor;
use crate::render::template::{render as fill, template};
use crate::render::{Input, RenderError};

/// Where it lies.
pub(super) const FILE: &str = "etc/containerd/config.toml";

#[derive(Serialize)]
struct Containerd {
    sandbox: Option<String>,
}

/// The file, the same on every node.
pub(super) fn config(input: &Input<'_>) -> Result<String, RenderError> {
    let kubernetes = &input.topology.kubernetes;
    let sandbox = kubernetes.image_registry.as_ref().map(|registry| format!("{registry}/pause:{}", pause(kubernetes.version)));
    fill(template!("bootstrap/containerd.toml.j2"), &Containerd { sandbox })
}

/// The image that holds a pod's namespaces, as the kubeadm of each minor version asks for it.
const fn pause(minor: Minor) -> &'static str {
    match minor {
        Minor::V1_34 | Minor::V1_35 => "3.10.1",
        Minor::V1_36 | Minor::V1_37 => "3.10.2",
    }
}
