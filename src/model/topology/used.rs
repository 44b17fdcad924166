//! Which stores a service uses, and the names of the Secrets in its namespace through which it trusts them.
//! The planner lists these Secrets, the renderer mounts them: both ask here.

use std::collections::BTreeMap;
use std::fmt;

use super::{Service, Topology};
use crate::model::name::{Name, Reference};

/// The Secret that holds the certificate of the ingress.
pub const INGRESS_TLS: &str = "ingress-tls";
/// The key of a certificate authority in a Secret.
pub const CA_KEY: &str = "ca.crt";
/// The key of a client's certificate, as Strimzi names it.
pub const USER_CERTIFICATE_KEY: &str = "user.crt";
/// The key of a client's private key, as Strimzi names it.
pub const USER_KEY_KEY: &str = "user.key";

/// The key of a service's password for Redis.
pub const PASSWORD_KEY: &str = "password";
/// The key of a service's secret access key for S3.
pub const SECRET_ACCESS_KEY: &str = "secret-key";

/// The kind of a store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum System {
    /// `PostgreSQL`.
    Postgres,
    /// Kafka.
    Kafka,
    /// Redis or Valkey.
    Redis,
    /// An object store.
    S3,
}

impl System {
    /// The name of its section in a topology.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Kafka => "kafka",
            Self::Redis => "redis",
            Self::S3 => "s3",
        }
    }
}

impl fmt::Display for System {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// The Secret with the authority of a store's certificates, in the namespace of its clients; a Kafka instance that
/// is mirrored has an authority for each of its clusters.
pub fn authority_secret(system: System, cluster: &str) -> String {
    format!("ca-{system}-{cluster}")
}

/// The Secret by which a service is known to a store, in the service's namespace: a client certificate for Kafka, named
/// as Strimzi names it, a password for Redis, a secret access key for S3. The user is the service.
pub fn client_secret(system: System, service: &str, cluster: &str) -> String {
    format!("{service}-{system}-{cluster}")
}

impl Service {
    /// The stores that it uses, each with the database, topics or bucket that it names there.
    pub fn stores<'a>(&'a self, topology: &'a Topology) -> BTreeMap<(System, &'a Name), Vec<&'a str>> {
        let mut stores: BTreeMap<_, Vec<_>> = BTreeMap::new();
        let mut add = |system, found: Option<(&'a Name, Option<&'a str>)>| {
            if let Some((instance, item)) = found {
                stores.entry((system, instance)).or_default().extend(item);
            }
        };
        if let Some(reference) = &self.uses.postgres {
            add(System::Postgres, topology.database(reference));
        }
        let topics = self.uses.kafka.iter().flat_map(|kafka| kafka.produce.iter().chain(&kafka.consume));
        for topic in topics.chain(self.cqrs.iter().map(|cqrs| &cqrs.from)) {
            add(System::Kafka, topology.topic(topic).map(|(instance, topic)| (instance, Some(topic))));
        }
        for cache in self.uses.redis.iter().chain(self.cqrs.iter().map(|cqrs| &cqrs.cache)) {
            add(System::Redis, topology.redis.get_key_value(cache).map(|(name, _)| (name, None)));
        }
        if let Some(bucket) = &self.uses.s3 {
            add(System::S3, topology.bucket(bucket).map(|(instance, bucket)| (instance, Some(bucket))));
        }
        stores
    }

    /// The topics that it reads, each with its Kafka instance.
    pub fn consumed<'a>(&'a self, topology: &'a Topology) -> Vec<(&'a Name, &'a str)> {
        let consume = self.uses.kafka.iter().flat_map(|kafka| &kafka.consume);
        consume.chain(self.cqrs.iter().map(|cqrs| &cqrs.from)).filter_map(|topic| topology.topic(topic)).collect()
    }

    /// The services that it calls, the subgraphs of a GraphQL gateway among them.
    pub fn callees(&self) -> Vec<&Name> {
        let mut all: Vec<_> = self.calls.iter().chain(self.graphql.iter().flat_map(|graphql| &graphql.subgraphs)).collect();
        all.sort();
        all.dedup();
        all
    }
}

impl Topology {
    /// The Kafka instance and the topic that a reference means.
    pub fn topic<'a>(&'a self, reference: &'a Reference) -> Option<(&'a Name, &'a str)> {
        let (instance, topic) = reference.parts();
        let found = self.kafka.iter().find(|(name, kafka)| match instance {
            Some(instance) => name.as_str() == instance,
            None => kafka.topics.contains_key(topic),
        });
        found.map(|(name, _)| (name, topic))
    }

    /// The object store and the bucket that a reference means.
    pub fn bucket<'a>(&'a self, reference: &'a Reference) -> Option<(&'a Name, &'a str)> {
        let (instance, bucket) = reference.parts();
        let found = self.s3.iter().find(|(name, store)| match instance {
            Some(instance) => name.as_str() == instance,
            None => store.buckets.iter().any(|name| name.as_str() == bucket),
        });
        found.map(|(name, _)| (name, bucket))
    }

    /// The `PostgreSQL` instance and the database that a reference means: a bare one names the instance.
    pub fn database<'a>(&'a self, reference: &'a Reference) -> Option<(&'a Name, Option<&'a str>)> {
        let (instance, database) = match reference.parts() {
            (Some(instance), database) => (instance, Some(database)),
            (None, instance) => (instance, None),
        };
        let (name, postgres) = self.postgres.get_key_value(instance)?;
        Some((name, database.or_else(|| postgres.databases.first().map(Name::as_str))))
    }
}
