//! Moves of voters as one edit: the counts, and with them the pools of machines that the voters stand on. A pool that its
//! voters filled shrinks with them, one that becomes too small grows, and the witness gets the pools that it lacks.

use std::collections::BTreeMap;

use super::voters::{Of, Voters};
use crate::model::edit::{Edit, Written};
use crate::model::topology::kafka::Run;
use crate::model::topology::{Pool, Topology, WITNESS};
use crate::model::{Name, Path};

/// The moves so far.
pub struct Draft<'t> {
    before: &'t Topology,
    after: Topology,
    edit: Edit,
    /// The pools of the sets that were moved.
    pools: Vec<&'t Name>,
    /// How many machines each site gets.
    pub added: BTreeMap<Name, u32>,
    /// How many machines each site needs no more.
    pub removed: BTreeMap<Name, u32>,
    /// The pools that the witness gets, smallest first where sizes are asked for.
    pub new_pools: Vec<(Name, Pool)>,
}

impl<'t> Draft<'t> {
    /// Nothing is moved yet.
    pub fn new(topology: &'t Topology) -> Self {
        let (added, removed) = (BTreeMap::new(), BTreeMap::new());
        Self {
            before: topology,
            after: topology.clone(),
            edit: Edit::new(),
            pools: Vec::new(),
            added,
            removed,
            new_pools: Vec::new(),
        }
    }

    /// Puts so many voters of a set at a site; `None` where the machines there are listed one by one, so that none can be
    /// invented or taken away.
    pub fn put(&mut self, set: &Voters, site: &Name, count: u32) -> Option<()> {
        let old = set.at(site);
        if old == count {
            return Some(());
        }
        match &set.of {
            Of::ControlPlane => return self.resize(site, &self.before.kubernetes.control_plane, count),
            Of::Etcd(name) => self.after.postgres.get_mut(name)?.dcs.members.insert(site.clone(), count),
            Of::Controllers(name) => self.after.kafka.get_mut(name)?.controllers.insert(site.clone(), count),
            Of::Masters(name) => self.after.redis.get_mut(name)?.masters.insert(site.clone(), count),
            Of::Sentinels(name) => self.after.redis.get_mut(name)?.sentinels.insert(site.clone(), count),
        };
        self.edit.set(set.path(self.before, site), count);
        self.pools.extend(set.pool(self.before));
        Some(())
    }

    /// The edit, with every pool as large as its members need; the witness's new pools are left to the caller where there
    /// is no witness yet.
    pub fn finish(mut self) -> Option<(Edit, Self)> {
        let mut pools = std::mem::take(&mut self.pools);
        pools.sort();
        pools.dedup();
        let mut sites: Vec<Name> = self.before.datacenters.keys().cloned().collect();
        sites.extend(WITNESS.parse().ok());
        for (pool, site) in pools.into_iter().flat_map(|pool| sites.iter().map(move |site| (pool, site))) {
            let size = self.before.pool(site.as_str(), pool.as_str()).map_or(0, Pool::size);
            let (before, after) = (needed(self.before, site, pool), needed(&self.after, site, pool));
            let counted = self.before.pool(site.as_str(), pool.as_str()).is_some_and(|pool| pool.count.is_some());
            // Listed machines stay: which of them goes is a person's choice.
            let filled = counted && before == size && after < size && after > 0 && only_members(self.before, pool);
            if after > size || filled {
                self.resize(site, pool, after)?;
            }
        }
        Some((std::mem::take(&mut self.edit), self))
    }

    fn resize(&mut self, site: &Name, name: &Name, count: u32) -> Option<()> {
        let at = self.before.pool_path(site.as_str(), name.as_str());
        match self.before.pool(site.as_str(), name.as_str()) {
            Some(pool) if pool.count.is_some() => {
                let old = pool.size();
                self.edit.set(at.key("count"), count);
                if count > old {
                    *self.added.entry(site.clone()).or_default() += count - old;
                } else {
                    *self.removed.entry(site.clone()).or_default() += old - count;
                }
                Some(())
            }
            None if site.as_str() == WITNESS => {
                let pool =
                    Pool { count: Some(count), hosts: Vec::new(), elastic: None, subnet: None, ..self.like(name)?.clone() };
                if self.before.witness.is_some() {
                    self.edit.set(at, written(&pool));
                }
                *self.added.entry(site.clone()).or_default() += count;
                self.new_pools.push((name.clone(), pool));
                Some(())
            }
            Some(_) | None => None,
        }
    }

    /// The smallest pool of that name in a data centre.
    fn like(&self, name: &Name) -> Option<&'t Pool> {
        let all = self.before.datacenters.values().filter_map(|datacenter| datacenter.nodes.get(name));
        all.min_by_key(|pool| (pool.memory, pool.cpu, pool.disk))
    }
}

/// A pool as it is written.
pub fn written(pool: &Pool) -> Written {
    let cores = if pool.cpu.0.is_multiple_of(1000) { Written::Number(pool.cpu.0 / 1000) } else { pool.cpu.to_string().into() };
    let mut entries = vec![("count", pool.size().into()), ("cpu", cores), ("memory", pool.memory.to_string().into())];
    entries.extend(pool.disk.map(|disk| ("disk", disk.to_string().into())));
    Written::map(entries)
}

/// The path of the witness.
pub fn witness() -> Path {
    Path::of([WITNESS])
}

/// How many machines of a pool the members at a site need: each system puts member k on machine k.
fn needed(topology: &Topology, site: &Name, pool: &Name) -> u32 {
    let at = |members: &crate::model::topology::Members| members.get(site).copied().unwrap_or(0);
    let mut most = 0;
    for postgres in topology.postgres.values() {
        most = most.max(if postgres.dcs.on == *pool { at(&postgres.dcs.members) } else { 0 });
        most = most.max(if postgres.on == *pool { at(&postgres.members) } else { 0 });
    }
    for kafka in topology.kafka.values().filter(|kafka| kafka.run == Run::Hosts) {
        let controllers_on = kafka.controllers_on.as_ref().or(kafka.on.as_ref());
        most = most.max(if kafka.on.as_ref() == Some(pool) { at(&kafka.brokers) } else { 0 });
        most = most.max(if controllers_on == Some(pool) { at(&kafka.controllers) } else { 0 });
    }
    for redis in topology.redis.values().filter(|redis| redis.run == Run::Hosts && redis.on.as_ref() == Some(pool)) {
        most = most.max(at(&redis.masters)).max(at(&redis.sentinels));
    }
    most
}

/// Whether nothing stands on every machine of a pool, however many there are.
fn only_members(topology: &Topology, pool: &Name) -> bool {
    let kubernetes = [&topology.kubernetes.control_plane, &topology.kubernetes.workers];
    let proxies = topology.postgres.values().map(|postgres| &postgres.proxy.on);
    let edge = topology.edge.iter().map(|edge| &edge.nginx.on);
    let dns = topology.geodns.iter().map(|dns| &dns.on);
    kubernetes.into_iter().chain(proxies).chain(edge).chain(dns).all(|other| other != pool)
}
