//! Structured files of hosts: what etcd, Patroni and the log agent listen on.

use serde_json::Value;

use super::Sockets;
use crate::verify::kubernetes::object::{mapping, text};

pub(super) fn listens(inside: &str, value: &Value, found: &mut Sockets) {
    match inside.rsplit_once('/').map_or(inside, |(_, name)| name) {
        "etcd.yaml" => {
            for key in ["listen-client-urls", "listen-peer-urls", "listen-metrics-urls"] {
                let sockets = text(value, key).split(',').filter_map(|url| url.split_once("://"));
                sockets.for_each(|(_, socket)| found.listen(socket, format!("/{key}")));
            }
        }
        "patroni.yml" => {
            for part in ["postgresql", "restapi"] {
                let listen = value.get(part).map(|part| text(part, "listen")).unwrap_or_default();
                let Some((addresses, port)) = listen.rsplit_once(':') else { continue };
                addresses.split(',').for_each(|address| found.listen(&format!("{address}:{port}"), format!("/{part}/listen")));
            }
        }
        "vector.yaml" => {
            for part in ["sources", "sinks"] {
                for (name, part_value) in mapping(value, part) {
                    found.listen(text(part_value, "address"), format!("/{part}/{name}/address"));
                }
            }
        }
        _ => {}
    }
}
