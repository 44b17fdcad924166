//! The exporters on hosts, as the packages of Debian read their arguments: `node_exporter` everywhere, and the one for
//! nginx at the edge. They listen on the private address only.

use serde::Serialize;

use crate::model::plan::edge::NGINX_METRICS_PORT;
use crate::model::plan::monitoring::{NGINX_EXPORTER_PORT, NODE_EXPORTER_PORT};
use crate::model::{Artifact, Path};
use crate::render::template::{self, template};
use crate::render::{Input, RenderError, meta};

/// The units whose state is of interest: those that an alert reads.
const UNITS: &str = "(pgbackrest|etcd-snapshot).*";

#[derive(Debug, Serialize)]
struct Context {
    arguments: String,
}

/// The exporters' settings on every host.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    let text = |arguments| template::render(template!("monitoring/exporter.j2"), &Context { arguments });
    for (name, host) in &input.plan.hosts {
        let arguments = format!(
            "--web.listen-address={}:{NODE_EXPORTER_PORT} --collector.systemd --collector.systemd.unit-include={UNITS}",
            host.address
        );
        let path = meta::host_file(input.plan, name, "etc/default/prometheus-node-exporter");
        artifacts.push(Artifact::text(path, text(arguments)?, vec![Path::of(["observability", "metrics"])]));
    }
    for member in input.plan.edge.values().flatten() {
        let listen = format!("{}:{NGINX_EXPORTER_PORT}", member.address);
        let arguments =
            format!("-nginx.scrape-uri=http://127.0.0.1:{NGINX_METRICS_PORT}/stub_status -web.listen-address={listen}");
        let path = meta::host_file(input.plan, &member.host, "etc/default/prometheus-nginx-exporter");
        artifacts.push(Artifact::text(path, text(arguments)?, vec![Path::of(["edge"]), Path::of(["observability"])]));
    }
    Ok(artifacts)
}
