//! Names, paths and ports that the edge, its name servers, the delivery network and their secrets must agree on.
//! It only names things: what is served where is the renderers' business.

use std::collections::BTreeSet;

use crate::model::name::{DnsName, Name, Reference};
use crate::model::topology::Topology;

/// Where nginx answers its own figures, on the host's private address.
pub const NGINX_METRICS_PORT: u16 = 8080;
/// Where nginx asks itself, on the loopback address, for answers that it keeps.
pub const NGINX_KEEP_PORT: u16 = 8081;
/// The path at `HAProxy`'s statistics port that answers 200 while it can reach a leader.
pub const WRITER_CHECK_PATH: &str = "/write";
/// The name that every `HAProxy` of a PostgreSQL instance carries in its certificate beside its own.
pub fn writer_name(instance: &Name) -> String {
    format!("writer-{instance}")
}

/// The authority of the certificates of an instance's `HAProxy`, at the edge.
pub fn writer_ca(instance: &Name) -> String {
    format!("{NGINX_TLS}/{}-ca.crt", writer_name(instance))
}

/// The folder of nginx's certificates and keys.
pub const NGINX_TLS: &str = "/etc/nginx/tls";
/// The authority of the ingress's certificate.
pub const INGRESS_CA: &str = "/etc/nginx/tls/ingress-ca.crt";
/// The authority of the certificates that clients show.
pub const CLIENTS_CA: &str = "/etc/nginx/tls/clients-ca.crt";
/// The certificate of the default server, which a delivery network that asks for an origin's own name meets.
pub const ORIGIN_CERTIFICATE: &str = "/etc/nginx/tls/origin.crt";
/// The key of [`ORIGIN_CERTIFICATE`].
pub const ORIGIN_KEY: &str = "/etc/nginx/tls/origin.key";
/// The host that the bare domain is led to, where it is exposed.
pub const APEX_HOST: &str = "www";

/// The certificate of an exposed host, below [`NGINX_TLS`].
pub fn certificate(fqdn: &str) -> String {
    format!("{NGINX_TLS}/{fqdn}.crt")
}

/// The key of [`certificate`].
pub fn certificate_key(fqdn: &str) -> String {
    format!("{NGINX_TLS}/{fqdn}.key")
}

/// The file of nginx's `map` lines that turns keys into clients; one flat name, so that no reference leads elsewhere.
pub fn client_map(map: &Reference) -> String {
    format!("/etc/nginx/secrets/{}.map", map.as_str().replace('/', "-"))
}

/// The full name of a host.
pub fn fqdn(topology: &Topology, host: &DnsName) -> String {
    format!("{host}.{}", topology.domain)
}

/// The name of one data centre's edge, for a delivery network: never an answer by place.
pub fn origin(topology: &Topology, datacenter: &Name) -> String {
    format!("{datacenter}.origin.{}", topology.domain)
}

/// Every host that a service is exposed under.
pub fn exposed_hosts(topology: &Topology) -> BTreeSet<&DnsName> {
    topology.services.values().flat_map(|service| &service.expose).map(|route| &route.host).collect()
}

/// Every host that the delivery network stands in front of.
pub fn cdn_hosts(topology: &Topology) -> BTreeSet<&DnsName> {
    let Some(cdn) = &topology.cdn else { return BTreeSet::new() };
    cdn.assets.iter().map(|assets| &assets.host).chain(cdn.api.iter().map(|rule| &rule.host)).collect()
}

/// Whether the bare domain is led to [`APEX_HOST`].
pub fn has_apex(topology: &Topology) -> bool {
    exposed_hosts(topology).iter().any(|host| host.as_str() == APEX_HOST)
}

/// The path at the edge that answers 200 while its data centre reaches the writer of a PostgreSQL instance.
pub fn write_check(path: &str, instance: &Name) -> String {
    format!("{}/write/{instance}", path.trim_end_matches('/'))
}
