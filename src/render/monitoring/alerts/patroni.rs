//! PostgreSQL under Patroni, its proxies and its backups.

use super::alert::{Alert, rising, steady};
use super::{any_of, preferred, standby};
use crate::model::plan::PatroniCluster;
use crate::model::topology::Postgres;
use crate::model::topology::postgres::SynchronousMode;
use crate::render::Input;

/// How far a replica may be behind, in bytes; readers leave it at the same distance.
const LAG_BYTES: u64 = 10 << 20;

/// Its alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for (name, postgres) in &input.topology.postgres {
        let Some(plan) = input.plan.postgres.get(name) else { continue };
        for cluster in &plan.clusters {
            alerts.extend(leader(input, postgres, cluster));
            let both = input.topology.datacenters.keys().all(|site| cluster.members.iter().any(|member| member.site == *site));
            if both && postgres.synchronous.mode != SynchronousMode::Off && plan.synchronous_nodes > 0 {
                alerts.push(no_copy_elsewhere(input, cluster));
            }
        }
        if plan.clusters.len() > 1 {
            alerts.push(two_primaries(name.as_str(), &plan.clusters));
        }
        if postgres.backup.is_some() {
            alerts.extend(backups(name.as_str(), &plan.clusters));
        }
    }
    if !alerts.is_empty() {
        alerts.extend(members());
    }
    if input.plan.postgres.values().any(|postgres| !postgres.proxies.is_empty()) {
        alerts.push(no_writer());
    }
    alerts
}

fn leader(input: &Input<'_>, postgres: &Postgres, cluster: &PatroniCluster) -> Vec<Alert> {
    let scope = cluster.scope.as_str();
    let (home, away) = (preferred(input), standby(input));
    let of = format!("job=\"patroni\",cluster=\"{scope}\"");
    let at =
        |name: &str, host: &str, dc: &str| format!("{name}{{job=\"patroni\",cluster=\"{scope}\",dc=\"{dc}\",host=\"{host}\"}}");
    let ttl = postgres.timers.ttl.seconds();
    let seen = "patroni_dcs_last_seen";
    let mut alerts = vec![
        Alert::new(
            "PatroniLeaderCount",
            format!("(sum(patroni_primary{{{of}}} + patroni_standby_leader{{{of}}}) or 0 * sum(up{{{of}}})) != 1"),
        )
        .after(1)
        .label("cluster", scope)
        .says(
            "PostgreSQL {{ $labels.cluster }} does not have exactly one leader",
            "None: nobody takes writes. More than one: two histories, and data is being lost.",
            "patronictl list; with two, fence the one that does not hold the leader key at once.",
        )
        .fires([steady(at("patroni_primary", "a", home), 0), steady(at("patroni_standby_leader", "a", home), 0)], [])
        .fires([steady(at("up", "a", home), 0)], [])
        .quiet([steady(at("patroni_primary", "a", home), 1), steady(at("patroni_standby_leader", "a", home), 0)]),
        Alert::new("PatroniDcsLastSeenOld", format!("time() - max by (cluster, dc, host) ({seen}{{{of}}}) > {ttl}"))
            .label("cluster", scope)
            .says(
                "{{ $labels.host }} has not reached etcd for longer than the leader key lives",
                format!("More than {ttl} s. A leader in this state steps down, unless all members still answer it."),
                "Look at etcd of this cluster and at the way there.",
            )
            .fires([steady(at(seen, "a", home), 0)], [("cluster", scope), ("dc", home), ("host", "a")])
            .quiet([rising(at(seen, "a", home), 60)]),
    ];
    if cluster.site.is_none() {
        alerts.push(
            Alert::new("PatroniPrimaryAway", format!("sum by (cluster, dc) (patroni_primary{{{of},dc!=\"{home}\"}}) > 0"))
                .warning()
                .after(30)
                .label("cluster", scope)
                .says(
                    "the primary of {{ $labels.cluster }} is in {{ $labels.dc }}",
                    format!(
                        "Its place is {home}, beside the majority of etcd; where it is now, the loss of {home} stops writes."
                    ),
                    "patronictl switchover, when the preferred data centre is sound.",
                )
                .fires([steady(at("patroni_primary", "a", away), 1)], [("cluster", scope), ("dc", away)])
                .quiet([steady(at("patroni_primary", "a", home), 1)]),
        );
    }
    alerts
}

fn no_copy_elsewhere(input: &Input<'_>, cluster: &PatroniCluster) -> Alert {
    let scope = cluster.scope.as_str();
    let of = format!("job=\"patroni\",cluster=\"{scope}\"");
    let (home, away) = (preferred(input), standby(input));
    let member = |host: &str, dc: &str, primary: u8, synchronous: u8| {
        let at = |name: &str| format!("{name}{{job=\"patroni\",cluster=\"{scope}\",dc=\"{dc}\",host=\"{host}\"}}");
        [
            steady(at("patroni_primary"), primary),
            steady(at("patroni_sync_standby"), 0),
            steady(at("patroni_quorum_standby"), synchronous),
        ]
    };
    let [p1, p2, p3] = member("a", home, 1, 0);
    let [n1, n2, n3] = member("b", home, 0, 1);
    let [idle1, idle2, idle3] = member("c", away, 0, 0);
    let [copy1, copy2, copy3] = member("c", away, 0, 1);
    Alert::new(
        "PatroniNoSynchronousStandbyElsewhere",
        format!(
            "(sum(max by (dc) (patroni_sync_standby{{{of}}} + patroni_quorum_standby{{{of}}}) \
             unless on (dc) (max by (dc) (patroni_primary{{{of}}}) == 1)) or 0 * sum(patroni_primary{{{of}}})) < 1"
        ),
    )
    .after(5)
    .label("cluster", scope)
    .says(
        "commits of {{ $labels.cluster }} are in one data centre only",
        "No synchronous standby in the other data centre: a loss of the primary's data centre loses committed data now.",
        "Look why the standbys over there do not keep up: patronictl list, the link, their disks.",
    )
    .fires([p1.clone(), p2.clone(), p3.clone(), n1.clone(), n2.clone(), n3.clone(), idle1, idle2, idle3], [])
    .quiet([p1, p2, p3, n1, n2, n3, copy1, copy2, copy3])
}

fn two_primaries(instance: &str, clusters: &[PatroniCluster]) -> Alert {
    let of = any_of(clusters.iter().map(|cluster| &cluster.scope));
    let at = |index: usize, value: u8| {
        let scope = clusters.get(index).map_or("", |cluster| cluster.scope.as_str());
        steady(format!("patroni_primary{{job=\"patroni\",cluster=\"{scope}\",dc=\"d\",host=\"{scope}\"}}"), value)
    };
    Alert::new("PatroniTwoPrimaries", format!("sum(patroni_primary{{job=\"patroni\",cluster=~\"{of}\"}}) > 1"))
        .label("instance_name", instance)
        .says(
            "both clusters of {{ $labels.instance_name }} take writes",
            "The standby cluster was promoted while the other still serves: two histories.",
            "Fence the one that was meant to be lost; later demote it: patronictl demote-cluster.",
        )
        .fires([at(0, 1), at(1, 1)], [])
        .quiet([at(0, 1), at(1, 0)])
}

fn members() -> [Alert; 4] {
    let at = |name: &str, host: &str| format!("{name}{{job=\"patroni\",cluster=\"c\",dc=\"d\",host=\"{host}\"}}");
    let place = [("cluster", "c"), ("dc", "d"), ("host", "h")];
    let by = "max by (cluster, dc, host)";
    let (sent, replayed) = ("patroni_xlog_location", "patroni_xlog_replayed_location");
    [
        Alert::new("PostgresDown", format!("{by} (patroni_postgres_running{{job=\"patroni\"}} == 0)"))
            .after(2)
            .says(
                "PostgreSQL on {{ $labels.host }} does not run",
                "Patroni answers, its database does not.",
                "journalctl -u patroni on that host.",
            )
            .fires([steady(at("patroni_postgres_running", "h"), 0)], place)
            .quiet([steady(at("patroni_postgres_running", "h"), 1)]),
        Alert::new("PatroniFailsafeActive", "max by (cluster) (patroni_failsafe_mode_is_active{job=\"patroni\"} == 1)")
            .says(
                "{{ $labels.cluster }} runs without its etcd",
                "The primary stays only because every member answers it; the first one that does not makes it step down.",
                "Bring the majority of its etcd back; touch no member until then.",
            )
            .fires([steady(at("patroni_failsafe_mode_is_active", "h"), 1)], [("cluster", "c")])
            .quiet([steady(at("patroni_failsafe_mode_is_active", "h"), 0)]),
        Alert::new("PatroniTimelineJump", "max by (cluster) (changes(patroni_postgres_timeline{job=\"patroni\"}[15m])) > 0")
            .warning()
            .says(
                "{{ $labels.cluster }} has a new timeline",
                "A member was promoted in the last quarter of an hour.",
                "Find out whether somebody did it; if not, why the old primary was lost.",
            )
            .fires([rising(at("patroni_postgres_timeline", "h"), 1)], [("cluster", "c")])
            .quiet([steady(at("patroni_postgres_timeline", "h"), 4)]),
        Alert::new(
            "PatroniReplicaLag",
            format!(
                "max by (cluster) ({sent}{{job=\"patroni\"}}) - on (cluster) group_right () {by} \
                 ({replayed}{{job=\"patroni\"}} > 0) > {LAG_BYTES}"
            ),
        )
        .warning()
        .after(5)
        .says(
            "{{ $labels.host }} lags behind the primary of {{ $labels.cluster }}",
            format!("More than {} MiB are not replayed; readers no longer go there.", LAG_BYTES >> 20),
            "Look at long queries on the replica, its disk, and the link.",
        )
        .fires([steady(at(sent, "p"), LAG_BYTES * 3), steady(at(replayed, "h"), LAG_BYTES)], place)
        .quiet([steady(at(sent, "p"), LAG_BYTES * 3), steady(at(replayed, "h"), LAG_BYTES * 3)]),
    ]
}

fn no_writer() -> Alert {
    let series = "haproxy_backend_active_servers{job=\"haproxy\",dc=\"d\",host=\"h\",proxy=\"writer\"}";
    Alert::new("ProxyWithoutWriter", "max by (dc, host) (haproxy_backend_active_servers{job=\"haproxy\",proxy=\"writer\"}) == 0")
        .after(1)
        .says(
            "{{ $labels.host }} knows no primary",
            "Clients of this proxy cannot write.",
            "Look whether there is a leader; if so, whether this host reaches port 8008 of its host.",
        )
        .fires([steady(series, 0)], [("dc", "d"), ("host", "h")])
        .quiet([steady(series, 1)])
}

/// What the timers on the hosts say: that a backup was begun in time, and that none failed.
fn backups(instance: &str, clusters: &[PatroniCluster]) -> [Alert; 2] {
    const LATE_SECONDS: i64 = 36 * 3600;
    let hosts = any_of(clusters.iter().flat_map(|cluster| &cluster.members).map(|member| &member.host));
    let host = clusters.iter().flat_map(|cluster| &cluster.members).map(|member| member.host.as_str()).next().unwrap_or_default();
    let timer = format!("node_systemd_timer_last_trigger_seconds{{job=\"node\",host=\"{host}\",name=\"pgbackrest-diff.timer\"}}");
    let unit =
        format!("node_systemd_unit_state{{job=\"node\",host=\"{host}\",name=\"pgbackrest@diff.service\",state=\"failed\"}}");
    [
        Alert::new(
            "BackupLate",
            format!(
                "time() - max(node_systemd_timer_last_trigger_seconds{{job=\"node\",host=~\"{hosts}\",name=~\"pgbackrest-.*\"}}) \
                 > {LATE_SECONDS}"
            ),
        )
        .label("instance_name", instance)
        .says(
            "no backup of {{ $labels.instance_name }} was begun for a day and a half",
            "One is due every night.",
            "systemctl list-timers 'pgbackrest-*' on its hosts.",
        )
        .fires([steady(timer.clone(), -LATE_SECONDS)], [])
        .quiet([steady(timer, 0)]),
        Alert::new(
            "BackupFailed",
            format!(
                "max by (host) (node_systemd_unit_state{{job=\"node\",host=~\"{hosts}\",name=~\"pgbackrest.*\",state=\"failed\"}}) == 1"
            ),
        )
        .after(5)
        .label("instance_name", instance)
        .says(
            "a backup of {{ $labels.instance_name }} failed on {{ $labels.host }}",
            "Until the next one succeeds, a restore reaches back further and takes longer.",
            "journalctl -u 'pgbackrest@*' on that host; pgbackrest check.",
        )
        .fires([steady(unit.clone(), 1)], [("host", host)])
        .quiet([steady(unit, 0)]),
    ]
}
