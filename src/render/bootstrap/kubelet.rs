//! What every kubelet and every kube-proxy of the cluster is told. What a node keeps for itself is what the capacity proof
//! subtracts, to the byte.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::plan::capacity::{RESERVED_CPU, RESERVED_MEMORY};

/// Memory below which the kubelet evicts pods, in mebibytes.
const EVICTION_MIB: u64 = 256;
/// Memory that the system outside Kubernetes keeps, in mebibytes.
const SYSTEM_MIB: u64 = 512;
/// Memory that the kubelet and the container runtime keep, in mebibytes: what is left of the whole reservation.
const KUBE_MIB: u64 = (RESERVED_MEMORY >> 20) - SYSTEM_MIB - EVICTION_MIB;
/// Processor time of the system, in thousandths of a core; the kubelet has the other half.
const SYSTEM_CPU: u64 = RESERVED_CPU / 2;

/// The configuration of every kubelet.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KubeletConfiguration {
    api_version: &'static str,
    kind: &'static str,
    cgroup_driver: &'static str,
    rotate_certificates: bool,
    #[serde(rename = "serverTLSBootstrap")]
    server_tls_bootstrap: bool,
    max_pods: u32,
    kube_reserved: Reserved,
    system_reserved: Reserved,
    eviction_hard: BTreeMap<&'static str, String>,
    shutdown_grace_period: &'static str,
    shutdown_grace_period_critical_pods: &'static str,
    serialize_image_pulls: bool,
    max_parallel_image_pulls: u32,
}

#[derive(Debug, Serialize)]
struct Reserved {
    cpu: String,
    memory: String,
}

/// The configuration of every kube-proxy.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct KubeProxyConfiguration {
    api_version: &'static str,
    kind: &'static str,
    mode: &'static str,
    #[serde(rename = "clusterCIDR")]
    cluster_cidr: String,
}

pub(super) fn kubelet() -> KubeletConfiguration {
    let reserved = |cpu: u64, mib: u64| Reserved { cpu: format!("{cpu}m"), memory: format!("{mib}Mi") };
    KubeletConfiguration {
        api_version: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        cgroup_driver: "systemd",
        rotate_certificates: true,
        server_tls_bootstrap: true,
        max_pods: 110,
        kube_reserved: reserved(RESERVED_CPU - SYSTEM_CPU, KUBE_MIB),
        system_reserved: reserved(SYSTEM_CPU, SYSTEM_MIB),
        eviction_hard: BTreeMap::from([
            ("memory.available", format!("{EVICTION_MIB}Mi")),
            // The kubelet's own defaults, which setting any threshold takes away.
            ("nodefs.available", "10%".to_owned()),
            ("nodefs.inodesFree", "5%".to_owned()),
            ("imagefs.available", "15%".to_owned()),
            ("imagefs.inodesFree", "5%".to_owned()),
        ]),
        // Longer than any pod of ours takes to drain, so that a reboot of a node is no crash of its pods.
        shutdown_grace_period: "120s",
        shutdown_grace_period_critical_pods: "30s",
        // A node that takes over for a lost data centre starts many pods at once.
        serialize_image_pulls: false,
        max_parallel_image_pulls: 4,
    }
}

pub(super) fn proxy(cluster_cidr: String) -> KubeProxyConfiguration {
    KubeProxyConfiguration {
        api_version: "kubeproxy.config.k8s.io/v1alpha1",
        kind: "KubeProxyConfiguration",
        mode: "nftables",
        cluster_cidr,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_keeps_what_the_capacity_proof_subtracts() {
        let value = serde_json::to_value(kubelet()).unwrap();
        let number = |pointer: &str, unit: &str| -> u64 {
            value.pointer(pointer).unwrap().as_str().unwrap().strip_suffix(unit).unwrap().parse().unwrap()
        };
        let kept: u64 = ["/kubeReserved/memory", "/systemReserved/memory", "/evictionHard/memory.available"]
            .into_iter()
            .map(|pointer| number(pointer, "Mi"))
            .sum();
        assert_eq!(kept << 20, RESERVED_MEMORY);
        assert_eq!(number("/kubeReserved/cpu", "m") + number("/systemReserved/cpu", "m"), RESERVED_CPU);
    }
}
