//! Steps that the etcd of Kubernetes and the etcd of Patroni have in common: which member knows more, who is in, how one
//! comes in as a learner. How a member is stopped and started differs, so that is said where it is known.

use super::book::{Check, Place, Step};
use crate::model::plan::store::{ETCD_CLIENT_PORT, ETCD_PEER_PORT};
use crate::model::plan::{Member, postgres_files};

/// Seconds within which a member that was started answers.
const START_SECONDS: u64 = 60;

/// An etcd and how a tool on its hosts is let in.
#[derive(Debug, Clone)]
pub struct Etcd {
    /// What people call it.
    pub what: String,
    /// The folder of a member's data.
    pub data: String,
    /// Authority, certificate and key.
    files: [&'static str; 3],
}

/// Adds a learner. It is asked again because etcd refuses while a member that came in before has not been seen for some seconds.
pub fn add(name: &str, peer: &str) -> String {
    format!("for try in $(seq 15); do etcdctl member add {name} --peer-urls={peer} --learner && break; sleep 2; done")
}

impl Etcd {
    /// The etcd of a Patroni cluster.
    pub fn of_patroni(scope: &str) -> Self {
        let files = [postgres_files::ETCD_CA, postgres_files::ETCD_CERTIFICATE, postgres_files::ETCD_KEY];
        Self { what: format!("etcd of Patroni {scope}"), data: format!("/var/lib/etcd/{scope}"), files }
    }

    /// The etcd of Kubernetes, as kubeadm lays it out.
    pub fn of_kubernetes() -> Self {
        let files =
            ["/etc/kubernetes/pki/etcd/ca.crt", "/etc/kubernetes/pki/etcd/server.crt", "/etc/kubernetes/pki/etcd/server.key"];
        Self { what: "etcd of Kubernetes".to_owned(), data: "/var/lib/etcd".to_owned(), files }
    }

    /// The variables that lead `etcdctl` to these members.
    pub fn client(&self, members: &[&Member]) -> String {
        let [ca, certificate, key] = self.files;
        let endpoints: Vec<String> =
            members.iter().map(|member| format!("https://{}:{ETCD_CLIENT_PORT}", member.address)).collect();
        format!(
            "export ETCDCTL_API=3 ETCDCTL_CACERT={ca} ETCDCTL_CERT={certificate} ETCDCTL_KEY={key}\nexport ETCDCTL_ENDPOINTS={}",
            endpoints.join(",")
        )
    }

    /// Compares what members know; the first is where it is asked and where the steps that follow stand.
    pub fn compare(&self, members: &[&Member]) -> Option<Step> {
        let (first, rest) = members.split_first()?;
        let others: Vec<String> = rest.iter().map(|member| format!("`{}`", member.host)).collect();
        let title = format!("Find the member of the {} that knows more", self.what);
        let step = Step::new(title, Place::of(first)).check(Check::new(
            format!("{}\netcdctl endpoint status -w table", self.client(members)),
            "a line for each of them; compare `RAFT APPLIED INDEX`",
            format!("https://{}:{ETCD_CLIENT_PORT}", first.address),
        ));
        Some(if rest.is_empty() {
            step.note("Only one is left, so it is the one.")
        } else {
            step.note(format!(
                "The steps below begin with `{}`. Where {} has a higher `RAFT APPLIED INDEX`, exchange the two in every step.",
                first.host,
                others.join(" or ")
            ))
        })
    }

    /// Shows that these members, and only these, are in and well.
    pub fn whole(&self, members: &[&Member]) -> Check {
        let command = format!(
            "{}\netcdctl endpoint health && echo \"members: $(etcdctl member list | grep -c ', started,')\"",
            self.client(members)
        );
        Check::new(command, format!("`members: {}`", members.len()), format!("^members: {}$", members.len()))
            .within(START_SECONDS)
    }

    /// `name=peer address` of these members, as a new member must be told.
    pub fn initial(members: &[&Member]) -> String {
        let one = |member: &&Member| format!("{}=https://{}:{ETCD_PEER_PORT}", member.host, member.address);
        members.iter().map(one).collect::<Vec<_>>().join(",")
    }

    /// Announces a member to those that are in, as a learner, which cannot stop them from writing.
    pub fn announce(&self, inside: &[&Member], new: &Member) -> Option<Step> {
        let first = inside.first()?;
        let client = self.client(&[first]);
        let add = add(new.host.as_str(), &format!("https://{}:{ETCD_PEER_PORT}", new.address));
        let command = format!("{client}\n{add}");
        let seen = format!("{client}\netcdctl member list");
        let title = format!("Announce {} to the {}", new.host, self.what);
        let check = Check::new(seen, format!("`{}` as `unstarted`", new.address), format!("unstarted.*{}", new.address));
        Some(Step::new(title, Place::of(first)).note(LEARNER).run(command).check(check.within(30)))
    }

    /// Makes a learner that has caught up a voter.
    pub fn promote(&self, inside: &[&Member], new: &Member) -> Option<Step> {
        let first = inside.first()?;
        let client = self.client(&[first]);
        let command = format!(
            "{client}\nid=$(etcdctl member list | awk -F', ' '$3 == \"{}\" {{ print $1 }}')\n\
             for try in $(seq 30); do etcdctl member promote \"$id\" && break; sleep 2; done",
            new.host
        );
        let seen = format!("{client}\netcdctl member list | grep ' {},'", new.host);
        let check = Check::new(seen, "`started` and, last in the line, `false`: it is no learner any more", "started.*false$");
        Some(Step::new(format!("Make {} a voter", new.host), Place::of(first)).run(command).check(check))
    }

    /// Moves the leadership to a member.
    pub fn lead(&self, all: &[&Member], to: &Member) -> Step {
        let client = self.client(all);
        let command = format!(
            "{client}\netcdctl move-leader \"$(etcdctl member list | awk -F', ' '$3 == \"{}\" {{ print $1 }}')\"",
            to.host
        );
        let seen = format!("{}\netcdctl endpoint status", self.client(&[to]));
        let check = Check::new(seen, "`true`: this member leads", ", true,");
        let note = "Where it leads already, the command says so and changes nothing.";
        Step::new(format!("Bring the leadership of the {} home", self.what), Place::of(to)).note(note).run(command).check(check)
    }

    /// Takes members that will not come back soon out of the list, so that those that are left tolerate a loss again.
    pub fn forget(&self, left: &[&Member], dead: &[&Member]) -> Option<Step> {
        let first = left.first()?;
        let names: Vec<&str> = dead.iter().map(|member| member.host.as_str()).collect();
        let command = format!(
            "{}\nfor name in {}; do\n  id=$(etcdctl member list | awk -F', ' -v name=\"$name\" '$3 == name {{ print $1 }}')\n  \
             [ -z \"$id\" ] || etcdctl member remove \"$id\"\ndone",
            self.client(&[first]),
            names.join(" ")
        );
        let note = "A dead member still counts: while it is in the list, the majority of all is needed from those that are left. \
                    A member that was removed comes back empty, as `host-lost.md` says.";
        let step = Step::new(format!("Remove the dead members from the {}", self.what), Place::of(first));
        Some(step.note(note).run(command).check(self.whole(left)))
    }
}

const LEARNER: &str = "As a learner it does not count until it has caught up: writes go on while it copies.";
