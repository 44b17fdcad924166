//! IPv4 addresses in any text, with the port or the prefix behind them.

use std::net::Ipv4Addr;

/// Every single address of the text with the port behind it; networks and wildcards are left out.
pub fn sockets(text: &str) -> impl Iterator<Item = (Ipv4Addr, Option<u16>)> + '_ {
    let local = text.match_indices("localhost:").map(|(at, found)| (Ipv4Addr::LOCALHOST, leading(text.get(at + found.len()..))));
    let written = candidates(text).filter_map(|(address, rest)| match rest.as_bytes().first() {
        Some(b':') => Some((address, leading(rest.get(1..)))),
        Some(b'/') => match leading::<u8>(rest.get(1..)) {
            Some(32) | None => Some((address, None)),
            Some(_) => None,
        },
        _ => Some((address, None)),
    });
    local.filter(|(_, port)| port.is_some()).chain(written.filter(|(address, _)| !address.is_unspecified()))
}

/// Addresses with what follows each.
fn candidates(text: &str) -> impl Iterator<Item = (Ipv4Addr, &str)> {
    let mut rest = text;
    let mut before = b' ';
    std::iter::from_fn(move || {
        loop {
            let start = rest.bytes().position(|byte| byte.is_ascii_digit())?;
            before = start.checked_sub(1).and_then(|at| rest.as_bytes().get(at)).copied().unwrap_or(before);
            let tail = rest.get(start..)?;
            let length = tail.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.').unwrap_or(tail.len());
            let (run, after) = tail.split_at_checked(length)?;
            let inside_word = before.is_ascii_alphanumeric() || b"._-".contains(&before);
            before = b'0';
            rest = after;
            match run.trim_end_matches('.').parse() {
                Ok(address) if !inside_word => return Some((address, after)),
                Ok(_) | Err(_) => {}
            }
        }
    })
}

fn leading<T: std::str::FromStr>(text: Option<&str>) -> Option<T> {
    let text = text?;
    let length = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    text.get(..length)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        sockets(text).map(|(address, port)| format!("{address} {port:?}")).collect()
    }

    #[test]
    fn addresses_are_found_wherever_they_stand_and_networks_are_not() {
        let text = "https://10.1.2.3:2379,a=10.1.2.4:80; 10.0.0.0/16 10.1.2.5/32 v1.2.3.4 1.2.3 0.0.0.0:9 500@10.1.2.6:9090. localhost:7";
        let wanted = ["127.0.0.1 Some(7)", "10.1.2.3 Some(2379)", "10.1.2.4 Some(80)", "10.1.2.5 None", "10.1.2.6 Some(9090)"];
        assert_eq!(shown(text), wanted);
    }
}
