//! A Kubernetes cluster through its API: what exists of the rendered objects, and what an apply would make of each.
//! Nothing is ever written: the only request besides GET is a server-side apply with `dryRun=All`.

mod connect;
mod discovery;
mod inventory;
mod manager;
mod observe;
mod refusal;
#[cfg(test)]
mod tests;
mod transport;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use serde_json::Value;

use self::discovery::Catalog;
use self::inventory::Inventory;
use self::observe::Observer;
use self::transport::Transport;
use crate::model::live::{Failure, ObjectId, Reason, Snapshot, Target};

/// How to ask a cluster.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The kubeconfig; `None` takes KUBECONFIG, the usual file, or the service account inside a cluster.
    pub kubeconfig: Option<PathBuf>,
    /// The context; `None` takes the current one.
    pub context: Option<String>,
    /// The field manager to ask as; `None` takes the one that applied each object.
    pub field_manager: Option<String>,
    /// How many requests may be under way at a time.
    pub concurrency: usize,
    /// How long one request may take.
    pub timeout: Duration,
    /// The labels that select the objects of this platform.
    pub selector: String,
}

/// Reads what a cluster has of these objects, in their order; `say` hears which cluster it is before it is asked.
pub fn read(settings: &Settings, objects: &[Value], say: &dyn Fn(&Target)) -> Result<Snapshot, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Reason::Other, error.to_string()))?;
    runtime.block_on(snapshot(settings, objects, say))
}

async fn snapshot(settings: &Settings, objects: &[Value], say: &dyn Fn(&Target)) -> Result<Snapshot, Failure> {
    let (client, target) = connect::connect(settings).await?;
    say(&target);
    let transport = Transport::new(client, settings.timeout);
    let catalog = Catalog::read(&transport).await?;
    let ids: Vec<ObjectId> = objects.iter().map(ObjectId::of).collect();
    let width = settings.concurrency.max(1);
    let inventory = inventory::list(&transport, &catalog, &ids, &settings.selector, width).await;
    let mut observer = Observer {
        transport: &transport,
        catalog: &catalog,
        listed: &inventory.objects,
        absent: &BTreeMap::new(),
        defined: &defined(objects),
        manager: settings.field_manager.as_deref(),
    };
    let absent = absent(&observer, &ids).await;
    observer.absent = &absent;
    let observer = &observer;
    let questions = ids.iter().zip(objects).map(|(id, object)| observer.observe(id, object));
    let outcomes = stream::iter(questions).buffered(width).collect().await;
    let requests = transport.requests();
    let (leftovers, unlisted) = leftovers(inventory, &ids);
    Ok(Snapshot { target, objects: outcomes, leftovers, unlisted, requests })
}

/// The kinds whose definitions are among the rendered objects.
fn defined(objects: &[Value]) -> BTreeSet<(String, String)> {
    let text = |object: &Value, pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let definitions = objects.iter().filter(|it| text(it, "/kind").as_deref() == Some("CustomResourceDefinition"));
    definitions.filter_map(|it| Some((text(it, "/spec/group")?, text(it, "/spec/names/kind")?))).collect()
}

/// The namespaces in use that do not exist, and whether each is rendered.
async fn absent(observer: &Observer<'_>, ids: &[ObjectId]) -> BTreeMap<String, bool> {
    let rendered: BTreeSet<&str> = ids.iter().filter(|id| id.kind == "Namespace").map(|id| id.name.as_str()).collect();
    let listed: BTreeSet<&str> = observer.listed.keys().filter(|id| id.kind == "Namespace").map(|id| id.name.as_str()).collect();
    let used: BTreeSet<&str> = ids.iter().filter_map(|id| id.namespace.as_deref()).collect();
    let mut absent = BTreeMap::new();
    for namespace in used.difference(&listed) {
        if !observer.namespace_exists(namespace).await {
            absent.insert((*namespace).to_owned(), rendered.contains(namespace));
        }
    }
    absent
}

/// What was listed and is not rendered, without what another object made and will take with it.
fn leftovers(inventory: Inventory, ids: &[ObjectId]) -> (Vec<Value>, Vec<(String, Failure)>) {
    let rendered: BTreeSet<_> = ids.iter().map(ObjectId::versionless).collect();
    let owned = |object: &Value| {
        let owners = object.pointer("/metadata/ownerReferences").and_then(Value::as_array);
        owners.is_some_and(|owners| !owners.is_empty())
    };
    let left = inventory.objects.into_iter().filter(|(id, object)| !rendered.contains(&id.versionless()) && !owned(object));
    (left.map(|(_, object)| object).collect(), inventory.failures)
}
