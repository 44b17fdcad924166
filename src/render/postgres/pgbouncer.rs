//! `PgBouncer` on each proxy host, in front of that host's `HAProxy`. Clients log in with their own roles: their SCRAM
//! secrets are looked up in the database, so no list of users is kept here besides the one that looks up.

use serde::Serialize;

use super::{Instance, systemd};
use crate::model::plan::Member;
use crate::model::plan::postgres_files::{PGBOUNCER_CA, PGBOUNCER_CERTIFICATE, PGBOUNCER_KEY, PGBOUNCER_USERS};
use crate::model::plan::store::{POOLER_PORT, READER_PORT, WRITER_PORT};
use crate::model::topology::postgres::Pooler;
use crate::model::{Artifact, Name};
use crate::render::RenderError;
use crate::render::template::{render as fill, template};

/// Connections of a server that pools leave alone: superusers, Patroni, exporters, people.
const RESERVED: u32 = 20;
/// The fewest connections of one role to one database.
const FEWEST: u32 = 5;
/// Clients that one pooler takes at most; they cost little while they wait.
const CLIENTS: u32 = 4000;

#[derive(Serialize)]
struct Context<'a> {
    address: String,
    port: u16,
    writer: u16,
    reader: u16,
    databases: &'a [Name],
    files: Files,
    pools: Pools,
    clients: u32,
}

#[derive(Serialize)]
struct Files {
    ca: &'static str,
    certificate: &'static str,
    key: &'static str,
    users: &'static str,
}

/// How many connections to servers one pooler opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
struct Pools {
    /// To one database.
    database: u32,
    /// Of one role to one database.
    role: u32,
}

impl Pools {
    /// All poolers together stay below what one server takes, whichever member leads.
    fn of(max_connections: u32, poolers: u32, databases: u32, roles: u32) -> Self {
        let database = (max_connections.saturating_sub(RESERVED) / poolers.max(1) / databases.max(1)).max(1);
        Self { database, role: (database / roles.max(1)).max(FEWEST).min(database) }
    }
}

/// Renders the poolers of one instance, where it has them.
pub(super) fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    match instance.postgres.proxy.pooler {
        Pooler::None => Ok(Vec::new()),
        Pooler::Pgbouncer => {
            let parts: Vec<[Artifact; 2]> =
                instance.plan.proxies.iter().map(|proxy| files(instance, proxy)).collect::<Result<_, _>>()?;
            Ok(parts.into_iter().flatten().collect())
        }
    }
}

fn files(instance: &Instance<'_>, proxy: &Member) -> Result<[Artifact; 2], RenderError> {
    let path = instance.file(&proxy.host, "etc/pgbouncer/pgbouncer.ini");
    let text = fill(template!("postgres/pgbouncer.ini.j2"), &context(instance, proxy))?;
    let limits = template!("postgres/pgbouncer.conf.j2");
    Ok([
        Artifact::text(path, text, instance.sources("proxy")),
        systemd::unit(instance, &proxy.host, "pgbouncer.service.d/10-limits.conf", limits, &())?,
    ])
}

fn context<'a>(instance: &Instance<'a>, proxy: &Member) -> Context<'a> {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let uses = |service: &&crate::model::topology::Service| {
        let postgres = service.uses.postgres.as_ref().map(crate::model::name::Reference::parts);
        postgres.is_some_and(|(owner, item)| owner.unwrap_or(item) == instance.name.as_str())
    };
    let roles = count(instance.input.topology.services.values().filter(uses).count());
    Context {
        address: proxy.address.to_string(),
        port: POOLER_PORT,
        writer: WRITER_PORT,
        reader: READER_PORT,
        databases: &instance.postgres.databases,
        files: Files { ca: PGBOUNCER_CA, certificate: PGBOUNCER_CERTIFICATE, key: PGBOUNCER_KEY, users: PGBOUNCER_USERS },
        pools: Pools::of(
            instance.postgres.max_connections,
            count(instance.plan.proxies.len()),
            count(instance.postgres.databases.len()),
            roles,
        ),
        clients: CLIENTS,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_poolers_together_fit_into_one_server() {
        let pools = Pools::of(400, 4, 1, 5);
        assert_eq!(pools, Pools { database: 95, role: 19 });
        assert!(4 * pools.database + RESERVED <= 400);
        assert_eq!(Pools::of(20, 4, 1, 5), Pools { database: 1, role: 1 });
    }
}
