//! Planning: the topology becomes a [`Plan`]: every member on a named host or pod, deterministic and stable under
//! growth. Member k of a system sits on host k of its pool, so that adding a node moves nothing that stood, and no
//! earlier output is ever read. It judges nothing: what does not fit is recorded, and `check` turns it into findings.

mod capacity;
mod hosts;
mod kafka;
mod place;
mod postgres;
mod redis;
mod s3;
mod secrets;
mod workloads;

use crate::model::plan::{EtcdTimers, KubernetesPlan, Plan};
use crate::model::topology::WITNESS;
use crate::model::{Path, Topology};
use place::Placer;

/// The listeners of a control-plane node, besides its etcd.
const CONTROL_PLANE_PORTS: [(u16, &str); 4] = [
    (crate::model::plan::API_SERVER_PORT, "kube-apiserver"),
    (10257, "kube-controller-manager"),
    (10259, "kube-scheduler"),
    (10250, "kubelet"),
];

/// Where everything goes.
pub fn plan(topology: &Topology) -> Plan {
    let mut placer = Placer::new(topology);
    let kubernetes = kubernetes(topology, &mut placer);
    let postgres = topology.postgres.iter().map(|(name, it)| (name.clone(), postgres::plan(topology, name, it, &mut placer)));
    let postgres = postgres.collect();
    let kafka = topology.kafka.iter().map(|(name, it)| (name.clone(), kafka::plan(topology, name, it, &mut placer))).collect();
    let redis = topology.redis.iter().map(|(name, it)| (name.clone(), redis::plan(topology, name, it, &mut placer))).collect();
    let s3 = topology.s3.iter().map(|(name, it)| (name.clone(), s3::plan(topology, name, it))).collect();
    let edge = topology
        .edge
        .as_ref()
        .map(|edge| placer.whole_pools(&edge.nginx.on, "edge", &[(80, "nginx"), (443, "nginx"), (8080, "nginx metrics")]));
    let nameservers = topology.geodns.as_ref().map(|dns| placer.whole_pools(&dns.on, "geodns", &[(53, "gdnsd")]));
    let mut plan = Plan {
        sites: placer.sites,
        hosts: placer.hosts,
        kubernetes,
        workloads: workloads::plan(topology),
        postgres,
        kafka,
        redis,
        s3,
        edge: edge.unwrap_or_default(),
        nameservers: nameservers.unwrap_or_default(),
        capacity: Vec::new(),
        unplaced: placer.unplaced,
        collisions: placer.collisions,
        unaddressed: placer.unaddressed,
        secrets: Vec::new(),
    };
    plan.capacity = capacity::prove(topology, &plan);
    plan.secrets = secrets::needs(topology, &plan);
    plan
}

fn kubernetes(topology: &Topology, placer: &mut Placer<'_>) -> KubernetesPlan {
    let pool = &topology.kubernetes.control_plane;
    let mut control_plane = Vec::new();
    let mut sites: Vec<_> = topology.datacenter_names().into_iter().map(|name| name.as_str().to_owned()).collect();
    sites.extend(topology.witness.iter().map(|_| WITNESS.to_owned()));
    let etcd = [(crate::model::plan::store::ETCD_CLIENT_PORT, "etcd"), (crate::model::plan::store::ETCD_PEER_PORT, "etcd")];
    for site in &sites {
        let members = placer.all(site, pool);
        for (port, what) in CONTROL_PLANE_PORTS.iter().chain(&etcd) {
            placer.listen(&members, *port, what, &Path::of(["kubernetes"]));
        }
        control_plane.extend(members);
    }
    let mut workers = Vec::new();
    for site in topology.datacenter_names() {
        let members = placer.all(site.as_str(), &topology.kubernetes.workers);
        placer.listen(&members, 10250, "kubelet", &Path::of(["kubernetes"]));
        workers.extend(members);
    }
    for members in [&control_plane, &workers] {
        placer.listen(members, crate::model::plan::API_BALANCER_PORT, "API load balancer", &Path::of(["kubernetes"]));
    }
    KubernetesPlan { control_plane, workers, etcd: EtcdTimers::for_rtt(slowest_rtt_ms(topology)) }
}

/// The 99th percentile round-trip time between the two farthest sites, in milliseconds.
fn slowest_rtt_ms(topology: &Topology) -> u64 {
    let witness = topology.witness.as_ref().and_then(|witness| witness.rtt);
    topology.link.rtt_p99.millis().max(witness.map_or(0, crate::model::unit::Duration::millis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_seed_stands_where_it_says() {
        let plan = crate::testing::seed().plan;
        assert_eq!(plan.unplaced, Vec::new());
        assert_eq!(plan.collisions, Vec::new());
        assert_eq!(plan.unaddressed, Vec::new());
        let hosts: Vec<_> = plan.kubernetes.control_plane.iter().map(|member| member.host.as_str()).collect();
        let masters = ["msk-control-plane-1", "msk-control-plane-2", "msk-control-plane-3", "spb-control-plane-1"];
        assert_eq!(hosts, [&masters[..], &["spb-control-plane-2"]].concat());
        assert_eq!(plan.hosts["msk-postgres-1"].address.to_string(), "10.10.4.11");
        let redis = &plan.redis["cache"];
        for member in redis.members.iter().filter(|member| member.replica_of.is_some()) {
            let master = redis.members.iter().find(|master| Some(&master.name) == member.replica_of.as_ref()).unwrap();
            assert_ne!(master.site, member.site, "{} beside its master", member.name);
        }
        let slots: u32 = redis.members.iter().filter_map(|m| m.slots).map(|(a, b)| u32::from(b - a) + 1).sum();
        assert_eq!(slots, 16384);
        let failures: Vec<_> = plan.capacity.iter().filter(|case| !case.fits()).collect();
        assert!(failures.is_empty(), "{failures:#?}");
    }

    #[test]
    fn etcd_timers_follow_the_round_trip_time() {
        assert_eq!(EtcdTimers::for_rtt(15), EtcdTimers { heartbeat_ms: 100, election_ms: 1000 });
        assert_eq!(EtcdTimers::for_rtt(101), EtcdTimers { heartbeat_ms: 152, election_ms: 1520 });
    }
}
