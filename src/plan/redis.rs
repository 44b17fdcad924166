//! Redis and Valkey: masters, and for each a replica in the other data centre first.

use std::collections::BTreeMap;

use super::place::{Placer, Request};
use crate::model::plan::store::{REDIS_PORT, SENTINEL_PORT};
use crate::model::plan::{Access, Member, Peer, PodGroup, RedisMember, RedisPlan};
use crate::model::topology::kafka::Run;
use crate::model::topology::redis::RedisMode;
use crate::model::topology::{Members, Redis, Topology, WITNESS};
use crate::model::{Name, Path};

/// The hash slots of a Redis Cluster.
const SLOTS: u32 = 16384;

/// Places one instance.
pub fn plan(topology: &Topology, name: &Name, redis: &Redis, placer: &mut Placer<'_>) -> RedisPlan {
    let shards = shards(topology, redis, placer);
    let (mut members, groups) = match (redis.run, &redis.on) {
        (Run::Kubernetes, _) => pods(name, &shards),
        (Run::Hosts, Some(pool)) => (on_hosts(name, pool, &shards, placer), Vec::new()),
        (Run::Hosts, None) => (Vec::new(), Vec::new()),
    };
    if redis.mode == RedisMode::Cluster {
        give_slots(&mut members);
    }
    let (sentinels, sentinel_groups) = sentinels(name, redis, placer);
    let known = u32::try_from(sentinels.len()).unwrap_or(u32::MAX);
    RedisPlan {
        access: access(name, redis, &members, &sentinels),
        members,
        groups: groups.into_iter().chain(sentinel_groups).collect(),
        sentinels,
        quorum: known / 2 + 1,
    }
}

/// A master with the sites of its replicas.
struct Shard {
    /// The site of the master.
    site: Name,
    /// Its number at that site, from 0.
    number: u32,
    /// Where its replicas stand.
    replicas: Vec<Name>,
}

fn shards(topology: &Topology, redis: &Redis, placer: &Placer<'_>) -> Vec<Shard> {
    let mut shards = Vec::new();
    for site in placer.order() {
        let declared = redis.masters.get(&site).copied().unwrap_or(0);
        // An independent cache has one master; its other members are replicas beside it.
        let (masters, replicas) = match redis.mode {
            RedisMode::PerDatacenter => (declared.min(1), redis.replicas.max(declared.saturating_sub(1))),
            RedisMode::Cluster | RedisMode::Sentinel => (declared, redis.replicas),
        };
        for number in 0..masters {
            let replicas = (0..replicas).map(|replica| replica_site(topology, redis, &site, replica)).collect();
            shards.push(Shard { site: site.clone(), number, replicas });
        }
    }
    shards
}

/// The other data centre first, then the master's own, and so on; an independent cache stays in its own.
fn replica_site(topology: &Topology, redis: &Redis, site: &Name, replica: u32) -> Name {
    if redis.mode == RedisMode::PerDatacenter {
        return site.clone();
    }
    let names = topology.datacenter_names();
    let home = if site.as_str() == WITNESS { names.last().copied() } else { Some(site) };
    let other = home.and_then(|home| names.iter().find(|name| **name != home)).copied();
    let chosen = if replica.is_multiple_of(2) { other } else { home };
    chosen.unwrap_or(site).clone()
}

fn group_name(name: &Name, site: &Name, replica: Option<usize>) -> String {
    match replica {
        None => format!("{name}-{site}"),
        Some(replica) => format!("{name}-{site}-r{}", replica + 1),
    }
}

/// Pods of a `StatefulSet` for the masters of each site (`cache-msk`) and for each replica of theirs (`cache-msk-r1`):
/// pod k of each belongs to master k, so that growth moves nothing.
fn pods(name: &Name, shards: &[Shard]) -> (Vec<RedisMember>, Vec<PodGroup>) {
    let mut members = Vec::new();
    let mut groups: BTreeMap<String, PodGroup> = BTreeMap::new();
    for shard in shards {
        let master = format!("{}-{}", group_name(name, &shard.site, None), shard.number);
        let places =
            std::iter::once((None, &shard.site)).chain(shard.replicas.iter().enumerate().map(|(r, site)| (Some(r), site)));
        for (replica, site) in places {
            let group = group_name(name, &shard.site, replica);
            let one = || PodGroup { name: group.clone(), site: site.clone(), replicas: 0 };
            groups.entry(group.clone()).or_insert_with(one).replicas += 1;
            members.push(RedisMember {
                name: format!("{group}-{}", shard.number),
                site: site.clone(),
                host: None,
                address: None,
                port: REDIS_PORT,
                replica_of: replica.map(|_| master.clone()),
                slots: None,
            });
        }
    }
    members.sort_by_key(|member| member.replica_of.is_some());
    (members, groups.into_values().collect())
}

/// Master k of a site stands on host k of the pool at the first port; its replicas at the next ports of the other site's
/// hosts from k on, and of its own site's hosts after k, so that no host has two copies.
fn on_hosts(name: &Name, pool: &Name, shards: &[Shard], placer: &mut Placer<'_>) -> Vec<RedisMember> {
    let path = Path::of(["redis", name.as_str()]);
    let system = format!("redis.{name}");
    let needed = hosts_needed(shards);
    let at = path.key("masters");
    let hosts = placer.members(Request { system: &system, at: &at, pool, members: &needed });
    let find = |site: &Name, number: u32| hosts.iter().filter(|host| host.site == *site).nth(usize::try_from(number).ok()?);
    let mut members: Vec<RedisMember> = Vec::new();
    let mut taken: Vec<(Member, u16)> = Vec::new();
    for shard in shards {
        let Some(master) = find(&shard.site, shard.number) else { continue };
        let first = member(master, REDIS_PORT, None);
        let master_name = first.name.clone();
        members.push(first);
        taken.push((master.clone(), REDIS_PORT));
        let mut standing = Members::from([(shard.site.clone(), 1)]);
        for (replica, site) in (1_u16..).zip(&shard.replicas) {
            let before = standing.entry(site.clone()).or_default();
            let number = (shard.number + *before) % needed.get(site).copied().unwrap_or(1).max(1);
            *before += 1;
            let Some(host) = find(site, number) else { continue };
            let same_side = u16::from(shard.site.as_str() == WITNESS) * 10;
            let port = REDIS_PORT + replica + same_side;
            members.push(member(host, port, Some(master_name.clone())));
            taken.push((host.clone(), port));
        }
    }
    for (host, port) in taken {
        placer.listen(std::slice::from_ref(&host), port, &system, &path);
        placer.listen(&[host], port + 10_000, &system, &path);
    }
    members.sort_by_key(|member| member.replica_of.is_some());
    members
}

/// How many hosts each site must have: one for each master, and one for each copy of one master's slots.
fn hosts_needed(shards: &[Shard]) -> Members {
    let mut needed = Members::new();
    for shard in shards {
        let mut copies = Members::new();
        for site in std::iter::once(&shard.site).chain(&shard.replicas) {
            *copies.entry(site.clone()).or_default() += 1;
        }
        for (site, copies) in copies {
            let most = needed.entry(site).or_default();
            *most = (*most).max(shard.number + 1).max(copies);
        }
    }
    needed
}

fn member(host: &Member, port: u16, replica_of: Option<String>) -> RedisMember {
    RedisMember {
        name: format!("{}-{port}", host.host),
        site: host.site.clone(),
        host: Some(host.host.clone()),
        address: Some(host.address),
        port,
        replica_of,
        slots: None,
    }
}

/// Even slot ranges for the masters in their order; a master at the witness owns the last slot only, because a master
/// votes only if it owns one.
fn give_slots(members: &mut [RedisMember]) {
    let is_master = |member: &&mut RedisMember| member.replica_of.is_none();
    let (mut witnesses, mut masters): (Vec<_>, Vec<_>) =
        members.iter_mut().filter(is_master).partition(|member| member.site.as_str() == WITNESS);
    let kept = u32::try_from(witnesses.len()).unwrap_or(0);
    let shared = SLOTS.saturating_sub(kept);
    let count = u32::try_from(masters.len()).unwrap_or(1).max(1);
    let bound = |position: u32| u16::try_from(shared * position / count).unwrap_or(u16::MAX);
    for (position, master) in (0..).zip(masters.iter_mut()) {
        master.slots = Some((bound(position), bound(position + 1).saturating_sub(1)));
    }
    for (position, witness) in (shared..).zip(witnesses.iter_mut()) {
        let slot = u16::try_from(position).unwrap_or(u16::MAX);
        witness.slots = Some((slot, slot));
    }
}

fn sentinels(name: &Name, redis: &Redis, placer: &mut Placer<'_>) -> (Vec<RedisMember>, Vec<PodGroup>) {
    if redis.mode != RedisMode::Sentinel {
        return (Vec::new(), Vec::new());
    }
    if let (Run::Hosts, Some(pool)) = (redis.run, &redis.on) {
        let (system, at) = (format!("redis.{name}"), Path::of(["redis", name.as_str(), "sentinels"]));
        let hosts = placer.members(Request { system: &system, at: &at, pool, members: &redis.sentinels });
        placer.listen(&hosts, SENTINEL_PORT, &system, &at);
        return (hosts.iter().map(|host| member(host, SENTINEL_PORT, None)).collect(), Vec::new());
    }
    let mut members = Vec::new();
    let mut groups = Vec::new();
    for site in placer.order() {
        let replicas = redis.sentinels.get(&site).copied().unwrap_or(0);
        let group = PodGroup { name: format!("{name}-sentinel-{site}"), site: site.clone(), replicas };
        members.extend((0..replicas).map(|number| RedisMember {
            name: format!("{}-{number}", group.name),
            site: site.clone(),
            host: None,
            address: None,
            port: SENTINEL_PORT,
            replica_of: None,
            slots: None,
        }));
        groups.extend((replicas > 0).then_some(group));
    }
    (members, groups)
}

/// How clients reach it: a cluster by any member, a watched master by its sentinels, an independent cache by the name
/// of the client's own data centre.
fn access(name: &Name, redis: &Redis, members: &[RedisMember], sentinels: &[RedisMember]) -> Access {
    let variable = |what: &str| format!("{}_REDIS_{what}", name.as_str().to_uppercase().replace('-', "_"));
    let listed = |them: &[RedisMember]| -> String {
        let one = |it: &RedisMember| Some(format!("{}:{}", it.address?, it.port));
        them.iter().filter_map(one).collect::<Vec<_>>().join(",")
    };
    let all = || members.iter().chain(sentinels);
    let mut ports: Vec<u16> = all().map(|member| member.port).collect();
    ports.sort_unstable();
    ports.dedup();
    let service = |part: &str| format!("{name}{part}.data.svc.cluster.local");
    let mut env = BTreeMap::new();
    let mut set = |what: &str, value: String| env.insert(variable(what), value);
    match (redis.run, redis.mode) {
        (Run::Hosts, RedisMode::Cluster) => drop(set("NODES", listed(members))),
        (Run::Hosts, RedisMode::PerDatacenter) => {
            for member in members.iter().filter(|member| member.replica_of.is_none()) {
                set(
                    &format!("NODE_{}", member.site.as_str().to_uppercase().replace('-', "_")),
                    listed(std::slice::from_ref(member)),
                );
            }
        }
        (Run::Kubernetes, RedisMode::Cluster) => {
            set("HOST", service(""));
            set("PORT", REDIS_PORT.to_string());
        }
        (Run::Kubernetes, RedisMode::PerDatacenter) => {
            set("HOST", service("-$(ZONE)"));
            set("READ_HOST", service("-$(ZONE)-read"));
            set("PORT", REDIS_PORT.to_string());
        }
        (Run::Hosts, RedisMode::Sentinel) => drop(set("SENTINELS", listed(sentinels))),
        (Run::Kubernetes, RedisMode::Sentinel) => {
            set("SENTINELS", format!("{}:{SENTINEL_PORT}", service("-sentinel")));
        }
    }
    if redis.mode == RedisMode::Sentinel {
        set("MASTER", name.to_string());
    }
    let peers = match redis.run {
        Run::Hosts => {
            let mut addresses: Vec<_> = all().filter_map(|member| member.address).collect();
            addresses.sort_unstable();
            addresses.dedup();
            vec![Peer::Hosts(addresses)]
        }
        Run::Kubernetes => {
            let labels = BTreeMap::from([("app.kubernetes.io/name".to_owned(), name.to_string())]);
            vec![Peer::Pods { namespace: "data".to_owned(), labels }]
        }
    };
    Access { peers, ports, env }
}
