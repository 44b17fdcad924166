//! What Kafka's members and clients read. On Kubernetes the operator makes every key itself; what is listed is what it
//! leaves in the stores' namespace and the services need in theirs. On hosts everything is listed: one authority for
//! each instance, a certificate for each host, one for each client.

use crate::model::plan::kafka::{
    CLIENT_CA_KEY, CLIENT_CERTIFICATE_KEY, CLIENT_PRIVATE_KEY_KEY, KAFKA_CA, KAFKA_CERTIFICATE, KAFKA_USER,
};
use crate::model::plan::{Holder, KafkaCluster, KafkaPlan, Plan, SecretKind, SecretNeed};
use crate::model::topology::Kafka;
use crate::model::topology::kafka::Run;
use crate::model::{HostName, Name, Path, Topology};

/// The secrets of every instance.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let of = |(name, kafka)| plan.kafka.get(name).map(|planned| of_instance(plan, (name, kafka), planned));
    topology.kafka.iter().filter_map(of).flatten().collect()
}

fn of_instance(plan: &Plan, declared: (&Name, &Kafka), planned: &KafkaPlan) -> Vec<SecretNeed> {
    let (name, kafka) = declared;
    let mut needs = Vec::new();
    for cluster in &planned.clusters {
        let authority = match kafka.run {
            Run::Hosts => format!("ca/kafka-{name}"),
            // Strimzi makes an authority for each cluster.
            Run::Kubernetes => format!("ca/kafka-{}", cluster.name),
        };
        needs.extend(of_hosts(name, cluster, &authority));
        for service in planned.clients() {
            if let Some(workload) = plan.workloads.get(service) {
                needs.extend(of_client((name, kafka.run), cluster, &authority, (service, &workload.namespace)));
            }
        }
    }
    needs
}

fn of_hosts(name: &Name, cluster: &KafkaCluster, authority: &str) -> Vec<SecretNeed> {
    let mut needs = Vec::new();
    let source = Path::of(["kafka", name.as_str()]);
    for node in cluster.brokers.iter().chain(&cluster.controllers) {
        let (Some(host), Some(address)) = (&node.host, node.address) else { continue };
        let holder = |path: &str| holder(host, path);
        needs.push(SecretNeed {
            kind: SecretKind::CaCertificate,
            holder: holder(KAFKA_CA),
            purpose: format!("the authority of Kafka `{name}`"),
            group: authority.to_owned(),
            subject: None,
            names: Vec::new(),
            source: source.clone(),
        });
        needs.push(SecretNeed {
            kind: SecretKind::CertificateAndKey,
            holder: holder(KAFKA_CERTIFICATE),
            purpose: format!("a member of Kafka `{name}`, as server and as client; the key is PKCS #8"),
            group: format!("kafka/{name}/{host}"),
            subject: Some(format!("CN={host}")),
            names: vec![host.to_string(), address.to_string()],
            source: source.clone(),
        });
    }
    needs
}

fn holder(host: &HostName, path: &str) -> Holder {
    Holder::Host { host: host.clone(), path: path.to_owned(), owner: KAFKA_USER.to_owned() }
}

fn of_client(from: (&Name, Run), cluster: &KafkaCluster, authority: &str, client: (&Name, &str)) -> Vec<SecretNeed> {
    let (instance, run) = from;
    let (service, namespace) = client;
    let secret = cluster.client(service.as_str());
    let authority_secret = cluster.ca_secret();
    let copied = |secret: &str| match run {
        Run::Kubernetes => format!("; a copy of the Secret `data/{secret}`, which Strimzi makes and renews"),
        Run::Hosts => String::new(),
    };
    let one = |kind: SecretKind, at: (&str, &str), group: &str, purpose: String| SecretNeed {
        kind,
        holder: Holder::Kubernetes { namespace: namespace.to_owned(), name: at.0.to_owned(), key: at.1.to_owned() },
        purpose: format!("{purpose}{}", copied(at.0)),
        group: group.to_owned(),
        subject: None,
        names: Vec::new(),
        source: Path::of(["services", service.as_str()]),
    };
    let group = format!("kafka/{instance}/{secret}");
    let certificate = one(
        SecretKind::Certificate,
        (&secret, CLIENT_CERTIFICATE_KEY),
        &group,
        format!("`{service}` as a client of Kafka `{}`", cluster.name),
    );
    vec![
        one(
            SecretKind::CaCertificate,
            (&authority_secret, CLIENT_CA_KEY),
            authority,
            format!("the authority of Kafka `{}`", cluster.name),
        ),
        SecretNeed { subject: Some(format!("CN={secret}")), ..certificate },
        one(
            SecretKind::PrivateKey,
            (&secret, CLIENT_PRIVATE_KEY_KEY),
            &group,
            format!("the key of `{service}` for Kafka `{}`", cluster.name),
        ),
    ]
}
