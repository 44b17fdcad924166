//! The secrets of Kubernetes nodes: the cluster's authorities on control-plane nodes, which make every other certificate
//! of theirs from them, a way to find the cluster for those who join, and the keys by which snapshots of etcd travel.

use crate::model::plan::bootstrap::{DISCOVERY, PKI, SNAPSHOT_AUTHORIZED, SNAPSHOT_KEY, SNAPSHOT_KNOWN_HOSTS, SNAPSHOT_USER};
use crate::model::plan::{API_BALANCER_PORT, Holder, Member, Plan, SecretKind, SecretNeed};
use crate::model::{Path, Topology};

/// An authority: its file without extension below [`PKI`], its group, what it signs.
const AUTHORITIES: [(&str, &str, &str); 3] = [
    ("ca", "ca/kubernetes", "the authority of the Kubernetes cluster"),
    ("front-proxy-ca", "ca/kubernetes-front-proxy", "the authority of the API server's own extensions"),
    ("etcd/ca", "ca/kubernetes-etcd", "the authority of the Kubernetes etcd"),
];

/// What every node reads.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let kubernetes = &plan.kubernetes;
    let mut needs: Vec<SecretNeed> = kubernetes.control_plane.iter().flat_map(control_plane).collect();
    let joining = kubernetes.control_plane.iter().skip(1).chain(&kubernetes.workers);
    needs.extend(joining.map(|member| discovery(topology, member)));
    needs
}

fn control_plane(member: &Member) -> Vec<SecretNeed> {
    let mut needs = Vec::new();
    for (file, group, purpose) in AUTHORITIES {
        needs.push(need(member, SecretKind::CaCertificate, format!("{PKI}/{file}.crt"), purpose.to_owned(), group));
        needs.push(need(member, SecretKind::PrivateKey, format!("{PKI}/{file}.key"), format!("the key of {purpose}"), group));
    }
    let accounts = "the key that signs the tokens of service accounts";
    let group = "kubernetes/service-accounts";
    needs.push(need(member, SecretKind::PrivateKey, format!("{PKI}/sa.key"), accounts.to_owned(), group));
    let public = format!("the public half, in PEM, of {accounts}");
    needs.push(need(member, SecretKind::File, format!("{PKI}/sa.pub"), public, "kubernetes/service-accounts/public"));
    needs.extend(snapshots(member));
    needs
}

/// One key sends from every site; it may do nothing but put files into one folder.
fn snapshots(member: &Member) -> [SecretNeed; 3] {
    let file =
        |path: &str, purpose: &str, group: &str| need(member, SecretKind::File, path.to_owned(), purpose.to_owned(), group);
    let authorized = "one line of sshd, `restrict,command=\"rrsync -wo /var/lib/etcd-snapshots\"` and the public half of the key \
                      that sends snapshots of etcd";
    let host = member.host.clone();
    let receiver = Holder::Host { host, path: SNAPSHOT_AUTHORIZED.to_owned(), owner: SNAPSHOT_USER.to_owned() };
    [
        file(SNAPSHOT_KEY, "the ssh key (ed25519) that sends snapshots of etcd to the other sites", "kubernetes/etcd-snapshots"),
        file(
            SNAPSHOT_KNOWN_HOSTS,
            "the host keys of all control-plane hosts, as ssh knows them",
            "kubernetes/etcd-snapshots/hosts",
        ),
        SecretNeed { holder: receiver, ..file(SNAPSHOT_AUTHORIZED, authorized, "kubernetes/etcd-snapshots/public") },
    ]
}

fn discovery(topology: &Topology, member: &Member) -> SecretNeed {
    let server = format!("https://{}:{API_BALANCER_PORT}", topology.kubernetes.api_endpoint);
    let purpose = format!(
        "a kubeconfig for joining: the cluster's authority, the server {server} and a token of `kubeadm token create`; \
         needed until the node has joined"
    );
    need(member, SecretKind::File, DISCOVERY.to_owned(), purpose, "kubernetes/discovery")
}

fn need(member: &Member, kind: SecretKind, path: String, purpose: String, group: &str) -> SecretNeed {
    SecretNeed {
        kind,
        holder: Holder::Host { host: member.host.clone(), path, owner: "root".to_owned() },
        purpose,
        group: group.to_owned(),
        subject: None,
        names: Vec::new(),
        source: Path::of(["kubernetes"]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    fn paths(host: &str) -> Vec<String> {
        let seed = seed();
        let path = |need: SecretNeed| match need.holder {
            Holder::Host { host: at, path, .. } if at.as_str() == host => Some(path),
            Holder::Host { .. } | Holder::Kubernetes { .. } | Holder::Deployer { .. } => None,
        };
        needs(&seed.topology, &seed.plan).into_iter().filter_map(path).collect()
    }

    #[test]
    fn every_control_plane_node_can_make_its_certificates_itself() {
        for host in ["msk-control-plane-1", "spb-control-plane-2"] {
            let paths = paths(host);
            for file in ["ca.crt", "ca.key", "front-proxy-ca.key", "etcd/ca.key", "sa.key", "sa.pub"] {
                assert!(paths.contains(&format!("/etc/kubernetes/pki/{file}")), "{host} lacks {file}");
            }
        }
    }

    #[test]
    fn a_worker_holds_no_authority_and_only_the_first_node_finds_no_cluster() {
        assert_eq!(paths("spb-worker-1"), [DISCOVERY]);
        assert!(!paths("msk-control-plane-1").contains(&DISCOVERY.to_owned()));
        assert!(paths("msk-control-plane-2").contains(&DISCOVERY.to_owned()));
    }
}
