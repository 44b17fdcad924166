//! Kubernetes: its control plane, which is an etcd like Patroni's but in static pods, and what only it can do.

mod control_plane;
mod workloads;

pub use control_plane::ControlPlane;
pub use workloads::Workloads;

use super::book::Place;
use super::ground::Loss;

/// `kubectl` on a control-plane host.
pub const KUBECTL: &str = "kubectl --kubeconfig /etc/kubernetes/admin.conf";

/// Where `kubectl` is used: the first control-plane host that is left.
pub fn seat(loss: Loss<'_>) -> Option<Place> {
    loss.survivors(&loss.ground.plan.kubernetes.control_plane).first().map(|member| Place::of(member))
}
