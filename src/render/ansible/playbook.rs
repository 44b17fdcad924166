//! `site.yaml`: packages, secrets, checks, then each system in each data centre; and, only by tag, what happens once in the
//! life of a cluster. The preferred data centre is changed last, after the same change has held in the other.

use serde::Serialize;
use serde_json::{Value, json};

use super::checkers::{Checker, checkers};
use super::first_start;
use super::install;
use super::inventory::group;
use super::steps::{CHANGED, STAGED, Task, as_staged, once, task};
use super::systems::System;
use crate::model::plan::bootstrap::{DISCOVERY, JOINED};
use crate::model::plan::{Member, SiteKind};
use crate::model::{HostName, Name};
use crate::render::Input;

/// The tag of plays that run when a person names another of their tags, and only then.
pub(super) const NEVER: &str = "never";
const KUBEADM: &str = "/etc/kubernetes/kubeadm.yaml";

/// A play of Ansible.
#[derive(Debug, Serialize)]
pub(super) struct Play {
    pub(super) name: String,
    pub(super) hosts: String,
    pub(super) tags: Vec<String>,
    pub(super) r#become: bool,
    gather_facts: bool,
    any_errors_fatal: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serial: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vars: Option<Value>,
    pub(super) tasks: Vec<Task>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) handlers: Vec<Task>,
}

impl Play {
    /// The same, one host after the other.
    pub(super) fn one_by_one(self) -> Self {
        Self { serial: Some(1), ..self }
    }
}

/// A play as root that stops for all hosts where it fails on one.
pub(super) fn play(name: impl Into<String>, hosts: impl Into<String>, tags: &[impl AsRef<str>], tasks: Vec<Task>) -> Play {
    Play {
        name: name.into(),
        hosts: hosts.into(),
        tags: tags.iter().map(|tag| tag.as_ref().to_owned()).collect(),
        r#become: true,
        gather_facts: false,
        any_errors_fatal: true,
        serial: None,
        vars: None,
        tasks,
        handlers: Vec::new(),
    }
}

/// All plays, in their order.
pub(super) fn plays(input: &Input<'_>) -> Vec<Play> {
    let import = |name: &str, file: &str| task(name, "ansible.builtin.import_tasks", json!(format!("tasks/{file}.yaml")));
    let mut checks = vec![import("Stage the new files", "stage")];
    for system in System::ALL.into_iter().filter(|system| !system.hosts(input).is_empty()) {
        checks.extend(checkers(system).iter().map(|checker| check(system, checker)));
    }
    let mut plays = vec![play("What Debian does not have is named", "all", &["packages"], install::demand())];
    for site in sites(input) {
        let tasks = vec![import("Install", "packages")];
        plays.push(play(format!("Packages and users in {site}"), group("site", site.as_str()), &["packages"], tasks));
    }
    plays.push(play("Every secret lies where it is read", "all", &["always"], vec![import("Look at the secrets", "secrets")]));
    plays.push(play("Every new file is accepted by the program that reads it", "all", &["always"], checks));
    for system in System::ALL {
        plays.extend(sites(input).into_iter().filter_map(|site| change(input, system, site)));
    }
    plays.extend(first_start::plays(input));
    plays.extend(kubernetes(input));
    plays
}

/// The witness first, where the least depends on it, and the preferred data centre last.
pub(super) fn sites<'a>(input: &Input<'a>) -> Vec<&'a Name> {
    let mut sites: Vec<_> = input.plan.sites.iter().collect();
    sites.sort_by_key(|(name, site)| {
        let order = match site.kind {
            SiteKind::Witness => 0,
            SiteKind::Standby => 1,
            SiteKind::Preferred => 2,
        };
        (order, *name)
    });
    sites.into_iter().map(|(name, _)| name).collect()
}

fn check(system: System, checker: &Checker) -> Task {
    let mut arguments = json!({"argv": as_staged(checker.command), "removes": format!("{STAGED}{}", checker.of)});
    if let (Some(fields), Some(file)) = (arguments.as_object_mut(), checker.unless) {
        fields.insert("creates".to_owned(), json!(file));
    }
    Task {
        when: vec![format!("'{}' in group_names", system.group())],
        changed_when: Some(false),
        ..task(format!("Check {} as {} reads it", checker.of, system.name()), "ansible.builtin.command", arguments)
    }
}

/// The play that changes one system at one site.
fn change(input: &Input<'_>, system: System, site: &Name) -> Option<Play> {
    let at_site = |host: &&HostName| input.plan.hosts.get(*host).is_some_and(|host| host.site == *site);
    system.hosts(input).iter().find(|host| at_site(host))?;
    let hosts = format!("{}:&{}", system.group(), group("site", site.as_str()));
    let mut tasks = vec![task("Install the files", "ansible.builtin.import_tasks", json!("tasks/install.yaml"))];
    if system == System::Kafka {
        tasks.push(install::kafka_release());
    }
    tasks.push(task("Take them up before the next host", "ansible.builtin.meta", json!("flush_handlers")));
    let mut handlers = vec![handler("Read changed units", None, "systemctl daemon-reload")];
    handlers.extend(system.takes_up().iter().map(|(of, command)| handler(&format!("Run {command}"), *of, command)));
    Some(Play {
        serial: system.one_by_one().then_some(1),
        vars: Some(json!({"inuretech_files": system.files()})),
        handlers,
        ..play(format!("{} in {site}", system.name()), hosts, &[system.name()], tasks)
    })
}

/// A command after files have changed; with `of` only on hosts that this file is rendered for.
fn handler(name: &str, of: Option<&str>, command: &str) -> Task {
    let words: Vec<&str> = command.split(' ').collect();
    let arguments = match of {
        Some(file) => json!({"argv": words, "removes": format!("{STAGED}{file}")}),
        None => json!({"argv": words}),
    };
    Task { listen: Some(CHANGED), changed_when: Some(true), ..task(name, "ansible.builtin.command", arguments) }
}

/// Initialising and joining, and the certificates of kubelets.
fn kubernetes(input: &Input<'_>) -> Vec<Play> {
    let (first, rest) = match input.plan.kubernetes.control_plane.split_first() {
        Some((first, rest)) => (first.host.to_string(), rest),
        None => return Vec::new(),
    };
    let named = |members: &[Member]| members.iter().map(|it| it.host.to_string()).collect::<Vec<_>>().join(":");
    let init = vec![once("Initialise", &["kubeadm", "init", "--config", KUBEADM], JOINED)];
    let join = || {
        vec![
            once("Demand the way to the cluster", &["test", "-r", DISCOVERY], JOINED),
            once("Join", &["kubeadm", "join", "--config", KUBEADM], JOINED),
        ]
    };
    let mut plays = vec![play("Initialise the Kubernetes cluster", first.clone(), &[NEVER, "kubernetes-init"], init)];
    let tags = [NEVER, "kubernetes-join"];
    if !rest.is_empty() {
        // A member of etcd is added when the one before is well.
        let control_plane = play("Join the other control-plane nodes", named(rest), &tags, join());
        plays.push(control_plane.one_by_one());
    }
    if !input.plan.kubernetes.workers.is_empty() {
        plays.push(play("Join the workers", named(&input.plan.kubernetes.workers), &tags, join()));
    }
    plays.push(play("Approve what kubelets of ours ask for", first, &[NEVER, "kubernetes-approve"], approve()));
    plays
}

/// Serving certificates are signed for nodes that the inventory knows, and for no other.
fn approve() -> Vec<Task> {
    let kubectl = ["kubectl", "--kubeconfig", "/etc/kubernetes/admin.conf"];
    let words = |more: &[&str]| kubectl.iter().chain(more).map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let ask = Task {
        register: Some("inuretech_requests"),
        changed_when: Some(false),
        ..task("List requests", "ansible.builtin.command", json!({"argv": words(&["get", "csr", "-o", "json"])}))
    };
    let names = format!("groups['{}'] | map('regex_replace', '^', 'system:node:') | list", System::Kubernetes.group());
    let open = format!(
        "{{{{ (inuretech_requests.stdout | from_json)['items'] \
         | selectattr('spec.signerName', 'equalto', 'kubernetes.io/kubelet-serving') \
         | rejectattr('status.conditions', 'defined') | selectattr('spec.username', 'in', {names}) \
         | map(attribute='metadata.name') }}}}"
    );
    let approve = Task {
        over: Some(json!(open)),
        changed_when: Some(true),
        ..task(
            "Approve those of the inventory's nodes",
            "ansible.builtin.command",
            json!({"argv": words(&["certificate", "approve", "{{ item }}"])}),
        )
    };
    vec![ask, approve]
}
