//! What caches and their clients read: one authority for each cache, one certificate for each host or for all pods,
//! which is a member's identity as a server and as a client, and one password for each user.

use std::collections::BTreeSet;

use crate::model::plan::redis::{
    PASSWORD_KEY, REDIS_PASSWORDS, REDIS_TLS, SystemUser, redis_client_secret, redis_clients, redis_passwords_secret,
    redis_tls_secret,
};
use crate::model::plan::{Holder, Plan, RedisPlan, SecretKind, SecretNeed};
use crate::model::topology::kafka::Run;
use crate::model::topology::{Redis, Topology};
use crate::model::{HostName, Name, Path};

/// The namespace of stores.
const DATA: &str = "data";

/// The secrets of every cache.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let planned = topology.redis.iter().filter_map(|(name, redis)| Some((name, redis, plan.redis.get(name)?)));
    planned.flat_map(|(name, redis, planned)| of_instance(topology, name, redis, planned)).collect()
}

/// Where the files of a member lie.
enum Place<'a> {
    Pods,
    Host(&'a HostName, &'a str),
}

impl Place<'_> {
    fn holder(&self, secret: String, folder: &str, key: &str) -> Holder {
        match self {
            Self::Pods => Holder::Kubernetes { namespace: DATA.to_owned(), name: secret, key: key.to_owned() },
            Self::Host(host, owner) => {
                Holder::Host { host: (*host).clone(), path: format!("{folder}/{key}"), owner: (*owner).to_owned() }
            }
        }
    }
}

fn of_instance(topology: &Topology, name: &Name, redis: &Redis, planned: &RedisPlan) -> Vec<SecretNeed> {
    let clients = redis_clients(topology, name);
    let system = SystemUser::ALL.iter().map(|user| user.as_str());
    let users: Vec<&str> = system.chain(clients.iter().map(|(client, _)| client.as_str())).collect();
    let members = || planned.members.iter().chain(&planned.sentinels);
    let mut needs = Vec::new();
    match redis.run {
        Run::Kubernetes => {
            needs.extend(certificate(name, &Place::Pods, pod_names(name, planned)));
            needs.extend(passwords(name, &Place::Pods, &users));
        }
        Run::Hosts => {
            let hosts: BTreeSet<_> = members().filter_map(|member| Some((member.host.as_ref()?, member.address?))).collect();
            for (host, address) in hosts {
                let place = Place::Host(host, redis.engine.as_str());
                let names = ["localhost".to_owned(), host.to_string(), "127.0.0.1".to_owned(), address.to_string()];
                needs.extend(certificate(name, &place, names.to_vec()));
                needs.extend(passwords(name, &place, &users));
            }
        }
    }
    for (client, service) in clients {
        let secret = redis_client_secret(client, name);
        let holder = Holder::Kubernetes { namespace: service.namespace().to_owned(), name: secret, key: PASSWORD_KEY.to_owned() };
        let purpose = format!("the password of user `{client}` of cache `{name}`");
        needs.push(need(name, SecretKind::Password, holder, purpose, password_group(name, client.as_str())));
    }
    needs
}

/// Every name under which a pod is reached: by its group, by a Service, and from beside it.
fn pod_names(name: &Name, planned: &RedisPlan) -> Vec<String> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
    names.push(format!("{name}.{DATA}.svc.cluster.local"));
    if !planned.sentinels.is_empty() {
        names.push(format!("{name}-sentinel.{DATA}.svc.cluster.local"));
    }
    for group in &planned.groups {
        names.push(format!("*.{}.{DATA}.svc.cluster.local", group.name));
        names.push(format!("{}.{DATA}.svc.cluster.local", group.name));
    }
    let sites: BTreeSet<&Name> = planned.groups.iter().map(|group| &group.site).collect();
    names.extend(sites.into_iter().map(|site| format!("{name}-{site}-read.{DATA}.svc.cluster.local")));
    names
}

fn certificate(name: &Name, place: &Place<'_>, names: Vec<String>) -> [SecretNeed; 3] {
    let authority = format!("ca/redis-{name}");
    let (own, subject) = match place {
        Place::Pods => (format!("{authority}/pods"), format!("CN={name}")),
        Place::Host(host, _) => (format!("{authority}/{host}"), format!("CN={host}")),
    };
    let one = |kind, key: &str, purpose: String, group: &str| {
        need(name, kind, place.holder(redis_tls_secret(name), REDIS_TLS, key), purpose, group.to_owned())
    };
    let member = format!("a member of cache `{name}`, as server and as client");
    let certificate = one(SecretKind::Certificate, "tls.crt", member.clone(), &own);
    [
        one(SecretKind::CaCertificate, "ca.crt", format!("the authority of cache `{name}`"), &authority),
        SecretNeed { subject: Some(subject), names, ..certificate },
        one(SecretKind::PrivateKey, "tls.key", member, &own),
    ]
}

fn passwords(name: &Name, place: &Place<'_>, users: &[&str]) -> Vec<SecretNeed> {
    let one = |user: &&str| {
        let holder = place.holder(redis_passwords_secret(name), REDIS_PASSWORDS, user);
        let purpose = format!("the password of user `{user}` of cache `{name}`, of letters, digits and `._~+/=-`");
        need(name, SecretKind::Password, holder, purpose, password_group(name, user))
    };
    users.iter().map(one).collect()
}

fn password_group(name: &Name, user: &str) -> String {
    format!("redis/{name}/{user}")
}

fn need(name: &Name, kind: SecretKind, holder: Holder, purpose: String, group: String) -> SecretNeed {
    let source = Path::of(["redis", name.as_str()]);
    SecretNeed { kind, holder, purpose, group, subject: None, names: Vec::new(), source }
}
