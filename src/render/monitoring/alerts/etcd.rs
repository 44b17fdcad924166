//! etcd: the one of the cluster and those of Patroni.

use super::alert::{Alert, rising, steady};
use super::{preferred, quorum, standby};
use crate::model::plan::Member;
use crate::render::Input;
use crate::render::monitoring::KUBERNETES;

/// An etcd cluster by its label.
fn clusters<'a>(input: &Input<'a>) -> Vec<(&'a str, &'a [Member])> {
    let mut all = vec![(KUBERNETES, input.plan.kubernetes.control_plane.as_slice())];
    let patroni = input.plan.postgres.values().flat_map(|postgres| &postgres.clusters);
    all.extend(patroni.map(|cluster| (cluster.scope.as_str(), cluster.dcs.as_slice())));
    all.retain(|(_, members)| !members.is_empty());
    all
}

/// Its alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for (cluster, members) in clusters(input) {
        alerts.extend(votes(cluster, members));
        // A cluster inside one data centre has no other place for its leader.
        if members.iter().any(|member| member.site.as_str() == preferred(input)) {
            alerts.push(drift(input, cluster));
        }
    }
    alerts.extend(health());
    alerts.push(slow_disk(input));
    alerts.push(slow_peers(input));
    alerts
}

fn votes(cluster: &str, members: &[Member]) -> [Alert; 2] {
    let majority = quorum(members.len());
    let alive = format!("sum(up{{job=\"etcd\",cluster=\"{cluster}\"}})");
    let up = |value| move |host: &str| steady(format!("up{{job=\"etcd\",cluster=\"{cluster}\",host=\"{host}\"}}"), value);
    let count = |alive: usize| {
        // One series whose value is the number of living members sums to the same.
        [up(alive)("all")]
    };
    let lost = Alert::new("EtcdInsufficientMembers", format!("{alive} < {majority}"))
        .after(2)
        .label("cluster", cluster)
        .says(
            "etcd {{ $labels.cluster }} has lost its quorum",
            format!("Fewer than {majority} of {} members answer: nothing can be written.", members.len()),
            "Bring members back; if their data centre is gone for good, restore the quorum from the survivors.",
        )
        .fires(count(majority - 1), [])
        .quiet(count(majority));
    let headroom = Alert::new("QuorumHeadroomZero", format!("{alive} == {majority}"))
        .after(5)
        .label("cluster", cluster)
        .says(
            "etcd {{ $labels.cluster }} cannot lose one more member",
            format!("Exactly {majority} of {} members answer, which is the quorum.", members.len()),
            "Stop all maintenance on the members that are left; bring the others back first.",
        )
        .fires(count(majority), []);
    let headroom =
        if members.len() > majority { headroom.quiet(count(members.len())) } else { headroom.quiet(count(majority - 1)) };
    [lost, headroom]
}

fn drift(input: &Input<'_>, cluster: &str) -> Alert {
    let (home, away) = (preferred(input), standby(input));
    let leader = |dc: &str| {
        [steady(format!("etcd_server_is_leader{{job=\"etcd\",cluster=\"{cluster}\",dc=\"{dc}\",host=\"{dc}-1\"}}"), 1)]
    };
    Alert::new(
        "MajorityDCDrift",
        format!("sum by (cluster) (etcd_server_is_leader{{job=\"etcd\",cluster=\"{cluster}\",dc!=\"{home}\"}}) > 0"),
    )
    .warning()
    .after(15)
    .label("cluster", cluster)
    .says(
        "the leader of etcd {{ $labels.cluster }} is not where it should be",
        format!("Every write of the leader now crosses the link; its place is {home}."),
        "Move it back when that data centre is sound: etcdctl move-leader.",
    )
    .fires(leader(away), [("cluster", cluster)])
    .quiet(leader(home))
}

fn health() -> [Alert; 3] {
    let series = |name: &str| format!("{name}{{job=\"etcd\",cluster=\"c\",dc=\"d\",host=\"h\"}}");
    let by = "max by (cluster, dc, host)";
    [
        Alert::new("EtcdNoLeader", format!("{by} (etcd_server_has_leader{{job=\"etcd\"}} == 0)"))
            .after(1)
            .says(
                "{{ $labels.host }} sees no leader of etcd {{ $labels.cluster }}",
                "It can neither write nor read what is current.",
                "Look whether a majority of members reach each other.",
            )
            .fires([steady(series("etcd_server_has_leader"), 0)], [("cluster", "c"), ("dc", "d"), ("host", "h")])
            .quiet([steady(series("etcd_server_has_leader"), 1)]),
        Alert::new(
            "EtcdHighNumberOfLeaderChanges",
            "max by (cluster) (increase(etcd_server_leader_changes_seen_total{job=\"etcd\"}[15m])) >= 4",
        )
        .warning()
        .after(5)
        .says(
            "etcd {{ $labels.cluster }} keeps electing leaders",
            "Four or more leaders in a quarter of an hour: a slow disk, a slow link, or a member that comes and goes.",
            "Compare the disks and the round-trip times of its members.",
        )
        .fires([rising(series("etcd_server_leader_changes_seen_total"), 1)], [("cluster", "c")])
        .quiet([steady(series("etcd_server_leader_changes_seen_total"), 7)]),
        Alert::new(
            "EtcdDatabaseQuotaLowSpace",
            format!(
                "{by} (etcd_mvcc_db_total_size_in_bytes{{job=\"etcd\"}} / etcd_server_quota_backend_bytes{{job=\"etcd\"}}) > 0.8"
            ),
        )
        .after(10)
        .says(
            "the database of etcd {{ $labels.cluster }} on {{ $labels.host }} is nearly full",
            "More than 80 % of its quota; at 100 % the whole cluster refuses writes.",
            "Compact and defragment, one member at a time, the leader last.",
        )
        .fires(
            [steady(series("etcd_mvcc_db_total_size_in_bytes"), 90), steady(series("etcd_server_quota_backend_bytes"), 100)],
            [("cluster", "c"), ("dc", "d"), ("host", "h")],
        )
        .quiet([steady(series("etcd_mvcc_db_total_size_in_bytes"), 70), steady(series("etcd_server_quota_backend_bytes"), 100)]),
    ]
}

/// Samples of a histogram of which none is slower, or all are slower, than the two bounds around the limit.
fn histogram(name: &str, slow: bool) -> [(String, String); 3] {
    let bucket = |bound: &str| format!("{name}_bucket{{job=\"etcd\",cluster=\"c\",dc=\"d\",host=\"h\",le=\"{bound}\"}}");
    let fast = if slow { 0 } else { 60 };
    [rising(bucket("0.001"), fast), rising(bucket("8"), 60), rising(bucket("+Inf"), 60)]
}

fn slow_disk(input: &Input<'_>) -> Alert {
    let heartbeat = seconds(input.plan.kubernetes.etcd.heartbeat_ms);
    let name = "etcd_disk_wal_fsync_duration_seconds";
    Alert::new(
        "EtcdHighFsync",
        format!(
            "histogram_quantile(0.99, sum by (cluster, dc, host, le) (rate({name}_bucket{{job=\"etcd\"}}[5m]))) > {heartbeat}"
        ),
    )
    .warning()
    .after(10)
    .says(
        "the disk of etcd {{ $labels.cluster }} on {{ $labels.host }} is slow",
        format!("One write in a hundred takes longer than a heartbeat ({heartbeat} s); elections follow."),
        "See what else writes to this disk.",
    )
    .fires(histogram(name, true), [("cluster", "c"), ("dc", "d"), ("host", "h")])
    .quiet(histogram(name, false))
}

/// The one measure of the link that is always taken: members of etcd stand at both ends of it.
fn slow_peers(input: &Input<'_>) -> Alert {
    let limit = seconds(input.topology.link.rtt_p99.millis().max(5) * 2);
    let name = "etcd_network_peer_round_trip_time_seconds";
    Alert::new(
        "EtcdMemberCommunicationSlow",
        format!("histogram_quantile(0.99, sum by (cluster, dc, host, le) (rate({name}_bucket{{job=\"etcd\"}}[5m]))) > {limit}"),
    )
    .warning()
    .after(10)
    .says(
        "the link is slow as seen from {{ $labels.host }}",
        format!(
            "One in a hundred round trips between members takes longer than {limit} s, twice what the link is declared to do."
        ),
        "Look at loss and load of the link's paths; synchronous commits wait for it too.",
    )
    .fires(histogram(name, true), [("cluster", "c"), ("dc", "d"), ("host", "h")])
    .quiet(histogram(name, false))
}

/// Milliseconds as seconds, as a query writes them.
fn seconds(millis: u64) -> String {
    format!("{}.{:03}", millis / 1000, millis % 1000)
}
