//! The diff where there is no cluster: an error is exit 2 and never looks like "no difference".

use crate::common::{Place, root};

fn kubeconfig(place: &Place) {
    place.write("inuretech.yaml", std::fs::read(root().join("topologies/minimal.yaml")).unwrap());
    place.write(
        "kubeconfig",
        "apiVersion: v1\nkind: Config\ncurrent-context: lab\ncontexts: [{name: lab, context: {cluster: lab, user: lab}}]\n\
         clusters: [{name: lab, cluster: {server: \"http://127.0.0.1:1\"}}]\nusers: [{name: lab, user: {token: c4n4ry}}]\n",
    );
}

#[test]
fn an_unreachable_cluster_is_exit_2() {
    let place = Place::new();
    kubeconfig(&place);
    for more in [&[][..], &["--exit-zero"], &["-o", "json"]] {
        let ran = place.run(&[&["diff", "--kubeconfig", "kubeconfig"], more].concat());
        assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
        assert!(ran.err.contains("http://127.0.0.1:1 (context lab)") && ran.err.contains("unreachable"), "{ran:?}");
        assert!(!ran.err.contains("c4n4ry"), "{ran:?}");
    }
}

#[test]
fn a_broken_kubeconfig_is_exit_2_and_not_repeated() {
    let place = Place::new();
    kubeconfig(&place);
    place.write("kubeconfig", "users: [{name: a, user: {token: c4n4ry}}\n");
    let ran = place.run(&["diff", "--kubeconfig", "kubeconfig"]);
    assert_eq!((ran.code, ran.out.as_str()), (2, ""), "{ran:?}");
    assert!(ran.err.contains("kubeconfig") && !ran.err.contains("c4n4ry"), "{ran:?}");
}

#[test]
fn a_broken_topology_is_exit_2() {
    let place = Place::new();
    kubeconfig(&place);
    place.write("inuretech.yaml", "version: 1\nnmae: a\n");
    assert_eq!(place.run(&["diff", "--kubeconfig", "kubeconfig"]).code, 2);
}
