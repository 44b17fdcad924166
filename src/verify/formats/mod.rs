//! What rendered files on hosts say about sockets: which they open and which they connect to, read back from the text.
//!
//! The readers know the lines that our templates print, not the whole of each format: the components' own checkers
//! judge syntax. Any `address:port` in any file counts as something that is connected to.

pub mod addresses;
pub mod gdnsd;
pub mod haproxy;
pub mod lines;
pub mod nginx;
mod small;
mod structured;

use std::net::Ipv4Addr;

use serde_json::Value;

use super::kubernetes::report::Pointer;
use crate::model::Content;

/// An address and a port in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// The address; unspecified where a listener takes all of its host.
    pub address: Ipv4Addr,
    /// The port; `None` where the file names an address alone.
    pub port: Option<u16>,
    /// `line N` or a JSON pointer.
    pub at: String,
}

/// What a file says about sockets.
#[derive(Debug, Default)]
pub struct Sockets {
    /// Those that the program opens that reads the file.
    pub listens: Vec<Socket>,
    /// Those that the file leads to.
    pub asks: Vec<Socket>,
}

impl Sockets {
    fn listen(&mut self, text: &str, at: impl ToString) {
        let (address, port) = text.rsplit_once(':').unwrap_or(("", text));
        let Ok(port) = port.parse() else { return };
        let address = match address {
            "localhost" => Some(Ipv4Addr::LOCALHOST),
            "" | "*" | "[::]" => Some(Ipv4Addr::UNSPECIFIED),
            other => other.parse().ok(),
        };
        self.listens.extend(address.map(|address| Socket { address, port: Some(port), at: at.to_string() }));
    }

    fn ask(&mut self, address: &str, port: &str, at: impl ToString) {
        let address = if address == "localhost" { Some(Ipv4Addr::LOCALHOST) } else { address.parse().ok() };
        if let (Some(address), Ok(port)) = (address, port.parse()) {
            self.asks.push(Socket { address, port: Some(port), at: at.to_string() });
        }
    }
}

/// Reads the sockets of a file that lies at this path of its host.
pub fn sockets(inside: &str, content: &Content) -> Sockets {
    let mut found = Sockets::default();
    match content {
        Content::Text(text) => {
            text_sockets(inside, text, &mut found);
            for (line, text) in lines::numbered(text) {
                found.asks.extend(addresses::sockets(text).map(|(address, port)| Socket { address, port, at: line.to_string() }));
            }
        }
        Content::Yaml(value) | Content::Json(value) | Content::Object(value) => {
            structured::listens(inside, value, &mut found);
            scan(value, &Pointer::ROOT, &mut found.asks);
        }
        Content::YamlDocuments(documents) => {
            for document in documents {
                scan(document, &Pointer::ROOT, &mut found.asks);
            }
        }
    }
    found
}

fn text_sockets(inside: &str, text: &str, found: &mut Sockets) {
    let name = inside.rsplit_once('/').map_or(inside, |(_, name)| name);
    if name.rsplit_once('.').is_some_and(|(_, ending)| ending == "cfg") {
        haproxy::sockets(text, found);
    } else if inside.starts_with("etc/nginx/") {
        nginx::sockets(text, found);
    } else if inside == "etc/gdnsd/config" {
        gdnsd::sockets(text, found);
    } else if inside.starts_with("etc/redis/") {
        small::redis(name, text, found);
    } else if name.rsplit_once('.').is_some_and(|(_, ending)| ending == "properties") {
        small::kafka(text, found);
    } else if name == "pgbouncer.ini" {
        small::pgbouncer(text, found);
    } else if name == "pgbackrest.conf" {
        small::pgbackrest(text, found);
    } else {
        small::arguments(text, found);
    }
}

/// Every address in the strings of a document.
pub fn scan(value: &Value, at: &Pointer<'_>, found: &mut Vec<Socket>) {
    match value {
        Value::String(text) if text.contains('.') || text.contains("localhost") => {
            found.extend(addresses::sockets(text).map(|(address, port)| Socket { address, port, at: at.to_string() }));
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(position, item)| scan(item, &at.index(position), found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| scan(field, &at.key(name), found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
