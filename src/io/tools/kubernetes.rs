//! `kubeadm config validate` on the file that a control-plane host joins with. Manifests are checked elsewhere,
//! against the schemas of the API server.
//!
//! In the copy, the file that a host finds the cluster with is an empty one that exists. A kubeadm that does not install
//! the topology's minor any more cannot judge the file, and the result says so.

use super::{Job, Outcome, Tool, in_etc};
use crate::io::FileError;

/// kubeadm's strict decoder; unknown fields are errors.
pub const KUBEADM: Tool =
    Tool { name: "kubeadm config validate", applies: |_, path| in_etc(path, "kubernetes") == Some("kubeadm.yaml"), check };

/// What kubeadm says about a version that it does not install, without naming what else is wrong.
const OTHER_VERSION: &str = "only supports deploying clusters with";

fn check(job: &Job<'_>) -> Result<Outcome, FileError> {
    let discovery = job.write("discovery.conf", "")?.display().to_string();
    let stand_in = |line: &str| match line.split_once("kubeConfigPath:") {
        Some((before, _)) => format!("{before}kubeConfigPath: {discovery}"),
        None => line.to_owned(),
    };
    job.write("kubeadm.yaml", job.text().lines().map(stand_in).collect::<Vec<_>>().join("\n") + "\n")?;
    let outcome = job.run("kubeadm", &["config", "validate", "--config", "kubeadm.yaml"])?;
    Ok(match outcome {
        Outcome::Ran { ok: false, output } if output.contains(OTHER_VERSION) => Outcome::NotChecked {
            why: format!("kubeadm here is of a later minor: {}", output.lines().last().unwrap_or_default()),
        },
        other => other,
    })
}
