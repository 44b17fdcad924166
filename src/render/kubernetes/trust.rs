//! What a pod needs to trust the stores it uses and to be known to Kafka: one volume with the authorities and the
//! certificate, out of Secrets whose names are decided in the model. External stores have public certificates.

use k8s_openapi::api::core::v1::{KeyToPath, ProjectedVolumeSource, SecretProjection, Volume, VolumeProjection};

use super::unit::{Subject, Unit};
use crate::model::Name;
use crate::model::plan::Peer;
use crate::model::topology::used::{CA_KEY, System, USER_CERTIFICATE_KEY, USER_KEY_KEY, authority_secret, client_secret};

use super::environment::access;

/// The name of the volume.
pub const VOLUME: &str = "trust";
/// Where the volume is mounted.
pub const MOUNT: &str = "/var/run/trust";

/// The variables of a store that name files, with the files.
pub const fn files(system: System) -> &'static [(&'static str, &'static str)] {
    match system {
        System::Kafka => &[("CA", CA_KEY), ("CERTIFICATE", USER_CERTIFICATE_KEY), ("KEY", USER_KEY_KEY)],
        System::Postgres | System::Redis | System::S3 => &[("CA", CA_KEY)],
    }
}

/// The path of a store's file.
pub fn path(system: System, instance: &Name, file: &str) -> String {
    format!("{MOUNT}/{system}-{instance}/{file}")
}

/// The stores of a service whose certificates an authority of ours has signed.
pub fn stores<'a>(subject: &Subject<'a>) -> Vec<(System, &'a Name)> {
    let private = |store: &(System, &'a Name)| {
        let access = access(subject.input.plan, store.0, store.1);
        !access.is_some_and(|access| access.peers.iter().any(|peer| matches!(peer, Peer::External(_))))
    };
    subject.service.stores(subject.input.topology).into_keys().filter(private).collect()
}

/// The volume, where the service uses a store.
pub fn volume(unit: &Unit<'_>) -> Option<Volume> {
    let mut sources = Vec::new();
    for (system, instance) in stores(&unit.subject) {
        let folder = format!("{system}-{instance}");
        let cluster = match system {
            System::Kafka => unit.kafka(instance).map_or(instance.as_str(), |cluster| cluster.name.as_str()),
            System::Postgres | System::Redis | System::S3 => instance.as_str(),
        };
        sources.push(secret(&authority_secret(system, cluster), &folder, &[CA_KEY]));
        if system == System::Kafka {
            let name = client_secret(System::Kafka, unit.subject.name.as_str(), cluster);
            sources.push(secret(&name, &folder, &[USER_CERTIFICATE_KEY, USER_KEY_KEY]));
        }
    }
    if sources.is_empty() {
        return None;
    }
    let projected = ProjectedVolumeSource { sources: Some(sources), default_mode: Some(0o440) };
    Some(Volume { name: VOLUME.to_owned(), projected: Some(projected), ..Volume::default() })
}

fn secret(name: &str, folder: &str, keys: &[&str]) -> VolumeProjection {
    let item = |key: &&str| KeyToPath { key: (*key).to_owned(), path: format!("{folder}/{key}"), mode: None };
    let projection = SecretProjection { name: name.to_owned(), items: Some(keys.iter().map(item).collect()), optional: None };
    VolumeProjection { secret: Some(projection), ..VolumeProjection::default() }
}
