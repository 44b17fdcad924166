//! What object stores of ours and their clients read: one authority and one certificate for each store, which is a
//! member's identity as a server and as a client, a signing key, and one secret access key for each user.

use crate::model::plan::seaweedfs::{
    S3Client, SEAWEEDFS_KEYS, SECRET_KEY, SIGNING_KEY, s3_client_secret, s3_clients, s3_keys_secret, s3_tls_secret,
};
use crate::model::plan::{Holder, Plan, S3Plan, SecretKind, SecretNeed};
use crate::model::topology::Topology;
use crate::model::topology::storage::S3Engine;
use crate::model::{Name, Path};

/// The namespace of stores.
const DATA: &str = "data";

/// The secrets of every store that is rendered.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let rendered = topology.s3.iter().filter(|(_, store)| store.engine == S3Engine::Seaweedfs);
    let planned = rendered.filter_map(|(name, _)| Some((name, plan.s3.get(name)?)));
    planned.flat_map(|(name, planned)| of_store(topology, name, planned)).collect()
}

fn of_store(topology: &Topology, name: &Name, planned: &S3Plan) -> Vec<SecretNeed> {
    let authority = format!("ca/s3-{name}");
    let own = format!("{authority}/pods");
    let one = |kind, secret: String, key: &str, purpose: String, group: &str| {
        need(name, kind, held(DATA, secret, key), purpose, group.to_owned())
    };
    let tls = || s3_tls_secret(name);
    let member = format!("a member of object store `{name}`, as server and as client");
    let certificate = one(SecretKind::Certificate, tls(), "tls.crt", member.clone(), &own);
    let signing = format!("the key by which members of object store `{name}` allow each other to write");
    let mut needs = vec![
        one(SecretKind::CaCertificate, tls(), "ca.crt", format!("the authority of object store `{name}`"), &authority),
        SecretNeed { subject: Some(format!("CN={name}")), names: names(name, planned), ..certificate },
        one(SecretKind::PrivateKey, tls(), "tls.key", member, &own),
        one(SecretKind::Password, s3_keys_secret(name), SIGNING_KEY, signing, &format!("s3/{name}/{SIGNING_KEY}")),
    ];
    for (client, bucket) in s3_clients(topology, name) {
        let user = client.user();
        let group = format!("s3/{name}/{user}");
        let purpose = format!("the secret key of access key `{user}` of bucket `{name}/{bucket}`, mounted at {SEAWEEDFS_KEYS}");
        needs.push(one(SecretKind::Password, s3_keys_secret(name), &user, purpose, &group));
        if let S3Client::Service(service) = client
            && let Some(declared) = topology.services.get(service)
        {
            let holder = held(declared.namespace(), s3_client_secret(service, name), SECRET_KEY);
            let purpose = format!("the secret key of access key `{user}` of bucket `{name}/{bucket}`");
            needs.push(need(name, SecretKind::Password, holder, purpose, group));
        }
    }
    needs
}

/// Every name under which a pod is reached: by its group, by the Service, and from a host through its own balancer.
fn names(name: &Name, planned: &S3Plan) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), format!("{name}.{DATA}.svc.cluster.local")];
    let groups = planned.masters.iter().chain(&planned.volumes).chain(&planned.filers);
    names.extend(groups.map(|group| format!("*.{}.{DATA}.svc.cluster.local", group.name)));
    names
}

fn held(namespace: &str, name: String, key: &str) -> Holder {
    Holder::Kubernetes { namespace: namespace.to_owned(), name, key: key.to_owned() }
}

fn need(name: &Name, kind: SecretKind, holder: Holder, purpose: String, group: String) -> SecretNeed {
    let source = Path::of(["s3", name.as_str()]);
    SecretNeed { kind, holder, purpose, group, subject: None, names: Vec::new(), source }
}
