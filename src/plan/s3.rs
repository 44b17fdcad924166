//! Object stores: `SeaweedFS` masters that vote, volume servers with the copies, filers with the S3 gateway.

use std::collections::BTreeMap;

use crate::model::Name;
use crate::model::plan::store::S3_PORT;
use crate::model::plan::{Access, Peer, PodGroup, S3Plan};
use crate::model::topology::storage::S3Engine;
use crate::model::topology::{ObjectStore, Topology, WITNESS};

/// Volume servers of a data centre at least, so that one node's loss leaves a place for new volumes.
const FEWEST_VOLUME_SERVERS: u32 = 2;

/// Places one instance.
pub fn plan(topology: &Topology, name: &Name, store: &ObjectStore) -> S3Plan {
    match store.engine {
        S3Engine::Seaweedfs => seaweedfs(topology, name, store),
        S3Engine::External | S3Engine::CephRgw | S3Engine::Garage | S3Engine::Minio => {
            let peers = store.endpoint.iter().cloned().map(Peer::External).collect();
            let endpoint = store.endpoint.as_ref().map(|host| format!("https://{host}"));
            let access = Access { peers, ports: vec![443], env: environment(name, endpoint.unwrap_or_default()) };
            S3Plan { masters: Vec::new(), volumes: Vec::new(), filers: Vec::new(), access }
        }
    }
}

fn seaweedfs(topology: &Topology, name: &Name, store: &ObjectStore) -> S3Plan {
    let sites: Vec<Name> = topology.datacenter_names().into_iter().cloned().collect();
    let group =
        |what: &str, site: &Name, replicas: u32| PodGroup { name: format!("{name}-{what}-{site}"), site: site.clone(), replicas };
    let witness = topology.witness.as_ref().and_then(|_| WITNESS.parse::<Name>().ok());
    // The masters vote: the majority stands in the preferred data centre, or one at each of three sites.
    let voters = |position: usize| if witness.is_none() && position == 0 { 2 } else { 1 };
    let masters = sites.iter().enumerate().map(|(position, site)| group("master", site, voters(position)));
    let volumes = sites.iter().map(|site| {
        let copies = store.copies.get(site).copied().unwrap_or(0);
        group("volume", site, if copies == 0 { 0 } else { copies.max(FEWEST_VOLUME_SERVERS) })
    });
    let labels = BTreeMap::from([
        ("app.kubernetes.io/name".to_owned(), name.to_string()),
        ("app.kubernetes.io/component".to_owned(), "filer".to_owned()),
    ]);
    let endpoint = format!("https://{name}.data.svc.cluster.local:{S3_PORT}");
    S3Plan {
        masters: masters.chain(witness.iter().map(|site| group("master", site, 1))).collect(),
        volumes: volumes.filter(|group| group.replicas > 0).collect(),
        filers: sites.iter().map(|site| group("filer", site, 1)).collect(),
        access: Access {
            peers: vec![Peer::Pods { namespace: "data".to_owned(), labels }],
            ports: vec![S3_PORT],
            env: environment(name, endpoint),
        },
    }
}

fn environment(name: &Name, endpoint: String) -> BTreeMap<String, String> {
    BTreeMap::from([(format!("{}_S3_ENDPOINT", name.as_str().to_uppercase().replace('-', "_")), endpoint)])
}
