//! One machine is lost for good: for each pool what goes on by itself, and how the machine that replaces it comes in under the
//! same name and address. Which one it is only the reader knows, so every block begins with its name.

use super::book::{Check, Part, Place, Step};
use super::etcd::{Etcd, add};
use super::ground::Ground;
use super::kubernetes::KUBECTL;
use super::patroni::{ETCD_FILE, running};
use crate::model::plan::store::ETCD_PEER_PORT;
use crate::model::plan::{Host, KafkaNode, Member, RedisMember};
use crate::model::{HostName, Name, Path};

/// The machines of one pool at all sites.
struct Pool<'a> {
    ground: Ground<'a>,
    name: &'a Name,
    hosts: Vec<(&'a HostName, &'a Host)>,
}

/// A part for each pool.
pub fn parts(ground: Ground<'_>) -> Vec<Part> {
    let mut names: Vec<&Name> = ground.plan.hosts.values().map(|host| &host.pool).collect();
    names.sort();
    names.dedup();
    let pool = |name| Pool { ground, name, hosts: ground.plan.hosts.iter().filter(|(_, host)| host.pool == *name).collect() };
    names.into_iter().map(pool).filter_map(|pool| pool.part()).collect()
}

impl<'a> Pool<'a> {
    fn part(&self) -> Option<Part> {
        let (first, host) = self.hosts.first()?;
        let names: Vec<&str> = self.hosts.iter().map(|(name, _)| name.as_str()).collect();
        let source = self.ground.topology.pool_path(host.site.as_str(), self.name.as_str());
        let mut texts = vec![format!("Machines: {}.", names.join(", "))];
        let mut steps = Vec::new();
        self.control_plane(first, &mut texts, &mut steps);
        self.workers(first, &mut texts, &mut steps);
        steps.push(install(first).source(source));
        self.etcd(first, &mut texts, &mut steps);
        self.postgres(&mut texts, &mut steps);
        self.kafka(&mut texts, &mut steps);
        self.redis(&mut texts, &mut steps);
        self.ways_in(&mut texts);
        let mut part = Part::new(format!("Pool {}", self.name), steps);
        part.texts = texts;
        Some(part)
    }

    fn has(&self, host: &HostName) -> bool {
        self.hosts.iter().any(|(name, _)| *name == host)
    }

    fn own(&self, members: &'a [Member]) -> Vec<&'a Member> {
        members.iter().filter(|member| self.has(&member.host)).collect()
    }

    fn control_plane(&self, first: &HostName, texts: &mut Vec<String>, steps: &mut Vec<Step>) {
        let masters = self.own(&self.ground.plan.kubernetes.control_plane);
        if masters.is_empty() {
            return;
        }
        texts.push("Masters: the API goes on through the others. The dead member of etcd counts until it is removed.".to_owned());
        let etcd = Etcd::of_kubernetes();
        let commands = format!("{}\n{}\n{}\n{KUBECTL} delete node \"$lost\"", name(first), etcd.client(&masters), remove());
        let seen = format!("{KUBECTL} get nodes");
        steps.push(
            Step::new("Take the dead master out", another(&masters))
                .yours(commands)
                .check(Check::new(seen, "every other master `Ready`, and not the dead one", "Ready"))
                .source(Path::of(["kubernetes"])),
        );
    }

    fn workers(&self, first: &HostName, texts: &mut Vec<String>, steps: &mut Vec<Step>) {
        let kubernetes = &self.ground.plan.kubernetes;
        if self.own(&kubernetes.workers).is_empty() {
            return;
        }
        texts.push(
            "Workers: pods start elsewhere after the time that they tolerate. Those of stores wait for their disk, until the machine is \
             declared out of service and their claims are deleted; then they copy from the others."
                .to_owned(),
        );
        let commands = format!(
            "{}\n{KUBECTL} taint node \"$lost\" node.kubernetes.io/out-of-service=nodeshutdown:NoExecute\n\
             {KUBECTL} get pv -o json | jq -r --arg node \"$lost\" '.items[] | select([.. | strings] | index($node)) | \
             .spec.claimRef | .namespace + \" \" + .name' |\n  while read -r namespace claim; do {KUBECTL} -n $namespace delete pvc $claim --wait=false; done\n\
             {KUBECTL} delete node \"$lost\"",
            name(first)
        );
        steps.push(
            Step::new("Release what the worker held", Place::of_any(&kubernetes.control_plane))
                .yours(commands)
                .check(
                    Check::new(
                        format!("{KUBECTL} get pods -A --field-selector=status.phase=Pending; echo seen"),
                        "nothing that waits",
                        "^seen$",
                    )
                    .within(300),
                )
                .unrehearsed("no lab of ours has local volumes")
                .source(Path::of(["kubernetes"])),
        );
    }

    fn etcd(&self, first: &HostName, texts: &mut Vec<String>, steps: &mut Vec<Step>) {
        for (instance, postgres) in &self.ground.plan.postgres {
            for cluster in &postgres.clusters {
                let voters = self.own(&cluster.dcs);
                if voters.is_empty() {
                    continue;
                }
                texts.push(format!("Voters of the etcd of Patroni {}: it goes on while a majority is left.", cluster.scope));
                let source = Path::of(["postgres", instance.as_str(), "dcs"]);
                steps.extend(
                    exchange(&Etcd::of_patroni(&cluster.scope), &voters, first)
                        .into_iter()
                        .map(|step| step.source(source.clone())),
                );
            }
        }
        let masters = self.own(&self.ground.plan.kubernetes.control_plane);
        if !masters.is_empty() {
            steps.push(
                Step::new("Join the new master", replacement())
                    .note(
                        "It needs `/etc/kubernetes/discovery.yaml` with a fresh token (`kubeadm token create --ttl 4h` on another master). The very \
                         first master has a file that initialises a cluster: give it another one's, with its own name and address.",
                    )
                    .run("kubeadm join --config /etc/kubernetes/kubeadm.yaml")
                    .check(Check::new(format!("{KUBECTL} get nodes"), "it among the others", "Ready").within(300)),
            );
        } else if !self.own(&self.ground.plan.kubernetes.workers).is_empty() {
            steps.push(
                Step::new("Join the new worker", replacement())
                    .note("It needs `/etc/kubernetes/discovery.yaml` with a fresh token (`kubeadm token create --ttl 4h` on a master).")
                    .run("kubeadm join --config /etc/kubernetes/kubeadm.yaml")
                    .check(Check::new("systemctl is-active kubelet", "`active`", "^active$").within(300)),
            );
        }
    }

    fn postgres(&self, texts: &mut Vec<String>, steps: &mut Vec<Step>) {
        for (instance, postgres) in &self.ground.plan.postgres {
            let source = Path::of(["postgres", instance.as_str()]);
            for cluster in postgres.clusters.iter().filter(|cluster| !self.own(&cluster.members).is_empty()) {
                texts.push(format!(
                    "Members of PostgreSQL {}: another one leads within seconds to a minute; commits wait for those that are left.",
                    cluster.scope
                ));
                steps.push(
                    Step::new(format!("Let the new member copy {}", cluster.scope), replacement())
                        .run("systemctl enable --now patroni")
                        .check(running(cluster.members.len()))
                        .source(source.clone()),
                );
            }
            if !self.own(&postgres.proxies).is_empty() {
                texts.push(format!("Proxies of PostgreSQL {instance}: clients use the others."));
            }
        }
    }

    fn kafka(&self, texts: &mut Vec<String>, steps: &mut Vec<Step>) {
        for (instance, kafka) in &self.ground.plan.kafka {
            let here = |nodes: &[KafkaNode]| nodes.iter().any(|node| node.host.as_ref().is_some_and(|host| self.has(host)));
            let source = Path::of(["kafka", instance.as_str()]);
            for cluster in &kafka.clusters {
                let (brokers, controllers) = (here(&cluster.brokers), here(&cluster.controllers));
                let mut units = Vec::new();
                if controllers {
                    texts.push(format!(
                        "Controllers of Kafka {}: the others go on while they are a majority. A blank one copies from them; before it starts, \
                         each of the others must be at a `Lag` of 0 (`kafka-metadata-quorum.sh … describe --replication`), so that it never \
                         votes for one that knows less than it did.",
                        cluster.name
                    ));
                    units.push("kafka-controller");
                }
                if brokers {
                    texts.push(format!(
                        "Brokers of Kafka {}: leaders move within seconds; a blank one copies its partitions.",
                        cluster.name
                    ));
                    units.push("kafka");
                }
                if units.is_empty() {
                    continue;
                }
                let commands =
                    format!("runuser -u kafka -- /bin/sh /etc/kafka/format.sh\nsystemctl enable --now {}", units.join(" "));
                steps.push(
                    Step::new(format!("Start the blank node of Kafka {}", cluster.name), replacement())
                        .run(commands)
                        .check(Check::new(format!("systemctl is-active {}", units.join(" ")), "`active`", "^active$").within(60))
                        .source(source.clone()),
                );
            }
        }
    }

    fn redis(&self, texts: &mut Vec<String>, steps: &mut Vec<Step>) {
        for (instance, redis) in &self.ground.plan.redis {
            let here =
                |members: &[RedisMember]| members.iter().any(|member| member.host.as_ref().is_some_and(|host| self.has(host)));
            if !here(&redis.members) && !here(&redis.sentinels) {
                continue;
            }
            texts.push(format!(
                "Members of Redis {instance}: a replica takes over within some times `nodeTimeout`; a blank one copies."
            ));
            let commands = "for file in /etc/redis/redis-*.conf; do\n  port=${file##*-}\n  systemctl enable --now redis-member@${port%.conf}\ndone\n\
                            [ ! -e /etc/redis/sentinel.conf ] || systemctl enable --now redis-sentinel@26379";
            steps.push(
                Step::new(format!("Start the blank member of Redis {instance}"), replacement())
                    .run(commands)
                    .note(
                        "In a cluster run `/etc/redis/form-cluster.sh` on its first host afterwards: it takes in who knows nobody. A new \
                         member that was planned as a master owns no slots: make it a replica of the one that took over \
                         (`cluster replicate`), then `form-cluster.sh restore`.",
                    )
                    .check(Check::new("systemctl is-active 'redis-*'", "`active`", "^active$").within(120))
                    .source(Path::of(["redis", instance.as_str()])),
            );
        }
    }

    fn ways_in(&self, texts: &mut Vec<String>) {
        let plan = self.ground.plan;
        let any = |all: &std::collections::BTreeMap<Name, Vec<Member>>| all.values().any(|members| !self.own(members).is_empty());
        if any(&plan.edge) {
            texts.push(
                "nginx: where its data centre has another one, clients use that; else the name servers send everybody to the other data centre \
                 until it is back."
                    .to_owned(),
            );
        }
        if any(&plan.nameservers) {
            texts.push("Name servers: resolvers ask the others after a second or two.".to_owned());
        }
    }
}

fn name(first: &HostName) -> String {
    format!("lost={first} # yours: the machine that is lost")
}

fn replacement() -> Place {
    Place::any("replacement", "**the machine that replaces it**")
}

fn another(members: &[&Member]) -> Place {
    let names: Vec<&str> = members.iter().map(|member| member.host.as_str()).collect();
    Place::any("another", format!("**another one of these**: {}", names.join(", ")))
}

fn remove() -> &'static str {
    "id=$(etcdctl member list | awk -F', ' -v name=\"$lost\" '$3 == name { print $1 }')\n[ -z \"$id\" ] || etcdctl member remove \"$id\""
}

/// Files, secrets and programs of the new machine, as at the first installation.
fn install(first: &HostName) -> Step {
    Step::new("Set up a machine under the same name and address", Place::operator())
        .note("Its secrets are brought first, as `inuretech show --emit secrets` lists them; nothing is started by this that must not be.")
        .yours(format!(
            "{}\nansible-playbook -i ansible/inventory.yaml ansible/site.yaml --limit \"$lost\"",
            name(first)
        ))
        .check(Check::new(format!("{}\nansible -i ansible/inventory.yaml \"$lost\" -m ping", name(first)), "`pong`", "pong").within(60))
}

/// A blank member of etcd in the place of a dead one.
fn exchange(etcd: &Etcd, voters: &[&Member], first: &HostName) -> Vec<Step> {
    let peer = format!("\"https://$(getent hosts \"$lost\" | awk '{{ print $1 }}'):{ETCD_PEER_PORT}\"");
    let announce = format!("{}\n{}\n{}\n{}", name(first), etcd.client(voters), remove(), add("\"$lost\"", &peer));
    let start = format!(
        "rm -rf {}\nsed -i 's|^initial-cluster-state:.*|initial-cluster-state: existing|' {ETCD_FILE}\nsystemctl enable --now etcd",
        etcd.data
    );
    let vote = format!(
        "{}\n{}\nid=$(etcdctl member list | awk -F', ' -v name=\"$lost\" '$3 == name {{ print $1 }}')\n\
         for try in $(seq 30); do etcdctl member promote \"$id\" && break; sleep 2; done",
        name(first),
        etcd.client(voters)
    );
    vec![
        Step::new(format!("Exchange the dead member of the {}", etcd.what), another(voters))
            .note("Remove first, then add: the other way round a dead member more would be waited for.")
            .yours(announce)
            .check(Check::new(
                format!("{}\netcdctl member list", etcd.client(voters)),
                "the new one as `unstarted`",
                "unstarted",
            )),
        Step::new("Start it empty", replacement())
            .run(start)
            .check(Check::new("systemctl is-active etcd", "`active`", "^active$").within(60)),
        Step::new("Make it a voter", another(voters)).yours(vote).check(etcd.whole(voters)),
    ]
}
