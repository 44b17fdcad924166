//! The control plane. Without a majority of its etcd nothing is scheduled and endpoints freeze, while pods go on. etcd is made
//! anew from a survivor's data, in kubeadm's static pods; masters that come back are wiped and join like new ones.

use super::super::System;
use super::super::book::{Check, Part, Place, Step};
use super::super::etcd::Etcd;
use super::super::ground::{Ground, Loss, Quorum};
use super::{KUBECTL, seat};
use crate::model::plan::Member;
use crate::model::{Name, Path};
use crate::render::meta::{RACK_LABEL, ZONE_LABEL};

/// The control plane.
pub struct ControlPlane;

/// Where the kubelet finds static pods.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
/// Where they wait meanwhile.
const STOPPED: &str = "/etc/kubernetes/stopped";
const WHY: &str = "the same steps were rehearsed on a bare etcd; no lab of ours runs kubelets with static pods";

impl System for ControlPlane {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        let (quorum, masters) = (quorum(loss), &loss.ground.plan.kubernetes.control_plane);
        let title = "Kubernetes control plane";
        let survivors = loss.survivors(masters);
        if loss.gone(masters).is_empty() {
            return Vec::new();
        }
        if quorum.holds() {
            let text = format!(
                "Goes on by itself: {} of {} members of its etcd are left, {} are needed.",
                quorum.left,
                quorum.all,
                quorum.needed()
            );
            return vec![Part::new(title, ready(loss).into_iter().collect()).text(text)];
        }
        let text = format!(
            "{} of {} members of its etcd are left and {} are needed. Pods run on, but nothing is scheduled, no endpoint is taken out, and \
             no token is renewed. What stands on hosts needs none of this: where two people are at hand, one goes on there.",
            quorum.left,
            quorum.all,
            quorum.needed()
        );
        vec![Part::new(title, recover(&survivors)).text(text)]
    }

    fn later(&self, loss: Loss<'_>) -> Vec<Step> {
        let masters = &loss.ground.plan.kubernetes.control_plane;
        let (left, gone) = (loss.survivors(masters), loss.gone(masters));
        if !quorum(loss).holds() || gone.is_empty() {
            return Vec::new();
        }
        let forget = Etcd::of_kubernetes().forget(&left, &gone).map(|step| step.source(Path::of(["kubernetes"])));
        forget.into_iter().chain(delete(loss)).collect()
    }

    fn wipe(&self, loss: Loss<'_>) -> Vec<Step> {
        if quorum(loss).holds() {
            return Vec::new();
        }
        loss.gone(&loss.ground.plan.kubernetes.control_plane).into_iter().map(wipe).collect()
    }

    fn rejoin(&self, loss: Loss<'_>) -> Vec<Step> {
        let gone = loss.gone(&loss.ground.plan.kubernetes.control_plane);
        if quorum(loss).holds() {
            return ready(loss).map(|step| step.note(REMOVED)).into_iter().collect();
        }
        let mut steps: Vec<Step> = token(loss).into_iter().collect();
        steps.extend(gone.iter().map(|member| join(loss.ground, member)));
        let all: Vec<&Member> = loss.survivors(&loss.ground.plan.kubernetes.control_plane).into_iter().chain(gone).collect();
        let whole =
            |on| Step::new("See the etcd of Kubernetes whole", on).check(Etcd::of_kubernetes().whole(&all)).unrehearsed(WHY);
        steps.extend(seat(loss).map(whole));
        steps
    }

    fn home(&self, loss: Loss<'_>) -> Vec<Step> {
        let masters = &loss.ground.plan.kubernetes.control_plane;
        let all: Vec<&Member> = masters.iter().collect();
        let preferred = loss.ground.datacenters().first() == Some(&loss.lost);
        let to = loss.gone(masters).first().copied().filter(|_| preferred);
        to.map(|to| Etcd::of_kubernetes().lead(&all, to).source(Path::of(["kubernetes"]))).into_iter().collect()
    }

    fn cut(&self, ground: Ground<'_>) -> Vec<Step> {
        ground.datacenters().into_iter().filter_map(|site| ask(ground, site)).collect()
    }

    fn healed(&self, ground: Ground<'_>) -> Vec<Step> {
        let masters = &ground.plan.kubernetes.control_plane;
        let all: Vec<&Member> = masters.iter().collect();
        let step =
            |at: &Member| Step::new("See the etcd of Kubernetes whole", Place::of(at)).check(Etcd::of_kubernetes().whole(&all));
        masters.first().map(step).into_iter().collect()
    }

    fn may_be_gone(&self, loss: Loss<'_>) -> Vec<String> {
        if quorum(loss).holds() {
            return Vec::new();
        }
        let text = format!(
            "Kubernetes: changes of objects that were accepted in the last moments before the failure and had not reached {} yet. Apply \
             the rendered tree once more and compare: `inuretech diff`.",
            loss.left
        );
        vec![text]
    }
}

const REMOVED: &str = "A master that was removed meanwhile comes back as `host-lost.md` says.";

fn quorum(loss: Loss<'_>) -> Quorum {
    loss.ground.control_plane().without(loss.lost)
}

/// Whether the API answers.
fn answers() -> Check {
    Check::new(format!("{KUBECTL} get --raw /readyz; echo"), "`ok`", "^ok$").within(120)
}

fn ready(loss: Loss<'_>) -> Option<Step> {
    let step = |on| Step::new("See the API answer", on).check(answers()).source(Path::of(["kubernetes"]));
    seat(loss).map(step)
}

fn ask(ground: Ground<'_>, site: &Name) -> Option<Step> {
    let at = ground.plan.kubernetes.control_plane.iter().find(|member| member.site == *site)?;
    let command = format!("timeout 20 {KUBECTL} get --raw /readyz || echo none; echo");
    let check = Check::new(command, "`ok` on the side that goes on, `none` on the other", "^(ok|none)$").within(60);
    Some(Step::new(format!("Ask in {site} whether the API answers"), Place::of(at)).check(check).source(Path::of(["kubernetes"])))
}

/// etcd alone on the first, then its API server, then the others.
fn recover(survivors: &[&Member]) -> Vec<Step> {
    let etcd = Etcd::of_kubernetes();
    let Some((first, rest)) = survivors.split_first() else { return Vec::new() };
    let mut steps: Vec<Step> = etcd.compare(survivors).into_iter().collect();
    steps.extend(survivors.iter().map(|member| stop(&etcd, member)));
    steps.push(
        manifest(
            Step::new(format!("Start etcd on {} as a cluster of its own", first.host), Place::of(first)),
            r"s/^    - etcd$/&\n    - --force-new-cluster/",
        )
        .note("It keeps every object and forgets the other members. From here on the old masters must stay fenced.")
        .check(etcd.whole(&[first])),
    );
    let well = format!(
        "{}\n! grep force-new-cluster {MANIFESTS}/etcd.yaml && etcdctl endpoint health && echo well",
        etcd.client(&[first])
    );
    steps.push(
        Step::new("Take the order out again", Place::of(first))
            .note("At once: with it every restart would throw the other members out again. The kubelet starts it anew within a minute.")
            .run(format!("cp {STOPPED}/etcd.yaml {MANIFESTS}/etcd.yaml\nsleep 30"))
            .check(Check::new(well, "`well`", "^well$").within(120)),
    );
    steps.push(start(first, "Start the API server on the first master"));
    let mut inside = vec![*first];
    for new in rest {
        steps.extend(take_in(&etcd, &inside, new));
        inside.push(new);
    }
    steps.into_iter().map(|step| step.unrehearsed(WHY).source(Path::of(["kubernetes"]))).collect()
}

fn stop(etcd: &Etcd, member: &Member) -> Step {
    let data = &etcd.data;
    let commands = format!(
        "mkdir -p {STOPPED}\nmv {MANIFESTS}/kube-apiserver.yaml {MANIFESTS}/kube-controller-manager.yaml {MANIFESTS}/kube-scheduler.yaml \
         {MANIFESTS}/etcd.yaml {STOPPED}/\nfor try in $(seq 60); do [ -n \"$(crictl ps -q --name '^(etcd|kube-apiserver)$')\" ] || break; sleep 1; done\n\
         cp -a {data} {data}.before"
    );
    let seen = format!("echo \"running: $(crictl ps -q --name '^(etcd|kube-apiserver)$' | wc -l)\"; ls {data}.before");
    Step::new(format!("Stop the control plane on {} and keep a copy of its data", member.host), Place::of(member))
        .run(commands)
        .check(Check::new(seen, "`running: 0`, then `member`", "^member$"))
}

/// Puts etcd's manifest back with a change.
fn manifest(step: Step, change: &str) -> Step {
    step.run(format!("sed '{change}' {STOPPED}/etcd.yaml > {MANIFESTS}/etcd.yaml"))
}

fn start(member: &Member, title: &str) -> Step {
    Step::new(title, Place::of(member)).run(format!("mv {STOPPED}/kube-*.yaml {MANIFESTS}/")).check(answers())
}

/// A further survivor joins the new etcd empty.
fn take_in(etcd: &Etcd, inside: &[&Member], new: &Member) -> Vec<Step> {
    let mut all = inside.to_vec();
    all.push(new);
    let change = format!(
        r"/--initial-cluster/d; s|^    - etcd$|&\n    - --initial-cluster={}\n    - --initial-cluster-state=existing|",
        Etcd::initial(&all)
    );
    let empty =
        Step::new(format!("Start etcd on {} empty", new.host), Place::of(new)).run(format!("rm -rf {}/member", etcd.data));
    let seen = "echo \"running: $(crictl ps -q --name '^etcd$' | wc -l)\"";
    let mut steps: Vec<Step> = etcd.announce(inside, new).into_iter().collect();
    steps.push(manifest(empty, &change).check(Check::new(seen, "`running: 1`", "^running: 1$").within(120)));
    steps.extend(etcd.promote(inside, new));
    steps.push(start(new, &format!("Start the API server on {}", new.host)));
    steps
}

/// Dead masters leave the list of nodes.
fn delete(loss: Loss<'_>) -> Option<Step> {
    let gone = loss.gone(&loss.ground.plan.kubernetes.control_plane);
    let names: Vec<&str> = gone.iter().map(|member| member.host.as_str()).collect();
    let command = format!("{KUBECTL} delete node --ignore-not-found {}", names.join(" "));
    let seen = format!("echo \"left: $({KUBECTL} get nodes --ignore-not-found {} -o name | wc -l)\"", names.join(" "));
    let step = |on| {
        Step::new("Delete the dead masters from the list of nodes", on)
            .run(command.clone())
            .check(Check::new(seen.clone(), "`left: 0`", "^left: 0$").within(60))
            .unrehearsed(WHY)
            .source(Path::of(["kubernetes"]))
    };
    if names.is_empty() { None } else { seat(loss).map(step) }
}

/// The masters that are gone for now, deleted as a part of the take-over.
pub(super) fn delete_masters(loss: Loss<'_>) -> Option<Step> {
    if quorum(loss).holds() { None } else { delete(loss) }
}

fn wipe(member: &Member) -> Step {
    let data = &Etcd::of_kubernetes().data;
    let commands = format!(
        "systemctl disable --now kubelet\nrm -f {MANIFESTS}/*.yaml /etc/kubernetes/*.conf\n\
         crictl pods -q | xargs -r crictl stopp\ncrictl pods -q | xargs -r crictl rmp\nrm -rf {data}"
    );
    let seen = format!("echo \"running: $(crictl ps -q | wc -l)\"; ls -d {data} 2> /dev/null | wc -l");
    Step::new(format!("Wipe the master {}", member.host), Place::of(member))
        .note("Its authorities and certificates stay in `/etc/kubernetes/pki`; `kubeadm reset` would take them too.")
        .run(commands)
        .check(Check::new(seen, "`running: 0`, then `0`", "^0$").within(60))
        .unrehearsed(WHY)
        .source(Path::of(["kubernetes"]))
}

fn token(loss: Loss<'_>) -> Option<Step> {
    let step = |on| {
        Step::new("Make a fresh way to find the cluster", on)
            .note("Bring it to every machine that joins as `/etc/kubernetes/discovery.yaml`, as at the first installation: `inuretech show --emit secrets`.")
            .yours("kubeadm token create --ttl 4h # yours: into discovery.yaml, with the authority of the cluster")
            .check(Check::new("kubeadm token list", "a token with its time", "authentication"))
            .unrehearsed(WHY)
            .source(Path::of(["kubernetes"]))
    };
    seat(loss).map(step)
}

/// A wiped master joins like a new one. The very first one was told to initialise: it is given the words of another one.
fn join(ground: Ground<'_>, member: &Member) -> Step {
    let masters = &ground.plan.kubernetes.control_plane;
    let step = Step::new(format!("Join the master {}", member.host), Place::of(member))
        .unrehearsed(WHY)
        .source(Path::of(["kubernetes"]));
    let joined =
        format!("{KUBECTL} get node {} -o jsonpath='{{.status.conditions[?(@.type==\"Ready\")].status}}'; echo", member.host);
    let ready = Check::new(joined, "`True`", "^True$").within(300);
    let first = masters.first().is_some_and(|first| first.host == member.host);
    let other = masters.iter().find(|other| other.host != member.host).filter(|_| first);
    let Some(other) = other else {
        return step.run("systemctl enable kubelet\nkubeadm join --config /etc/kubernetes/kubeadm.yaml").check(ready);
    };
    let rack = |member: &Member| member.rack.clone().unwrap_or_default();
    let commands = format!(
        "sed -e 's|\\b{}\\b|{}|' -e 's|\\b{}\\b|{}|' -e 's|{ZONE_LABEL}={}|{ZONE_LABEL}={}|' -e 's|{RACK_LABEL}={}|{RACK_LABEL}={}|' \
         join-of-{}.yaml > /etc/kubernetes/join.yaml\nsystemctl enable kubelet\nkubeadm join --config /etc/kubernetes/join.yaml",
        other.host,
        member.host,
        other.address,
        member.address,
        other.site,
        member.site,
        rack(other),
        rack(member),
        other.host
    );
    step.note(format!(
        "Its own file initialises a cluster, so it takes that of {0}: bring `hosts/{1}/{0}/etc/kubernetes/kubeadm.yaml` of this tree as `join-of-{0}.yaml`.",
        other.host, other.site
    ))
    .run(commands)
    .check(ready)
}
