//! What services and the ingress read out of Secrets: what the topology names for them, the authorities of the
//! stores they use, their identity in Kafka, and the certificate of the ingress. The values are made elsewhere.

use crate::model::name::Name;
use crate::model::path::Path;
use crate::model::plan::{Holder, SecretKind, SecretNeed};
use crate::model::topology::Service;
use crate::model::topology::used::{
    CA_KEY, INGRESS_TLS, System, USER_CERTIFICATE_KEY, USER_KEY_KEY, authority_secret, kafka_secret,
};
use crate::model::{Plan, Topology};

/// The namespace of the ingress.
const EDGE: &str = "edge";

/// Every Secret that services and the ingress read.
pub fn needs(topology: &Topology, _plan: &Plan) -> Vec<SecretNeed> {
    let mut needs: Vec<SecretNeed> = Vec::new();
    for (name, service) in &topology.services {
        needs.extend(declared(name, service));
        needs.extend(trusted(topology, name, service));
    }
    needs.extend(ingress(topology));
    needs.sort();
    needs.dedup_by(|a, b| a.holder == b.holder);
    needs
}

fn held(namespace: &str, name: &str, key: &str) -> Holder {
    Holder::Kubernetes { namespace: namespace.to_owned(), name: name.to_owned(), key: key.to_owned() }
}

fn need(kind: SecretKind, holder: Holder, purpose: String, group: String, source: Path) -> SecretNeed {
    SecretNeed { kind, holder, purpose, group, subject: None, names: Vec::new(), source }
}

fn declared(name: &Name, service: &Service) -> Vec<SecretNeed> {
    let one = |(index, secret): (usize, &crate::model::topology::service::SecretUse)| {
        let (secret_name, key) = secret.from.parts();
        let secret_name = secret_name.unwrap_or(key);
        let holder = held(service.namespace(), secret_name, key);
        let group = format!("service/{}/{secret_name}/{key}", service.namespace());
        let source = Path::of(["services", name.as_str(), "secrets"]).index(index);
        need(SecretKind::Password, holder, format!("the variable `{}` of service `{name}`", secret.env), group, source)
    };
    service.secrets.iter().enumerate().map(one).collect()
}

fn trusted(topology: &Topology, name: &Name, service: &Service) -> Vec<SecretNeed> {
    let mut needs = Vec::new();
    let source = Path::of(["services", name.as_str(), "uses"]);
    let namespace = service.namespace();
    for (system, instance) in service.stores(topology).into_keys() {
        let store = format!("{system}-{instance}");
        let authority = held(namespace, &authority_secret(system, instance.as_str()), CA_KEY);
        let purpose = format!("the authority by which services of namespace `{namespace}` trust {system} `{instance}`");
        needs.push(need(SecretKind::CaCertificate, authority, purpose, format!("ca/{store}"), source.clone()));
        if system == System::Kafka {
            let secret = kafka_secret(name.as_str(), instance.as_str());
            let group = format!("kafka/{instance}/{name}");
            let purpose = format!("service `{name}` and its autoscaler as a client of Kafka `{instance}`");
            let certificate = held(namespace, &secret, USER_CERTIFICATE_KEY);
            let mut certificate = need(SecretKind::Certificate, certificate, purpose.clone(), group.clone(), source.clone());
            certificate.subject = Some(format!("CN={name}"));
            needs.push(certificate);
            let key = held(namespace, &secret, USER_KEY_KEY);
            needs.push(need(SecretKind::PrivateKey, key, purpose, group, source.clone()));
        }
    }
    needs
}

fn ingress(topology: &Topology) -> Vec<SecretNeed> {
    let routes = topology.services.values().flat_map(|service| &service.expose);
    let mut names: Vec<String> = routes.map(|route| format!("{}.{}", route.host, topology.domain)).collect();
    names.sort();
    names.dedup();
    let Some(subject) = names.first().map(|name| format!("CN={name}")) else { return Vec::new() };
    let source = Path::of(["kubernetes", "controller"]);
    let purpose = "TLS between nginx and the ingress".to_owned();
    let group = "ingress".to_owned();
    let certificate = held(EDGE, INGRESS_TLS, "tls.crt");
    let mut certificate = need(SecretKind::Certificate, certificate, purpose.clone(), "ca/ingress".to_owned(), source.clone());
    certificate.subject = Some(subject);
    certificate.names = names;
    let key = need(SecretKind::PrivateKey, held(EDGE, INGRESS_TLS, "tls.key"), purpose, group, source);
    vec![certificate, key]
}
