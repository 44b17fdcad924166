//! The pods of an object store, and the `StatefulSet`s of them.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvVar, EnvVarSource, HTTPGetAction, PodSpec, PodTemplateSpec, Probe, SecretKeySelector,
    TCPSocketAction,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::objects::GROUP_LABEL;
use super::{Part, Store};
use crate::model::plan::PodGroup;
use crate::model::plan::seaweedfs::{SEAWEEDFS_KEYS, SEAWEEDFS_TLS, SIGNING_KEY, s3_keys_secret, s3_tls_secret};
use crate::model::plan::store::S3_PORT;
use crate::model::unit::Bytes;
use crate::render::{meta, stores};

/// Where `security.toml` is looked for.
pub const CONFIG: &str = "/usr/local/etc/seaweedfs";
/// What a pod keeps.
pub const DATA: &str = "/data";
/// What a pod forgets.
pub const RUN: &str = "/run/seaweedfs";
/// The port of the metrics.
pub const METRICS_PORT: u16 = 9327;
/// The user that everything runs as.
const USER: i64 = 1000;
/// The disk of the names of objects, of which a million take about one gibibyte at most.
const FILER_DISK: Bytes = Bytes(20 << 30);
/// The disk of a master, which holds little more than its vote.
const MASTER_DISK: Bytes = Bytes(1 << 30);

impl Store<'_> {
    /// The labels of the pods of one part.
    pub fn labels(&self, component: &str) -> BTreeMap<String, String> {
        stores::component(self.name.as_str(), component)
    }

    /// The image.
    pub fn image(&self) -> String {
        meta::image(self.input.topology, "chrislusf/seaweedfs", "4.47")
    }

    /// The name of the `ConfigMap` with every text.
    pub fn config_map(&self) -> String {
        format!("{}-seaweedfs", self.name)
    }

    /// A container with the image, the configuration and the certificate.
    pub fn container(&self, name: &str, command: Vec<String>) -> Container {
        let key = SecretKeySelector { name: s3_keys_secret(self.name), key: SIGNING_KEY.to_owned(), optional: None };
        let signing = |name: &str| EnvVar {
            name: name.to_owned(),
            value: None,
            value_from: Some(EnvVarSource { secret_key_ref: Some(key.clone()), ..EnvVarSource::default() }),
        };
        let env = vec![
            stores::field("POD_NAME", "metadata.name"),
            signing("WEED_JWT_SIGNING_KEY"),
            signing("WEED_JWT_FILER_SIGNING_KEY"),
        ];
        let mounts = [("config", CONFIG), ("tls", SEAWEEDFS_TLS), ("tmp", "/tmp")];
        Container {
            name: name.to_owned(),
            image: Some(self.image()),
            command: Some(command),
            env: Some(env),
            volume_mounts: Some(mounts.iter().map(|(name, path)| stores::mount(name, path)).collect()),
            security_context: Some(stores::container_security()),
            ..Container::default()
        }
    }

    /// The pod around a container of it.
    pub fn pod(&self, container: Container) -> PodSpec {
        PodSpec {
            service_account_name: Some(self.name.to_string()),
            automount_service_account_token: Some(false),
            enable_service_links: Some(false),
            security_context: Some(stores::pod_security(USER)),
            volumes: Some(vec![
                stores::config_volume("config", &self.config_map()),
                stores::secret_volume("tls", &s3_tls_secret(self.name)),
                stores::scratch_volume("tmp", false),
            ]),
            containers: vec![container],
            ..PodSpec::default()
        }
    }

    /// The `StatefulSet` of a group of one part.
    pub fn stateful_set(&self, part: Part, group: &PodGroup, checksum: &str) -> StatefulSet {
        let topology = self.input.topology;
        let labels = self.labels(part.as_str());
        let workers = self.input.plan.kubernetes.workers.iter().filter(|worker| worker.site == group.site).count();
        let strictly = u32::try_from(workers).is_ok_and(|workers| group.replicas <= workers);
        let place = stores::Place { site: &group.site, apart: &labels, strictly, racks: topology.rules.spread.rack };
        let mut pod = self.pod(self.server(part, group));
        if part == Part::Filer {
            self.add_identities(&mut pod);
        }
        pod.affinity = Some(place.affinity(None));
        pod.topology_spread_constraints = Some(place.spread());
        pod.tolerations = place.tolerations();
        pod.termination_grace_period_seconds = Some(60);
        let own = BTreeMap::from([(GROUP_LABEL.to_owned(), group.name.clone())]);
        let mut pod_labels = meta::labels(topology, self.name.as_str());
        pod_labels.extend(labels.clone());
        pod_labels.extend(own.clone());
        let annotations = BTreeMap::from([("inuretech.io/config".to_owned(), checksum.to_owned())]);
        let pod_meta = ObjectMeta { labels: Some(pod_labels), annotations: Some(annotations), ..ObjectMeta::default() };
        let disk = match part {
            Part::Master => MASTER_DISK,
            Part::Volume => self.declared.disk,
            Part::Filer => FILER_DISK,
        };
        StatefulSet {
            metadata: meta::metadata(topology, meta::DATA, &group.name, self.name.as_str()),
            spec: Some(StatefulSetSpec {
                service_name: Some(group.name.clone()),
                replicas: i32::try_from(group.replicas).ok(),
                pod_management_policy: Some("Parallel".to_owned()),
                selector: stores::matching(&labels.into_iter().chain(own).collect()),
                template: PodTemplateSpec { metadata: Some(pod_meta), spec: Some(pod) },
                volume_claim_templates: Some(vec![stores::claim(topology, "data", &disk.to_string())]),
                ..StatefulSetSpec::default()
            }),
            status: None,
        }
    }

    fn server(&self, part: Part, group: &PodGroup) -> Container {
        let mut container = self.container(part.as_str(), vec!["/usr/bin/weed".to_owned()]);
        container.args = Some(self.arguments(part, group));
        let mut ports = vec![port("https", part.port()), port("grpc", part.port() + 10_000), port("metrics", METRICS_PORT)];
        let ready = match part {
            // A master is ready while it knows a leader.
            Part::Master => https("/cluster/healthz", part.port()),
            Part::Volume => https("/healthz", part.port()),
            Part::Filer => {
                ports.extend([port("s3", S3_PORT), port("s3-grpc", S3_PORT + 10_000)]);
                https("/status", S3_PORT)
            }
        };
        container.ports = Some(ports);
        container.startup_probe = Some(Probe { failure_threshold: Some(60), ..ready.clone() });
        container.readiness_probe = Some(ready);
        // A lost majority is no reason to restart anything.
        let listens = TCPSocketAction { port: IntOrString::Int(i32::from(part.port())), host: None };
        container.liveness_probe =
            Some(Probe { tcp_socket: Some(listens), period_seconds: Some(10), failure_threshold: Some(6), ..Probe::default() });
        container.resources = Some(match part {
            Part::Master => stores::resources("100m", "256Mi"),
            Part::Volume | Part::Filer => stores::resources("250m", "1Gi"),
        });
        container.volume_mounts.get_or_insert_default().push(stores::mount("data", DATA));
        container
    }

    /// Before a filer starts, the users of its gateway are put together out of rendered rights and mounted keys.
    fn add_identities(&self, pod: &mut PodSpec) {
        let script = format!("{CONFIG}/identities.sh");
        let mut first = self.container("identities", vec!["/bin/sh".to_owned(), script, format!("{RUN}/s3.json")]);
        first.env = None;
        first.resources = Some(stores::resources("10m", "16Mi"));
        first.volume_mounts =
            Some(vec![stores::mount("config", CONFIG), stores::mount("keys", SEAWEEDFS_KEYS), stores::mount("run", RUN)]);
        pod.init_containers = Some(vec![first]);
        let volumes = pod.volumes.get_or_insert_default();
        volumes.push(stores::secret_volume("keys", &s3_keys_secret(self.name)));
        volumes.push(stores::scratch_volume("run", true));
        for container in &mut pod.containers {
            container.volume_mounts.get_or_insert_default().push(stores::mount("run", RUN));
        }
    }
}

fn https(path: &str, at: u16) -> Probe {
    Probe {
        http_get: Some(HTTPGetAction {
            path: Some(path.to_owned()),
            port: IntOrString::Int(i32::from(at)),
            scheme: Some("HTTPS".to_owned()),
            ..HTTPGetAction::default()
        }),
        period_seconds: Some(5),
        timeout_seconds: Some(3),
        failure_threshold: Some(3),
        ..Probe::default()
    }
}

fn port(name: &str, number: u16) -> ContainerPort {
    ContainerPort { name: Some(name.to_owned()), container_port: i32::from(number), ..ContainerPort::default() }
}
