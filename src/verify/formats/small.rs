//! The formats of one setting a line: Redis, Kafka's properties, `PgBouncer`, pgBackRest and arguments of daemons.

use super::Sockets;
use super::lines::{Line, numbered, words};

/// `redis.conf`, `sentinel.conf` and the lists of members beside them.
pub(super) fn redis(name: &str, text: &str, found: &mut Sockets) {
    let mut bound: Vec<&str> = Vec::new();
    for (line, text) in numbered(text) {
        match words(text).as_slice() {
            ["bind", addresses @ ..] => bound = addresses.to_vec(),
            ["port" | "tls-port", port] if *port != "0" => {
                for address in &bound {
                    found.listen(&format!("{address}:{port}"), line);
                }
            }
            ["sentinel", "monitor", _, address, port, ..] => found.ask(address, port, line),
            [_, address, port, ..] if matches!(name, "members" | "sentinels") => found.ask(address, port, line),
            _ => {}
        }
    }
}

/// The listeners of a Kafka process.
pub(super) fn kafka(text: &str, found: &mut Sockets) {
    for (line, text) in numbered(text) {
        if let Some(listeners) = text.strip_prefix("listeners=") {
            let sockets = listeners.split(',').filter_map(|listener| listener.split_once("://"));
            sockets.for_each(|(_, socket)| found.listen(socket, line));
        }
    }
}

pub(super) fn pgbouncer(text: &str, found: &mut Sockets) {
    let mut address = "";
    for (line, text) in numbered(text) {
        if let Some(value) = text.strip_prefix("listen_addr = ") {
            address = value;
        } else if let Some(port) = text.strip_prefix("listen_port = ") {
            address.split(',').for_each(|address| found.listen(&format!("{}:{port}", address.trim()), line));
        } else {
            let setting = |key: &str| words(text).into_iter().find_map(|word| word.strip_prefix(key));
            if let (Some(host), Some(port)) = (setting("host="), setting("port=")) {
                found.ask(host, port, line);
            }
        }
    }
}

pub(super) fn pgbackrest(text: &str, found: &mut Sockets) {
    let setting = |key: &str| numbered(text).find_map(|(line, text)| Some((line, text.strip_prefix(key)?.strip_prefix('=')?)));
    if let (Some((_, host)), Some((line, port))) = (setting("repo1-s3-endpoint"), setting("repo1-storage-port")) {
        found.ask(host, port, line);
    }
}

/// Arguments such as `--web.listen-address=10.0.0.1:9100`.
pub(super) fn arguments(text: &str, found: &mut Sockets) {
    let listen = |(line, text): (Line, &str), found: &mut Sockets| {
        for (_, rest) in text.match_indices("listen-address=").filter_map(|(at, key)| Some((at, text.get(at + key.len()..)?))) {
            let end = rest.find([' ', '"', '\'']).unwrap_or(rest.len());
            found.listen(rest.get(..end).unwrap_or_default(), line);
        }
    };
    numbered(text).for_each(|line| listen(line, found));
}
