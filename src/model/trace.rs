//! One request on its way through the platform: who asks, in which order name servers offer the data centres, and every
//! hop from the resolver to the stores, in the healthy platform and in one that something has happened to.

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

use super::name::{Name, UrlPath};
use super::survival::{Effect, Estimate, Scenario};

/// A request and every way that it may go.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Trace {
    /// What is asked for.
    pub request: Request,
    /// Who asks.
    pub client: Client,
    /// One way; one for each data centre where it is not known which comes first for this client.
    pub walks: Vec<Walk>,
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    /// How.
    pub method: Method,
    /// The full name of the host.
    pub host: String,
    /// The path.
    pub path: UrlPath,
    /// The longest exposed path that it begins with.
    pub route: UrlPath,
}

/// The method of a request: one that may be answered from a cache, or one that must reach what writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// Reads.
    Get,
    /// Writes.
    Post,
}

impl fmt::Display for Method {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Get => "GET",
            Self::Post => "POST",
        })
    }
}

/// Who asks.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Client {
    /// An address, of the client itself or of its resolver where that does not pass the client's network on.
    #[serde(rename_all = "camelCase")]
    Address {
        /// The address.
        address: IpAddr,
        /// What the geo database knows of it.
        place: Place,
    },
    /// A country of ISO 3166-1 or a subdivision of ISO 3166-2.
    Region(Region),
    /// A client whom name servers send to this data centre first.
    Datacenter(Name),
}

impl fmt::Display for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { address, .. } => write!(out, "{address}"),
            Self::Region(region) => write!(out, "{region}"),
            Self::Datacenter(name) => write!(out, "a client of {name}"),
        }
    }
}

/// A country or one of its subdivisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Region {
    /// The two letters of the country.
    pub country: String,
    /// The part after the hyphen.
    pub part: Option<String>,
}

impl fmt::Display for Region {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.part {
            Some(part) => write!(out, "{}-{part}", self.country),
            None => out.write_str(&self.country),
        }
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// What a geo database knows of an address.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Place {
    /// There is no database here.
    NoDatabase,
    /// The database does not have the address.
    NotListed,
    /// The database has it.
    Listed(Record),
}

/// The part of a record of a geo database that name servers look at.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Record {
    /// The code of the continent.
    pub continent: Option<String>,
    /// The two letters of the country.
    pub country: Option<String>,
    /// The codes of the subdivisions, the largest first, then the city's English name.
    pub parts: Vec<String>,
    /// Latitude and longitude in degrees.
    pub coordinates: Option<[f64; 2]>,
}

/// One way of a request.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Walk {
    /// The data centres in the order in which name servers offer them to this client.
    pub order: Vec<Name>,
    /// Why this order, as a phrase.
    pub why: String,
    /// While nothing has failed.
    pub healthy: Journey,
    /// After a failure, once what recovers by itself has recovered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed: Option<Failed>,
}

/// A journey after a failure.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Failed {
    /// What has failed.
    pub when: Scenario,
    /// What the analysis of failures says of the whole route, where it says anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// The journey.
    #[serde(flatten)]
    pub journey: Journey,
}

/// The hops of one request.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Journey {
    /// The addresses that the platform's own name servers answer; none where the answer is an alias.
    pub answers: Vec<IpAddr>,
    /// The hops in their order; the last one says so where the request gets no further.
    pub hops: Vec<Hop>,
}

/// One station.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Hop {
    /// What kind of station.
    pub layer: Layer,
    /// Its name, the same in a healthy platform and in a failed one.
    pub name: String,
    /// The service that goes there, where it is no longer the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Name>,
    /// The machines, addresses or names that answer.
    pub through: Vec<String>,
    /// Where it stands: the data centres, the first one first tried; none where it stands outside or nowhere.
    pub at: Vec<Name>,
    /// Why it goes there, as a sentence.
    pub reason: String,
    /// What else holds there, as phrases.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// How long it takes longer than it would beside the caller, or until it answers again.
    pub wait: Estimate,
    /// What the analysis of failures says of it, where it says anything.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// Whether it differs from the healthy platform.
    pub differs: bool,
}

/// The kinds of stations, in the order in which a request passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Layer {
    /// The client's resolver and the name servers that it asks.
    Resolver,
    /// The answer by place.
    Geodns,
    /// The content delivery network.
    Cdn,
    /// nginx.
    Edge,
    /// The way into the cluster.
    Ingress,
    /// A service of the route.
    Service,
    /// A service that such a service calls.
    Call,
    /// A store that such a service uses.
    Store,
}

impl Layer {
    /// The word that reports print.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolver => "resolver",
            Self::Geodns => "geodns",
            Self::Cdn => "cdn",
            Self::Edge => "edge",
            Self::Ingress => "ingress",
            Self::Service => "service",
            Self::Call => "call",
            Self::Store => "store",
        }
    }
}

impl Hop {
    /// A hop that a reason explains; everything else is added.
    pub fn new(layer: Layer, name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            layer,
            name: name.into(),
            by: None,
            through: Vec::new(),
            at: Vec::new(),
            reason: reason.into(),
            notes: Vec::new(),
            wait: Estimate::NONE,
            effect: None,
            differs: false,
        }
    }

    /// At these places.
    #[must_use]
    pub fn at(mut self, sites: impl IntoIterator<Item = Name>) -> Self {
        self.at = sites.into_iter().collect();
        self
    }

    /// Through these machines.
    #[must_use]
    pub fn through(mut self, machines: Vec<String>) -> Self {
        self.through = machines;
        self
    }

    /// With a further fact.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Which takes this long.
    #[must_use]
    pub fn wait(mut self, wait: Estimate) -> Self {
        self.wait = wait;
        self
    }

    /// On behalf of a service.
    #[must_use]
    pub fn by(mut self, service: &Name) -> Self {
        self.by = Some(service.clone());
        self
    }

    /// With what the analysis says: its time, where it says one, is the time that is waited.
    #[must_use]
    pub fn effect(mut self, effect: Option<Effect>) -> Self {
        if let Some(effect) = effect.as_ref().filter(|effect| !effect.time.terms.is_empty()) {
            self.wait = effect.time.clone();
        }
        self.effect = effect;
        self
    }

    /// Whether a request is served alike here and there.
    pub fn is_like(&self, other: &Self) -> bool {
        let Self { layer, name, by, through, at, reason, notes, wait, effect, differs: _ } = self;
        let unharmed = |effect: &Option<Effect>| effect.as_ref().is_none_or(|effect| effect.rank() == Effect::goes_on().rank());
        (layer, name, by, through, at) == (&other.layer, &other.name, &other.by, &other.through, &other.at)
            && (reason, notes, wait) == (&other.reason, &other.notes, &other.wait)
            && unharmed(effect)
            && unharmed(&other.effect)
    }
}
