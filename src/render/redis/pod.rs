//! The pods of a cache: a server or sentinel with the exporter of its metrics beside it, and the `StatefulSet`s of them.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{StatefulSet, StatefulSetSpec};
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EnvVar, EnvVarSource, ExecAction, Lifecycle, LifecycleHandler, PodSpec, PodTemplateSpec, Probe,
    SecretKeySelector, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::files::HAND_OVER_SECONDS;
use super::{Instance, SENTINEL, SERVER};
use crate::model::plan::PodGroup;
use crate::model::plan::redis::{REDIS_PASSWORDS, REDIS_TLS, SystemUser, redis_passwords_secret, redis_tls_secret};
use crate::model::plan::store::{REDIS_PORT, SENTINEL_PORT};
use crate::model::topology::redis::{RedisEngine, RedisMode};
use crate::model::unit::Bytes;
use crate::render::{meta, stores};

/// Where the texts are mounted.
pub const CONFIG: &str = "/etc/redis/config";
/// What a pod keeps.
pub const DATA: &str = "/data";
/// What a pod forgets.
pub const RUN: &str = "/run/redis";
/// The port of the metrics exporter.
pub const METRICS_PORT: u16 = 9121;
/// The user of the images.
const USER: i64 = 999;
/// The exporter's memory, taken from what the plan counts for the pod.
const EXPORTER_MEMORY: Bytes = Bytes(32 << 20);
/// The label of the masters and replicas that share their slots: those of the masters at one site.
const SHARDS_LABEL: &str = "inuretech.io/shards";

impl Instance<'_> {
    /// The labels of the pods of one part.
    pub fn labels(&self, component: &str) -> BTreeMap<String, String> {
        stores::component(self.name.as_str(), component)
    }

    /// The image of the engine.
    pub fn image(&self) -> String {
        let repository = match self.redis.engine {
            RedisEngine::Redis => "library/redis",
            RedisEngine::Valkey => "valkey/valkey",
        };
        meta::image(self.input.topology, repository, &self.redis.version)
    }

    /// The volumes that every pod of the cache reads.
    pub fn volumes(&self) -> Vec<Volume> {
        vec![
            stores::config_volume("config", &self.config_map()),
            stores::secret_volume("tls", &redis_tls_secret(self.name)),
            stores::secret_volume("passwords", &redis_passwords_secret(self.name)),
            stores::scratch_volume("run", true),
        ]
    }

    /// The name of the `ConfigMap` with every text.
    pub fn config_map(&self) -> String {
        format!("{}-redis", self.name)
    }

    /// A container of the engine's image that runs one of the scripts.
    pub fn container(&self, name: &str, command: Vec<String>) -> Container {
        Container {
            name: name.to_owned(),
            image: Some(self.image()),
            command: Some(command),
            env: Some(vec![stores::field("POD_NAME", "metadata.name"), stores::field("POD_IP", "status.podIP")]),
            volume_mounts: Some(vec![
                stores::mount("config", CONFIG),
                stores::mount("tls", REDIS_TLS),
                stores::mount("passwords", REDIS_PASSWORDS),
                stores::mount("run", RUN),
            ]),
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
            volumes: Some(self.volumes()),
            containers: vec![container],
            ..PodSpec::default()
        }
    }

    /// The `StatefulSet` of a group of members or sentinels.
    pub fn stateful_set(&self, group: &PodGroup, component: &str, checksum: &str) -> StatefulSet {
        let topology = self.input.topology;
        let labels = self.labels(component);
        let sentinel = component == SENTINEL;
        let mut pod = if sentinel { self.sentinel_pod() } else { self.server_pod(group) };
        let racks = topology.rules.spread.rack;
        let place = stores::Place { site: &group.site, apart: &labels, strictly: self.enough_nodes(group, sentinel), racks };
        let shards = self.shards_label(group);
        pod.affinity = Some(place.affinity((!sentinel).then(|| stores::same_number(&shards))));
        pod.topology_spread_constraints = Some(place.spread());
        pod.tolerations = place.tolerations();
        let mut pod_labels = meta::labels(topology, self.name.as_str());
        pod_labels.extend(labels.clone());
        pod_labels.insert(super::objects::GROUP_LABEL.to_owned(), group.name.clone());
        pod_labels.insert(super::objects::SITE_LABEL.to_owned(), group.site.to_string());
        pod_labels.extend(if sentinel { BTreeMap::new() } else { shards });
        let own = BTreeMap::from([(super::objects::GROUP_LABEL.to_owned(), group.name.clone())]);
        let annotations = BTreeMap::from([("inuretech.io/config".to_owned(), checksum.to_owned())]);
        let keeps = sentinel || self.redis.mode != RedisMode::PerDatacenter;
        if !keeps {
            // Nothing must survive a restart, so that the pod may start on any node of its data centre.
            let volume =
                Volume { empty_dir: Some(k8s_openapi::api::core::v1::EmptyDirVolumeSource::default()), ..Volume::default() };
            pod.volumes.get_or_insert_default().push(Volume { name: "data".to_owned(), ..volume });
        }
        StatefulSet {
            metadata: meta::metadata(topology, meta::DATA, &group.name, self.name.as_str()),
            spec: Some(StatefulSetSpec {
                service_name: Some(group.name.clone()),
                replicas: i32::try_from(group.replicas).ok(),
                pod_management_policy: Some("Parallel".to_owned()),
                selector: stores::matching(&labels.into_iter().chain(own).collect()),
                template: PodTemplateSpec {
                    metadata: Some(ObjectMeta {
                        labels: Some(pod_labels),
                        annotations: Some(annotations),
                        ..ObjectMeta::default()
                    }),
                    spec: Some(pod),
                },
                volume_claim_templates: keeps.then(|| vec![stores::claim(topology, "data", &self.disk(sentinel).to_string())]),
                ..StatefulSetSpec::default()
            }),
            status: None,
        }
    }

    /// A replica writes what it copies to disk before it loads it, so the volume holds the whole memory.
    fn disk(&self, sentinel: bool) -> Bytes {
        let rounded = Bytes((self.redis.memory.0.div_ceil(1 << 30) + 1) << 30);
        if sentinel { Bytes(1 << 30) } else { rounded }
    }

    /// Members of one site stand on nodes of their own where there are enough: two voters on one node are one voter.
    fn enough_nodes(&self, group: &PodGroup, sentinels: bool) -> bool {
        let pods: u32 = self.groups(sentinels).filter(|other| other.site == group.site).map(|other| other.replicas).sum();
        let workers = self.input.plan.kubernetes.workers.iter().filter(|worker| worker.site == group.site).count();
        u32::try_from(workers).is_ok_and(|workers| pods <= workers)
    }

    /// What a master has in common with its own replicas, besides the number: the site of the masters.
    fn shards_label(&self, group: &PodGroup) -> BTreeMap<String, String> {
        let mut owner = group.name.as_str();
        let replica = self.plan.members.iter().find(|member| super::group_of(&member.name) == group.name);
        if let Some(master) = replica.and_then(|member| member.replica_of.as_deref()) {
            owner = super::group_of(master);
        }
        BTreeMap::from([(SHARDS_LABEL.to_owned(), owner.to_owned())])
    }

    fn server_pod(&self, group: &PodGroup) -> PodSpec {
        let script = |name: &str| vec!["/bin/sh".to_owned(), format!("{CONFIG}/{name}")];
        let member = "$(POD_NAME)".to_owned();
        let mut start = script("start.sh");
        start.extend([member, format!("{CONFIG}/redis-{}.conf", group.site), DATA.to_owned(), RUN.to_owned()]);
        let stop = vec!["/bin/sh".to_owned(), "-c".to_owned(), format!("exec /bin/sh {CONFIG}/stop.sh \"$POD_NAME\"")];
        let memory = self.redis.memory.0;
        let limit = (memory / 4 * 5).saturating_sub(EXPORTER_MEMORY.0).max(memory / 8 * 9);
        let mut container = self.container(SERVER, start);
        container.ports = Some(vec![port("redis", REDIS_PORT)]);
        if self.is_cluster() {
            container.ports.get_or_insert_default().push(port("bus", REDIS_PORT + 10_000));
        }
        container.resources = Some(stores::resources("240m", &Bytes(limit >> 20 << 20).to_string()));
        let exec = LifecycleHandler { exec: Some(ExecAction { command: Some(stop) }), ..LifecycleHandler::default() };
        if self.redis.mode != RedisMode::PerDatacenter {
            container.lifecycle = Some(Lifecycle { pre_stop: Some(exec), ..Lifecycle::default() });
        }
        self.with_company(container, REDIS_PORT)
    }

    fn sentinel_pod(&self) -> PodSpec {
        let mut start = vec!["/bin/sh".to_owned(), format!("{CONFIG}/sentinel.sh"), "$(POD_NAME)".to_owned()];
        start.extend([format!("{CONFIG}/sentinel.conf"), DATA.to_owned(), RUN.to_owned()]);
        let mut container = self.container(SENTINEL, start);
        container.ports = Some(vec![port("sentinel", SENTINEL_PORT)]);
        container.resources = Some(stores::resources("50m", "64Mi"));
        self.with_company(container, SENTINEL_PORT)
    }

    /// The pod of a server that answers at a port, with its probes, its volume and its exporter.
    fn with_company(&self, mut container: Container, at: u16) -> PodSpec {
        let user = SystemUser::Metrics.as_str();
        let health = vec!["/bin/sh".to_owned(), format!("{CONFIG}/health.sh"), user.to_owned(), at.to_string()];
        // A start may have to wait for sentinels or for a whole copy from the master.
        container.startup_probe = Some(Probe { timeout_seconds: Some(6), ..stores::command_probe(health.clone(), 360) });
        container.readiness_probe = Some(stores::command_probe(health.clone(), 2));
        container.liveness_probe = Some(stores::command_probe(health, 6));
        container.volume_mounts.get_or_insert_default().push(stores::mount("data", DATA));
        let mut pod = self.pod(container);
        pod.containers.push(self.exporter(at));
        pod.termination_grace_period_seconds = i64::try_from(HAND_OVER_SECONDS + 30).ok();
        pod
    }

    fn exporter(&self, at: u16) -> Container {
        let key = SecretKeySelector {
            name: redis_passwords_secret(self.name),
            key: SystemUser::Metrics.as_str().to_owned(),
            optional: None,
        };
        let password = EnvVarSource { secret_key_ref: Some(key), ..EnvVarSource::default() };
        let mut env = vec![
            stores::variable("REDIS_ADDR", &format!("rediss://localhost:{at}")),
            stores::variable("REDIS_USER", SystemUser::Metrics.as_str()),
            EnvVar { name: "REDIS_PASSWORD".to_owned(), value: None, value_from: Some(password) },
            stores::variable("REDIS_EXPORTER_TLS_CA_CERT_FILE", &format!("{REDIS_TLS}/ca.crt")),
            // The exporter's user may not read the configuration, where passwords are.
            stores::variable("REDIS_EXPORTER_CONFIG_COMMAND", "-"),
        ];
        if self.is_cluster() {
            env.push(stores::variable("REDIS_EXPORTER_IS_CLUSTER", "true"));
        }
        Container {
            name: "metrics".to_owned(),
            image: Some(meta::image(self.input.topology, "oliver006/redis_exporter", "v1.69.0")),
            env: Some(env),
            ports: Some(vec![port("metrics", METRICS_PORT)]),
            resources: Some(stores::resources("10m", &EXPORTER_MEMORY.to_string())),
            security_context: Some(stores::container_security()),
            volume_mounts: Some(vec![stores::mount("tls", REDIS_TLS)]),
            ..Container::default()
        }
    }
}

fn port(name: &str, number: u16) -> ContainerPort {
    ContainerPort { name: Some(name.to_owned()), container_port: i32::from(number), ..ContainerPort::default() }
}
