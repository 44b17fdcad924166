//! What Kafka's members read on hosts: one authority for each instance, one certificate for each host, which is its
//! identity as a server and as a client. On Kubernetes the operator makes every key itself. What clients read is listed
//! with the services.

use std::collections::BTreeMap;

use crate::model::plan::kafka::{KAFKA_CA, KAFKA_CERTIFICATE, KAFKA_USER};
use crate::model::plan::{Holder, KafkaPlan, Plan, SecretKind, SecretNeed};
use crate::model::{HostName, Name, Path, Topology};

/// The secrets of every instance.
pub fn needs(_topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    plan.kafka.iter().flat_map(|(name, planned)| of_instance(name, planned)).collect()
}

fn of_instance(name: &Name, planned: &KafkaPlan) -> Vec<SecretNeed> {
    let nodes = planned.clusters.iter().flat_map(|cluster| cluster.brokers.iter().chain(&cluster.controllers));
    // A broker and a controller on one host share its certificate.
    let hosts: BTreeMap<_, _> = nodes.filter_map(|node| Some((node.host.as_ref()?, node.address?))).collect();
    let one = |(host, address): (&HostName, std::net::Ipv4Addr)| {
        let need = |kind, path: &str, purpose: String, group: String| SecretNeed {
            kind,
            holder: Holder::Host { host: host.clone(), path: path.to_owned(), owner: KAFKA_USER.to_owned() },
            purpose,
            group,
            subject: None,
            names: Vec::new(),
            source: Path::of(["kafka", name.as_str()]),
        };
        let authority = format!("ca/kafka-{name}");
        let purpose = format!("a member of Kafka `{name}`, as server and as client; the key is PKCS #8");
        let own = need(SecretKind::CertificateAndKey, KAFKA_CERTIFICATE, purpose, format!("{authority}/{host}"));
        [
            need(SecretKind::CaCertificate, KAFKA_CA, format!("the authority of Kafka `{name}`"), authority),
            SecretNeed { subject: Some(format!("CN={host}")), names: vec![host.to_string(), address.to_string()], ..own },
        ]
    };
    hosts.into_iter().flat_map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{seed, seed_with};

    #[test]
    fn a_host_has_one_certificate_whatever_runs_on_it() {
        let hosts = seed_with(|document| {
            for site in ["msk", "spb"] {
                document["datacenters"][site]["nodes"]["kafka"] = serde_json::json!({"count": 2, "cpu": 8, "memory": "32Gi"});
            }
            document["kafka"]["events"]["run"] = "hosts".into();
            document["kafka"]["events"]["on"] = "kafka".into();
        });
        let needs = needs(&hosts.topology, &hosts.plan);
        assert_eq!(needs.len(), 8);
        let first = needs.iter().find(|need| need.kind == SecretKind::CertificateAndKey).unwrap();
        assert_eq!(first.subject.as_deref(), Some("CN=msk-kafka-1"));
        assert_eq!(first.names, ["msk-kafka-1", &hosts.plan.hosts["msk-kafka-1"].address.to_string()]);
        assert_eq!(super::needs(&seed().topology, &seed().plan), Vec::new());
    }
}
