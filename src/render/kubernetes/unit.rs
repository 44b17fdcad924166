//! What one service becomes: a deployment over both data centres, one in each, or a scheduled job. Every file
//! that renders a kind starts from here, so that names, labels and shares of replicas are decided once.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use crate::model::plan::{KafkaCluster, Workload, WorkloadKind};
use crate::model::topology::Service;
use crate::model::topology::operations::PodScaler;
use crate::model::{Name, Path};
use crate::render::{Input, meta};

/// The label that tells the deployments of one service apart.
pub const INSTANCE_LABEL: &str = "app.kubernetes.io/instance";

/// A service with its plan.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The whole topology and plan.
    pub input: Input<'a>,
    /// The service's name.
    pub name: &'a Name,
    /// The service.
    pub service: &'a Service,
    /// What the plan says of it.
    pub workload: &'a Workload,
}

/// One deployment or job of a service.
#[derive(Debug, Clone)]
pub struct Unit<'a> {
    /// The service.
    pub subject: Subject<'a>,
    /// The name of the object: the service's, or `<service>-<dc>`.
    pub name: String,
    /// The data centre that it is confined to.
    pub datacenter: Option<&'a Name>,
    /// The fewest replicas.
    pub least: u32,
    /// The most replicas.
    pub most: u32,
    /// Its consumer group, where it reads topics.
    pub group: Option<&'a str>,
}

/// What scales a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scaler {
    /// Nobody: the number of replicas is in the deployment.
    Fixed,
    /// The built-in autoscaler.
    Hpa,
    /// KEDA.
    Keda,
}

impl<'a> Subject<'a> {
    /// Every service of the topology.
    pub fn all(input: &Input<'a>) -> Vec<Self> {
        let services = input.topology.services.iter();
        let subject = |(name, service)| {
            let workload = input.plan.workloads.get(name)?;
            Some(Self { input: *input, name, service, workload })
        };
        services.filter_map(subject).collect()
    }

    /// Its place in the topology.
    pub fn path(&self) -> Path {
        Path::of(["services", self.name.as_str()])
    }

    /// The namespace.
    pub fn namespace(&self) -> &'a str {
        &self.workload.namespace
    }

    /// Metadata of an object of this service.
    pub fn metadata(&self, name: &str) -> ObjectMeta {
        meta::metadata(self.input.topology, self.namespace(), name, self.name.as_str())
    }

    /// What a voluntary disruption may take at once.
    pub fn max_unavailable(&self) -> u32 {
        self.service.disruption.as_ref().unwrap_or(&self.input.topology.rules.disruption).max_unavailable
    }

    /// What scales it. One scaler has a target, never two: KEDA makes an autoscaler of its own.
    pub fn scaler(&self) -> Scaler {
        let topology = self.input.topology;
        let (Some(scale), Some(autoscaling)) = (&self.service.scale, &topology.autoscaling) else { return Scaler::Fixed };
        if self.workload.kind == WorkloadKind::CronJob || self.workload.most <= self.workload.least {
            return Scaler::Fixed;
        }
        let lags = scale.lag.is_some() && !self.workload.groups.is_empty();
        let more = scale.rps.is_some() || lags || !scale.custom.is_empty();
        match autoscaling.pods {
            PodScaler::Keda if more || scale.cpu.is_some() => Scaler::Keda,
            PodScaler::Hpa if scale.cpu.is_some() => Scaler::Hpa,
            PodScaler::Keda | PodScaler::Hpa => Scaler::Fixed,
        }
    }

    /// Its deployments or its job.
    pub fn units(&self) -> Vec<Unit<'a>> {
        match self.workload.kind {
            WorkloadKind::Deployment | WorkloadKind::CronJob => {
                vec![self.unit(self.name.to_string(), None, self.workload.least, self.workload.most)]
            }
            WorkloadKind::PerDatacenter => {
                let datacenters = &self.input.topology.datacenters;
                let share = |replicas: u32| replicas.div_ceil(u32::try_from(datacenters.len()).unwrap_or(1).max(1));
                let (least, most) = (share(self.workload.least), share(self.workload.most));
                let one = |site: &'a Name| self.unit(format!("{}-{site}", self.name), Some(site), least, most);
                datacenters.keys().map(one).collect()
            }
        }
    }

    fn unit(&self, name: String, datacenter: Option<&'a Name>, least: u32, most: u32) -> Unit<'a> {
        let groups = &self.workload.groups;
        let group = match datacenter {
            Some(_) => groups.iter().find(|group| **group == name),
            None => groups.first(),
        };
        Unit { subject: *self, name, datacenter, least, most, group: group.map(String::as_str) }
    }
}

impl<'a> Unit<'a> {
    /// The cluster of a Kafka instance that it uses.
    pub fn kafka(&self, instance: &Name) -> Option<&'a KafkaCluster> {
        self.subject.input.plan.kafka.get(instance)?.cluster_for(self.datacenter)
    }

    /// The labels that select its pods and no others.
    pub fn selector(&self) -> BTreeMap<String, String> {
        let mut labels = meta::selector(self.subject.name.as_str());
        labels.insert(INSTANCE_LABEL.to_owned(), self.name.clone());
        labels
    }

    /// The labels that select its pods and no others, as a selector.
    pub fn label_selector(&self) -> LabelSelector {
        LabelSelector { match_labels: Some(self.selector()), ..LabelSelector::default() }
    }

    /// The labels of its pods.
    pub fn pod_labels(&self) -> BTreeMap<String, String> {
        let mut labels = meta::labels(self.subject.input.topology, self.subject.name.as_str());
        labels.insert(INSTANCE_LABEL.to_owned(), self.name.clone());
        labels
    }

    /// Metadata of its objects.
    pub fn metadata(&self) -> ObjectMeta {
        self.subject.metadata(&self.name)
    }
}

/// The URL at which other pods reach a service, where it takes requests.
pub fn url(name: &Name, service: &Service) -> Option<String> {
    let (_, port) = service.request_port()?;
    Some(format!("http://{name}.{}.svc.cluster.local:{port}", service.namespace()))
}

/// A count as Kubernetes writes it.
pub fn int(value: u32) -> i32 {
    i32::try_from(value).unwrap_or(i32::MAX)
}
