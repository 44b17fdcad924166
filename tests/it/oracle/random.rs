//! Random platforms: the shipped seed with other counts, other modes and pools that fit, through the public interface.

use inuretech::diag::{Source, Sources};
use inuretech::model::survival::Component;
use inuretech::model::topology::Members;
use inuretech::model::{Name, Topology};
use inuretech::pipeline;
use serde_json::{Map, Value, json};

use crate::common::root;

/// A small generator of numbers, the same everywhere.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// With a seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ 0x5851_F42D_4C95_7F2D)
    }

    /// A number from `least` to `most`.
    pub fn between(&mut self, least: u64, most: u64) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        least + (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % (most - least + 1)
    }

    /// Yes once in so many times.
    pub fn once_in(&mut self, times: u64) -> bool {
        self.between(1, times) == 1
    }

    /// One of these.
    pub fn one_of<T: Clone>(&mut self, of: &[T]) -> T {
        let last = u64::try_from(of.len() - 1).unwrap();
        of[usize::try_from(self.between(0, last)).unwrap()].clone()
    }
}

/// Counts at the three sites; none at the witness where there is none.
#[derive(Debug, Clone, Copy)]
struct Counts {
    msk: u64,
    spb: u64,
    witness: u64,
}

impl Counts {
    fn members(self) -> Value {
        let mut members = Map::new();
        for (site, count) in [("msk", self.msk), ("spb", self.spb), ("witness", self.witness)] {
            if count > 0 {
                members.insert(site.to_owned(), json!(count));
            }
        }
        Value::Object(members)
    }
}

/// A document under construction.
struct Draft {
    dice: Dice,
    document: Value,
    witness: bool,
}

impl Draft {
    fn counts(&mut self, msk: (u64, u64), spb: (u64, u64)) -> Counts {
        let counts = Counts {
            msk: self.dice.between(msk.0, msk.1),
            spb: self.dice.between(spb.0, spb.1),
            witness: if self.witness { self.dice.between(0, 3).min(1) } else { 0 },
        };
        if counts.msk + counts.spb + counts.witness == 0 { Counts { msk: 1, ..counts } } else { counts }
    }

    /// A pool with so many hosts at each site; none where there are none.
    fn pool(&mut self, name: &str, counts: Counts) {
        for (site, count) in [("msk", counts.msk), ("spb", counts.spb), ("witness", counts.witness)] {
            let nodes = match site {
                "witness" if !self.witness => continue,
                "witness" => &mut self.document["witness"]["nodes"],
                _ => &mut self.document["datacenters"][site]["nodes"],
            };
            let nodes = nodes.as_object_mut().unwrap();
            if count == 0 {
                nodes.remove(name);
            } else {
                nodes.insert(name.to_owned(), json!({"count": count, "cpu": 16, "memory": "128Gi", "disk": "1Ti"}));
            }
        }
    }

    fn kubernetes(&mut self) {
        let control_plane = self.counts((0, 3), (0, 3));
        self.pool("control-plane", control_plane);
        self.pool("worker", Counts { msk: 10, spb: 10, witness: 0 });
    }

    fn postgres(&mut self) {
        let stretched = !self.dice.once_in(3);
        let least = u64::from(!stretched);
        let members = Counts { witness: 0, ..self.counts((1, 3), (least, 3)) };
        let voters = if stretched { self.counts((0, 3), (0, 3)) } else { Counts { witness: 0, ..self.counts((1, 3), (1, 3)) } };
        self.pool("postgres", members);
        self.pool("dcs", voters);
        let proxies = Counts { msk: self.dice.between(1, 2), spb: self.dice.between(1, 2), witness: 0 };
        self.pool("proxy", proxies);
        let mode = self.dice.one_of(&["off", "on", "quorum", "quorum"]);
        let core = &mut self.document["postgres"]["core"];
        core["mode"] = json!(if stretched { "stretched" } else { "standby-cluster" });
        core["members"] = members.members();
        core["dcs"]["members"] = voters.members();
        let nodes = self.dice.between(1, 3);
        // With nobody beside the leader a strict cluster takes no commit at all, so that no failure changes anything.
        let beside = members.msk + if stretched { members.spb } else { 0 } > 1;
        core["synchronous"] = json!({"mode": mode, "nodes": nodes, "strict": self.dice.once_in(3) && beside});
    }

    fn kafka(&mut self) {
        let mirrored = self.dice.once_in(4);
        let brokers = Counts { witness: 0, ..self.counts((1, 3), (1, 3)) };
        let controllers =
            if mirrored { Counts { witness: 0, ..self.counts((1, 3), (1, 3)) } } else { self.counts((0, 2), (0, 2)) };
        let durability = self.dice.one_of(&["available", "every-datacenter"]);
        let events = &mut self.document["kafka"]["events"];
        events["mode"] = json!(if mirrored { "mirrored" } else { "stretched" });
        events["brokers"] = brokers.members();
        events["controllers"] = controllers.members();
        events["topics"]["orders"]["durability"] = json!(durability);
        if self.dice.once_in(2) {
            events["run"] = json!("hosts");
            events["on"] = json!("kafka");
            events["controllersOn"] = json!("kafka-controller");
            self.pool("kafka", brokers);
            self.pool("kafka-controller", controllers);
        }
    }

    fn redis(&mut self) {
        let mode = self.dice.one_of(&["cluster", "cluster", "sentinel", "per-datacenter"]);
        let replicas = self.dice.between(u64::from(mode == "sentinel"), 2);
        let masters = match mode {
            "cluster" => self.counts((0, 3), (0, 2)),
            "sentinel" if self.dice.once_in(3) => Counts { msk: 0, spb: 1, witness: 0 },
            "sentinel" => Counts { msk: 1, spb: 0, witness: 0 },
            _ => Counts { witness: 0, ..self.counts((1, 2), (1, 2)) },
        };
        let least = if self.dice.once_in(3) { self.dice.between(0, replicas) } else { 0 };
        let sentinels = self.counts((0, 3), (0, 2));
        let cache = &mut self.document["redis"]["cache"];
        cache["mode"] = json!(mode);
        cache["masters"] = masters.members();
        cache["replicas"] = json!(replicas);
        cache["minReplicasToWrite"] = json!(least);
        if mode == "sentinel" {
            cache["sentinels"] = sentinels.members();
        }
        if self.dice.once_in(2) {
            cache["run"] = json!("hosts");
            cache["on"] = json!("redis");
            self.pool("redis", Counts { msk: 8, spb: 8, witness: 2 });
        }
    }

    fn s3(&mut self) {
        let least = self.dice.between(0, 1);
        let copies = Counts { witness: 0, ..self.counts((least, 2), (1 - least, 2)) };
        self.document["s3"]["documents"]["copies"] = copies.members();
    }
}

/// A platform by its number.
pub fn platform(number: u64) -> Topology {
    let text = std::fs::read_to_string(root().join("topologies/inuretech.yaml")).unwrap();
    let mut dice = Dice::new(number + 1);
    let witness = dice.once_in(2);
    let mut draft = Draft { dice, document: serde_yaml::from_str(&text).unwrap(), witness };
    draft.document["witness"] = if witness { json!({"network": "10.30.0.0/16", "nodes": {}}) } else { Value::Null };
    draft.kubernetes();
    draft.postgres();
    draft.kafka();
    draft.redis();
    draft.s3();
    load(&draft.document)
}

/// The topology of a document.
pub fn load(document: &Value) -> Topology {
    let text = serde_yaml::to_string(document).unwrap();
    let sources = Sources(vec![Source { name: "random.yaml".to_owned(), text }]);
    pipeline::load(&sources).unwrap_or_else(|rejected| panic!("{document}\n{:#?}", rejected.findings)).topology
}

/// The counts that decide about a component, on a few lines.
pub fn counts(topology: &Topology, component: &Component) -> String {
    let sizes = |pool: &str| -> String {
        let sites = topology.datacenters.keys().map(Name::as_str).chain(["witness"]);
        let size = |site| topology.pool(site, pool).map_or(0, inuretech::model::topology::Pool::size).to_string();
        sites.map(size).collect::<Vec<_>>().join("+")
    };
    let show = |members: &Members| {
        let places = ["msk", "spb", "witness"];
        places.map(|site| members.get(site).copied().unwrap_or(0).to_string()).join("+")
    };
    let what = match component {
        Component::Kubernetes => format!("control plane {}", sizes("control-plane")),
        Component::Postgres(name) => {
            let it = &topology.postgres[name];
            let sync = &it.synchronous;
            let sync = format!("{:?} {}{}", sync.mode, sync.nodes, if sync.strict { " strict" } else { "" });
            let (members, voters) = (show(&it.members), show(&it.dcs.members));
            format!("{:?}, members {members}, etcd {voters}, {sync}, proxies {}", it.mode, sizes("proxy"))
        }
        Component::Topic(name, topic) => {
            let it = &topology.kafka[name];
            let durability = it.topics.get(topic).map(|topic| topic.durability);
            let (brokers, controllers) = (show(&it.brokers), show(&it.controllers));
            format!("{:?} on {:?}, brokers {brokers}, controllers {controllers}, {durability:?}", it.mode, it.run)
        }
        Component::Redis(name) => {
            let it = &topology.redis[name];
            let (masters, sentinels) = (show(&it.masters), show(&it.sentinels));
            let counts = format!("masters {masters}, replicas {}, sentinels {sentinels}", it.replicas);
            format!("{:?} on {:?}, {counts}, min-replicas-to-write {}", it.mode, it.run, it.min_replicas_to_write)
        }
        Component::S3(name) => format!("copies {}", show(&topology.s3[name].copies)),
        Component::Edge | Component::GeoDns | Component::Cdn | Component::Service(_) | Component::Route(..) => String::new(),
    };
    format!("  with: {what}, witness {}", if topology.witness.is_some() { "yes" } else { "no" })
}
