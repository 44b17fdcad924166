//! The delivery network as Terraform for Yandex Cloud CDN, provider 0.222: one origin group with the edge of each data
//! centre, and one resource for each host.
//!
//! The network stands in front of whole hosts: this provider has no settings by path. What may be kept, and for how
//! long, therefore stands in the `Cache-Control` of every answer, which nginx writes by path; the network's own lifetime
//! is one second, for an answer without that header. For the same reason cookies, queries, methods and browsers' caches
//! are left alone, except where a host serves nothing but static files.
//!
//! Origins are the data centres' own names, never a name that is answered by place. The preferred data centre is
//! active and the other one its backup. `use_next` stays off: it goes to the next origin for any 4xx or 5xx, which
//! would double every 404 and could send an order twice; nginx itself reaches the other data centre already.

mod terraform;

use std::collections::BTreeMap;

use super::{Input, RenderError};
use crate::model::plan::edge;
use crate::model::topology::edge::{Cdn, Shield, StaticFiles};
use crate::model::{Artifact, DnsName, Path, Topology};
use terraform::{
    Certificate, Document, Options, Origin, OriginGroup, Output, Provider, RequiredProvider, Resource, Resources, Settings,
    Variable,
};

/// The provider's version, whose schema this was written against.
const PROVIDER_VERSION: &str = "0.222.0";
/// The name of the origin group inside the Terraform configuration.
const GROUP: &str = "edge";
/// The provider's one shielding location for its own network.
const SHIELDING: &str = "1";
/// Seconds for which an answer without a `Cache-Control` is kept; 0 would be read as unset, which means a day.
const UNLABELLED: u64 = 1;
/// The longest time that the provider lets a browser keep something, in seconds.
const LONGEST_BROWSER: u64 = 31_536_000;
/// When a stale answer may stand in.
const STALE: [&str; 7] = ["error", "timeout", "updating", "http_500", "http_502", "http_503", "http_504"];
/// What may be asked of files.
const READ_METHODS: [&str; 3] = ["GET", "HEAD", "OPTIONS"];

/// The Terraform configuration; none where the topology has no delivery network.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some(cdn) = &input.topology.cdn else { return Ok(Vec::new()) };
    let document = document(input.topology, cdn);
    Ok(vec![Artifact::json("cdn/main.tf.json", &document, vec![Path::of(["cdn"]), Path::of(["datacenters"])])?])
}

fn document(topology: &Topology, cdn: &Cdn) -> Document {
    let hosts = edge::cdn_hosts(topology);
    let mut variables = BTreeMap::from([(
        "folder_id".to_owned(),
        Variable::text("The folder in Yandex Cloud that the network's resources belong to."),
    )]);
    let mut resources = BTreeMap::new();
    let mut outputs = BTreeMap::new();
    for host in hosts {
        let (key, name) = (key(host), edge::fqdn(topology, host));
        let certificate = Variable::text(format!("The certificate of {name} in Yandex Certificate Manager."));
        variables.insert(format!("certificate_{key}"), certificate);
        resources.insert(key.clone(), resource(topology, cdn, host, &key));
        let value = format!("${{yandex_cdn_resource.{key}.provider_cname}}");
        let description = format!("The network's name for {name}; it goes into the topology as `cdn.names.{host}`.");
        outputs.insert(format!("name_{key}"), Output { description, value });
    }
    let yandex = RequiredProvider { source: "yandex-cloud/yandex".to_owned(), version: PROVIDER_VERSION.to_owned() };
    Document {
        terraform: Settings {
            required_version: ">= 1.6.0".to_owned(),
            required_providers: BTreeMap::from([("yandex".to_owned(), yandex)]),
        },
        provider: BTreeMap::from([("yandex".to_owned(), Provider { folder_id: "${var.folder_id}".to_owned() })]),
        variable: variables,
        resource: Resources {
            yandex_cdn_origin_group: BTreeMap::from([(GROUP.to_owned(), group(topology))]),
            yandex_cdn_resource: resources,
        },
        output: outputs,
    }
}

fn group(topology: &Topology) -> OriginGroup {
    let datacenters = topology.datacenter_names().into_iter().enumerate();
    let origin = datacenters.map(|(index, name)| Origin {
        source: format!("{}:443", edge::origin(topology, name)),
        enabled: true,
        backup: index > 0,
    });
    OriginGroup { name: format!("{}-{GROUP}", topology.name), use_next: false, origin: origin.collect() }
}

fn resource(topology: &Topology, cdn: &Cdn, host: &DnsName, key: &str) -> Resource {
    let name = edge::fqdn(topology, host);
    let files = cdn.assets.as_ref().filter(|files| files.host == *host && is_only_files(topology, cdn, files));
    Resource {
        cname: name.clone(),
        active: true,
        origin_protocol: "https".to_owned(),
        origin_group_id: format!("${{yandex_cdn_origin_group.{GROUP}.id}}"),
        shielding: match cdn.shield {
            Shield::Nearest => Some(SHIELDING.to_owned()),
            Shield::Off => None,
        },
        ssl_certificate: Certificate {
            kind: "certificate_manager".to_owned(),
            certificate_manager_id: format!("${{var.certificate_{key}}}"),
        },
        options: Options {
            custom_host_header: name,
            redirect_http_to_https: true,
            edge_cache_settings: UNLABELLED,
            stale: stale(cdn, host),
            ignore_query_params: false,
            ignore_cookie: files.is_some(),
            slice: files.is_some(),
            allowed_http_methods: files.map(|_| READ_METHODS.map(str::to_owned).to_vec()),
            browser_cache_settings: files.map(|files| files.ttl.seconds().min(LONGEST_BROWSER)),
        },
    }
}

/// When a stale answer of a host may stand in; never where one of its paths must not be stale, because this is said for
/// the whole host and has no bound in time.
fn stale(cdn: &Cdn, host: &DnsName) -> Vec<String> {
    let must_be_fresh = cdn.api.iter().any(|rule| rule.host == *host && rule.stale.is_none());
    if must_be_fresh { Vec::new() } else { STALE.map(str::to_owned).to_vec() }
}

/// Whether a host serves nothing but static files, so that all of it may be treated as such.
fn is_only_files(topology: &Topology, cdn: &Cdn, files: &StaticFiles) -> bool {
    let below = |path: &str| {
        let rest = path.strip_prefix(files.path.as_str().trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut routes = topology.services.values().flat_map(|service| &service.expose).filter(|route| route.host == files.host);
    routes.all(|route| below(route.path.as_str())) && !cdn.api.iter().any(|rule| rule.host == files.host)
}

/// A host as a name in the Terraform configuration.
fn key(host: &DnsName) -> String {
    let name = host.as_str().replace('.', "_");
    if name.starts_with(|first: char| first.is_ascii_digit()) { format!("host_{name}") } else { name }
}

#[cfg(test)]
mod tests;
