//! What can fail, alone and together, in words that a command line takes: `dc:msk + host:spb-postgres-1`.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Serialize, Serializer};

use crate::model::name::{HostName, Name};

/// One thing that fails.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A data centre, with everything in it.
    Datacenter(Name),
    /// The witness.
    Witness,
    /// The link between the data centres, in both directions; the witness still sees both sides.
    Link,
    /// The link in one direction only: what `from` sends does not arrive.
    OneWay {
        /// The data centre whose packets are lost.
        from: Name,
        /// The data centre that they do not reach.
        to: Name,
    },
    /// A rack, by its label `<dc>-<rack>`.
    Rack(String),
    /// A machine.
    Host(HostName),
    /// A machine that is drained and stopped on purpose: leaders are moved away first.
    Drain(HostName),
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Datacenter(name) => write!(out, "dc:{name}"),
            Self::Witness => out.write_str("witness"),
            Self::Link => out.write_str("link"),
            Self::OneWay { from, to } => write!(out, "link:{from}>{to}"),
            Self::Rack(rack) => write!(out, "rack:{rack}"),
            Self::Host(host) => write!(out, "host:{host}"),
            Self::Drain(host) => write!(out, "drain:{host}"),
        }
    }
}

/// What kind of scenario it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Class {
    /// One failure.
    Single,
    /// Planned work on one machine.
    Maintenance,
    /// Several at once.
    Combined,
}

/// Faults that happen together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scenario {
    /// At least one, each once.
    faults: BTreeSet<Fault>,
}

impl Scenario {
    /// A single fault.
    pub fn of(fault: Fault) -> Self {
        Self { faults: BTreeSet::from([fault]) }
    }

    /// These faults together; `None` where there is none.
    pub fn all(faults: impl IntoIterator<Item = Fault>) -> Option<Self> {
        let faults: BTreeSet<Fault> = faults.into_iter().collect();
        (!faults.is_empty()).then_some(Self { faults })
    }

    /// The faults.
    pub fn faults(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter()
    }

    /// What kind of scenario it is.
    pub fn class(&self) -> Class {
        let mut faults = self.faults.iter();
        match (faults.next(), faults.next()) {
            (Some(Fault::Drain(_)), None) => Class::Maintenance,
            (_, None) => Class::Single,
            (_, Some(_)) => Class::Combined,
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.faults.iter().map(ToString::to_string).collect();
        out.pad(&words.join(" + "))
    }
}

impl Serialize for Scenario {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
