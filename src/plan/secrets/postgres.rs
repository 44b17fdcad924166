//! The secrets of PostgreSQL's hosts. Two authorities for each instance: one for its database and proxies, one for each
//! etcd, because whoever shows a certificate of etcd's authority may write everything there.

use crate::model::plan::edge::writer_name;
use crate::model::plan::postgres_files::{
    ETCD_CA, ETCD_CERTIFICATE, ETCD_KEY, ETCD_SNAPSHOT_ENVIRONMENT, ETCD_STORE_CA, HAPROXY_CA, HAPROXY_PEM, PATRONI_CA,
    PATRONI_CERTIFICATE, PATRONI_ENVIRONMENT, PATRONI_ETCD_CA, PATRONI_ETCD_CERTIFICATE, PATRONI_ETCD_KEY, PATRONI_KEY,
    PATRONI_POOLER_PASSWORD, PGBACKREST_SECRETS, PGBACKREST_STORE_CA, PGBOUNCER_CA, PGBOUNCER_CERTIFICATE, PGBOUNCER_KEY,
    PGBOUNCER_USERS,
};
use crate::model::plan::{BackupStore, Holder, Member, PatroniCluster, Plan, PostgresPlan, SecretKind, SecretNeed};
use crate::model::topology::postgres::Pooler;
use crate::model::topology::{Postgres, Topology};
use crate::model::{Name, Path};

/// What the hosts of every instance read.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let mut needs = Vec::new();
    for (name, postgres) in &topology.postgres {
        let Some(it) = plan.postgres.get(name) else { continue };
        let instance = Instance { name, postgres, plan: it, store: BackupStore::of(plan, postgres) };
        for cluster in &it.clusters {
            cluster.dcs.iter().for_each(|member| needs.extend(instance.voter(cluster, member)));
            cluster.members.iter().for_each(|member| needs.extend(instance.member(cluster, member)));
        }
        it.proxies.iter().for_each(|proxy| needs.extend(instance.proxy(proxy)));
    }
    needs
}

struct Instance<'a> {
    name: &'a Name,
    postgres: &'a Postgres,
    plan: &'a PostgresPlan,
    store: Option<BackupStore<'a>>,
}

/// One host and the user of the system there.
#[derive(Clone, Copy)]
struct At<'a> {
    member: &'a Member,
    owner: &'static str,
}

/// One certificate: its files, whose authority it is of, and whom it names.
struct Identity {
    ca: &'static str,
    certificate: &'static str,
    key: &'static str,
    authority: String,
    of: &'static str,
    names: Vec<String>,
}

impl Instance<'_> {
    fn voter(&self, cluster: &PatroniCluster, member: &Member) -> Vec<SecretNeed> {
        let at = At { member, owner: "etcd" };
        let authority = etcd_authority(cluster);
        let (certificate, key, names) = (ETCD_CERTIFICATE, ETCD_KEY, own_names(member));
        let mut needs = self.pair(at, Identity { ca: ETCD_CA, certificate, key, authority, of: "etcd", names });
        if let Some(store) = self.store {
            let variables = "the key of the object store: RCLONE_S3_ACCESS_KEY_ID, RCLONE_S3_SECRET_ACCESS_KEY";
            needs.push(self.file(at, ETCD_SNAPSHOT_ENVIRONMENT, "etcd-snapshot", variables));
            needs.extend(self.store_authority(at, store, ETCD_STORE_CA));
        }
        needs
    }

    fn member(&self, cluster: &PatroniCluster, member: &Member) -> Vec<SecretNeed> {
        let at = At { member, owner: "postgres" };
        // TLS passes through the proxies, so a member is also known by their names.
        let through = self.plan.proxies.iter().flat_map(|proxy| [proxy.host.to_string(), proxy.address.to_string()]);
        let names = own_names(member).into_iter().chain(through).collect();
        let mut needs = self.pair(
            at,
            Identity {
                ca: PATRONI_CA,
                certificate: PATRONI_CERTIFICATE,
                key: PATRONI_KEY,
                authority: self.authority(),
                of: "patroni",
                names,
            },
        );
        needs.extend(self.pair(
            at,
            Identity {
                ca: PATRONI_ETCD_CA,
                certificate: PATRONI_ETCD_CERTIFICATE,
                key: PATRONI_ETCD_KEY,
                authority: etcd_authority(cluster),
                of: "patroni",
                names: Vec::new(),
            },
        ));
        let variables = "passwords of Patroni: PATRONI_SUPERUSER_PASSWORD, PATRONI_REPLICATION_PASSWORD, PATRONI_REWIND_PASSWORD";
        needs.push(self.file(at, PATRONI_ENVIRONMENT, "patroni", variables));
        if self.pooled() && cluster.follows.is_none() {
            let need = self.file(at, PATRONI_POOLER_PASSWORD, "pooler", "password of the role `pgbouncer`");
            needs.push(SecretNeed { kind: SecretKind::Password, ..need });
        }
        if let Some(store) = self.store {
            let keys = "a section `[global]` with repo1-s3-key, repo1-s3-key-secret, repo1-cipher-pass";
            needs.push(self.file(at, PGBACKREST_SECRETS, "pgbackrest", keys));
            needs.extend(self.store_authority(at, store, PGBACKREST_STORE_CA));
        }
        needs
    }

    fn proxy(&self, proxy: &Member) -> Vec<SecretNeed> {
        let at = At { member: proxy, owner: "root" };
        let authority = self.authority();
        let pem = SecretNeed {
            subject: Some(format!("CN={}", proxy.host)),
            names: own_names(proxy).into_iter().chain([writer_name(self.name)]).collect(),
            group: format!("{authority}/{}/haproxy", proxy.host),
            ..self.need(at, SecretKind::CertificateAndKey, HAPROXY_PEM, "statistics of HAProxy")
        };
        let mut needs = vec![self.authority_file(at, &authority, HAPROXY_CA), pem];
        if self.pooled() {
            let at = At { member: proxy, owner: "postgres" };
            let (certificate, key, names) = (PGBOUNCER_CERTIFICATE, PGBOUNCER_KEY, own_names(proxy));
            needs.extend(self.pair(at, Identity { ca: PGBOUNCER_CA, certificate, key, authority, of: "pgbouncer", names }));
            let purpose = "one line with the role `pgbouncer` and its password, each in double quotes";
            needs.push(self.file(at, PGBOUNCER_USERS, "pooler", purpose));
        }
        needs
    }

    /// An authority's certificate, a certificate of it and the key.
    fn pair(&self, at: At<'_>, identity: Identity) -> Vec<SecretNeed> {
        let Identity { ca, certificate, key, authority, of, names } = identity;
        let group = format!("{authority}/{}/{of}", at.member.host);
        let purpose = format!("TLS of {of}");
        let certificate = SecretNeed {
            subject: Some(format!("CN={}", at.member.host)),
            names,
            group: group.clone(),
            ..self.need(at, SecretKind::Certificate, certificate, &purpose)
        };
        let key = SecretNeed { group, ..self.need(at, SecretKind::PrivateKey, key, &purpose) };
        vec![self.authority_file(at, &authority, ca), certificate, key]
    }

    fn authority_file(&self, at: At<'_>, authority: &str, path: &str) -> SecretNeed {
        let need = self.need(at, SecretKind::CaCertificate, path, &format!("the authority {authority}"));
        SecretNeed { group: authority.to_owned(), ..need }
    }

    /// The authority of a store of ours; a store elsewhere is known to the operating system.
    fn store_authority(&self, at: At<'_>, store: BackupStore<'_>, path: &str) -> Option<SecretNeed> {
        store.external().is_none().then(|| self.authority_file(at, &format!("ca/s3-{}", store.store), path))
    }

    /// A file whose content is the same on every host of the instance.
    fn file(&self, at: At<'_>, path: &str, what: &str, purpose: &str) -> SecretNeed {
        SecretNeed { group: format!("postgres-{}/{what}", self.name), ..self.need(at, SecretKind::File, path, purpose) }
    }

    fn need(&self, at: At<'_>, kind: SecretKind, path: &str, purpose: &str) -> SecretNeed {
        let host = at.member.host.clone();
        SecretNeed {
            kind,
            holder: Holder::Host { host, path: path.to_owned(), owner: at.owner.to_owned() },
            purpose: purpose.to_owned(),
            group: String::new(),
            subject: None,
            names: Vec::new(),
            source: Path::of(["postgres", self.name.as_str()]),
        }
    }

    fn authority(&self) -> String {
        format!("ca/postgres-{}", self.name)
    }

    fn pooled(&self) -> bool {
        match self.postgres.proxy.pooler {
            Pooler::Pgbouncer => true,
            Pooler::None => false,
        }
    }
}

fn etcd_authority(cluster: &PatroniCluster) -> String {
    format!("ca/etcd-{}", cluster.scope)
}

/// The names under which a host is reached, also by itself.
fn own_names(member: &Member) -> Vec<String> {
    vec![member.host.to_string(), member.address.to_string(), "localhost".to_owned(), "127.0.0.1".to_owned()]
}
