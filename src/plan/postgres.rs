//! PostgreSQL: members, the etcd that elects their leader, and the proxies that follow it.

use std::collections::BTreeMap;

use super::place::{Placer, Request};
use crate::model::plan::store::{
    ETCD_CLIENT_PORT, ETCD_PEER_PORT, PATRONI_PORT, POOLER_PORT, POSTGRES_PORT, PROXY_STATS_PORT, READER_PORT, WRITER_PORT,
};
use crate::model::plan::{Access, Member, PatroniCluster, Peer, PostgresPlan};
use crate::model::topology::postgres::{Pooler, PostgresMode, SynchronousMode};
use crate::model::topology::{Members, Postgres, Topology, WITNESS};
use crate::model::{Name, Path};

/// Places one instance.
pub fn plan(topology: &Topology, name: &Name, postgres: &Postgres, placer: &mut Placer<'_>) -> PostgresPlan {
    let system = format!("postgres.{name}");
    let path = Path::of(["postgres", name.as_str()]);
    let members_at = path.key("members");
    let request = Request { system: &system, at: &members_at, pool: &postgres.on, members: &postgres.members };
    let members = placer.members(request);
    placer.listen(&members, POSTGRES_PORT, &system, &path);
    placer.listen(&members, PATRONI_PORT, &system, &path);
    let dcs_at = path.key("dcs").key("members");
    let dcs = placer.members(Request { system: &system, at: &dcs_at, pool: &postgres.dcs.on, members: &postgres.dcs.members });
    placer.listen(&dcs, ETCD_CLIENT_PORT, &system, &path);
    placer.listen(&dcs, ETCD_PEER_PORT, &system, &path);
    let proxies = proxies(topology, &system, postgres, placer);
    PostgresPlan {
        clusters: clusters(topology, name, postgres, &members, &dcs),
        access: access(name, postgres, &proxies),
        proxies,
        synchronous_nodes: match postgres.synchronous.mode {
            SynchronousMode::Off => 0,
            SynchronousMode::On | SynchronousMode::Quorum => postgres.synchronous.nodes,
        },
    }
}

/// Two proxies in each data centre, or as many as the pool has where that is fewer.
fn proxies(topology: &Topology, system: &str, postgres: &Postgres, placer: &mut Placer<'_>) -> Vec<Member> {
    let path = Path::of(["postgres", system.trim_start_matches("postgres."), "proxy"]);
    let size = |site: &Name| topology.pool(site.as_str(), postgres.proxy.on.as_str()).map_or(1, |pool| pool.size().clamp(1, 2));
    let wanted: Members = topology.datacenters.keys().map(|site| (site.clone(), size(site))).collect();
    let proxies = placer.members(Request { system, at: &path, pool: &postgres.proxy.on, members: &wanted });
    for port in [WRITER_PORT, READER_PORT, PROXY_STATS_PORT] {
        placer.listen(&proxies, port, &format!("{system} proxy"), &path);
    }
    if postgres.proxy.pooler == Pooler::Pgbouncer {
        placer.listen(&proxies, POOLER_PORT, &format!("{system} pooler"), &path);
    }
    proxies
}

fn clusters(topology: &Topology, name: &Name, postgres: &Postgres, members: &[Member], dcs: &[Member]) -> Vec<PatroniCluster> {
    let scope = |suffix: &str| format!("{}-{name}{suffix}", topology.name);
    match postgres.mode {
        PostgresMode::Stretched => {
            vec![PatroniCluster { scope: scope(""), site: None, members: members.to_vec(), dcs: dcs.to_vec(), follows: None }]
        }
        PostgresMode::StandbyCluster => {
            let sites: Vec<Name> = topology.datacenter_names().into_iter().cloned().collect();
            let primary = sites.first().map(|site| scope(&format!("-{site}")));
            let of = |all: &[Member], site: &Name| all.iter().filter(|member| member.site == *site).cloned().collect();
            let cluster = |(position, site): (usize, &Name)| PatroniCluster {
                scope: scope(&format!("-{site}")),
                site: Some(site.clone()),
                members: of(members, site),
                dcs: of(dcs, site),
                follows: if position == 0 { None } else { primary.clone() },
            };
            sites.iter().filter(|site| site.as_str() != WITNESS).enumerate().map(cluster).collect()
        }
    }
}

fn access(name: &Name, postgres: &Postgres, proxies: &[Member]) -> Access {
    let addresses: Vec<_> = proxies.iter().map(|proxy| proxy.address).collect();
    let hosts = addresses.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let variable = |what: &str| format!("{}_POSTGRES_{what}", name.as_str().to_uppercase().replace('-', "_"));
    let (ports, port) = match postgres.proxy.pooler {
        Pooler::Pgbouncer => (vec![POOLER_PORT], POOLER_PORT),
        Pooler::None => (vec![WRITER_PORT, READER_PORT], WRITER_PORT),
    };
    let mut env = BTreeMap::from([(variable("HOSTS"), hosts), (variable("PORT"), port.to_string())]);
    if let Some(database) = postgres.databases.first() {
        env.insert(variable("DATABASE"), database.to_string());
    }
    Access { peers: vec![Peer::Hosts(addresses)], ports, env }
}
