//! The log agent on every host: the journal, and at the edge nginx's access log, of which it also counts the answers.

use std::collections::{BTreeMap, BTreeSet};

use super::vector::{self, Config, Counter, PLACED, Sink, Source, Transform};
use crate::model::plan::Host;
use crate::model::plan::monitoring::{HOST_LOGS_CA, LOG_METRICS_PORT, LOGS_NODE_PORT};
use crate::model::{Artifact, HostName, Name, Path};
use crate::render::{Input, RenderError, meta};

const JOURNAL: &str = "journal";
const ACCESS: &str = "access";
const PARSED: &str = "parsed";
const COUNTED: &str = "counted";
/// nginx's access log; one JSON object a line.
const ACCESS_LOG: &str = "/var/log/nginx/access.json";

/// The agent's configuration on every host.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let edge: BTreeSet<&HostName> = input.plan.edge.values().flatten().map(|member| &member.host).collect();
    let mut artifacts = Vec::new();
    for (name, host) in &input.plan.hosts {
        let mut config = base(input, name, host);
        if edge.contains(name) {
            count_answers(&mut config, host);
        }
        let path = meta::host_file(input.plan, name, "etc/vector/vector.yaml");
        artifacts.push(Artifact::yaml(path, &config, vec![Path::of(["observability", "logs"])])?);
    }
    Ok(artifacts)
}

fn base(input: &Input<'_>, name: &HostName, host: &Host) -> Config {
    // Names hold nothing that could end a string of the program.
    let program = format!(".host = \"{name}\"\n.dc = \"{}\"\n", host.site);
    let placed = Transform::Remap { inputs: vec![JOURNAL.to_owned()], source: program };
    let streams = "host,dc,SYSLOG_IDENTIFIER";
    let sites = input.topology.datacenters.keys();
    Config {
        data_dir: "/var/lib/vector",
        sources: BTreeMap::from([(JOURNAL.to_owned(), Source::Journald { current_boot_only: true })]),
        transforms: BTreeMap::from([(PLACED.to_owned(), placed)]),
        sinks: sites.map(|site| vector::server(site, workers(input, site), HOST_LOGS_CA, streams)).collect(),
    }
}

/// Every worker of a data centre; the one that has the server answers, and the agent remembers which does.
fn workers(input: &Input<'_>, site: &Name) -> Vec<String> {
    let here = input.plan.kubernetes.workers.iter().filter(|worker| worker.site == *site);
    here.map(|worker| format!("{}:{LOGS_NODE_PORT}", worker.address)).collect()
}

fn count_answers(config: &mut Config, host: &Host) {
    config.sources.insert(ACCESS.to_owned(), Source::File { include: vec![ACCESS_LOG] });
    let program =
        "fields = object!(parse_json!(.message))\n. = merge(., fields)\n.vhost = del(.host)\n.status = to_string!(.status)\n";
    let parsed = Transform::Remap { inputs: vec![ACCESS.to_owned()], source: program.to_owned() };
    config.transforms.insert(PARSED.to_owned(), parsed);
    let tags = BTreeMap::from([("vhost", "{{vhost}}"), ("status", "{{status}}"), ("cache", "{{cache}}")]);
    let counter = Counter { r#type: "counter", field: "status", name: "edge_requests_total", tags };
    let figures = Transform::LogToMetric { inputs: vec![PARSED.to_owned()], metrics: vec![counter] };
    config.transforms.insert(COUNTED.to_owned(), figures);
    if let Some(Transform::Remap { inputs, .. }) = config.transforms.get_mut(PLACED) {
        inputs.push(PARSED.to_owned());
    }
    let address = format!("{}:{LOG_METRICS_PORT}", host.address);
    config.sinks.insert("figures".to_owned(), Sink::PrometheusExporter { inputs: vec![COUNTED.to_owned()], address });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    #[test]
    fn every_host_sends_to_both_data_centres_and_waits_on_disk() {
        let seed = seed();
        let artifacts = render(&seed.input()).unwrap();
        assert_eq!(artifacts.len(), seed.plan.hosts.len());
        let edge = artifacts.iter().find(|artifact| artifact.path.contains("msk-edge-1/")).unwrap();
        let crate::model::Content::Yaml(value) = &edge.content else { panic!("no YAML") };
        for site in ["msk", "spb"] {
            let sink = &value["sinks"][format!("server_{site}")];
            assert_eq!((&sink["buffer"]["type"], sink["endpoints"].as_array().unwrap().len()), (&"disk".into(), 4));
        }
        assert_eq!(value["transforms"]["counted"]["metrics"][0]["name"], "edge_requests_total");
    }
}
