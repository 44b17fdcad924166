//! What adds nodes: a group of machines in each data centre and the Cluster Autoscaler that sizes it. The static nodes are
//! no machines of Cluster API and are never touched. The `Cluster` and the infrastructure templates that the groups name
//! belong to whoever provides the machines and must exist before.

mod controller;
mod first_boot;
mod machines;
mod rights;

use super::{Input, RenderError, meta};
use crate::model::topology::operations::NodeScaler;
use crate::model::{Artifact, Name, Path};

/// The autoscaler's name, also of its service account.
const APP: &str = "cluster-autoscaler";

/// The node groups and what sizes them, where the topology asks for them.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let scaler = input.topology.autoscaling.as_ref().and_then(|scaling| scaling.nodes.as_ref());
    let Some(scaler) = scaler else { return Ok(Vec::new()) };
    let mut artifacts = Vec::new();
    for group in groups(input, scaler) {
        let pool = input.topology.pool_path(group.site.as_str(), input.topology.kubernetes.workers.as_str()).key("elastic");
        let mut sources = vec![pool];
        sources.extend(sources_of_scaler());
        artifacts.push(Artifact::object(meta::AUTOSCALING, &machines::deployment(input, &group), sources.clone())?);
        sources.push(Path::of(["kubernetes"]));
        artifacts.push(Artifact::object(meta::AUTOSCALING, &first_boot::template(input, &group)?, sources)?);
    }
    artifacts.extend(controller::render(input)?);
    artifacts.extend(rights::render(input)?);
    Ok(artifacts)
}

/// The machines that may be added in one data centre.
struct Group<'a> {
    site: &'a Name,
    name: String,
    most: u32,
}

fn groups<'a>(input: &Input<'a>, scaler: &NodeScaler) -> Vec<Group<'a>> {
    let topology = input.topology;
    let group = |site: &'a Name| {
        let most = topology.pool(site.as_str(), topology.kubernetes.workers.as_str())?.elastic?;
        Some(Group { site, name: format!("{}-{}-{site}", topology.name, scaler.group), most })
    };
    topology.datacenter_names().into_iter().filter_map(group).collect()
}

fn sources_of_scaler() -> [Path; 1] {
    [Path::of(["autoscaling", "nodes"])]
}

/// The share of nodes, in percent, that may be unready before the autoscaler stops: more than the larger data centre, so
/// that the loss of one does not stop it just when the other needs nodes.
///
/// Source: `max-total-unready-percentage` of Cluster Autoscaler, 45 by default. `max(45, ceil(100 * d / n) + 5)`, at most
/// 100, where `d` is what a data centre has with all its elastic nodes and `n` is `d` and what stands elsewhere.
fn most_unready_percent(input: &Input<'_>) -> u64 {
    let topology = input.topology;
    let kubernetes = &input.plan.kubernetes;
    let nodes = || kubernetes.control_plane.iter().chain(&kubernetes.workers);
    let share = |site: &Name| {
        let elastic = topology.pool(site.as_str(), topology.kubernetes.workers.as_str()).and_then(|pool| pool.elastic);
        let here = nodes().filter(|node| node.site == *site).count() as u64 + u64::from(elastic.unwrap_or(0));
        let elsewhere = nodes().filter(|node| node.site != *site).count() as u64;
        (here * 100).div_ceil((here + elsewhere).max(1)) + 5
    };
    topology.datacenters.keys().map(share).max().unwrap_or_default().clamp(45, 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{seed, seed_with};

    #[test]
    fn the_loss_of_either_data_centre_does_not_stop_it() {
        // Moscow with all its elastic workers: 3 + 4 + 4 of 17.
        assert_eq!(most_unready_percent(&seed().input()), 70);
        let fixed = seed_with(|document| {
            for site in ["msk", "spb"] {
                document["datacenters"][site]["nodes"]["worker"].as_object_mut().unwrap().remove("elastic");
            }
        });
        // 7 of 13; the default of 45 would stop it.
        assert_eq!(most_unready_percent(&fixed.input()), 59);
    }

    #[test]
    fn each_data_centre_has_a_group_of_its_own() {
        let artifacts = render(&seed().input()).unwrap();
        for site in ["msk", "spb"] {
            let path = format!("kubernetes/autoscaling/machinedeployment-inuretech-elastic-{site}.yaml");
            let found = artifacts.iter().find(|artifact| artifact.path == path).unwrap().as_object().unwrap();
            assert_eq!(found["spec"]["template"]["spec"]["failureDomain"], site);
            let annotations = &found["metadata"]["annotations"];
            assert_eq!(annotations["cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size"], "4");
            assert_eq!(annotations["capacity.cluster-autoscaler.kubernetes.io/memory"], "131072Mi");
            assert_eq!(found["spec"].get("replicas"), None);
        }
    }

    #[test]
    fn a_machine_gets_the_files_of_a_static_worker_beside_it_and_joins_like_it() {
        let seed = seed();
        let artifacts = crate::render::render(&seed.input()).unwrap();
        let at = |path: &str| artifacts.iter().find(|artifact| artifact.path == path).unwrap_or_else(|| panic!("no {path}"));
        let template = at("kubernetes/autoscaling/kubeadmconfigtemplate-inuretech-elastic-spb.yaml").as_object().unwrap();
        let config = &template["spec"]["template"]["spec"];
        let files = config["files"].as_array().unwrap();
        for file in files.iter().filter(|file| file["path"] != "/etc/hosts") {
            let path = file["path"].as_str().unwrap();
            assert_eq!(file["content"], at(&format!("hosts/spb/spb-worker-1{path}")).as_text().unwrap(), "{path}");
        }
        let balancer = "/etc/inuretech/api-balancer/haproxy.cfg";
        assert!(files.iter().any(|file| file["path"] == balancer), "{files:?}");
        let names = files.iter().find(|file| file["path"] == "/etc/hosts").unwrap();
        assert_eq!((&names["append"], &names["content"]), (&true.into(), &"127.0.0.1 k8s.inuretech.internal\n".into()));
        let join = &config["joinConfiguration"];
        assert_eq!(join["discovery"]["bootstrapToken"]["apiServerEndpoint"], "k8s.inuretech.internal:7443");
        let labels = "topology.kubernetes.io/region=inuretech,topology.kubernetes.io/zone=spb";
        assert_eq!(join["nodeRegistration"]["kubeletExtraArgs"][0]["value"], labels);
        let group = at("kubernetes/autoscaling/machinedeployment-inuretech-elastic-spb.yaml").as_object().unwrap();
        let machine = &group["spec"]["template"]["spec"];
        assert_eq!(machine["bootstrap"]["configRef"]["name"], template["metadata"]["name"]);
        assert_eq!(machine["version"], "v1.37.2");
    }

    #[test]
    fn nothing_without_a_node_scaler() {
        let planned = seed_with(|document| document["autoscaling"] = serde_json::json!({"pods": "keda"}));
        assert!(render(&planned.input()).unwrap().is_empty());
    }
}
