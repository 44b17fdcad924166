//! Names, users and paths of `SeaweedFS` that its configuration, its clients and the list of secrets must agree on.
//! Where members stand is planned elsewhere.

use std::collections::BTreeMap;

use crate::model::name::{Name, Reference};
use crate::model::topology::Topology;

/// The folder with the certificate of the members, its key and the authority.
pub const SEAWEEDFS_TLS: &str = "/etc/seaweedfs/tls";
/// The folder with one file for each user that holds the secret key.
pub const SEAWEEDFS_KEYS: &str = "/etc/seaweedfs/keys";
/// The key of a service's secret access key in its Secret; the access key itself is the name of the user.
pub const SECRET_KEY: &str = "secret-key";
/// The key of the secret with which a member signs the leave to write to another one, in the Secret with the users' keys.
pub const SIGNING_KEY: &str = "system.signing";

/// The Secret with every user's secret access key and the signing key, in the namespace of the pods.
pub fn s3_keys_secret(store: &Name) -> String {
    format!("{store}-s3-keys")
}

/// The Secret with the members' certificate, in the namespace of the pods.
pub fn s3_tls_secret(store: &Name) -> String {
    format!("{store}-s3-tls")
}

/// The Secret with the secret access key of a service, in its namespace.
pub fn s3_client_secret(service: &Name, store: &Name) -> String {
    format!("{service}-s3-{store}")
}

/// The user who backs up a PostgreSQL instance; the dot keeps it apart from every service.
pub fn backup_user(postgres: &Name) -> String {
    format!("backup.{postgres}")
}

/// A user of an object store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum S3Client<'a> {
    /// A service.
    Service(&'a Name),
    /// The backup of a PostgreSQL instance.
    Backup(&'a Name),
}

impl S3Client<'_> {
    /// The name of the user, which is also its access key.
    pub fn user(self) -> String {
        match self {
            Self::Service(name) => name.to_string(),
            Self::Backup(name) => backup_user(name),
        }
    }
}

/// The users of a store, each with the one bucket that it may read and write.
pub fn s3_clients<'a>(topology: &'a Topology, store: &Name) -> BTreeMap<S3Client<'a>, &'a str> {
    let mut clients = BTreeMap::new();
    for (name, service) in &topology.services {
        if let Some(bucket) = service.uses.s3.as_ref().and_then(|reference| bucket_here(topology, store, reference)) {
            clients.insert(S3Client::Service(name), bucket);
        }
    }
    for (name, postgres) in &topology.postgres {
        let bucket = postgres.backup.as_ref().and_then(|backup| backup.to.strip_prefix("s3/")?.split_once('/'));
        if let Some((_, bucket)) = bucket.filter(|(at, _)| *at == store.as_str()) {
            clients.insert(S3Client::Backup(name), bucket);
        }
    }
    clients
}

/// The bucket that a reference means, where it is one of this store.
fn bucket_here<'a>(topology: &Topology, store: &Name, reference: &'a Reference) -> Option<&'a str> {
    let (instance, bucket) = reference.parts();
    let here = match instance {
        Some(instance) => instance == store.as_str(),
        None => topology.s3.get(store)?.buckets.iter().any(|name| name.as_str() == bucket),
    };
    here.then_some(bucket)
}
