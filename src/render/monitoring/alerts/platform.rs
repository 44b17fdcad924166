//! What every platform has: the dead man's switch, data centres as a whole, clocks, disks, and the monitoring itself.

use super::alert::{Alert, steady};
use crate::render::Input;
use crate::render::monitoring::alertmanager;

/// Its alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    let mut alerts = vec![watchdog(), target_down(), unreachable()];
    alerts.extend(hosts());
    alerts.extend(monitoring(input));
    alerts
}

fn watchdog() -> Alert {
    Alert::new(alertmanager::WATCHDOG, "vector(1)")
        .silent_severity()
        .says(
            "alerts work",
            "It always fires. Something outside both data centres raises the alarm when it is heard no more.",
            "None while it fires; when it stops, look at Prometheus and Alertmanager.",
        )
        .fires([], [])
}

fn target_down() -> Alert {
    let up = |value: u8| [steady("up{job=\"j\",dc=\"d\",host=\"h\",instance=\"i\"}", value)];
    Alert::new("TargetDown", "max by (job, dc, instance) (up) == 0")
        .warning()
        .after(10)
        .says(
            "{{ $labels.instance }} ({{ $labels.job }}) is not seen",
            "It gave no figures for ten minutes.",
            "Look whether it runs, then whether Prometheus reaches it.",
        )
        .fires(up(0), [("job", "j"), ("dc", "d"), ("instance", "i")])
        .quiet(up(1))
}

fn unreachable() -> Alert {
    let up = |host: &str, value: u8| steady(format!("up{{job=\"node\",dc=\"d\",host=\"{host}\"}}"), value);
    Alert::new("DatacenterUnreachable", "avg by (dc) (up{job=\"node\"}) < 0.5")
        .after(2)
        .says(
            "most of {{ $labels.dc }} cannot be reached",
            "Either it is lost, or the link is: the other data centre's Prometheus then says the same of this one.",
            "Decide which of the two it is before anything is promoted; fence first.",
        )
        .fires([up("a", 0), up("b", 0), up("c", 1)], [("dc", "d")])
        .quiet([up("a", 0), up("b", 1), up("c", 1)])
}

fn hosts() -> [Alert; 3] {
    let at = |name: &str| format!("{name}{{job=\"node\",dc=\"d\",host=\"h\"}}");
    let place = [("dc", "d"), ("host", "h")];
    let disk = |name: &str| format!("{name}{{job=\"node\",dc=\"d\",host=\"h\",mountpoint=\"/\"}}");
    let (free, size) = ("node_filesystem_avail_bytes", "node_filesystem_size_bytes");
    [
        Alert::new("ClockSkew", "max by (dc, host) (abs(node_timex_offset_seconds{job=\"node\"})) > 0.05")
            .warning()
            .after(5)
            .says(
                "the clock of {{ $labels.host }} is wrong",
                "By more than 50 ms; leases, certificates and tokens rest on clocks.",
                "chronyc tracking on that host.",
            )
            .fires([steady(at("node_timex_offset_seconds"), -1)], place)
            .quiet([steady(at("node_timex_offset_seconds"), "0.001")]),
        Alert::new("ClockNotSynchronised", "min by (dc, host) (node_timex_sync_status{job=\"node\"}) == 0")
            .warning()
            .after(15)
            .says(
                "the clock of {{ $labels.host }} follows no source",
                "It drifts from now on.",
                "chronyc sources on that host.",
            )
            .fires([steady(at("node_timex_sync_status"), 0)], place)
            .quiet([steady(at("node_timex_sync_status"), 1)]),
        Alert::new(
            "DiskFull",
            format!(
                "min by (dc, host, mountpoint) ({free}{{job=\"node\",fstype=~\"ext4|xfs|btrfs\"}} / {size}{{job=\"node\",fstype=~\"ext4|xfs|btrfs\"}}) < 0.1"
            ),
        )
        .after(15)
        .says(
            "{{ $labels.mountpoint }} of {{ $labels.host }} is nearly full",
            "Less than a tenth is free.",
            "See what grew: write-ahead logs behind a replication slot, records, logs.",
        )
        .fires([steady(fs(&disk(free)), 5), steady(fs(&disk(size)), 100)], [("dc", "d"), ("host", "h"), ("mountpoint", "/")])
        .quiet([steady(fs(&disk(free)), 50), steady(fs(&disk(size)), 100)]),
    ]
}

/// A series with a file system's kind.
fn fs(series: &str) -> String {
    series.replace(",mountpoint", ",fstype=\"ext4\",mountpoint")
}

fn monitoring(input: &Input<'_>) -> [Alert; 2] {
    let sites = u32::try_from(input.topology.datacenters.len()).unwrap_or(1);
    let members = alertmanager::REPLICAS * sites;
    let at = |name: &str, app: &str| format!("{name}{{job=\"{app}\",dc=\"d\",pod=\"p\"}}");
    let (mesh, known) = ("alertmanager_cluster_members", "prometheus_notifications_alertmanagers_discovered");
    [
        Alert::new("AlertmanagerMeshSplit", format!("min by (dc) ({mesh}{{job=\"alertmanager\"}}) < {members}"))
            .warning()
            .after(10)
            .says(
                "Alertmanagers in {{ $labels.dc }} do not know all others",
                format!(
                    "There should be {members}. What is said twice, and silences that hold on one side only, come from this."
                ),
                "Look at the pods, and at port 9094 between the data centres.",
            )
            .fires([steady(at(mesh, "alertmanager"), members - 1)], [("dc", "d")])
            .quiet([steady(at(mesh, "alertmanager"), members)]),
        Alert::new("PrometheusMissesAlertmanagers", format!("min by (dc) ({known}{{job=\"prometheus\"}}) < {members}"))
            .warning()
            .after(10)
            .says(
                "Prometheus in {{ $labels.dc }} does not know every Alertmanager",
                format!("There should be {members}; with none, no alert of this data centre is heard."),
                "Look at the endpoints of the Service `alertmanager`.",
            )
            .fires([steady(at(known, "prometheus"), 1)], [("dc", "d")])
            .quiet([steady(at(known, "prometheus"), members)]),
    ]
}
