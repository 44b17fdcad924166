//! Names, each as narrow as its tightest consumer, so that a valid one can become a pod, host or zone name.

use super::text::name_type;

fn label(text: &str, most: usize) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= most && text.starts_with(|c: char| c.is_ascii_lowercase()) && !text.ends_with('-') && text.bytes().all(inner)
}

fn dns_name(text: &str) -> bool {
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        !part.is_empty() && part.len() <= 63 && !part.starts_with('-') && !part.ends_with('-') && part.bytes().all(inner)
    };
    text.len() <= 253 && text.split('.').all(part)
}

fn reference(text: &str) -> bool {
    let part = |part: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !part.is_empty() && part.len() <= 120 && part.bytes().all(inner)
    };
    let mut parts = text.split('/');
    parts.next().is_some_and(part) && parts.next().is_none_or(part) && parts.next().is_none()
}

name_type!(
    /// The name of a data centre, pool, service or instance: an RFC 1035 label of at most 40 characters,
    /// because it becomes part of longer names (`<dc>-<pool>-<n>`, `<service>-<dc>`).
    Name,
    |text| label(text, 40),
    "^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$",
    "a name of at most 40 lower-case letters, digits and hyphens that begins with a letter, such as `core-app`",
    "core-app"
);

name_type!(
    /// The name of a host: an RFC 1123 label that is unique over all sites.
    HostName,
    |text| label(text, 63),
    "^[a-z]([-a-z0-9]{0,61}[a-z0-9])?$",
    "a host name of at most 63 lower-case letters, digits and hyphens that begins with a letter, such as `msk-postgres-1`",
    "msk-postgres-1"
);

name_type!(
    /// A DNS name of one or more labels.
    DnsName,
    dns_name,
    r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$",
    "a DNS name in lower case, such as `inuretech.ru`",
    "inuretech.ru"
);

name_type!(
    /// `instance/item` or the short `item` where that is unique: a topic, a bucket, a Secret and its key.
    Reference,
    reference,
    r"^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?$",
    "a reference such as `events/orders`, or `orders` where it is unique",
    "events/orders"
);

impl Reference {
    /// The instance, where it is written, and the item.
    pub fn parts(&self) -> (Option<&str>, &str) {
        match self.as_str().split_once('/') {
            Some((instance, item)) => (Some(instance), item),
            None => (None, self.as_str()),
        }
    }

    /// The reference to `item` of `instance`.
    pub fn to(instance: &str, item: &str) -> Option<Self> {
        format!("{instance}/{item}").parse().ok()
    }
}

name_type!(
    /// The path of a URL.
    UrlPath,
    |text| text.starts_with('/')
        && text.len() <= 512
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"/-._~%+@:".contains(&b)),
    "^/[A-Za-z0-9/._~%+@:-]*$",
    "a path that begins with `/`, such as `/api/v1/catalog`",
    "/api/v1/catalog"
);

name_type!(
    /// The name of a topic in Kafka: up to 249 letters, digits, `.`, `_` and `-`.
    TopicName,
    |text| !text.is_empty()
        && text.len() <= 200
        && text.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.ends_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b)),
    r"^[a-z0-9]([a-z0-9.-]{0,198}[a-z0-9])?$",
    "a topic name of lower-case letters, digits, `.` and `-`, such as `orders`",
    "orders"
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_become_a_dns_label() {
        assert!("core-app".parse::<Name>().is_ok());
        for bad in ["", "1st", "Core", "a_b", "a-", &"a".repeat(41)] {
            assert!(bad.parse::<Name>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_reference_has_one_or_two_parts() {
        assert_eq!("events/orders".parse::<Reference>().unwrap().parts(), (Some("events"), "orders"));
        assert_eq!("orders".parse::<Reference>().unwrap().parts(), (None, "orders"));
        assert!("a/b/c".parse::<Reference>().is_err());
    }
}
