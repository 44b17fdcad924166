//! `HAProxy` on each proxy host: one port leads to the leader, one to replicas. TLS passes through to PostgreSQL; health
//! is asked of Patroni over TLS. Every proxy knows the members of both data centres, so a failover needs no change here.

use serde::Serialize;

use super::Instance;
use crate::model::plan::Member;
use crate::model::plan::edge::WRITER_CHECK_PATH;
use crate::model::plan::postgres_files::{HAPROXY_CA, HAPROXY_PEM};
use crate::model::plan::store::{PATRONI_PORT, POSTGRES_PORT, PROXY_STATS_PORT, READER_PORT, WRITER_PORT};
use crate::model::{Artifact, Path};
use crate::render::RenderError;
use crate::render::template::{render as fill, template};

#[derive(Serialize)]
struct Context {
    address: String,
    ca: &'static str,
    pem: &'static str,
    writer_check: &'static str,
    connections: u32,
    most: u32,
    ports: Ports,
    members: Vec<Server>,
}

#[derive(Serialize)]
struct Ports {
    writer: u16,
    reader: u16,
    statistics: u16,
    postgres: u16,
    patroni: u16,
}

#[derive(Serialize)]
struct Server {
    host: String,
    address: String,
    /// Whether it is in the proxy's own data centre.
    local: bool,
}

/// Renders the proxies of one instance.
pub(super) fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut sources = instance.sources("proxy");
    sources.push(Path::of(["postgres", instance.name.as_str(), "members"]));
    let one = |proxy: &Member| -> Result<Artifact, RenderError> {
        let path = instance.file(&proxy.host, "etc/haproxy/haproxy.cfg");
        let text = fill(template!("postgres/haproxy.cfg.j2"), &context(instance, proxy))?;
        Ok(Artifact::text(path, text, sources.clone()))
    };
    instance.plan.proxies.iter().map(one).collect()
}

fn context(instance: &Instance<'_>, proxy: &Member) -> Context {
    let connections = instance.postgres.max_connections;
    let server = |member: &Member| Server {
        host: member.host.to_string(),
        address: member.address.to_string(),
        local: member.site == proxy.site,
    };
    Context {
        address: proxy.address.to_string(),
        ca: HAPROXY_CA,
        pem: HAPROXY_PEM,
        writer_check: WRITER_CHECK_PATH,
        connections,
        // Writers and readers, with room for those that wait in the queue.
        most: connections.saturating_mul(4),
        ports: Ports {
            writer: WRITER_PORT,
            reader: READER_PORT,
            statistics: PROXY_STATS_PORT,
            postgres: POSTGRES_PORT,
            patroni: PATRONI_PORT,
        },
        members: instance.members().map(server).collect(),
    }
}
