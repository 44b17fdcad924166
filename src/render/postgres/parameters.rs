//! PostgreSQL's parameters: those that all members of a cluster must share live in etcd, those of a host in its own
//! file. Sizes follow the host's memory and disk; nothing here follows a workload, which nobody has measured yet.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Instance;
use crate::model::plan::Member;
use crate::model::plan::postgres_files::{PATRONI_CA, PATRONI_CERTIFICATE, PATRONI_KEY};

/// Parameters by name.
pub(super) type Parameters = BTreeMap<&'static str, Value>;

const GIB: u64 = 1 << 30;

/// The parameters that Patroni keeps the same on every member.
pub(super) fn shared(instance: &Instance<'_>) -> Parameters {
    // Each member needs a slot and a sender; the rest is for base backups, rewinding and the other data centre.
    let members = u64::try_from(instance.members().count()).unwrap_or(u64::MAX);
    let senders = members.saturating_add(8);
    let disks = instance.members().filter_map(|member| instance.input.plan.hosts.get(&member.host)?.disk);
    let disk = disks.min().map_or(0, |disk| disk.0);
    BTreeMap::from([
        ("hot_standby", Value::from("on")),
        ("max_connections", Value::from(instance.postgres.max_connections)),
        ("max_replication_slots", Value::from(senders)),
        ("max_wal_senders", Value::from(senders)),
        // For a member whose slot is gone; Patroni reads it here only.
        ("wal_keep_size", megabytes((disk / 64).clamp(GIB / 4, 32 * GIB))),
        ("wal_level", Value::from("replica")),
        ("wal_log_hints", Value::from("on")),
    ])
}

/// The parameters of one host.
pub(super) fn local(instance: &Instance<'_>, member: &Member) -> Parameters {
    let host = instance.input.plan.hosts.get(&member.host);
    let memory = host.map_or(GIB, |host| host.memory.0);
    let disk = host.and_then(|host| host.disk).map_or(0, |disk| disk.0);
    let mut parameters = sizes(memory, disk);
    parameters.extend(security());
    parameters.extend(archive(instance));
    // A demoted leader waits for senders beyond a cut link before it stops; the default is 60 s.
    parameters.insert("wal_sender_timeout", Value::from("20s"));
    parameters.insert("wal_receiver_timeout", Value::from("20s"));
    parameters.insert("tcp_keepalives_idle", Value::from(30));
    parameters.insert("tcp_keepalives_interval", Value::from(10));
    parameters.insert("tcp_keepalives_count", Value::from(3));
    parameters.insert("unix_socket_directories", Value::from("/var/run/postgresql"));
    parameters
}

/// Memory after the manual's advice (a quarter shared, the page cache does the rest), WAL after the disk.
fn sizes(memory: u64, disk: u64) -> Parameters {
    let maintenance = (memory / 64).clamp(64 << 20, 2 * GIB);
    BTreeMap::from([
        ("shared_buffers", megabytes(memory / 4)),
        ("effective_cache_size", megabytes(memory / 4 * 3)),
        ("maintenance_work_mem", megabytes(maintenance)),
        ("max_wal_size", megabytes((disk / 32).clamp(GIB, 64 * GIB))),
        // The slot of a member that stays away must not fill the disk of the leader.
        ("max_slot_wal_keep_size", megabytes((disk / 4).max(GIB))),
    ])
}

fn megabytes(bytes: u64) -> Value {
    Value::from(format!("{}MB", bytes >> 20))
}

fn security() -> Parameters {
    BTreeMap::from([
        ("ssl", Value::from("on")),
        ("ssl_ca_file", Value::from(PATRONI_CA)),
        ("ssl_cert_file", Value::from(PATRONI_CERTIFICATE)),
        ("ssl_key_file", Value::from(PATRONI_KEY)),
        ("ssl_min_protocol_version", Value::from("TLSv1.2")),
        ("password_encryption", Value::from("scram-sha-256")),
    ])
}

fn archive(instance: &Instance<'_>) -> Parameters {
    if instance.store().is_none() {
        return BTreeMap::from([("archive_mode", Value::from("off"))]);
    }
    let command = format!("pgbackrest --stanza={} archive-push %p", instance.stanza());
    BTreeMap::from([
        ("archive_mode", Value::from("on")),
        ("archive_command", Value::from(command)),
        ("archive_timeout", Value::from("60s")),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_memory_and_disk() {
        let large = sizes(128 * GIB, 2048 * GIB);
        assert_eq!(large["shared_buffers"], "32768MB");
        assert_eq!(large["effective_cache_size"], "98304MB");
        assert_eq!(large["maintenance_work_mem"], "2048MB");
        assert_eq!(large["max_wal_size"], "65536MB");
        assert_eq!(large["max_slot_wal_keep_size"], "524288MB");
        let small = sizes(GIB, 0);
        assert_eq!(small["shared_buffers"], "256MB");
        assert_eq!(small["max_wal_size"], "1024MB");
    }
}
