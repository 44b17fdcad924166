//! Which kinds a cluster serves, and at which path: one aggregated discovery of two requests.

use http::Method;
use kube::client::APIGroupDiscoveryList;

use super::refusal::refusal;
use super::transport::{Ask, Transport};
use crate::model::live::{Failure, Reason};

const ACCEPT: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/// How many bytes a discovery may have: one with 2,000 kinds has about 3 MB.
const LIMIT: usize = 32 << 20;

/// A kind that is served.
#[derive(Debug, Clone)]
pub(super) struct Resource {
    /// The API group; empty for the core group.
    pub(super) group: String,
    /// The version.
    pub(super) version: String,
    /// The kind.
    pub(super) kind: String,
    /// Whether its objects live in namespaces.
    pub(super) namespaced: bool,
    plural: String,
}

impl Resource {
    /// Such as `apps/v1`.
    pub(super) fn api_version(&self) -> String {
        if self.group.is_empty() { self.version.clone() } else { format!("{}/{}", self.group, self.version) }
    }

    /// The path of all its objects.
    pub(super) fn path(&self) -> String {
        let base = if self.group.is_empty() { "/api" } else { "/apis" };
        format!("{base}/{}/{}", self.api_version(), self.plural)
    }

    /// The path of one object.
    pub(super) fn object(&self, namespace: Option<&str>, name: &str) -> String {
        let base = if self.group.is_empty() { "/api" } else { "/apis" };
        let version = self.api_version();
        match namespace {
            Some(namespace) => format!("{base}/{version}/namespaces/{}/{}/{}", part(namespace), self.plural, part(name)),
            None => format!("{base}/{version}/{}/{}", self.plural, part(name)),
        }
    }
}

/// One part of a path. Names of objects may hold a colon, nothing else that a path could misread.
fn part(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    let piece = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    name.bytes().map(piece).collect()
}

/// The kinds that are served, the preferred version of each first.
#[derive(Debug)]
pub(super) struct Catalog(Vec<Resource>);

impl Catalog {
    /// Asks the server.
    pub(super) async fn read(transport: &Transport) -> Result<Self, Failure> {
        let mut resources = Vec::new();
        for path in ["/api", "/apis"] {
            let ask = Ask { method: &Method::GET, path, accept: ACCEPT, apply: None, limit: LIMIT };
            let answer = transport.ask(ask).await?;
            if !answer.status.is_success() {
                return Err(refusal(&answer, "APIGroupDiscoveryList"));
            }
            let list: APIGroupDiscoveryList = serde_json::from_value(answer.body)
                .map_err(|_| Failure::new(Reason::Other, "the server does not speak aggregated discovery (Kubernetes 1.30)"))?;
            resources.extend(served(list));
        }
        Ok(Self(resources))
    }

    /// The kind in exactly this version.
    pub(super) fn find(&self, api_version: &str, kind: &str) -> Option<&Resource> {
        self.0.iter().find(|it| it.kind == kind && it.api_version() == api_version)
    }

    /// The kind in the version that the server prefers.
    pub(super) fn preferred(&self, group: &str, kind: &str) -> Option<&Resource> {
        self.0.iter().find(|it| it.kind == kind && it.group == group)
    }
}

fn served(list: APIGroupDiscoveryList) -> Vec<Resource> {
    let mut resources = Vec::new();
    for group in list.items {
        let name = group.metadata.and_then(|metadata| metadata.name).unwrap_or_default();
        for version in group.versions {
            let label = version.version.unwrap_or_default();
            resources.extend(version.resources.into_iter().filter_map(|resource| {
                let kind = resource.response_kind.and_then(|kind| kind.kind)?;
                let namespaced = resource.scope.as_deref() == Some("Namespaced");
                let plural = resource.resource?;
                Some(Resource { group: name.clone(), version: label.clone(), kind, namespaced, plural })
            }));
        }
    }
    resources
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_objects() {
        let list = serde_json::json!({"items": [{"metadata": {"name": "apps"}, "versions": [{"version": "v1", "resources": [
            {"resource": "deployments", "scope": "Namespaced", "responseKind": {"kind": "Deployment"}}]}]}]});
        let catalog = Catalog(served(serde_json::from_value(list).unwrap()));
        let found = catalog.find("apps/v1", "Deployment").unwrap();
        assert_eq!(found.path(), "/apis/apps/v1/deployments");
        assert_eq!(found.object(Some("a"), "b/../c"), "/apis/apps/v1/namespaces/a/deployments/b%2F..%2Fc");
        assert!(catalog.find("apps/v1beta1", "Deployment").is_none() && catalog.preferred("apps", "Deployment").is_some());
    }
}
