//! The steps that all systems share, as task files: secrets are asked for, files are staged, checked and put in place.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, json};

/// Where the new files of a host wait.
pub(super) const STAGED: &str = "/var/lib/inuretech/staged";

/// A task of Ansible.
#[derive(Debug, Default, Serialize)]
pub(super) struct Task {
    /// What it does, as people read it.
    pub(super) name: String,
    /// The module and its arguments, one entry.
    #[serde(flatten)]
    pub(super) module: BTreeMap<&'static str, Value>,
    /// The values that it is run for.
    #[serde(rename = "loop", skip_serializing_if = "Option::is_none")]
    pub(super) over: Option<Value>,
    /// How a round of the loop is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) loop_control: Option<Value>,
    /// When it is run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) when: Vec<String>,
    /// The name of its result.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) register: Option<&'static str>,
    /// Whether it says that it changed something; left to the module where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) changed_when: Option<bool>,
    /// What it is run again for until it holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<&'static str>,
    /// How often it is run again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) retries: Option<u32>,
    /// Seconds between.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) delay: Option<u32>,
    /// Whether it runs in a dry run too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) check_mode: Option<bool>,
    /// Its own tags, beside those of its play.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) tags: Vec<&'static str>,
    /// The handlers' topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) notify: Option<&'static str>,
    /// The topic that a handler listens to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) listen: Option<&'static str>,
}

/// What handlers listen to.
pub(super) const CHANGED: &str = "Files changed";

/// A task by its module.
pub(super) fn task(name: impl Into<String>, module: &'static str, arguments: Value) -> Task {
    Task { name: name.into(), module: BTreeMap::from([(module, arguments)]), ..Task::default() }
}

/// A command and its arguments.
pub(super) fn command(name: impl Into<String>, argv: &[impl Serialize]) -> Task {
    task(name, "ansible.builtin.command", json!({"argv": argv}))
}

/// A command that is run once in the life of a host: where `done` is, it has been.
pub(super) fn once(name: impl Into<String>, argv: &[impl Serialize], done: &str) -> Task {
    task(name, "ansible.builtin.command", json!({"argv": argv, "creates": done}))
}

/// Every secret is there, belongs to its reader, and nobody else reads what is private.
pub(super) fn secrets() -> Vec<Task> {
    let secrets = Some(json!("{{ inuretech_secrets | default([]) }}"));
    let label = Some(json!({"label": "{{ item.path }}"}));
    let look = Task {
        over: secrets,
        loop_control: label,
        register: Some("inuretech_found"),
        ..task("Look for every secret", "ansible.builtin.stat", json!({"path": "{{ item.path }}", "get_checksum": false}))
    };
    let that = [
        "item.stat.exists",
        "item.stat.pw_name | default('') == item.item.owner",
        "not item.item.private or item.stat.mode[-1] == '0'",
    ];
    let message = "{{ item.item.path }}: {{ item.item.purpose }}; it must belong to {{ item.item.owner }}\
                   {{ ' and be closed to others' if item.item.private else '' }}";
    let demand = Task {
        over: Some(json!("{{ inuretech_found.results }}")),
        loop_control: Some(json!({"label": "{{ item.item.path }}"})),
        ..task(
            "Refuse to begin without them",
            "ansible.builtin.assert",
            json!({"that": that, "fail_msg": message, "quiet": true}),
        )
    };
    vec![look, demand]
}

/// The files of the host lie beside their places. They go there as one archive, because a copy of each would take minutes on
/// a platform of some size.
pub(super) fn stage() -> Vec<Task> {
    let folder = "playbook_dir ~ '/../hosts/' ~ inuretech_site ~ '/' ~ inventory_hostname";
    let pack = format!("'tar -czf - -C ' ~ (({folder}) | quote) ~ ' . | base64'");
    let unpack = format!("base64 --decode | tar --extract --gzip --no-same-owner --directory {STAGED}");
    let quiet = |task: Task| Task { changed_when: Some(false), check_mode: Some(false), ..task };
    vec![
        quiet(task("Forget what was staged before", "ansible.builtin.file", json!({"path": STAGED, "state": "absent"}))),
        quiet(task(
            "Make the place of what is staged",
            "ansible.builtin.file",
            json!({"path": STAGED, "state": "directory", "owner": "root", "group": "root", "mode": "0755"}),
        )),
        quiet(task(
            "Stage the files of this host",
            "ansible.builtin.command",
            json!({"argv": ["sh", "-c", unpack], "stdin": format!("{{{{ lookup('ansible.builtin.pipe', {pack}) }}}}")}),
        )),
    ]
}

/// A check of staged files: the program sees `/etc` as it will be, in a mount namespace of its own.
pub(super) fn as_staged(command: &[&str]) -> Vec<String> {
    let overlay = format!("mount -t overlay overlay -o lowerdir={STAGED}/etc:/etc /etc && exec \"$@\"");
    let words = ["unshare", "--mount", "sh", "-c", &overlay, "sh"];
    words.iter().chain(command).map(|word| (*word).to_owned()).collect()
}

/// The staged files of one system go to their places; `inuretech_files` says which.
pub(super) fn install() -> Vec<Task> {
    let find = Task {
        changed_when: Some(false),
        check_mode: Some(false),
        register: Some("inuretech_staged"),
        ..task("Find the staged files", "ansible.builtin.find", json!({"paths": STAGED, "recurse": true, "file_type": "file"}))
    };
    let own =
        format!("inuretech_staged.files | map(attribute='path') | select('match', '{STAGED}/etc/' ~ inuretech_files) | sort");
    let place = format!("regex_replace('^{STAGED}', '')");
    let folders = Task {
        over: Some(json!(format!("{{{{ {own} | map('dirname') | map('regex_replace', '^{STAGED}', '') | unique }}}}"))),
        ..task("Make their folders", "ansible.builtin.file", json!({"path": "{{ item }}", "state": "directory"}))
    };
    let copy = json!({
        "remote_src": true, "src": "{{ item }}", "dest": format!("{{{{ item | {place} }}}}"),
        "owner": "root", "group": "root", "mode": "preserve",
    });
    let put = Task {
        over: Some(json!(format!("{{{{ {own} }}}}"))),
        loop_control: Some(json!({"label": format!("{{{{ item | {place} }}}}")})),
        notify: Some(CHANGED),
        ..task("Put them in place", "ansible.builtin.copy", copy)
    };
    vec![find, folders, put]
}
