//! The syntax of names, labels and ports, as `k8s.io/apimachinery/pkg/util/validation` has it.
//!
//! Each function answers what is wrong with a word, as the end of a sentence that begins with the word; `None` for a good one.

/// A DNS label (RFC 1123): at most 63 of `a-z`, `0-9` and `-`, a letter or digit at both ends.
pub fn label(word: &str) -> Option<&'static str> {
    if word.len() > 63 {
        return Some("is longer than 63 characters");
    }
    let inner = |byte: u8| is_lower(byte) || byte == b'-';
    (!framed(word, is_lower, inner)).then_some("is not a DNS label: use a-z, 0-9 and `-`, with a letter or digit at both ends")
}

/// A DNS label that starts with a letter (RFC 1035), as the names of services do.
pub fn label_1035(word: &str) -> Option<&'static str> {
    label(word).or_else(|| (!word.starts_with(|c: char| c.is_ascii_lowercase())).then_some("does not start with a letter"))
}

/// DNS labels joined with dots (RFC 1123), at most 253 characters.
pub fn subdomain(word: &str) -> Option<&'static str> {
    if word.len() > 253 {
        return Some("is longer than 253 characters");
    }
    let inner = |byte: u8| is_lower(byte) || byte == b'-';
    (!word.split('.').all(|part| framed(part, is_lower, inner)))
        .then_some("is not a DNS subdomain: use a-z, 0-9, `-` and `.`, with a letter or digit at both ends of each part")
}

/// A segment of a URL path, as the names of roles are: anything but `.`, `..`, `/` and `%`.
pub fn path_segment(word: &str) -> Option<&'static str> {
    let bad = word.is_empty() || word == "." || word == ".." || word.contains(['/', '%']);
    bad.then_some("cannot be part of a URL path")
}

/// The key of a label or annotation: a name of at most 63 characters, perhaps after a DNS subdomain and `/`.
pub fn label_key(word: &str) -> Option<&'static str> {
    let (prefix, name) = word.split_once('/').map_or((None, word), |(prefix, name)| (Some(prefix), name));
    if prefix.is_some_and(|prefix| subdomain(prefix).is_some()) {
        return Some("has a prefix that is not a DNS subdomain");
    }
    if name.len() > 63 {
        return Some("has a name longer than 63 characters");
    }
    (!framed(name, is_word, is_label_inner))
        .then_some("is not a label key: use letters, digits, `-`, `_` and `.` after at most one `/`")
}

/// The value of a label: empty, or at most 63 of letters, digits, `-`, `_` and `.`, with a letter or digit at both ends.
pub fn label_value(word: &str) -> Option<&'static str> {
    if word.len() > 63 {
        return Some("is longer than 63 characters");
    }
    (!word.is_empty() && !framed(word, is_word, is_label_inner))
        .then_some("is not a label value: use letters, digits, `-`, `_` and `.`, with a letter or digit at both ends")
}

/// The name of a port (`IANA_SVC_NAME`, RFC 6335): at most 15 of `a-z`, `0-9` and single `-`, with at least one letter.
pub fn port_name(word: &str) -> Option<&'static str> {
    if word.len() > 15 {
        return Some("is longer than the 15 characters of a port name");
    }
    let inner = |byte: u8| is_lower(byte) || byte == b'-';
    let good = framed(word, is_lower, inner) && !word.contains("--") && word.bytes().any(|byte| byte.is_ascii_lowercase());
    (!good).then_some("is not a port name: use a-z, 0-9 and single `-`, with at least one letter")
}

/// The name of an environment variable: printable ASCII without `=`.
pub fn environment(word: &str) -> Option<&'static str> {
    let good = !word.is_empty() && word.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=');
    (!good).then_some("is not the name of an environment variable")
}

/// A key of a `ConfigMap` or `Secret`: at most 253 of letters, digits, `-`, `_` and `.`, and neither `.` nor `..`.
pub fn config_key(word: &str) -> Option<&'static str> {
    let good =
        !word.is_empty() && word.len() <= 253 && word.bytes().all(is_label_inner) && word != "." && !word.starts_with("..");
    (!good).then_some("is not a key: use letters, digits, `-`, `_` and `.`")
}

fn framed(word: &str, ends: impl Fn(u8) -> bool, inner: impl Fn(u8) -> bool) -> bool {
    let bytes = word.as_bytes();
    let good_end = |byte: Option<&u8>| byte.is_some_and(|byte| ends(*byte));
    good_end(bytes.first()) && good_end(bytes.last()) && bytes.iter().all(|byte| inner(*byte))
}

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
}

fn is_label_inner(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels() {
        for good in ["a", "a-b", "0a", &"a".repeat(63)] {
            assert_eq!(label(good), None, "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", "é", &"a".repeat(64)] {
            assert!(label(bad).is_some(), "{bad}");
        }
        assert!(label_1035("0a").is_some());
        assert_eq!(label_1035("a0"), None);
    }

    #[test]
    fn subdomains() {
        assert_eq!(subdomain("a.b-c.0"), None);
        for bad in ["", "a..b", ".a", "a.", "a.-b", "Api_1", &"a".repeat(254)] {
            assert!(subdomain(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn label_keys_and_values() {
        assert_eq!(label_key("app.kubernetes.io/name"), None);
        assert_eq!(label_key("A_b.c"), None);
        for bad in ["", "a/b/c", "/a", "a/", "-a", "UPPER.io/a", "a b", &"a".repeat(64)] {
            assert!(label_key(bad).is_some(), "{bad}");
        }
        assert_eq!(label_value(""), None);
        assert_eq!(label_value("v1.2_x-Y"), None);
        for bad in ["-", "a b", "a/b", &"a".repeat(64)] {
            assert!(label_value(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn ports_and_keys() {
        assert_eq!(port_name("http-2"), None);
        for bad in ["", "80", "HTTP", "a--b", "-a", "sixteen-letters-"] {
            assert!(port_name(bad).is_some(), "{bad}");
        }
        assert_eq!(environment("JAVA_OPTS.x"), None);
        assert!(environment("A=B").is_some());
        assert_eq!(config_key("redis.conf"), None);
        assert!(config_key("a/b").is_some());
        assert!(path_segment("a%b").is_some());
        assert_eq!(path_segment("system:reader"), None);
    }
}
