//! Paths on Kubernetes nodes that the bootstrap files and the list of secrets must agree on. It names, it decides nothing.

/// The folder of the cluster's certificate authorities, as kubeadm expects it.
pub const PKI: &str = "/etc/kubernetes/pki";
/// The kubeconfig with a bootstrap token by which a node finds the cluster that it joins; read once.
pub const DISCOVERY: &str = "/etc/kubernetes/discovery.yaml";
/// What kubelet holds once its node has joined; where it is, kubeadm has nothing left to do.
pub const JOINED: &str = "/etc/kubernetes/kubelet.conf";
/// The user who owns, and to whom other sites send, snapshots of the cluster's etcd.
pub const SNAPSHOT_USER: &str = "etcd-snapshots";
/// Where snapshots lie: in a folder for each control-plane host.
pub const SNAPSHOTS: &str = "/var/lib/etcd-snapshots";
/// The key by which snapshots are sent to the control-plane hosts of other sites.
pub const SNAPSHOT_KEY: &str = "/etc/inuretech/etcd-snapshots/id_ed25519";
/// The keys of those hosts.
pub const SNAPSHOT_KNOWN_HOSTS: &str = "/etc/inuretech/etcd-snapshots/known_hosts";
/// Who may send snapshots.
pub const SNAPSHOT_AUTHORIZED: &str = "/var/lib/etcd-snapshots/.ssh/authorized_keys";
