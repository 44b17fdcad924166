//! Which client may do what: each service what its topics need and no more, and the mirror what it copies.
//! Members of a cluster are superusers and stand elsewhere.

use std::collections::BTreeMap;

use super::Instance;
use crate::model::Name;

/// A right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What kind of thing it is about.
    pub resource: Resource,
    /// Its name, or how names begin.
    pub name: String,
    /// Whether the name is whole.
    pub pattern: Pattern,
    /// What is allowed.
    pub operations: &'static [Operation],
}

/// What a right is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Resource {
    /// A topic.
    Topic,
    /// A consumer group.
    Group,
    /// The identifier of a transactional producer.
    TransactionalId,
    /// The cluster itself.
    Cluster,
}

/// How the name of a right is matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pattern {
    /// Exactly this name; `*` is every name.
    Literal,
    /// Every name that begins so.
    Prefix,
}

/// An operation, by Kafka's name for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// Reads records, or takes part in a group.
    Read,
    /// Writes records.
    Write,
    /// Creates topics.
    Create,
    /// Adds partitions.
    Alter,
    /// Sees that it exists.
    Describe,
    /// Sees its settings.
    DescribeConfigs,
    /// Changes its settings.
    AlterConfigs,
}

impl Operation {
    /// Kafka's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Read => "Read",
            Self::Write => "Write",
            Self::Create => "Create",
            Self::Alter => "Alter",
            Self::Describe => "Describe",
            Self::DescribeConfigs => "DescribeConfigs",
            Self::AlterConfigs => "AlterConfigs",
        }
    }
}

const WRITE: &[Operation] = &[Operation::Write, Operation::Describe];
const READ: &[Operation] = &[Operation::Read, Operation::Describe];

fn literal(resource: Resource, name: impl Into<String>, operations: &'static [Operation]) -> Grant {
    Grant { resource, name: name.into(), pattern: Pattern::Literal, operations }
}

/// The rights of every service that writes or reads a topic of the instance.
pub fn of_services(instance: &Instance<'_>) -> BTreeMap<Name, Vec<Grant>> {
    instance.plan.clients().into_iter().map(|service| (service.clone(), of_service(instance, service))).collect()
}

fn of_service(instance: &Instance<'_>, service: &Name) -> Vec<Grant> {
    let mut grants = Vec::new();
    let (mut writes, mut reads) = (false, false);
    for (name, topic) in &instance.plan.topics {
        if topic.producers.contains(service) {
            writes = true;
            grants.push(literal(Resource::Topic, name, WRITE));
        }
        if topic.consumers.contains(service) {
            reads = true;
            grants.push(literal(Resource::Topic, name, READ));
        }
    }
    if let Some(workload) = instance.input.plan.workloads.get(service).filter(|_| reads) {
        grants.extend(workload.groups.iter().map(|group| literal(Resource::Group, group, READ)));
    }
    if writes {
        // A producer names its transactions `<service>.<anything>`: no service's name begins so but its own.
        let name = format!("{service}.");
        grants.push(Grant { resource: Resource::TransactionalId, name, pattern: Pattern::Prefix, operations: WRITE });
    }
    grants
}

/// What the mirror may do where it reads: see everything, change nothing.
pub fn of_mirror_source() -> Vec<Grant> {
    const SEE: &[Operation] = &[Operation::Describe, Operation::DescribeConfigs];
    const COPY: &[Operation] = &[Operation::Read, Operation::Describe, Operation::DescribeConfigs];
    vec![
        literal(Resource::Topic, "*", COPY),
        literal(Resource::Group, "*", &[Operation::Describe]),
        literal(Resource::Cluster, "kafka-cluster", SEE),
    ]
}

/// What the mirror may do where it writes: topics as it finds them in the source, and the offsets of groups.
pub fn of_mirror_target() -> Vec<Grant> {
    const COPY: &[Operation] = &[
        Operation::Read,
        Operation::Write,
        Operation::Create,
        Operation::Alter,
        Operation::Describe,
        Operation::DescribeConfigs,
        Operation::AlterConfigs,
    ];
    const SEE: &[Operation] = &[Operation::Create, Operation::Describe, Operation::DescribeConfigs];
    vec![
        literal(Resource::Topic, "*", COPY),
        literal(Resource::Group, "*", READ),
        literal(Resource::Cluster, "kafka-cluster", SEE),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    fn topics(service: &str) -> Vec<String> {
        let seed = seed();
        let name: Name = "events".parse().unwrap();
        let input = seed.input();
        let instance = Instance { input: &input, name: &name, kafka: &seed.topology.kafka[&name], plan: &seed.plan.kafka[&name] };
        let all = of_services(&instance);
        let line = |grant: &Grant| format!("{:?} {} {:?}", grant.resource, grant.name, grant.operations);
        all[service].iter().map(line).collect()
    }

    #[test]
    fn a_service_may_do_what_its_topics_need_and_no_more() {
        assert_eq!(
            topics("payment-worker"),
            [
                "Topic orders [Read, Describe]",
                "Topic orders.dlt [Write, Describe]",
                "Topic payments [Write, Describe]",
                "Group payment-worker [Read, Describe]",
                "TransactionalId payment-worker. [Write, Describe]",
            ]
        );
    }

    #[test]
    fn a_read_model_reads_with_a_group_in_each_data_centre() {
        let groups: Vec<_> = topics("order-reader").into_iter().filter(|line| line.starts_with("Group")).collect();
        assert_eq!(groups, ["Group order-reader-msk [Read, Describe]", "Group order-reader-spb [Read, Describe]"]);
    }
}
