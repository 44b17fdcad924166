//! Snapshots of the cluster's etcd, each hour on each control-plane node. They go to the control-plane nodes of the other
//! sites and not into an object store of the cluster: whoever restores etcd after the loss of a data centre has no cluster.

use serde::Serialize;

use super::text;
use crate::model::Artifact;
use crate::model::plan::Member;
use crate::model::plan::bootstrap::{PKI, SNAPSHOT_KEY, SNAPSHOT_KNOWN_HOSTS, SNAPSHOT_USER, SNAPSHOTS};
use crate::model::plan::store::ETCD_CLIENT_PORT;
use crate::render::template::template;
use crate::render::{Input, RenderError};

/// For how many days a snapshot is kept, at each place.
const KEEP_DAYS: u32 = 14;

#[derive(Serialize)]
struct Snapshot<'a> {
    host: &'a str,
    client: String,
    pki: &'static str,
    folder: &'static str,
    user: &'static str,
    key: &'static str,
    known_hosts: &'static str,
    keep_days: u32,
    receivers: Vec<String>,
}

/// Renders the script, its service and its timer.
pub(super) fn render(input: &Input<'_>, member: &Member) -> Result<Vec<Artifact>, RenderError> {
    let others = input.plan.kubernetes.control_plane.iter().filter(|other| other.site != member.site);
    let context = Snapshot {
        host: member.host.as_str(),
        client: format!("https://127.0.0.1:{ETCD_CLIENT_PORT}"),
        pki: PKI,
        folder: SNAPSHOTS,
        user: SNAPSHOT_USER,
        key: SNAPSHOT_KEY,
        known_hosts: SNAPSHOT_KNOWN_HOSTS,
        keep_days: KEEP_DAYS,
        receivers: others.map(|other| other.host.to_string()).collect(),
    };
    let unit = |extension: &str| format!("etc/systemd/system/inuretech-etcd-snapshot.{extension}");
    Ok(vec![
        text(input, member, "etc/inuretech/etcd-snapshots/snapshot.sh", template!("bootstrap/etcd-snapshot.sh.j2"), &context)?,
        text(input, member, &unit("service"), template!("bootstrap/etcd-snapshot.service.j2"), &context)?,
        text(input, member, &unit("timer"), template!("bootstrap/etcd-snapshot.timer.j2"), &context)?,
    ])
}
