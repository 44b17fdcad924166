//! `kubeadm config validate` on the file that a control-plane host joins with. Manifests are checked elsewhere,
//! against the schemas of the API server.

use super::{Tool, in_etc};

/// kubeadm's strict decoder; unknown fields are errors.
pub const KUBEADM: Tool = Tool {
    name: "kubeadm config validate",
    applies: |_, path| in_etc(path, "kubernetes") == Some("kubeadm.yaml"),
    check: |job| {
        job.write("kubeadm.yaml", &job.file.bytes)?;
        job.run("kubeadm", &["config", "validate", "--config", "kubeadm.yaml"])
    },
};
