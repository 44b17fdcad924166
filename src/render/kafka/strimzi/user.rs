//! A `KafkaUser` for every service that writes or reads a topic, and for the mirror: a client certificate and the
//! rights that it carries. The operator puts the certificate in a Secret of the same name in the stores' namespace;
//! the plan's list of secrets says into which namespace it has to be copied for the service.

use serde::Serialize;

use super::member;
use crate::model::plan::KafkaCluster;
use crate::model::plan::kafka::MIRROR_CLIENT;
use crate::model::{Artifact, Path};
use crate::render::kafka::Instance;
use crate::render::kafka::grants::{self, Grant, Pattern, Resource};
use crate::render::{RenderError, meta};

#[derive(Debug, Serialize)]
struct Spec {
    authentication: Authentication,
    authorization: Authorization,
}

#[derive(Debug, Serialize)]
struct Authentication {
    r#type: &'static str,
}

#[derive(Debug, Serialize)]
struct Authorization {
    r#type: &'static str,
    acls: Vec<Acl>,
}

#[derive(Debug, Serialize)]
struct Acl {
    resource: AclResource,
    operations: Vec<&'static str>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct AclResource {
    r#type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pattern_type: Option<&'static str>,
}

/// The users of a cluster.
pub(super) fn render(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for (service, rights) in grants::of_services(instance) {
        let sources = vec![Path::of(["services", service.as_str()]), instance.path()];
        artifacts.push(user(instance, cluster, service.as_str(), (rights, sources))?);
    }
    if let Some((source, _)) = instance.plan.mirror() {
        let rights = if source.name == cluster.name { grants::of_mirror_source() } else { grants::of_mirror_target() };
        artifacts.push(user(instance, cluster, MIRROR_CLIENT, (rights, vec![instance.path().key("mode"), instance.path()]))?);
    }
    Ok(artifacts)
}

fn user(
    instance: &Instance<'_>,
    cluster: &KafkaCluster,
    client: &str,
    given: (Vec<Grant>, Vec<Path>),
) -> Result<Artifact, RenderError> {
    let (rights, sources) = given;
    let acls = rights.into_iter().map(acl).collect();
    let spec = Spec { authentication: Authentication { r#type: "tls" }, authorization: Authorization { r#type: "simple", acls } };
    let object = member(instance, "KafkaUser", &cluster.client(client), (cluster, spec));
    Ok(Artifact::object(meta::DATA, &object, sources)?)
}

fn acl(grant: Grant) -> Acl {
    let pattern = match grant.pattern {
        Pattern::Literal => "literal",
        Pattern::Prefix => "prefix",
    };
    let named = |r#type: &'static str| AclResource { r#type, name: Some(grant.name.clone()), pattern_type: Some(pattern) };
    let resource = match grant.resource {
        Resource::Topic => named("topic"),
        Resource::Group => named("group"),
        Resource::TransactionalId => named("transactionalId"),
        Resource::Cluster => AclResource { r#type: "cluster", name: None, pattern_type: None },
    };
    Acl { resource, operations: grant.operations.iter().map(|operation| operation.name()).collect() }
}
