//! The steps that install: packages, the users and folders that no package makes, and Kafka from its archive. What Debian
//! does not have is named by the owner, in variables that are asked for before anything is changed anywhere.

use serde_json::{Value, json};

use super::steps::{CHANGED, Task, once, task};
use crate::model::plan::bootstrap::{JOINED, SNAPSHOT_USER, SNAPSHOTS};
use crate::model::plan::kafka::KAFKA_USER;

/// The owner's apt sources, by provider.
const SOURCES: &str = "(inuretech_apt_sources | default({}))";
/// The owner's archives of Kafka, by release.
const ARCHIVES: &str = "(inuretech_kafka_archives | default({}))";
/// What the owner writes where hosts have a thing already.
const KNOWN: &str = "known";
/// The providers that need a source, with their packages.
const FOREIGN: &str = "{{ inuretech_packages | default({}) | dict2items | rejectattr('key', 'equalto', 'debian') | list }}";
const HAS_KAFKA: &str = "inuretech_kafka is defined";
/// Where a release of Kafka is unpacked.
const RELEASE: &str = "/opt/kafka-{{ inuretech_kafka }}";

/// Nothing begins while the owner has not said where from.
pub(super) fn demand() -> Vec<Task> {
    let how = format!(
        "Give it in a file of yours, `ansible-playbook -e @FILE`, or `{KNOWN}` where every host has it already; \
         or leave installing out, `--skip-tags packages`."
    );
    let source = format!(
        "inuretech_apt_sources has no `{{{{ item.key }}}}`, the apt source (in deb822 form, with its key) of \
         {{{{ item.value | join(', ') }}}}. {how}"
    );
    let archive = format!(
        "inuretech_kafka_archives has no `{{{{ inuretech_kafka }}}}`, the path on this machine of the archive of that release \
         of Apache Kafka. {how}"
    );
    let demand = |name: &str, that: String, message: String| {
        task(name, "ansible.builtin.assert", json!({"that": [that], "fail_msg": message, "quiet": true}))
    };
    vec![
        Task {
            over: Some(json!(FOREIGN)),
            loop_control: Some(json!({"label": "{{ item.key }}"})),
            ..demand("Demand a source of every package", format!("item.key in {SOURCES}"), source)
        },
        Task {
            when: vec![HAS_KAFKA.to_owned()],
            ..demand("Demand the archive of Kafka", format!("inuretech_kafka in {ARCHIVES}"), archive)
        },
    ]
}

/// Packages, users and folders of one host.
pub(super) fn packages() -> Vec<Task> {
    let mut tasks = sources();
    tasks.extend(apt());
    tasks.extend(users());
    tasks.extend(kafka());
    tasks
}

fn sources() -> Vec<Task> {
    let source = format!("{SOURCES}[item.key]");
    let put = json!({
        "content": format!("{{{{ {source} }}}}\n"), "dest": "/etc/apt/sources.list.d/inuretech-{{ item.key }}.sources",
        "owner": "root", "group": "root", "mode": "0644",
    });
    let postgres = || vec!["'postgresql' in (inuretech_packages | default({}))".to_owned()];
    let folder = "/etc/postgresql-common/createcluster.d";
    let no_cluster = json!({
        "content": "create_main_cluster = false\n", "dest": format!("{folder}/inuretech.conf"),
        "owner": "root", "group": "root", "mode": "0644",
    });
    vec![
        Task {
            over: Some(json!(FOREIGN)),
            loop_control: Some(json!({"label": "{{ item.key }}"})),
            when: vec![format!("{source} != '{KNOWN}'")],
            ..task("Name the sources to apt", "ansible.builtin.copy", put)
        },
        Task { when: postgres(), ..folders("Make the folder of what PostgreSQL's packages do", "root", "0755", &[folder]) },
        Task { when: postgres(), ..task("Keep them from making a database of their own", "ansible.builtin.copy", no_cluster) },
    ]
}

/// Packages are added and never renewed, and their services are not started: that is for the files to come. A node that has
/// joined gets its next version by kubeadm, in its order, and not from here.
fn apt() -> Vec<Task> {
    let names = "inuretech_packages | dict2items \
                 | rejectattr('key', 'equalto', 'kubernetes' if inuretech_node.stat.exists else '') \
                 | map(attribute='value') | flatten | sort";
    let install = json!({
        "name": format!("{{{{ {names} }}}}"), "state": "present", "update_cache": true, "cache_valid_time": 3600,
        "policy_rc_d": 101,
    });
    vec![
        Task {
            register: Some("inuretech_node"),
            ..task("See whether it is a node already", "ansible.builtin.stat", json!({"path": JOINED, "get_checksum": false}))
        },
        Task {
            when: vec!["inuretech_packages is defined".to_owned()],
            ..task("Install the packages", "ansible.builtin.apt", install)
        },
        Task {
            over: Some(json!("{{ inuretech_masked | default([]) }}")),
            ..once(
                "Keep units of packages from running beside ours",
                &["systemctl", "mask", "--now", "{{ item }}"],
                "/etc/systemd/system/{{ item }}",
            )
        },
    ]
}

/// Users that own secrets and whom no package makes, also by a tag of their own where packages come by another way.
fn users() -> Vec<Task> {
    let user = |name: &str, home: &str, shell: &str| json!({"name": name, "system": true, "home": home, "shell": shell});
    let receives = "'rsync' in inuretech_packages.debian | default([])".to_owned();
    vec![
        Task {
            when: vec!["inuretech_packages is defined".to_owned(), receives],
            tags: vec!["users"],
            ..task(
                "Make the user who receives snapshots of etcd",
                "ansible.builtin.user",
                user(SNAPSHOT_USER, SNAPSHOTS, "/bin/sh"),
            )
        },
        Task {
            when: vec![HAS_KAFKA.to_owned()],
            tags: vec!["users"],
            ..task("Make the user of Kafka", "ansible.builtin.user", user(KAFKA_USER, "/var/lib/kafka", "/usr/sbin/nologin"))
        },
    ]
}

fn kafka() -> Vec<Task> {
    let unpack = json!({
        "src": format!("{{{{ {ARCHIVES}[inuretech_kafka] }}}}"), "dest": RELEASE, "owner": "root", "group": "root",
        "extra_opts": ["--strip-components=1"], "creates": format!("{RELEASE}/bin/kafka-server-start.sh"),
    });
    let own = folders("Make the folders of Kafka", KAFKA_USER, "0750", &["/var/lib/kafka", "/var/log/kafka"]);
    vec![
        Task { when: vec![HAS_KAFKA.to_owned()], tags: vec!["users"], ..own },
        Task { when: unpacked(), ..folders("Make the folder of its release", "root", "0755", &[RELEASE]) },
        Task { when: unpacked(), ..task("Unpack its release", "ansible.builtin.unarchive", unpack) },
        // The first release; a later one is taken up host by host.
        Task { when: unpacked(), ..once("Lead to its first release", &["ln", "-s", RELEASE, "/opt/kafka"], "/opt/kafka") },
    ]
}

/// The link that the units follow leads to the release of the topology; another one is a reason to restart.
pub(super) fn kafka_release() -> Task {
    // In a dry run nothing is unpacked yet.
    let link = json!({"src": RELEASE, "dest": "/opt/kafka", "state": "link", "force": "{{ ansible_check_mode }}"});
    Task { when: unpacked(), notify: Some(CHANGED), ..task("Lead to the release of Kafka", "ansible.builtin.file", link) }
}

fn unpacked() -> Vec<String> {
    vec![HAS_KAFKA.to_owned(), format!("{ARCHIVES}[inuretech_kafka] | default('{KNOWN}') != '{KNOWN}'")]
}

fn folders(name: &str, owner: &str, mode: &str, paths: &[&str]) -> Task {
    let arguments: Value = json!({"path": "{{ item }}", "state": "directory", "owner": owner, "group": owner, "mode": mode});
    Task { over: Some(json!(paths)), ..task(name, "ansible.builtin.file", arguments) }
}
