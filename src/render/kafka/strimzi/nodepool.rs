//! One `KafkaNodePool` for each role at each site. A pool that spanned both sites would not be spread at all: the
//! operator adds no affinity of its own. Identifiers come from the plan, so that growth at one site moves nothing at
//! the other; controllers are static voters, so their pools are never scaled.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, EnvVar, PodSecurityContext, ResourceRequirements, SecurityContext, Toleration, TopologySpreadConstraint,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use serde::Serialize;

use super::cluster::RACK_VARIABLE;
use super::{CLUSTER_LABEL, at_site, container_security, member, pod_security, resources};
use crate::model::plan::{KafkaCluster, KafkaNode};
use crate::model::topology::WITNESS;
use crate::model::topology::rules::Strictness;
use crate::model::{Artifact, Name};
use crate::render::kafka::{Instance, policy};
use crate::render::{RenderError, meta};

/// The label of a pool's pods.
const POOL_LABEL: &str = "strimzi.io/pool-name";
/// The identifiers that a pool's next nodes take.
pub(super) const NEXT_IDS: &str = "strimzi.io/next-node-ids";
/// The label of a node by its name.
const NODE_LABEL: &str = "kubernetes.io/hostname";
/// The taint that keeps workloads off the witness.
const WITNESS_TAINT: &str = "inuretech.io/witness";
/// The metadata log of a platform of this size is far smaller; snapshots of it are kept beside it.
const CONTROLLER_DISK: &str = "20Gi";
/// A controller holds the metadata of all partitions in memory: little, up to tens of thousands of them.
const CONTROLLER_MEMORY: &str = "1Gi";
const CONTROLLER_HEAP_MIB: u64 = 512;
/// Enough to close the log segments of a loaded broker cleanly; a kill costs a recovery at the next start.
const GRACE_SECONDS: i64 = 120;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Controller,
    Broker,
}

impl Role {
    const fn name(self) -> &'static str {
        match self {
            Self::Controller => "controller",
            Self::Broker => "broker",
        }
    }
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    replicas: usize,
    roles: Vec<&'static str>,
    storage: Storage,
    resources: ResourceRequirements,
    jvm_options: JvmOptions,
    template: Template,
}

#[derive(Debug, Serialize)]
struct Storage {
    r#type: &'static str,
    volumes: Vec<Volume>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Volume {
    id: u32,
    r#type: &'static str,
    size: String,
    class: String,
    delete_claim: bool,
    kraft_metadata: &'static str,
}

#[derive(Debug, Serialize)]
struct JvmOptions {
    #[serde(rename = "-Xms")]
    initial: String,
    #[serde(rename = "-Xmx")]
    most: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Template {
    pod: Pod,
    kafka_container: Container,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pod {
    affinity: Affinity,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tolerations: Vec<Toleration>,
    topology_spread_constraints: Vec<TopologySpreadConstraint>,
    security_context: PodSecurityContext,
    termination_grace_period_seconds: i64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Container {
    env: Vec<EnvVar>,
    security_context: SecurityContext,
}

/// The pools of a cluster.
pub(super) fn render(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for (role, nodes) in [(Role::Controller, &cluster.controllers), (Role::Broker, &cluster.brokers)] {
        let mut by_site: BTreeMap<&Name, Vec<u32>> = BTreeMap::new();
        for KafkaNode { id, site, .. } in nodes {
            by_site.entry(site).or_default().push(*id);
        }
        for (site, ids) in by_site {
            artifacts.push(pool(instance, cluster, role, (site, &ids))?);
        }
    }
    Ok(artifacts)
}

fn pool(instance: &Instance<'_>, cluster: &KafkaCluster, role: Role, at: (&Name, &[u32])) -> Result<Artifact, RenderError> {
    let (site, ids) = at;
    // Pools of all clusters share a namespace, so the instance is part of the name.
    let name = format!("{}-{}-{site}", instance.name, role.name());
    let spec = spec(instance, cluster, role, (site, &name, ids.len()));
    let mut object = member(instance, "KafkaNodePool", &name, (cluster, spec));
    let ids = ids.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
    object.metadata.annotations = Some(BTreeMap::from([(NEXT_IDS.to_owned(), format!("[{ids}]"))]));
    let count = match role {
        Role::Controller => "controllers",
        Role::Broker => "brokers",
    };
    let sources = vec![instance.path().key(count).key(site.as_str()), instance.path()];
    Ok(Artifact::object(meta::DATA, &object, sources)?)
}

fn spec(instance: &Instance<'_>, cluster: &KafkaCluster, role: Role, at: (&Name, &str, usize)) -> Spec {
    let (site, pool, replicas) = at;
    let (disk, memory, heap, cpu) = match role {
        Role::Controller => (CONTROLLER_DISK.to_owned(), CONTROLLER_MEMORY.to_owned(), CONTROLLER_HEAP_MIB, "250m"),
        Role::Broker => {
            let kafka = instance.kafka;
            (kafka.disk.to_string(), kafka.memory.to_string(), policy::heap_mib(kafka.memory), "1")
        }
    };
    let volume = Volume {
        id: 0,
        r#type: "persistent-claim",
        size: disk,
        class: instance.input.topology.kubernetes.storage_class.to_string(),
        delete_claim: false,
        kraft_metadata: "shared",
    };
    let rack = EnvVar { name: RACK_VARIABLE.to_owned(), value: Some(site.to_string()), ..EnvVar::default() };
    Spec {
        replicas,
        roles: vec![role.name()],
        storage: Storage { r#type: "jbod", volumes: vec![volume] },
        resources: resources(cpu, &memory),
        jvm_options: JvmOptions { initial: format!("{heap}m"), most: format!("{heap}m") },
        template: Template {
            pod: pod(instance, cluster, site, pool),
            kafka_container: Container { env: vec![rack], security_context: container_security() },
        },
    }
}

fn pod(instance: &Instance<'_>, cluster: &KafkaCluster, site: &Name, pool: &str) -> Pod {
    let spread = &instance.input.topology.rules.spread;
    let labels = BTreeMap::from([(CLUSTER_LABEL.to_owned(), cluster.name.clone()), (POOL_LABEL.to_owned(), pool.to_owned())]);
    let over = [(meta::RACK_LABEL, spread.rack), (NODE_LABEL, spread.node)];
    Pod {
        affinity: at_site(site),
        tolerations: if site.as_str() == WITNESS { vec![witness()] } else { Vec::new() },
        topology_spread_constraints: over.into_iter().filter_map(|(key, how)| spread_over(key, how, &labels)).collect(),
        security_context: pod_security(),
        termination_grace_period_seconds: GRACE_SECONDS,
    }
}

fn witness() -> Toleration {
    Toleration {
        key: Some(WITNESS_TAINT.to_owned()),
        operator: Some("Exists".to_owned()),
        effect: Some("NoSchedule".to_owned()),
        ..Toleration::default()
    }
}

fn spread_over(key: &str, how: Strictness, labels: &BTreeMap<String, String>) -> Option<TopologySpreadConstraint> {
    let otherwise = match how {
        Strictness::Hard => "DoNotSchedule",
        Strictness::Soft => "ScheduleAnyway",
        Strictness::Off => return None,
    };
    Some(TopologySpreadConstraint {
        max_skew: 1,
        topology_key: key.to_owned(),
        when_unsatisfiable: otherwise.to_owned(),
        label_selector: Some(LabelSelector { match_labels: Some(labels.clone()), ..LabelSelector::default() }),
        node_taints_policy: Some("Honor".to_owned()),
        ..TopologySpreadConstraint::default()
    })
}
