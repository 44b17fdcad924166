//! Every component in every scenario.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Serialize, Serializer};

use super::effect::{Effect, Loss};
use super::scenario::Scenario;
use crate::model::name::{DnsName, Name, TopicName, UrlPath};
use crate::model::path::Path;

/// What is judged, from the platform's foundations up to what a user asks for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// The Kubernetes API and what only it can do: schedule, scale, update endpoints.
    Kubernetes,
    /// A PostgreSQL instance.
    Postgres(Name),
    /// A topic of a Kafka instance.
    Topic(Name, TopicName),
    /// A cache.
    Redis(Name),
    /// An object store.
    S3(Name),
    /// The nginx servers.
    Edge,
    /// The name servers, and how soon their answers move.
    GeoDns,
    /// The content delivery network.
    Cdn,
    /// A service with everything that it needs.
    Service(Name),
    /// A public route, from the client's resolver to the stores behind its service.
    Route(DnsName, UrlPath),
}

impl Component {
    /// Where it is declared.
    pub fn place(&self) -> Path {
        match self {
            Self::Kubernetes => Path::of(["kubernetes"]),
            Self::Postgres(name) => Path::of(["postgres", name.as_str()]),
            Self::Topic(name, topic) => Path::of(["kafka", name.as_str(), "topics", topic.as_str()]),
            Self::Redis(name) => Path::of(["redis", name.as_str()]),
            Self::S3(name) => Path::of(["s3", name.as_str()]),
            Self::Edge => Path::of(["edge"]),
            Self::GeoDns => Path::of(["geodns"]),
            Self::Cdn => Path::of(["cdn"]),
            Self::Service(name) => Path::of(["services", name.as_str()]),
            Self::Route(..) => Path::of(["services"]),
        }
    }

    /// Whether it stands on its own, rather than on other components.
    pub const fn is_foundation(&self) -> bool {
        match self {
            Self::Kubernetes
            | Self::Postgres(_)
            | Self::Topic(..)
            | Self::Redis(_)
            | Self::S3(_)
            | Self::Edge
            | Self::GeoDns
            | Self::Cdn => true,
            Self::Service(_) | Self::Route(..) => false,
        }
    }
}

impl fmt::Display for Component {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Kubernetes => "kubernetes".to_owned(),
            Self::Postgres(name) => format!("postgres.{name}"),
            Self::Topic(name, topic) => format!("kafka.{name}/{topic}"),
            Self::Redis(name) => format!("redis.{name}"),
            Self::S3(name) => format!("s3.{name}"),
            Self::Edge => "edge".to_owned(),
            Self::GeoDns => "geodns".to_owned(),
            Self::Cdn => "cdn".to_owned(),
            Self::Service(name) => format!("services.{name}"),
            Self::Route(host, path) => format!("{host}{path}"),
        };
        out.pad(&text)
    }
}

impl Serialize for Component {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Where leaders stand when it happens. A cell is the worst over these, because nothing keeps leaders at home for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leaders {
    /// In the preferred data centre, and there on what fails where that can be.
    Home,
    /// In the standby data centre.
    Away,
    /// Leaders of quorums at the witness, leaders with data at home.
    Witness,
}

/// Reads, writes and data of one component, as clients of one data centre or all of them see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Outcome {
    /// What happens to reads.
    #[serde(serialize_with = "shared")]
    pub reads: Arc<Effect>,
    /// What happens to writes.
    #[serde(serialize_with = "shared")]
    pub writes: Arc<Effect>,
    /// What may be gone.
    pub loss: Loss,
}

/// Effects are shared between thousands of cells; each is written out where it stands.
fn shared<S: Serializer>(effect: &Arc<Effect>, serializer: S) -> Result<S::Ok, S::Error> {
    effect.as_ref().serialize(serializer)
}

impl Outcome {
    /// The worse of reads and writes.
    pub fn worst(&self) -> &Effect {
        if self.reads.rank() > self.writes.rank() { &self.reads } else { &self.writes }
    }
}

/// One component in one scenario.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Cell {
    /// For the platform as a whole: where one data centre serves and the other does not, that is `degraded`.
    pub overall: Outcome,
    /// For clients inside each data centre that is left (routes: clients whom the name servers send there).
    pub by_datacenter: BTreeMap<Name, Outcome>,
    /// Where leaders stand in the worst case, which is what data centres see here; reads, writes and loss overall are each
    /// the worst over all places.
    pub leaders: Leaders,
}

/// Scenarios that differ only in which of several like machines fails, and what they do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Case {
    /// The scenarios, at least one.
    pub scenarios: Vec<Scenario>,
    /// Every component; cells that are the same are shared.
    pub cells: BTreeMap<Component, Arc<Cell>>,
}

/// The whole analysis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Survival {
    /// Every case, in the order in which faults are enumerated: data centres, link, witness, racks, machines, maintenance.
    pub cases: Vec<Case>,
}

impl Case {
    /// Every component with its cell, in order.
    pub fn all(&self) -> impl Iterator<Item = (&Component, &Cell)> {
        self.cells.iter().map(|(component, cell)| (component, cell.as_ref()))
    }
}

impl Survival {
    /// The case of a scenario.
    pub fn case(&self, scenario: &Scenario) -> Option<&Case> {
        self.cases.iter().find(|case| case.scenarios.contains(scenario))
    }

    /// A cell.
    pub fn cell(&self, scenario: &Scenario, component: &Component) -> Option<&Cell> {
        self.case(scenario)?.cells.get(component).map(Arc::as_ref)
    }
}
