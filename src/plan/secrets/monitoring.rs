//! The secrets of monitoring: authorities by which it trusts what it scrapes, the certificates of the log servers,
//! Grafana's first password, and the address of the dead man's switch.

use crate::model::plan::monitoring::{
    CA_KEY, CERTIFICATE_KEY, GRAFANA_PASSWORD_KEY, GRAFANA_SECRET, HOST_LOGS_CA, LOGGING, LOGS_CA, NAMESPACE, PRIVATE_KEY_KEY,
    logs_server, postgres_authority,
};
use crate::model::plan::{Holder, Plan, SecretKind, SecretNeed};
use crate::model::topology::Observability;
use crate::model::topology::operations::{Dashboards, Logs};
use crate::model::{Name, Path, Topology};

/// The group of the log servers' authority.
const LOGS_AUTHORITY: &str = "ca/victorialogs";

/// Everything that monitoring reads.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let Some(observability) = &topology.observability else { return Vec::new() };
    let mut needs = postgres(plan);
    needs.extend(deadman(observability));
    match observability.dashboards {
        Dashboards::Grafana => needs.push(grafana()),
        Dashboards::Off => {}
    }
    match observability.logs {
        Logs::Victorialogs => needs.extend(logs(topology, plan)),
        Logs::Off => {}
    }
    needs
}

fn need(kind: SecretKind, holder: Holder, purpose: &str, group: String) -> SecretNeed {
    let source = Path::of(["observability"]);
    SecretNeed { kind, holder, purpose: purpose.to_owned(), group, subject: None, names: Vec::new(), source }
}

fn held(namespace: &str, name: &str, key: &str) -> Holder {
    Holder::Kubernetes { namespace: namespace.to_owned(), name: name.to_owned(), key: key.to_owned() }
}

fn postgres(plan: &Plan) -> Vec<SecretNeed> {
    let one = |name: &Name| {
        let holder = held(NAMESPACE, &postgres_authority(name), CA_KEY);
        let purpose = format!("the authority of PostgreSQL `{name}`, for scraping");
        let need = need(SecretKind::CaCertificate, holder, &purpose, format!("ca/postgres-{name}"));
        SecretNeed { source: Path::of(["postgres", name.as_str()]), ..need }
    };
    plan.postgres.keys().map(one).collect()
}

fn deadman(observability: &Observability) -> Option<SecretNeed> {
    let (name, key) = observability.deadman.as_ref()?.from.parts();
    let holder = held(NAMESPACE, name.unwrap_or(key), key);
    let need = need(SecretKind::Url, holder, "the address of the dead man's switch", "deadman".to_owned());
    Some(SecretNeed { source: Path::of(["observability", "deadman", "from"]), ..need })
}

fn grafana() -> SecretNeed {
    let holder = held(NAMESPACE, GRAFANA_SECRET, GRAFANA_PASSWORD_KEY);
    need(SecretKind::Password, holder, "Grafana's administrator", "grafana/admin".to_owned())
}

fn logs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let authority =
        |holder| need(SecretKind::CaCertificate, holder, "the authority of the log servers", LOGS_AUTHORITY.to_owned());
    let mut needs: Vec<SecretNeed> =
        [NAMESPACE, LOGGING].iter().map(|namespace| authority(held(namespace, LOGS_CA, CA_KEY))).collect();
    needs.extend(
        plan.hosts.keys().map(|host| {
            authority(Holder::Host { host: host.clone(), path: HOST_LOGS_CA.to_owned(), owner: "vector".to_owned() })
        }),
    );
    needs.extend(topology.datacenters.keys().flat_map(|site| server(plan, site)));
    needs
}

/// The certificate of one data centre's log server, under its name in the cluster and the addresses of the workers
/// through whose node port hosts reach it.
fn server(plan: &Plan, site: &Name) -> [SecretNeed; 2] {
    let name = logs_server(site);
    let group = format!("{LOGS_AUTHORITY}/{name}");
    let part = |kind, key| need(kind, held(NAMESPACE, &name, key), "TLS of the log server", group.clone());
    let mut names = vec![format!("{name}.{NAMESPACE}.svc.cluster.local"), format!("{name}.{NAMESPACE}.svc")];
    let workers = plan.kubernetes.workers.iter().filter(|worker| worker.site == *site);
    names.extend(workers.map(|worker| worker.address.to_string()));
    let certificate = part(SecretKind::Certificate, CERTIFICATE_KEY);
    [SecretNeed { subject: Some(format!("CN={name}")), names, ..certificate }, part(SecretKind::PrivateKey, PRIVATE_KEY_KEY)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{seed, seed_with};

    #[test]
    fn a_log_server_is_known_by_every_address_that_hosts_use() {
        let seed = seed();
        let needs = needs(&seed.topology, &seed.plan);
        let certificate = needs.iter().find(|need| need.subject.as_deref() == Some("CN=victorialogs-spb")).unwrap();
        assert_eq!(certificate.names.len(), 2 + 4);
        let hosts = needs.iter().filter(|need| matches!(need.holder, Holder::Host { .. })).count();
        assert_eq!(hosts, seed.plan.hosts.len());
        assert!(needs.iter().any(|need| need.kind == SecretKind::Url));
    }

    #[test]
    fn without_monitoring_nothing_is_needed() {
        let none = seed_with(|document| {
            document.as_object_mut().unwrap().remove("observability");
        });
        assert_eq!(needs(&none.topology, &none.plan), Vec::new());
    }
}
