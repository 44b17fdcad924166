//! One object: whether it is there, and what an apply would make of it, by the server's own dry run.

use std::collections::{BTreeMap, BTreeSet};

use http::Method;
use http::StatusCode;
use serde_json::Value;

use super::discovery::{Catalog, Resource};
use super::manager::{OURS, applier};
use super::refusal::refusal;
use super::transport::{Ask, Transport};
use crate::model::live::{Failure, Fidelity, ObjectId, Outcome, Reason};

/// How many bytes an object may have; etcd takes 1.5 MB.
const LIMIT: usize = 8 << 20;
/// How often an object is read again because somebody wrote it in between.
const RACES: usize = 3;

/// What is known before any object is asked for.
pub(super) struct Observer<'a> {
    /// The way to the server.
    pub(super) transport: &'a Transport,
    /// The kinds that it serves.
    pub(super) catalog: &'a Catalog,
    /// The objects that were listed.
    pub(super) listed: &'a BTreeMap<ObjectId, Value>,
    /// Namespaces that do not exist, and whether each is rendered.
    pub(super) absent: &'a BTreeMap<String, bool>,
    /// The kinds whose definitions are rendered, as group and kind.
    pub(super) defined: &'a BTreeSet<(String, String)>,
    /// The manager to ask as instead of the one that applied.
    pub(super) manager: Option<&'a str>,
}

impl Observer<'_> {
    /// What is seen of a rendered object.
    pub(super) async fn observe(&self, id: &ObjectId, object: &Value) -> Outcome {
        let Some(resource) = self.catalog.find(&id.api_version, &id.kind) else {
            if self.defined.contains(&(id.group().to_owned(), id.kind.clone())) {
                return Outcome::Missing { fidelity: Fidelity::Offline };
            }
            let message = format!("the cluster serves no {} {}", id.api_version, id.kind);
            return Outcome::Error(Failure::new(Reason::KindMissing, message));
        };
        match id.namespace.as_ref().and_then(|namespace| self.absent.get(namespace)) {
            Some(true) => return Outcome::Missing { fidelity: Fidelity::Offline },
            Some(false) => {
                let message = format!("the namespace `{}` does not exist", id.namespace.as_deref().unwrap_or_default());
                return Outcome::Error(Failure::new(Reason::NamespaceMissing, message));
            }
            None => {}
        }
        self.compare(resource, id, object).await.unwrap_or_else(Outcome::Error)
    }

    async fn compare(&self, resource: &Resource, id: &ObjectId, object: &Value) -> Result<Outcome, Failure> {
        let namespace = if resource.namespaced { Some(id.namespace.as_deref().unwrap_or("default")) } else { None };
        let path = resource.object(namespace, &id.name);
        let mut live = match self.listed.get(id) {
            Some(live) => Some(live.clone()),
            None => self.get(&path, &id.kind).await?,
        };
        for _ in 0..RACES {
            let manager = self.manager.unwrap_or_else(|| live.as_ref().map_or(OURS, applier)).to_owned();
            let predicted = self.dry_run(&path, object, &manager, &id.kind).await?;
            match live {
                None if predicted.1 == StatusCode::CREATED => return Ok(Outcome::Missing { fidelity: Fidelity::Server }),
                Some(live) if version(&live) == version(&predicted.0) => {
                    return Ok(Outcome::Live { live, predicted: predicted.0, manager });
                }
                Some(_) | None => live = self.get(&path, &id.kind).await?,
            }
        }
        Err(Failure::new(Reason::Conflict, "the object changed each time between reading it and its dry run"))
    }

    /// The object as it is; `None` where it is not.
    async fn get(&self, path: &str, kind: &str) -> Result<Option<Value>, Failure> {
        let ask = Ask { method: &Method::GET, path, accept: "application/json", apply: None, limit: LIMIT };
        let answer = self.transport.ask(ask).await?;
        match answer.status {
            StatusCode::NOT_FOUND => Ok(None),
            status if status.is_success() => Ok(Some(answer.body)),
            _ => Err(refusal(&answer, kind)),
        }
    }

    /// The object as an apply would make it. Forced: who else owns a field is told from `managedFields` afterwards.
    async fn dry_run(&self, path: &str, object: &Value, manager: &str, kind: &str) -> Result<(Value, StatusCode), Failure> {
        let body = serde_json::to_vec(object).map_err(|error| Failure::new(Reason::Other, error.to_string()))?;
        let path = format!("{path}?dryRun=All&force=true&fieldValidation=Strict&fieldManager={manager}");
        let ask = Ask { method: &Method::PATCH, path: &path, accept: "application/json", apply: Some(&body), limit: LIMIT };
        let answer = self.transport.ask(ask).await?;
        if answer.status.is_success() { Ok((answer.body, answer.status)) } else { Err(refusal(&answer, kind)) }
    }

    /// Whether a namespace exists; `true` where that may not be asked, because the dry run will tell.
    pub(super) async fn namespace_exists(&self, name: &str) -> bool {
        let Some(resource) = self.catalog.find("v1", "Namespace") else { return true };
        !matches!(self.get(&resource.object(None, name), "Namespace").await, Ok(None))
    }
}

fn version(object: &Value) -> Option<&str> {
    object.pointer("/metadata/resourceVersion")?.as_str()
}
