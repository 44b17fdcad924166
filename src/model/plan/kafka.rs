//! Names, paths and addresses of Kafka that its configuration, its clients and the list of secrets must agree on.
//! It decides nothing about topics or rights.

use super::store::{KAFKA_CLIENT_PORT, KafkaCluster, KafkaPlan};
use crate::model::name::Name;

/// The certificate of a host with its key, in one PEM file as Kafka reads a PEM key store; the key is PKCS #8.
pub const KAFKA_CERTIFICATE: &str = "/etc/kafka/tls/tls.pem";
/// The authority whose certificates members and clients trust, on a host.
pub const KAFKA_CA: &str = "/etc/kafka/tls/ca.crt";
/// The user that Kafka runs as on a host.
pub const KAFKA_USER: &str = "kafka";
/// The key of a client's certificate in its Secret, as Strimzi names it.
pub const CLIENT_CERTIFICATE_KEY: &str = "user.crt";
/// The key of a client's private key in its Secret, as Strimzi names it.
pub const CLIENT_PRIVATE_KEY_KEY: &str = "user.key";
/// The client that copies one cluster into the other; the dot keeps it apart from every service.
pub const MIRROR_CLIENT: &str = "mirror.maker";

impl KafkaCluster {
    /// The name of a client's `KafkaUser`, of the Secret that Strimzi makes for it and of its certificate's common
    /// name. The cluster is part of it, because all clusters share a namespace. At most 64 characters are allowed.
    pub fn client(&self, client: &str) -> String {
        format!("{client}-kafka-{}", self.name)
    }

    /// The Secret with the certificate of the authority that signed the brokers' certificates.
    pub fn ca_secret(&self) -> String {
        format!("{}-cluster-ca-cert", self.name)
    }

    /// The addresses that a client asks first: the brokers on their hosts, else the bootstrap Service.
    pub fn bootstrap(&self) -> String {
        let hosts: Vec<String> = self.brokers.iter().filter_map(|broker| broker.address).map(client_address).collect();
        if hosts.is_empty() {
            format!("{}-kafka-bootstrap.data.svc.cluster.local:{KAFKA_CLIENT_PORT}", self.name)
        } else {
            hosts.join(",")
        }
    }
}

impl KafkaPlan {
    /// The cluster that clients write to: the only one, or the preferred data centre's where it is mirrored.
    pub fn primary(&self) -> Option<&KafkaCluster> {
        self.clusters.first()
    }

    /// From which cluster to which it is mirrored, where it is.
    pub fn mirror(&self) -> Option<(&KafkaCluster, &KafkaCluster)> {
        match self.clusters.as_slice() {
            [source, target] => Some((source, target)),
            _ => None,
        }
    }

    /// The services that write or read any topic, in the order of their names.
    pub fn clients(&self) -> Vec<&Name> {
        let mut all: Vec<&Name> = self.topics.values().flat_map(|topic| topic.producers.iter().chain(&topic.consumers)).collect();
        all.sort();
        all.dedup();
        all
    }
}

fn client_address(address: std::net::Ipv4Addr) -> String {
    format!("{address}:{KAFKA_CLIENT_PORT}")
}
