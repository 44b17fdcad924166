//! The environment of a container: where its stores and callees are, what it is told by name, and its zone.
//! What the topology says wins over what is derived. Secrets are references, never values.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource, ObjectFieldSelector, SecretKeySelector};

use super::unit::{Unit, url};
use super::{graphql, trust};
use crate::model::plan::Access;
use crate::model::topology::kubernetes::Minor;
use crate::model::topology::used::{PASSWORD_KEY, SECRET_ACCESS_KEY, System, client_secret};
use crate::model::{Name, Plan};
use crate::render::meta;

/// Every variable of a unit's container by name, but the zone first: the others may refer to it, and Kubernetes expands
/// only what stands before.
pub fn variables(unit: &Unit<'_>) -> Vec<EnvVar> {
    let service = unit.subject.service;
    let mut variables = BTreeMap::new();
    let derived = derived(unit);
    for (name, value) in derived.iter().chain(&service.env) {
        let variable = EnvVar { name: name.clone(), value: Some(value.clone()), value_from: None };
        variables.insert(name.clone(), variable);
    }
    for secret in &service.secrets {
        let (name, key) = secret.from.parts();
        variables.insert(secret.env.clone(), secret_key(&secret.env, name.unwrap_or(key), key));
    }
    for variable in credentials(unit) {
        variables.entry(variable.name.clone()).or_insert(variable);
    }
    variables.entry(ZONE.to_owned()).or_insert_with(|| zone(unit));
    let known = |variable: &EnvVar| variable.value.is_some() || variable.value_from.is_some();
    let zone = variables.remove(ZONE);
    zone.into_iter().chain(variables.into_values()).filter(known).collect()
}

/// The variable that tells a pod its data centre.
const ZONE: &str = "ZONE";

fn secret_key(variable: &str, name: &str, key: &str) -> EnvVar {
    let selector = SecretKeySelector { name: name.to_owned(), key: key.to_owned(), optional: None };
    let source = EnvVarSource { secret_key_ref: Some(selector), ..EnvVarSource::default() };
    EnvVar { name: variable.to_owned(), value: None, value_from: Some(source) }
}

/// What the stores of ours ask a service for. The user is the service itself; a role of PostgreSQL and the keys of a
/// store elsewhere are the owner's choice, and named in `secrets`.
fn credentials(unit: &Unit<'_>) -> Vec<EnvVar> {
    let service = unit.subject.name.as_str();
    let one = |(system, instance): (System, &Name)| {
        let (user, secret, key) = match system {
            System::Redis => ("USER", "PASSWORD", PASSWORD_KEY),
            System::S3 => ("ACCESS_KEY", "SECRET_KEY", SECRET_ACCESS_KEY),
            System::Postgres | System::Kafka => return Vec::new(),
        };
        let holder = client_secret(system, service, instance.as_str());
        let user = EnvVar { name: name(system, instance, user), value: Some(service.to_owned()), value_from: None };
        vec![user, secret_key(&name(system, instance, secret), &holder, key)]
    };
    trust::stores(&unit.subject).into_iter().flat_map(one).collect()
}

/// The zone: known where the unit is confined to one; otherwise the pod's own label, which is copied from its
/// node since Kubernetes 1.35 and cannot be had before.
fn zone(unit: &Unit<'_>) -> EnvVar {
    let mut variable = EnvVar { name: ZONE.to_owned(), value: None, value_from: None };
    match (unit.datacenter, unit.subject.input.topology.kubernetes.version) {
        (Some(datacenter), _) => variable.value = Some(datacenter.to_string()),
        (None, Minor::V1_34) => {}
        (None, Minor::V1_35 | Minor::V1_36 | Minor::V1_37) => {
            let label = ObjectFieldSelector {
                field_path: format!("metadata.labels['{}']", meta::ZONE_LABEL),
                ..ObjectFieldSelector::default()
            };
            variable.value_from = Some(EnvVarSource { field_ref: Some(label), ..EnvVarSource::default() });
        }
    }
    variable
}

fn derived(unit: &Unit<'_>) -> BTreeMap<String, String> {
    let subject = unit.subject;
    let topology = subject.input.topology;
    let mut variables = BTreeMap::new();
    for ((system, instance), items) in subject.service.stores(topology) {
        if let Some(access) = access(subject.input.plan, system, instance) {
            variables.extend(access.env.clone());
        }
        let mut set = |what: &str, value: &str| {
            variables.insert(name(system, instance, what), value.to_owned());
        };
        match (system, items.first()) {
            (System::Postgres, Some(database)) => set("DATABASE", database),
            (System::S3, Some(bucket)) => set("BUCKET", bucket),
            (System::Kafka, _) => {
                if let Some(cluster) = unit.kafka(instance) {
                    set("BOOTSTRAP_SERVERS", &cluster.bootstrap());
                }
            }
            (System::Postgres | System::S3, None) | (System::Redis, _) => {}
        }
    }
    for (system, instance) in trust::stores(&subject) {
        for (what, file) in trust::files(system) {
            variables.insert(name(system, instance, what), trust::path(system, instance, file));
        }
    }
    if let Some(group) = unit.group {
        variables.insert("KAFKA_GROUP_ID".to_owned(), group.to_owned());
    }
    if let Some(cqrs) = &subject.service.cqrs {
        variables.insert("READ_MODEL".to_owned(), cqrs.model.to_string());
        variables.insert("READ_MODEL_TOPIC".to_owned(), cqrs.from.parts().1.to_owned());
        variables.insert("READ_MODEL_STALENESS_SECONDS".to_owned(), cqrs.staleness.seconds().to_string());
    }
    for callee in subject.service.callees() {
        if let Some(url) = topology.services.get(callee).and_then(|service| url(callee, service)) {
            variables.insert(format!("{}_URL", shouted(callee.as_str())), url);
        }
    }
    variables.extend(subject.service.graphql.as_ref().map(graphql::variables).unwrap_or_default());
    variables
}

/// How clients reach a store.
pub fn access<'a>(plan: &'a Plan, system: System, instance: &Name) -> Option<&'a Access> {
    match system {
        System::Postgres => plan.postgres.get(instance).map(|store| &store.access),
        System::Kafka => plan.kafka.get(instance).map(|store| &store.access),
        System::Redis => plan.redis.get(instance).map(|store| &store.access),
        System::S3 => plan.s3.get(instance).map(|store| &store.access),
    }
}

/// The name of a variable about a store.
fn name(system: System, instance: &Name, what: &str) -> String {
    format!("{}_{}_{what}", shouted(instance.as_str()), shouted(system.as_str()))
}

/// A name as part of a variable's name.
fn shouted(name: &str) -> String {
    name.to_uppercase().replace('-', "_")
}
