//! The health of a data centre as name servers ask for it: at the depth that the topology names.
//!
//! `shallow`: nginx answers. `ingress`: the ingress of this data centre answers. `write-path`: as `ingress`, and one
//! more path for each PostgreSQL instance, answered by the local `HAProxy` while it reaches a leader, wherever that is.

use serde::Serialize;

use crate::model::plan::edge::{WRITER_CHECK_PATH, write_check, writer_ca, writer_name};
use crate::model::plan::{Member, Plan};
use crate::model::topology::edge::Depth;
use crate::model::topology::kubernetes::Controller;
use crate::model::{Name, Topology};

/// The path that is answered where no name server asks.
const CHECK: &str = "/healthz/dc";
/// How much sooner than the name server nginx gives up, in milliseconds, so that its answer still arrives.
const HEADROOM_MS: u64 = 500;
/// How long nginx waits at least, in milliseconds.
const LEAST_MS: u64 = 500;
/// How long a name server waits where the topology has none, in milliseconds.
const DEFAULT_MS: u64 = 2000;

/// What the health paths answer.
#[derive(Debug, Serialize)]
pub struct Health {
    check: String,
    ingress: Option<IngressCheck>,
    /// The writers that are asked for.
    pub writers: Vec<Writer>,
}

/// How the ingress is asked.
#[derive(Debug, Serialize)]
struct IngressCheck {
    path: &'static str,
    timeout: u64,
    tries: usize,
}

/// How the local `HAProxy` in front of a PostgreSQL instance is asked.
#[derive(Debug, Serialize)]
pub struct Writer {
    instance: Name,
    check: String,
    path: &'static str,
    name: String,
    ca: String,
    timeout: u64,
    tries: usize,
    proxies: Vec<super::Server>,
}

impl Health {
    /// What the health paths of a data centre's edge answer.
    pub fn of(topology: &Topology, plan: &Plan, site: &Name) -> Self {
        let dns = topology.geodns.as_ref().map(|dns| &dns.check);
        let check = dns.map_or(CHECK, |check| check.path.as_str());
        let timeout = dns.map_or(DEFAULT_MS, |check| check.timeout.millis()).saturating_sub(HEADROOM_MS).max(LEAST_MS);
        let workers = plan.kubernetes.workers.iter().filter(|worker| worker.site == *site).count();
        let deep = IngressCheck { path: ready_path(topology.kubernetes.controller), timeout, tries: workers.max(1) };
        let depth = dns.map_or(Depth::Ingress, |check| check.depth);
        let writers = || plan.postgres.iter().map(|(name, it)| Writer::of(name, &it.proxies, site, check, timeout));
        Self {
            check: check.to_owned(),
            ingress: match depth {
                Depth::Shallow => None,
                Depth::Ingress | Depth::WritePath => Some(deep),
            },
            writers: match depth {
                Depth::Shallow | Depth::Ingress => Vec::new(),
                Depth::WritePath => writers().filter(|writer| !writer.proxies.is_empty()).collect(),
            },
        }
    }

    /// Whether the ingress is asked.
    pub fn asks_ingress(&self) -> bool {
        self.ingress.is_some()
    }

    /// Whether answers are kept for a moment.
    pub fn is_cached(&self) -> bool {
        self.asks_ingress() || !self.writers.is_empty()
    }
}

impl Writer {
    fn of(instance: &Name, proxies: &[Member], site: &Name, check: &str, timeout: u64) -> Self {
        let local = proxies.iter().filter(|proxy| proxy.site == *site);
        let proxies: Vec<_> = local.map(|proxy| super::Server { address: proxy.address }).collect();
        let (check, tries) = (write_check(check, instance), proxies.len().max(1));
        let (name, ca) = (writer_name(instance), writer_ca(instance));
        Self { instance: instance.clone(), check, path: WRITER_CHECK_PATH, name, ca, timeout, tries, proxies }
    }
}

/// The path at which an ingress controller says that it is ready.
const fn ready_path(controller: Controller) -> &'static str {
    match controller {
        Controller::EnvoyGateway => "/ready",
        Controller::Traefik => "/ping",
        Controller::IngressNginx => "/healthz",
    }
}
