//! The codes of the proofs and what `explain` says about them. They are invariants of what is rendered: a finding is a fault of
//! a renderer, or of a patch or manifest that the user brought.

use crate::diag::{Code, Explanation, Severity};

/// An address of no host.
pub const ADDRESS: Code = Code("IT830");
/// Nothing listens there.
pub const NO_LISTENER: Code = Code("IT831");
/// Two listeners on one port.
pub const PORT_TAKEN: Code = Code("IT832");
/// An answer or origin that leads to no edge.
pub const EDGE_ANSWER: Code = Code("IT833");
/// A part of nginx that is not defined.
pub const UNDEFINED: Code = Code("IT834");
/// A ConfigMap or key that is not rendered.
pub const CONFIG_MAP: Code = Code("IT835");
/// A Secret that nobody is told to make.
pub const SECRET: Code = Code("IT836");
/// A reference to an object that is not rendered.
pub const REFERENCE: Code = Code("IT837");
/// A route to no Service.
pub const BACKEND: Code = Code("IT838");
/// A Service without pods behind its port.
pub const SERVICE: Code = Code("IT839");
/// A name that no Service has.
pub const SERVICE_NAME: Code = Code("IT840");
/// A policy about pods that do not exist.
pub const POLICY_PEER: Code = Code("IT841");
/// A policy about a port that is not open.
pub const POLICY_PORT: Code = Code("IT842");
/// A connection that the policies cut.
pub const CUT_OFF: Code = Code("IT843");
/// A file that is neither rendered nor in the list of secrets.
pub const HOST_FILE: Code = Code("IT844");
/// A file that one data centre has and the other does not.
pub const MIRROR: Code = Code("IT845");
/// Members of one cluster that disagree.
pub const MEMBERS_DIFFER: Code = Code("IT846");
/// Timers that etcd refuses or that make leaders flap.
pub const ETCD_TIMERS: Code = Code("IT847");
/// A zone that is not a data centre.
pub const ZONE: Code = Code("IT848");
/// Replicas that are not spread over both data centres, or cannot move.
pub const SPREADING: Code = Code("IT849");
/// Replicas without a disruption budget.
pub const BUDGET: Code = Code("IT850");
/// A Service that ignores where its clients are.
pub const TRAFFIC: Code = Code("IT851");
/// Kafka that can lose acknowledged records.
pub const KAFKA_COPIES: Code = Code("IT852");
/// A Kafka process that is broker and controller.
pub const KAFKA_ROLES: Code = Code("IT853");
/// A cache that gives up its placement.
pub const REDIS_PLACEMENT: Code = Code("IT854");
/// A writer that is not the leader.
pub const WRITER_CHECK: Code = Code("IT855");
/// An edge that waits too long for a connection.
pub const EDGE_TIMEOUT: Code = Code("IT856");
/// Requests that are repeated though they must not be.
pub const REPEATED_WRITES: Code = Code("IT857");
/// An edge that does not know its clients.
pub const CLIENT_ADDRESS: Code = Code("IT858");
/// A shared cache that keeps personal answers.
pub const SHARED_CACHE: Code = Code("IT859");
/// A health check with gdnsd's defaults.
pub const DNS_CHECK: Code = Code("IT860");
/// A node autoscaler that stops when a data centre is lost.
pub const SCALE_UP: Code = Code("IT861");
/// Two autoscalers on one workload.
pub const TWO_SCALERS: Code = Code("IT862");
/// Alerts that go through one address.
pub const ALERTMANAGERS: Code = Code("IT863");

/// Every code, in order.
#[rustfmt::skip]
pub const CODES: &[Explanation] = &[
    error(ADDRESS, "an address of no host",
        "Every address inside a site's network belongs to a host of the plan; one that does not is a server, peer or \
        target that will never answer.",
        "name the address of a host"),
    error(NO_LISTENER, "nothing listens there",
        "A file leads to a port of a host on which no rendered file opens a listener at that address, so every connection \
        is refused.",
        "open the port, or lead to the one that is open"),
    error(PORT_TAKEN, "two listeners on one port",
        "The program that starts second fails with \"address already in use\".",
        "move one of the two"),
    error(EDGE_ANSWER, "an answer or origin that leads to no edge",
        "Name servers and the delivery network send clients to public addresses; each must be one of a data centre's, at \
        whose edge the port is open.",
        "answer with a public address of a data centre"),
    error(UNDEFINED, "a part of nginx that is not defined",
        "nginx refuses to start, or looks the name up in DNS, where a group of servers, a cache or a limit of that name \
        is missing.",
        "define it, or correct the name"),
    error(CONFIG_MAP, "a ConfigMap or key that is not rendered",
        "The kubelet does not start a container whose ConfigMap or key is missing (`CreateContainerConfigError`).",
        "render the key, or correct the reference"),
    error(SECRET, "a Secret that nobody is told to make",
        "Every key of a Secret that something reads is in the list of secrets or made by an operator from a rendered \
        object; one that is neither is found missing when pods start.",
        "add it to the list of secrets, or correct the reference"),
    error(REFERENCE, "a reference to an object that is not rendered",
        "Accounts, priority classes, targets of autoscalers, gateways and their parameters are stored by name only; the \
        API server accepts a name that leads nowhere.",
        "render the object, or correct the name"),
    error(BACKEND, "a route to no Service",
        "A route whose backend is missing, has no such port, or is in a namespace without a `ReferenceGrant` answers 500 \
        to every request.",
        "correct the backend, or grant the reference"),
    error(SERVICE, "a Service without pods behind its port",
        "A selector that chooses no pods, or a target port that they do not have, leaves the Service without endpoints.",
        "choose pods that are rendered and a port that they open"),
    error(SERVICE_NAME, "a name that no Service has",
        "`<service>.<namespace>.svc.cluster.local` resolves to nothing where no such Service is rendered, and a port that \
        it lacks is never answered.",
        "use a rendered Service and its port"),
    error(POLICY_PEER, "a policy about pods that do not exist",
        "A NetworkPolicy whose selector chooses no pods, or whose peers are none, allows nothing and protects nothing.",
        "select labels that pods carry"),
    error(POLICY_PORT, "a policy about a port that is not open",
        "A rule for a port that none of its pods or hosts opens allows nothing; usually the port that is meant is closed.",
        "allow the port that is open"),
    error(CUT_OFF, "a connection that the policies cut",
        "A pod is told to connect to a Service, but no policy allows the way out of the pod or into the Service's pods; \
        packets are dropped without an answer.",
        "allow the connection on both sides"),
    error(HOST_FILE, "a file that is neither rendered nor in the list of secrets",
        "A program does not start without its certificate, key or included file; each is rendered or in the list of \
        secrets of its host.",
        "render it, add it to the list of secrets, or correct the path"),
    error(MIRROR, "a file that one data centre has and the other does not",
        "Both data centres are built alike, so that either can carry the whole load; a kind of file that all hosts of a \
        pool have in one and none in the other is a fault.",
        "render it in both"),
    error(MEMBERS_DIFFER, "members of one cluster that disagree",
        "Members of etcd, Patroni, Kafka or a cache that were told different peers, timers or tokens form two clusters or \
        none.",
        "give all members the same values"),
    error(ETCD_TIMERS, "timers that etcd refuses or that make leaders flap",
        "The election timeout must be at least five heartbeats and at most 50 s (`embed.Config.Validate`), and ten for a \
        stable leader (etcd tuning guide).",
        "make it ten heartbeats"),
    error(ZONE, "a zone that is not a data centre",
        "Spreading, traffic to the own data centre and racks of brokers all follow `topology.kubernetes.io/zone`; a value \
        that is no data centre's name, or not the node's own, misplaces pods without a word.",
        "label nodes with their data centre, and ask for no other zone"),
    error(SPREADING, "replicas that are not spread over both data centres, or cannot move",
        "Without a constraint on the zone all replicas may share a data centre. With `DoNotSchedule` the constraint needs \
        `nodeTaintsPolicy: Honor`, or tainted nodes of a lost data centre keep counting (kubernetes#123019), and no \
        `minDomains`, or nothing can be scheduled in the one that is left (KEP-3022).",
        "constrain zone and host, with `nodeTaintsPolicy: Honor` and without `minDomains`"),
    error(BUDGET, "replicas without a disruption budget",
        "A drain may stop every replica at once without a budget; without `unhealthyPodEvictionPolicy: AlwaysAllow` a pod \
        that is broken already blocks it (KEP-3017).",
        "render a budget for the workload"),
    error(TRAFFIC, "a Service that ignores where its clients are",
        "Without `trafficDistribution` half of all requests cross the link and half fail after the loss of a data centre \
        until its endpoints are gone (KEP-4444); `internalTrafficPolicy: Local` drops what has no pod on its node.",
        "set `trafficDistribution`"),
    error(KAFKA_COPIES, "Kafka that can lose acknowledged records",
        "`min.insync.replicas` is set, above zero and below the number of copies, for topics and for internal ones; a \
        leader that is out of step is never elected (`unclean.leader.election.enable=false`).",
        "set copies and minimum, and keep unclean elections off"),
    error(KAFKA_ROLES, "a Kafka process that is broker and controller",
        "A combined process takes its vote with it when it is overloaded or restarted as a broker (Kafka documentation, \
        KRaft).",
        "give each role processes of its own"),
    error(REDIS_PLACEMENT, "a cache that gives up its placement",
        "A replica that moves to another master leaves its data centre without a copy (`cluster-allow-replica- \
        migration`), and a cluster that wants full coverage stops whole for one lost shard.",
        "say `no` to both"),
    error(WRITER_CHECK, "a writer that is not the leader",
        "`HAProxy` finds the leader by Patroni's `/primary` and must cut the sessions of a server that stops being it \
        (`on-marked-down shutdown-sessions`), or clients go on writing to a replica.",
        "check `/primary` and shut sessions down"),
    error(EDGE_TIMEOUT, "an edge that waits too long for a connection",
        "nginx waits 60 s by default before it asks the next server (`proxy_connect_timeout`); with a data centre gone \
        each request would hang that long.",
        "set at most 3 s for every way to the ingress"),
    error(REPEATED_WRITES, "requests that are repeated though they must not be",
        "`non_idempotent` in `proxy_next_upstream` sends a POST again that a server may have carried out.",
        "leave it out"),
    error(CLIENT_ADDRESS, "an edge that does not know its clients",
        "Behind a delivery network all clients share its addresses until `set_real_ip_from` names exactly its ranges; \
        `0.0.0.0/0` lets anybody forge an address.",
        "name the ranges of the delivery network, and no others"),
    error(SHARED_CACHE, "a shared cache that keeps personal answers",
        "An answer to a request with credentials belongs to one person; a cache without `proxy_cache_bypass` and \
        `proxy_no_cache` on them hands it to the next.",
        "pass by the cache for `$http_authorization` and `$http_cookie`"),
    error(DNS_CHECK, "a health check with gdnsd's defaults",
        "By default gdnsd takes 100 s to notice that a data centre is gone; interval, timeout and thresholds are all \
        given.",
        "give `interval`, `timeout`, `up_thresh`, `ok_thresh` and `down_thresh`"),
    error(SCALE_UP, "a node autoscaler that stops when a data centre is lost",
        "`max-total-unready-percentage` (45 by default) below the share of the larger data centre halts all scaling \
        exactly then.",
        "set it above the share of each data centre"),
    error(TWO_SCALERS, "two autoscalers on one workload",
        "Each undoes what the other decides; KEDA makes an autoscaler of its own for each `ScaledObject`.",
        "keep one"),
    error(ALERTMANAGERS, "alerts that go through one address",
        "Alertmanagers agree among themselves only if every Prometheus sends to each of them; behind a balancer an alert \
        is lost with one of them, or sent twice.",
        "name a headless Service or each Alertmanager"),
];

const fn error(code: Code, title: &'static str, why: &'static str, fix: &'static str) -> Explanation {
    Explanation { code, severity: Severity::Error, title, why, example: "", fix }
}
