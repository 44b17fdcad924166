//! The facts that matter of what is rendered for services, on the seed's platform and on changes of it.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::RenderError;
use crate::model::Artifact;
use crate::testing::{Planned, seed, seed_with};

fn artifacts(planned: &Planned) -> Vec<Artifact> {
    super::render(&planned.input()).unwrap()
}

fn object<'a>(artifacts: &'a [Artifact], path: &str) -> &'a Value {
    let found = artifacts.iter().find(|artifact| artifact.path == format!("kubernetes/{path}.yaml"));
    found.unwrap_or_else(|| panic!("no {path}")).as_object().unwrap()
}

fn has(artifacts: &[Artifact], path: &str) -> bool {
    artifacts.iter().any(|artifact| artifact.path == format!("kubernetes/{path}.yaml"))
}

fn variable<'a>(pod: &'a Value, name: &str) -> Option<&'a Value> {
    pod["containers"][0]["env"].as_array()?.iter().find(|variable| variable["name"] == name)
}

#[test]
fn a_service_recovers_from_the_loss_of_a_data_centre() {
    let rendered = artifacts(&seed());
    let pod = &object(&rendered, "apps/deployment-core-app")["spec"]["template"]["spec"];
    let constraints = pod["topologySpreadConstraints"].as_array().unwrap();
    let keys: Vec<_> = constraints.iter().map(|one| json!([one["topologyKey"], one["whenUnsatisfiable"]])).collect();
    let expected = [
        json!(["topology.kubernetes.io/zone", "DoNotSchedule"]),
        json!(["kubernetes.io/hostname", "DoNotSchedule"]),
        json!(["topology.inuretech.io/rack", "ScheduleAnyway"]),
    ];
    assert_eq!(keys, expected);
    for constraint in constraints {
        assert_eq!(constraint["nodeTaintsPolicy"], "Honor");
        assert_eq!(constraint.get("minDomains"), None);
    }
    assert_eq!(pod["tolerations"][0]["tolerationSeconds"], 30);
    let service = object(&rendered, "apps/service-core-app");
    assert_eq!(service["spec"]["trafficDistribution"], "PreferSameZone");
}

#[test]
fn a_read_model_has_a_projector_in_each_data_centre() {
    let rendered = artifacts(&seed());
    for site in ["msk", "spb"] {
        let deployment = object(&rendered, &format!("apps/deployment-order-reader-{site}"));
        let pod = &deployment["spec"]["template"]["spec"];
        let term = &pod["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"][0];
        assert_eq!(term["matchExpressions"][0]["values"], json!([site]));
        assert_eq!(variable(pod, "KAFKA_GROUP_ID").unwrap()["value"], format!("order-reader-{site}"));
        assert_eq!(variable(pod, "ZONE").unwrap()["value"], site);
        let scaled = &object(&rendered, &format!("apps/scaledobject-order-reader-{site}"))["spec"];
        assert_eq!((&scaled["minReplicaCount"], &scaled["maxReplicaCount"]), (&json!(2), &json!(4)));
        assert_eq!(scaled["triggers"][0]["metadata"]["consumerGroup"], format!("order-reader-{site}"));
        assert_eq!(deployment["spec"]["selector"]["matchLabels"]["app.kubernetes.io/instance"], format!("order-reader-{site}"));
    }
}

#[test]
fn nothing_scales_a_deployment_twice_or_undoes_its_scaler() {
    for pods in ["keda", "hpa"] {
        let planned = seed_with(|document| document["autoscaling"]["pods"] = json!(pods));
        let rendered = artifacts(&planned);
        let mut targets = BTreeSet::new();
        for artifact in &rendered {
            let object = artifact.as_object().unwrap();
            if ["ScaledObject", "HorizontalPodAutoscaler"].contains(&object["kind"].as_str().unwrap()) {
                assert!(
                    targets.insert(object["spec"]["scaleTargetRef"]["name"].as_str().unwrap().to_owned()),
                    "{}",
                    artifact.path
                );
            }
        }
        assert!(targets.contains("core-app"), "{pods}");
        for artifact in rendered.iter().filter(|artifact| artifact.file_name().starts_with("deployment-")) {
            let object = artifact.as_object().unwrap();
            let scaled = targets.contains(object["metadata"]["name"].as_str().unwrap());
            assert_eq!(object["spec"].get("replicas").is_none(), scaled, "{}", artifact.path);
        }
    }
}

#[test]
fn a_scaler_falls_back_only_where_it_reads_an_outside_measure() {
    let rendered = artifacts(&seed());
    let scaled = |name: &str| object(&rendered, &format!("apps/scaledobject-{name}"))["spec"].clone();
    assert_eq!(scaled("core-app")["fallback"]["replicas"], 6);
    assert_eq!(scaled("policies").get("fallback"), None);
    let triggers = scaled("core-app")["triggers"].as_array().unwrap().clone();
    assert_eq!(triggers.iter().map(|trigger| &trigger["name"]).collect::<Vec<_>>(), ["cpu", "rps", "custom-orders"]);
    assert_eq!(triggers[1]["metadata"]["ignoreNullValues"], "false");
}

#[test]
fn paths_are_shared_by_weight_even_between_namespaces() {
    let planned = seed_with(|document| document["services"]["policies"]["namespace"] = json!("insurance"));
    let rendered = artifacts(&planned);
    let route = object(&rendered, "apps/httproute-www.policies");
    let backends = route["spec"]["rules"][0]["backendRefs"].as_array().unwrap();
    assert_eq!(backends.iter().map(|backend| backend["weight"].as_u64().unwrap()).collect::<Vec<_>>(), [80, 20]);
    assert_eq!(backends[1]["namespace"], "insurance");
    let grant = object(&rendered, "insurance/referencegrant-routes-from-apps");
    assert_eq!(grant["spec"]["from"][0]["namespace"], "apps");
    assert_eq!(grant["spec"]["to"][0]["name"], "policies");
    let gateway = object(&rendered, "edge/gateway-public");
    let namespaces = &gateway["spec"]["listeners"][0]["allowedRoutes"]["namespaces"]["selector"]["matchExpressions"][0]["values"];
    assert_eq!(*namespaces, json!(["apps", "insurance"]));
    assert!(has(&rendered, "cluster/namespace-insurance"));
    assert!(has(&rendered, "insurance/networkpolicy-default-deny"));
}

#[test]
fn only_callers_and_stores_are_reached() {
    let planned = seed();
    let rendered = artifacts(&planned);
    let policy = &object(&rendered, "apps/networkpolicy-client-info")["spec"];
    let callers: Vec<_> = policy["ingress"][0]["from"]
        .as_array()
        .unwrap()
        .iter()
        .map(|peer| peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"].as_str().unwrap())
        .collect();
    assert_eq!(callers, ["core-app", "graph", "envoy"]);
    let text = policy["egress"].to_string();
    let proxy = planned.plan.postgres["core"].proxies[0].address;
    assert!(text.contains(&format!("\"{proxy}/32\"")), "{text}");
    let worker = &object(&rendered, "apps/networkpolicy-payment-worker")["spec"];
    assert_eq!(worker["ingress"].as_array().unwrap().len(), 1, "only the monitoring comes in");
}

#[test]
fn a_service_is_told_its_stores_and_never_their_secrets() {
    let rendered = artifacts(&seed());
    let pod = &object(&rendered, "apps/deployment-core-app")["spec"]["template"]["spec"];
    let secret = |name: &str| variable(pod, name).unwrap()["valueFrom"]["secretKeyRef"].clone();
    assert_eq!(secret("CACHE_REDIS_PASSWORD"), json!({"name": "core-app-redis-cache", "key": "password"}));
    assert_eq!(secret("DOCUMENTS_S3_SECRET_KEY"), json!({"name": "core-app-s3-documents", "key": "secret-key"}));
    assert_eq!(variable(pod, "DOCUMENTS_S3_BUCKET").unwrap()["value"], "policies");
    assert_eq!(variable(pod, "CLIENT_INFO_URL").unwrap()["value"], "http://client-info.apps.svc.cluster.local:8080");
    let planned = seed_with(|document| document["services"]["core-app"]["env"]["CACHE_REDIS_HOST"] = json!("elsewhere"));
    let rendered = artifacts(&planned);
    let pod = &object(&rendered, "apps/deployment-core-app")["spec"]["template"]["spec"];
    assert_eq!(variable(pod, "CACHE_REDIS_HOST").unwrap()["value"], "elsewhere", "the topology wins");
}

#[test]
fn a_route_may_leave_the_common_preference() {
    let planned = seed_with(|document| document["services"]["graph"]["traffic"] = json!("any"));
    let rendered = artifacts(&planned);
    let policy = object(&rendered, "apps/backendtrafficpolicy-api.graphql");
    assert_eq!(policy["spec"]["targetRefs"][0]["name"], "api.graphql");
    assert_eq!(policy["spec"]["loadBalancer"].get("zoneAware"), None);
    assert_eq!(object(&rendered, "apps/service-graph")["spec"].get("trafficDistribution"), None);
    assert!(!has(&rendered, "apps/backendtrafficpolicy-api.api-v1-orders"));
}

#[test]
fn a_changed_file_restarts_the_pods() {
    let mut planned = seed();
    let path = "/spec/template/metadata/annotations/inuretech.io~1config-digest";
    let digest = |planned: &Planned| object(&artifacts(planned), "apps/deployment-core-app").pointer(path).unwrap().clone();
    let before = digest(&planned);
    planned.files.values_mut().for_each(|text| text.push_str("# more\n"));
    assert_ne!(digest(&planned), before);
    planned.files.clear();
    assert!(matches!(super::render(&planned.input()), Err(RenderError::File { .. })));
}

#[test]
fn the_zone_is_known_where_the_version_can_tell() {
    let old = artifacts(&seed_with(|document| document["kubernetes"]["version"] = json!("1.34")));
    let pod = &object(&old, "apps/deployment-core-app")["spec"]["template"]["spec"];
    assert_eq!(variable(pod, "ZONE"), None);
    let new = artifacts(&seed());
    let pod = &object(&new, "apps/deployment-core-app")["spec"]["template"]["spec"];
    let path = &variable(pod, "ZONE").unwrap()["valueFrom"]["fieldRef"]["fieldPath"];
    assert_eq!(*path, "metadata.labels['topology.kubernetes.io/zone']");
}

#[test]
fn a_patch_applies_to_objects_of_its_service_or_is_refused() {
    let with = |patch: Value| seed_with(|document| document["services"]["policies"]["patches"] = json!([patch]));
    let patch = json!({"kind": "Deployment", "op": "add", "path": "/spec/minReadySeconds", "value": 7});
    let rendered = artifacts(&with(patch));
    assert_eq!(object(&rendered, "apps/deployment-policies")["spec"]["minReadySeconds"], 7);
    assert_eq!(object(&rendered, "apps/deployment-core-app")["spec"].get("minReadySeconds"), None);
    for wrong in [
        json!({"kind": "Deployment", "op": "remove", "path": "/spec/nothing"}),
        json!({"kind": "StatefulSet", "op": "remove", "path": "/spec"}),
        json!({"kind": "Deployment", "op": "add", "path": "/spec/minReadySeconds"}),
    ] {
        let planned = with(wrong.clone());
        let error = super::render(&planned.input()).unwrap_err();
        assert!(error.to_string().contains("services.policies.patches[0]"), "{wrong}: {error}");
    }
}

#[test]
fn traefik_is_rendered_whole() {
    let planned = seed_with(|document| document["kubernetes"]["controller"] = json!("traefik"));
    let rendered = artifacts(&planned);
    assert!(has(&rendered, "edge/daemonset-traefik") && has(&rendered, "cluster/gatewayclass-traefik"));
    assert!(!rendered.iter().any(|artifact| artifact.path.contains("envoy")));
    let listener = &object(&rendered, "edge/gateway-public")["spec"]["listeners"][0];
    let ports = &object(&rendered, "edge/daemonset-traefik")["spec"]["template"]["spec"]["containers"][0]["ports"];
    assert_eq!(listener["port"], ports[0]["containerPort"], "a listener needs an entry point of the same port");
}
