//! gdnsd: where it listens, the addresses that it answers with and how it asks whether they are well.

use std::net::Ipv4Addr;

use super::addresses;
use super::lines::{Line, numbered};
use super::{Socket, Sockets};

/// The items of `key => [ ... ]` and the single value of `key => value`, for every line with this key.
pub fn values<'a>(text: &'a str, key: &str) -> Vec<(Line, Vec<&'a str>)> {
    let split = |(line, text): (Line, &'a str)| {
        let (found, value) = text.split_once("=>")?;
        let items = value.split(['[', ']', ',', ' ', '"']).filter(|item| !item.is_empty()).collect();
        (found.trim() == key).then_some((line, items))
    };
    numbered(text).filter_map(split).collect()
}

/// Every address that is an answer.
pub fn answers(text: &str) -> Vec<(Line, Ipv4Addr)> {
    let lines = values(text, "addrs_v4").into_iter();
    let each = lines.flat_map(|(line, items)| items.into_iter().map(move |item| (line, item)));
    each.filter_map(|(line, item)| Some((line, item.parse().ok()?))).collect()
}

/// The `A` records of a zone file, by name.
pub fn records(zone: &str) -> Vec<(Line, &str, Ipv4Addr)> {
    numbered(zone)
        .filter_map(|(line, text)| {
            let (head, address) = text.rsplit_once(" A ")?;
            Some((line, head.split(' ').next()?, addresses::sockets(address).next()?.0))
        })
        .collect()
}

pub(super) fn sockets(text: &str, found: &mut Sockets) {
    for (line, items) in values(text, "listen") {
        let listens = items.into_iter().filter_map(|item| item.parse().ok());
        found.listens.extend(listens.map(|address| Socket { address, port: Some(53), at: line.to_string() }));
    }
}
