//! The edge: whether each data centre is healthy from outside the cluster, what nginx answers, and certificates.

use super::alert::{Alert, rising, steady};
use crate::model::topology::operations::Logs;
use crate::render::Input;

const DAY: u64 = 86_400;

/// Its alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    if input.plan.edge.values().all(Vec::is_empty) {
        return Vec::new();
    }
    let mut alerts = vec![nginx_down()];
    if input.topology.geodns.is_some() {
        alerts.push(unhealthy(input));
    }
    alerts.extend([certificate(14, false), certificate(3, true)]);
    match input.topology.observability.as_ref().map(|observability| observability.logs) {
        Some(Logs::Victorialogs) => alerts.extend(answers()),
        Some(Logs::Off) | None => {}
    }
    alerts
}

fn nginx_down() -> Alert {
    let series = "nginx_up{job=\"nginx\",dc=\"d\",host=\"h\"}";
    Alert::new("NginxDown", "max by (dc, host) (nginx_up{job=\"nginx\"}) == 0")
        .after(1)
        .says(
            "nginx on {{ $labels.host }} does not answer",
            "Its exporter does, it does not.",
            "systemctl status nginx; nginx -t.",
        )
        .fires([steady(series, 0)], [("dc", "d"), ("host", "h")])
        .quiet([steady(series, 1)])
}

fn unhealthy(input: &Input<'_>) -> Alert {
    let path = input.topology.geodns.as_ref().map(|dns| dns.check.path.to_string()).unwrap_or_default();
    let series = format!("probe_success{{job=\"probe\",dc=\"d\",host=\"h\",instance=\"http://192.0.2.1{path}\"}}");
    Alert::new("EdgeUnhealthy", format!("max by (dc) (probe_success{{job=\"probe\",instance=~\"http://.*{path}\"}}) == 0"))
        .after(1)
        .says(
            "the edge of {{ $labels.dc }} says that it is not healthy",
            "Name servers lead clients to the other data centre.",
            "Look at nginx there, then at the ingress behind it.",
        )
        .fires([steady(series.clone(), 0)], [("dc", "d")])
        .quiet([steady(series, 1)])
}

fn certificate(days: u64, critical: bool) -> Alert {
    let series = "probe_ssl_earliest_cert_expiry{job=\"probe\",dc=\"d\",host=\"h\",instance=\"192.0.2.1:443\"}";
    let name = if critical { "CertificateExpires" } else { "CertificateExpiresSoon" };
    let alert = Alert::new(
        name,
        format!("min by (dc, host, instance) (probe_ssl_earliest_cert_expiry{{job=\"probe\"}}) - time() < {}", days * DAY),
    )
    .after(10)
    .says(
        "a certificate at {{ $labels.instance }} runs out",
        format!("In less than {days} days; what renews it has not."),
        "Look at what issues it, then bring the new one to the host and reload.",
    )
    .fires([steady(series, (days - 1) * DAY)], [("dc", "d"), ("host", "h"), ("instance", "192.0.2.1:443")])
    .quiet([steady(series, (days + 1) * DAY)]);
    if critical { alert } else { alert.warning() }
}

/// Shares of what the log agents count in the access logs.
fn answers() -> [Alert; 3] {
    let share = |of: &str, limit: &str| {
        format!("sum by (dc) (rate(edge_requests_total{{{of}}}[5m])) / sum by (dc) (rate(edge_requests_total[5m])) > {limit}")
    };
    let bad = |labels: &str, step: u32| rising(format!("edge_requests_total{{job=\"edge\",dc=\"d\",host=\"h\",{labels}}}"), step);
    let good = || rising("edge_requests_total{job=\"edge\",dc=\"d\",host=\"h\",status=\"200\",cache=\"HIT\"}", 100);
    let (errors, limited, stale) = ("status=\"502\",cache=\"\"", "status=\"429\",cache=\"\"", "status=\"200\",cache=\"STALE\"");
    [
        Alert::new("EdgeErrors", share("status=~\"5..\"", "0.01"))
            .after(5)
            .says(
                "more than 1 % of the answers of {{ $labels.dc }} are errors",
                "Counted at nginx, whatever stands behind it.",
                "In the logs: status 5xx by upstream and host.",
            )
            .fires([bad(errors, 10), good()], [("dc", "d")])
            .quiet([bad(errors, 0), good()]),
        Alert::new("EdgeLimited", share("status=\"429\"", "0.2"))
            .warning()
            .after(10)
            .says(
                "more than 20 % of the requests in {{ $labels.dc }} are refused by limits",
                "Bots, or a client whose contract is too small for what it does.",
                "In the logs: status 429 by client.",
            )
            .fires([bad(limited, 60), good()], [("dc", "d")])
            .quiet([bad(limited, 5), good()]),
        Alert::new("EdgeStale", share("cache=\"STALE\"", "0.1"))
            .warning()
            .after(10)
            .says(
                "more than 10 % of the answers of {{ $labels.dc }} are stale",
                "nginx serves what it kept, because what is fresh cannot be had.",
                "Look at the service behind the cached path.",
            )
            .fires([bad(stale, 60), good()], [("dc", "d")])
            .quiet([bad(stale, 5), good()]),
    ]
}
