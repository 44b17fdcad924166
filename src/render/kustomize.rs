//! A `kustomization.yaml` in each folder of Kubernetes objects, so that a folder, an area or everything can be applied
//! with `kubectl apply -k`, Argo CD or Flux. Files that are no objects are not listed, and so never applied.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::RenderError;
use crate::model::{Artifact, Path};

/// The folder of everything that is applied.
const ROOT: &str = "kubernetes";
/// The file's name.
const FILE: &str = "kustomization.yaml";

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Kustomization {
    api_version: &'static str,
    kind: &'static str,
    resources: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sort_options: Option<SortOptions>,
}

/// Namespaces and classes before what stands in them.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct SortOptions {
    order: &'static str,
}

/// The kustomizations of every folder that holds an object, itself or below it.
pub fn kustomizations(artifacts: &[Artifact]) -> Result<Vec<Artifact>, RenderError> {
    let mut folders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for artifact in artifacts.iter().filter(|artifact| artifact.as_object().is_some()) {
        let mut path = artifact.path.as_str();
        while let Some((folder, entry)) = path.rsplit_once('/') {
            folders.entry(folder.to_owned()).or_default().insert(entry.to_owned());
            path = folder;
        }
    }
    let folders = folders.into_iter().filter(|(folder, _)| folder == ROOT || folder.starts_with("kubernetes/"));
    folders.map(|(folder, entries)| kustomization(&folder, entries)).collect()
}

fn kustomization(folder: &str, entries: BTreeSet<String>) -> Result<Artifact, RenderError> {
    let document = Kustomization {
        api_version: "kustomize.config.k8s.io/v1beta1",
        kind: "Kustomization",
        resources: entries.into_iter().collect(),
        sort_options: (folder == ROOT).then_some(SortOptions { order: "legacy" }),
    };
    Ok(Artifact::yaml(format!("{folder}/{FILE}"), &document, vec![Path::of(["kubernetes"])])?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_folder_lists_its_objects_and_folders_and_nothing_else() {
        let object = |area: &str, name: &str| {
            let object = json!({"kind": "Service", "metadata": {"name": name}});
            Artifact::object(area, &object, Vec::new()).unwrap()
        };
        let mut artifacts = vec![object("apps", "b"), object("apps", "a"), object("data/x", "c")];
        artifacts.push(Artifact::yaml("kubernetes/prerequisites.yaml", &json!({}), Vec::new()).unwrap());
        let made = kustomizations(&artifacts).unwrap();
        let paths: Vec<_> = made.iter().map(|artifact| artifact.path.as_str()).collect();
        let folders = ["kubernetes", "kubernetes/apps", "kubernetes/data", "kubernetes/data/x"];
        assert_eq!(paths, folders.map(|folder| format!("{folder}/kustomization.yaml")));
        let resources = |index: usize| match &made[index].content {
            crate::model::Content::Yaml(value) => value["resources"].clone(),
            _ => panic!("not YAML"),
        };
        assert_eq!(resources(0), json!(["apps", "data"]));
        assert_eq!(resources(1), json!(["service-a.yaml", "service-b.yaml"]));
        assert_eq!(resources(2), json!(["x"]));
    }
}
