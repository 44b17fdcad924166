//! A GraphQL gateway: its limits as variables, and a file with them and its subgraphs. Only where a service declares it.

use std::collections::BTreeMap;

use serde::Serialize;

use super::unit::{Subject, url};
use crate::model::Name;
use crate::model::topology::service::{Graphql, PersistedQueries};

/// The name of the gateway's file in the service's configuration.
pub const FILE: &str = "graphql.json";

/// The gateway's limits as variables.
pub fn variables(graphql: &Graphql) -> BTreeMap<String, String> {
    let entry = |name: &str, value: String| (format!("GRAPHQL_{name}"), value);
    BTreeMap::from([
        entry("PERSISTED_QUERIES", required(graphql).to_string()),
        entry("MAX_DEPTH", graphql.max_depth.to_string()),
        entry("MAX_COST", graphql.max_cost.to_string()),
        entry("CACHE_SECONDS", graphql.ttl.seconds().to_string()),
    ])
}

const fn required(graphql: &Graphql) -> bool {
    match graphql.persisted_queries {
        PersistedQueries::Required => true,
        PersistedQueries::Off => false,
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gateway<'a> {
    persisted_queries_only: bool,
    max_depth: u32,
    max_cost: u32,
    cache_seconds: u64,
    subgraphs: Vec<Subgraph<'a>>,
}

#[derive(Serialize)]
struct Subgraph<'a> {
    name: &'a Name,
    url: String,
}

/// The gateway's file, where the service is one.
pub fn file(subject: &Subject<'_>) -> Result<Option<String>, serde_json::Error> {
    let Some(graphql) = &subject.service.graphql else { return Ok(None) };
    let subgraph = |name| {
        let service = subject.input.topology.services.get(name)?;
        Some(Subgraph { name, url: format!("{}/graphql", url(name, service)?) })
    };
    let gateway = Gateway {
        persisted_queries_only: required(graphql),
        max_depth: graphql.max_depth,
        max_cost: graphql.max_cost,
        cache_seconds: graphql.ttl.seconds(),
        subgraphs: graphql.subgraphs.iter().filter_map(subgraph).collect(),
    };
    serde_json::to_string_pretty(&gateway).map(|text| Some(text + "\n"))
}
