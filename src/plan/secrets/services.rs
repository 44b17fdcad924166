//! What services and the ingress read out of Secrets: what the topology names for them, the authorities of the
//! stores they use, their identity in Kafka, and the certificate of the ingress. The values are made elsewhere.

use crate::model::name::Name;
use crate::model::path::Path;
use crate::model::plan::{Holder, KafkaCluster, SecretKind, SecretNeed, WorkloadKind};
use crate::model::topology::Service;
use crate::model::topology::storage::S3Engine;
use crate::model::topology::used::{
    CA_KEY, INGRESS_TLS, System, USER_CERTIFICATE_KEY, USER_KEY_KEY, authority_secret, client_secret,
};
use crate::model::{Plan, Topology};

/// The namespace of the ingress.
const EDGE: &str = "edge";

/// Every Secret that services and the ingress read.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let mut needs: Vec<SecretNeed> = Vec::new();
    for (name, service) in &topology.services {
        needs.extend(declared(name, service));
        needs.extend(trusted(topology, plan, name, service));
    }
    needs.extend(ingress(topology));
    needs.sort();
    needs.dedup_by(|a, b| a.holder == b.holder);
    needs
}

fn held(namespace: &str, name: &str, key: &str) -> Holder {
    Holder::Kubernetes { namespace: namespace.to_owned(), name: name.to_owned(), key: key.to_owned() }
}

fn need(kind: SecretKind, holder: Holder, purpose: String, group: String, source: Path) -> SecretNeed {
    SecretNeed { kind, holder, purpose, group, subject: None, names: Vec::new(), source }
}

fn declared(name: &Name, service: &Service) -> Vec<SecretNeed> {
    let one = |(index, secret): (usize, &crate::model::topology::service::SecretUse)| {
        let (secret_name, key) = secret.from.parts();
        let secret_name = secret_name.unwrap_or(key);
        let holder = held(service.namespace(), secret_name, key);
        let group = format!("service/{}/{secret_name}/{key}", service.namespace());
        let source = Path::of(["services", name.as_str(), "secrets"]).index(index);
        need(SecretKind::Password, holder, format!("the variable `{}` of service `{name}`", secret.env), group, source)
    };
    service.secrets.iter().enumerate().map(one).collect()
}

fn trusted(topology: &Topology, plan: &Plan, name: &Name, service: &Service) -> Vec<SecretNeed> {
    let mut needs = Vec::new();
    for (system, instance) in service.stores(topology).into_keys() {
        match system {
            System::Kafka => needs.extend(kafka(plan, name, service, instance)),
            System::S3 if topology.s3.get(instance).is_some_and(|store| store.engine == S3Engine::External) => {}
            System::Postgres | System::Redis | System::S3 => {
                needs.push(authority(name, service, (system, instance), instance.as_str(), instance.as_str()));
            }
        }
    }
    needs
}

/// The authority of a store, or of one of its clusters, under the group in which the store's own files have it.
fn authority(name: &Name, service: &Service, store: (System, &Name), cluster: &str, group: &str) -> SecretNeed {
    let (system, instance) = store;
    let holder = held(service.namespace(), &authority_secret(system, cluster), CA_KEY);
    let purpose = format!("the authority of {system} `{instance}`, for its clients");
    need(SecretKind::CaCertificate, holder, purpose, format!("ca/{system}-{group}"), uses(name))
}

/// A service's identity in each Kafka cluster that its pods use, which is also its autoscaler's.
fn kafka(plan: &Plan, name: &Name, service: &Service, instance: &Name) -> Vec<SecretNeed> {
    let (Some(kafka), Some(workload)) = (plan.kafka.get(instance), plan.workloads.get(name)) else { return Vec::new() };
    let clusters: Vec<&KafkaCluster> = match workload.kind {
        WorkloadKind::PerDatacenter => kafka.clusters.iter().collect(),
        WorkloadKind::Deployment | WorkloadKind::CronJob => kafka.cluster_for(None).into_iter().collect(),
    };
    let mut needs = Vec::new();
    for cluster in clusters {
        // Hosts share an authority over an instance; the operator makes one for each cluster.
        let on_hosts = cluster.brokers.iter().any(|broker| broker.host.is_some());
        let group = if on_hosts { instance.as_str() } else { cluster.name.as_str() };
        needs.push(authority(name, service, (System::Kafka, instance), &cluster.name, group));
        let secret = client_secret(System::Kafka, name.as_str(), &cluster.name);
        let group = format!("ca/kafka-{group}/{secret}");
        let purpose = format!("service `{name}` and its autoscaler as clients of Kafka `{instance}`");
        let one = |kind, key| need(kind, held(service.namespace(), &secret, key), purpose.clone(), group.clone(), uses(name));
        let certificate = one(SecretKind::Certificate, USER_CERTIFICATE_KEY);
        needs.push(SecretNeed { subject: Some(format!("CN={secret}")), ..certificate });
        needs.push(one(SecretKind::PrivateKey, USER_KEY_KEY));
    }
    needs
}

fn uses(name: &Name) -> Path {
    Path::of(["services", name.as_str(), "uses"])
}

fn ingress(topology: &Topology) -> Vec<SecretNeed> {
    let routes = topology.services.values().flat_map(|service| &service.expose);
    let mut names: Vec<String> = routes.map(|route| format!("{}.{}", route.host, topology.domain)).collect();
    names.sort();
    names.dedup();
    let Some(subject) = names.first().map(|name| format!("CN={name}")) else { return Vec::new() };
    let one = |kind, key| {
        let purpose = "TLS between nginx and the ingress".to_owned();
        let source = Path::of(["kubernetes", "controller"]);
        need(kind, held(EDGE, INGRESS_TLS, key), purpose, "ca/ingress/ingress".to_owned(), source)
    };
    let certificate = one(SecretKind::Certificate, "tls.crt");
    vec![SecretNeed { subject: Some(subject), names, ..certificate }, one(SecretKind::PrivateKey, "tls.key")]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Planned, seed, seed_with};

    fn keys(planned: &Planned, secret: &str) -> Vec<String> {
        let key = |need: &SecretNeed| match &need.holder {
            Holder::Kubernetes { name, key, .. } if name == secret => Some(key.clone()),
            Holder::Kubernetes { .. } | Holder::Host { .. } | Holder::Deployer { .. } => None,
        };
        needs(&planned.topology, &planned.plan).iter().filter_map(key).collect()
    }

    #[test]
    fn a_service_needs_what_it_names_and_what_its_stores_ask_for() {
        let seed = seed();
        assert_eq!(keys(&seed, "core-db"), ["password"]);
        assert_eq!(keys(&seed, "ca-kafka-events"), ["ca.crt"], "one for all services of a namespace");
        assert_eq!(keys(&seed, "payment-worker-kafka-events"), ["user.crt", "user.key"]);
        let certificate = needs(&seed.topology, &seed.plan).into_iter().find(|need| need.group == "ca/ingress/ingress").unwrap();
        assert_eq!(certificate.names, ["api.inuretech.ru", "www.inuretech.ru"]);
    }

    #[test]
    fn a_projector_is_known_to_the_cluster_of_each_data_centre() {
        let planned = seed_with(|document| {
            document["kafka"]["events"]["mode"] = "mirrored".into();
            document["kafka"]["events"]["controllers"] = serde_json::json!({"msk": 3, "spb": 3});
        });
        for cluster in ["events-msk", "events-spb"] {
            assert_eq!(keys(&planned, &format!("order-reader-kafka-{cluster}")).len(), 2, "{cluster}");
        }
        assert_eq!(keys(&planned, "payment-worker-kafka-events-msk").len(), 2);
        assert_eq!(keys(&planned, "payment-worker-kafka-events-spb").len(), 0);
    }
}
