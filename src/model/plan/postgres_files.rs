//! Where the secrets of PostgreSQL's hosts lie: the renderer writes these paths into configuration files, the list of
//! secrets names them, so the two cannot differ. It says nothing about what is in the files.

/// The certificate authority of an instance, for Patroni's REST API and PostgreSQL itself.
pub const PATRONI_CA: &str = "/etc/patroni/tls/ca.crt";
/// The certificate of Patroni's REST API and of PostgreSQL.
pub const PATRONI_CERTIFICATE: &str = "/etc/patroni/tls/tls.crt";
/// Its key.
pub const PATRONI_KEY: &str = "/etc/patroni/tls/tls.key";
/// The certificate authority of the etcd that Patroni asks.
pub const PATRONI_ETCD_CA: &str = "/etc/patroni/etcd/ca.crt";
/// The certificate with which Patroni is known to etcd.
pub const PATRONI_ETCD_CERTIFICATE: &str = "/etc/patroni/etcd/tls.crt";
/// Its key.
pub const PATRONI_ETCD_KEY: &str = "/etc/patroni/etcd/tls.key";
/// The environment file with the passwords of the superuser, of replication and of rewind.
pub const PATRONI_ENVIRONMENT: &str = "/etc/patroni/secrets.env";
/// The password that the pooler's role is created with.
pub const PATRONI_POOLER_PASSWORD: &str = "/etc/patroni/pooler-password";

/// The certificate authority of an etcd cluster, for members and clients.
pub const ETCD_CA: &str = "/etc/etcd/tls/ca.crt";
/// The certificate of an etcd member, as server, as peer and as client.
pub const ETCD_CERTIFICATE: &str = "/etc/etcd/tls/tls.crt";
/// Its key.
pub const ETCD_KEY: &str = "/etc/etcd/tls/tls.key";
/// The environment file with the key of the object store for etcd's snapshots.
pub const ETCD_SNAPSHOT_ENVIRONMENT: &str = "/etc/etcd/snapshot.env";
/// The certificate authority of the object store that takes etcd's snapshots.
pub const ETCD_STORE_CA: &str = "/etc/etcd/store/ca.crt";

/// The certificate authority of the instance that `HAProxy` checks.
pub const HAPROXY_CA: &str = "/etc/haproxy/tls/ca.crt";
/// Certificate and key of `HAProxy`'s statistics and metrics, in one file.
pub const HAPROXY_PEM: &str = "/etc/haproxy/tls/tls.pem";

/// The certificate authority of the servers behind `PgBouncer`.
pub const PGBOUNCER_CA: &str = "/etc/pgbouncer/tls/ca.crt";
/// The certificate that `PgBouncer` shows its clients.
pub const PGBOUNCER_CERTIFICATE: &str = "/etc/pgbouncer/tls/tls.crt";
/// Its key.
pub const PGBOUNCER_KEY: &str = "/etc/pgbouncer/tls/tls.key";
/// The password of the role with which `PgBouncer` looks up other roles.
pub const PGBOUNCER_USERS: &str = "/etc/pgbouncer/userlist.txt";

/// The part of pgBackRest's configuration that holds the key of the object store and the passphrase of the repository.
pub const PGBACKREST_SECRETS: &str = "/etc/pgbackrest/conf.d/secrets.conf";
/// The certificate authority of the object store that takes base backups and WAL.
pub const PGBACKREST_STORE_CA: &str = "/etc/pgbackrest/store/ca.crt";
