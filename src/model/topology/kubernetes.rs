//! The Kubernetes cluster.

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::name::{DnsName, Name};

/// The one cluster that spans both data centres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Kubernetes {
    /// The minor version.
    pub version: Minor,
    /// The name under which every node reaches the API; never an address of one data centre.
    #[schemars(example = &"k8s.inuretech.internal")]
    pub api_endpoint: DnsName,
    /// The network of the pods.
    #[serde(default = "Kubernetes::default_pods")]
    #[schemars(with = "String", regex(pattern = r"^([0-9]{1,3}\.){3}[0-9]{1,3}/([0-9]|[12][0-9]|3[0-2])$"), extend("x-help" = "an IPv4 network such as `10.244.0.0/16`"), example = &"10.244.0.0/16")]
    pub pod_network: Ipv4Net,
    /// The network of the services.
    #[serde(default = "Kubernetes::default_services")]
    #[schemars(with = "String", regex(pattern = r"^([0-9]{1,3}\.){3}[0-9]{1,3}/([0-9]|[12][0-9]|3[0-2])$"), extend("x-help" = "an IPv4 network such as `10.96.0.0/12`"), example = &"10.96.0.0/12")]
    pub service_network: Ipv4Net,
    /// The ingress controller.
    #[serde(default)]
    pub controller: Controller,
    /// The network plugin.
    #[serde(default)]
    pub cni: Cni,
    /// Where the platform's own images are pulled from: a mirror that both data centres reach, or nothing for
    /// the public names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[a-z0-9][a-z0-9.:-]*(/[a-z0-9._-]+)*$"), extend("x-help" = "a registry and path such as `registry.inuretech.ru/mirror`"), example = &"registry.inuretech.ru/mirror")]
    pub image_registry: Option<String>,
    /// The storage class of stateful workloads; it must bind when the first pod is scheduled.
    #[serde(default = "Kubernetes::default_storage")]
    #[schemars(example = &"local-ssd")]
    pub storage_class: Name,
    /// The pool of the control plane at each site.
    #[serde(default = "Kubernetes::default_control_plane")]
    #[schemars(example = &"control-plane")]
    pub control_plane: Name,
    /// The pool of the workers in each data centre.
    #[serde(default = "Kubernetes::default_workers")]
    #[schemars(example = &"worker")]
    pub workers: Name,
}

impl Kubernetes {
    fn default_pods() -> Ipv4Net {
        Ipv4Net::new_assert([10, 244, 0, 0].into(), 16)
    }

    fn default_services() -> Ipv4Net {
        Ipv4Net::new_assert([10, 96, 0, 0].into(), 12)
    }

    fn default_storage() -> Name {
        fixed("local-ssd")
    }

    fn default_control_plane() -> Name {
        fixed("control-plane")
    }

    fn default_workers() -> Name {
        fixed("worker")
    }
}

/// A name written in this program.
#[expect(clippy::expect_used, reason = "the argument is a literal, and every caller is run by the tests of the defaults")]
pub(crate) fn fixed(name: &'static str) -> Name {
    name.parse().expect("a literal name is valid")
}

/// A supported minor version of Kubernetes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[schemars(example = &"1.37")]
pub enum Minor {
    /// 1.34
    #[serde(rename = "1.34")]
    V1_34,
    /// 1.35
    #[serde(rename = "1.35")]
    V1_35,
    /// 1.36
    #[serde(rename = "1.36")]
    V1_36,
    /// 1.37
    #[serde(rename = "1.37")]
    V1_37,
}

impl Minor {
    /// Every supported one, oldest first.
    pub const ALL: [Self; 4] = [Self::V1_34, Self::V1_35, Self::V1_36, Self::V1_37];

    /// As `1.37`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1_34 => "1.34",
            Self::V1_35 => "1.35",
            Self::V1_36 => "1.36",
            Self::V1_37 => "1.37",
        }
    }
}

/// An ingress controller that is maintained and speaks the Gateway API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"envoy-gateway")]
pub enum Controller {
    /// Envoy Gateway, with the Gateway API.
    #[default]
    EnvoyGateway,
    /// Traefik, with the Gateway API.
    Traefik,
    /// The community's ingress-nginx, which was retired in March 2026; refused by a finding.
    IngressNginx,
}

/// A network plugin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"cilium")]
pub enum Cni {
    /// Cilium.
    #[default]
    Cilium,
    /// Calico.
    Calico,
}
