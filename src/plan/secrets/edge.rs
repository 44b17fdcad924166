//! Secrets of the edge: certificates of the exposed hosts, the authorities that nginx trusts, and the map from keys to
//! clients. Name servers hold none; the credentials of the delivery network's provider are those of whoever deploys.

use crate::model::plan::edge::{APEX_HOST, cdn_hosts, writer_ca};
use crate::model::plan::edge::{
    CLIENTS_CA, INGRESS_CA, ORIGIN_CERTIFICATE, ORIGIN_KEY, certificate, certificate_key, client_map, exposed_hosts, fqdn, origin,
};
use crate::model::plan::{Holder, Member, Plan, SecretKind, SecretNeed};
use crate::model::topology::edge::Depth;
use crate::model::{DnsName, HostName, Path, Topology};

/// The group of the authority of the ingress's certificate.
const INGRESS_AUTHORITY: &str = "ca/ingress";
/// The group of the authority of the certificates that clients show.
const CLIENTS_AUTHORITY: &str = "ca/clients";

/// What nginx reads on every edge host.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    plan.edge.values().flatten().flat_map(|member| of_host(topology, member)).collect()
}

fn of_host(topology: &Topology, member: &Member) -> Vec<SecretNeed> {
    let nginx = Path::of(["edge", "nginx"]);
    let mut needs = Vec::new();
    for host in exposed_hosts(topology) {
        needs.extend(of_exposed(topology, &member.host, host));
    }
    let authority = |path: &str, purpose: &str, group: &str| plain(SecretKind::CaCertificate, &member.host, path, purpose, group);
    needs.push(SecretNeed {
        source: nginx.clone(),
        ..authority(INGRESS_CA, "the authority of the ingress's certificate", INGRESS_AUTHORITY)
    });
    if topology.cdn.is_some() {
        needs.extend(of_origin(topology, member));
    }
    if topology.geodns.as_ref().is_some_and(|dns| dns.check.depth == Depth::WritePath) {
        needs.extend(topology.postgres.keys().map(|instance| {
            let purpose = "the authority of the HAProxy in front of the writer";
            let group = format!("ca/postgres-{instance}");
            SecretNeed { source: Path::of(["geodns", "check"]), ..authority(&writer_ca(instance), purpose, &group) }
        }));
    }
    let Some(limits) = topology.edge.as_ref().and_then(|edge| edge.limits.as_ref()) else { return needs };
    let identify = Path::of(["edge", "limits", "identify"]);
    if let Some(map) = identify_map(limits) {
        let purpose = "nginx map lines from keys to clients, `\"key\" client;`; keys are compared without regard to case";
        let need = plain(SecretKind::File, &member.host, &client_map(map), purpose, &format!("edge/{map}"));
        needs.push(SecretNeed { source: identify.key("map"), ..need });
    } else if limits.identify.mtls_subject && exposed_hosts(topology).iter().any(|host| !cdn_hosts(topology).contains(host)) {
        let need = authority(CLIENTS_CA, "the authority of the certificates that clients show", CLIENTS_AUTHORITY);
        needs.push(SecretNeed { source: identify.key("mtlsSubject"), ..need });
    }
    needs
}

/// The map is read only where a header carries the key.
fn identify_map(limits: &crate::model::topology::edge::Limits) -> Option<&crate::model::Reference> {
    limits.identify.header.as_ref().and(limits.identify.map.as_ref())
}

fn of_exposed(topology: &Topology, on: &HostName, host: &DnsName) -> [SecretNeed; 2] {
    let name = fqdn(topology, host);
    let group = format!("edge/{name}");
    let mut names = vec![name.clone()];
    if host.as_str() == APEX_HOST {
        names.push(topology.domain.to_string());
    }
    let purpose = format!("the public certificate of {name}");
    let shown = plain(SecretKind::Certificate, on, &certificate(&name), &purpose, &group);
    let key = plain(SecretKind::PrivateKey, on, &certificate_key(&name), &format!("the key of {purpose}"), &group);
    [SecretNeed { subject: Some(format!("CN={name}")), names, ..shown }, key]
}

/// The certificate for a delivery network that asks for the origin's own name.
fn of_origin(topology: &Topology, member: &Member) -> [SecretNeed; 2] {
    let name = origin(topology, &member.site);
    let group = format!("edge/{name}");
    let purpose = format!("the certificate of {name}, which the delivery network may ask for");
    let shown = plain(SecretKind::Certificate, &member.host, ORIGIN_CERTIFICATE, &purpose, &group);
    let key = plain(SecretKind::PrivateKey, &member.host, ORIGIN_KEY, &format!("the key of {purpose}"), &group);
    let source = Path::of(["cdn"]);
    [
        SecretNeed { subject: Some(format!("CN={name}")), names: vec![name], source: source.clone(), ..shown },
        SecretNeed { source, ..key },
    ]
}

/// A file that nginx's master process reads as root before it gives up its rights.
fn plain(kind: SecretKind, host: &HostName, path: &str, purpose: &str, group: &str) -> SecretNeed {
    SecretNeed {
        kind,
        holder: Holder::Host { host: host.clone(), path: path.to_owned(), owner: "root".to_owned() },
        purpose: purpose.to_owned(),
        group: group.to_owned(),
        subject: None,
        names: Vec::new(),
        source: Path::of(["edge", "nginx"]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::testing::{seed, seed_with};

    fn paths(needs: &[SecretNeed], of: &str) -> Vec<String> {
        let path = |need: &SecretNeed| match &need.holder {
            Holder::Host { host, path, .. } if host.as_str() == of => Some(path.clone()),
            Holder::Host { .. } | Holder::Kubernetes { .. } | Holder::Deployer { .. } => None,
        };
        needs.iter().filter_map(path).collect()
    }

    #[test]
    fn an_edge_host_needs_what_its_files_name() {
        let seed = seed();
        let needs = needs(&seed.topology, &seed.plan);
        let mut found = paths(&needs, "msk-edge-1");
        found.sort();
        let tls = ["api.inuretech.ru.crt", "api.inuretech.ru.key", "ingress-ca.crt", "origin.crt", "origin.key"];
        let tls = tls.into_iter().chain(["www.inuretech.ru.crt", "www.inuretech.ru.key"]);
        let mut expected = vec!["/etc/nginx/secrets/acme-keys-map.map".to_owned()];
        expected.extend(tls.map(|file| format!("/etc/nginx/tls/{file}")));
        assert_eq!(found, expected);
        let www = needs.iter().find(|need| need.subject.as_deref() == Some("CN=www.inuretech.ru")).unwrap();
        assert_eq!(www.names, ["www.inuretech.ru", "inuretech.ru"]);
        assert!(needs.iter().any(|need| need.names == ["spb.origin.inuretech.ru"]));
    }

    #[test]
    fn client_certificates_need_their_authority() {
        let seed = seed_with(|it| {
            it["edge"]["limits"]["identify"] = json!({"mtlsSubject": true});
            it.as_object_mut().unwrap().remove("cdn");
        });
        let found = paths(&needs(&seed.topology, &seed.plan), "spb-edge-1");
        assert!(found.contains(&CLIENTS_CA.to_owned()));
        assert!(!found.iter().any(|path| path.contains("secrets") || path.contains("origin")));
    }
}
