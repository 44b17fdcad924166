//! `haproxy -c -dW`: a warning is an error.
//!
//! In the copy, names of servers are loopback addresses, every certificate is the throw-away one, and the user, the
//! group and the root that the process changes to are left out, since they exist on the host only.

use super::scratch::{Certificates, resolved};
use super::{Job, Outcome, Tool, in_etc};
use crate::io::FileError;

/// `HAProxy`'s own reader of its file.
pub const HAPROXY: Tool = Tool { name: "haproxy -c", applies: |_, path| in_etc(path, "haproxy") == Some("haproxy.cfg"), check };

fn check(job: &Job<'_>) -> Result<Outcome, FileError> {
    if job.runner.find("haproxy").is_none() {
        return Ok(Outcome::NotFound { program: "haproxy".to_owned() });
    }
    let Some(certificates) = job.certificates else { return Ok(Outcome::NotFound { program: "openssl".to_owned() }) };
    let change = |line: &str| stand_in(line, certificates, &|path| job.rendered(path));
    job.copy(job.host(), |path, file| match path {
        "etc/haproxy/haproxy.cfg" => (job.text().lines().map(change).collect::<Vec<_>>().join("\n") + "\n").into_bytes(),
        _ => file.bytes.clone(),
    })?;
    // Not with `-q`, which takes the warnings off that `-dW` refuses the file for.
    job.run("haproxy", &["-c", "-dW", "-f", &job.inside("/etc/haproxy/haproxy.cfg")])
}

/// One line as the copy has it; it stays one line, so that line numbers hold.
fn stand_in(line: &str, certificates: &Certificates, rendered: &dyn Fn(&str) -> Option<String>) -> String {
    let words: Vec<&str> = line.split_whitespace().collect();
    let before = |position: usize| position.checked_sub(1).and_then(|before| words.get(before)).copied();
    let replaced = |position: usize, word: &str| match (words.first().copied(), position, before(position)) {
        (Some("server" | "peer" | "nameserver"), 2, _) | (Some("server-template"), 3, _) => resolved(word),
        (Some("log"), 1, _) if word.contains(':') => resolved(word),
        (_, _, Some("crt")) => certificates.both.clone(),
        (_, _, Some("ca-file" | "ca-verify-file")) if !word.starts_with('@') => certificates.certificate.clone(),
        _ => rendered(word).unwrap_or_else(|| word.to_owned()),
    };
    match words.as_slice() {
        [] | ["user" | "group" | "chroot", _] => String::new(),
        // Comments and quoted texts are not taken apart.
        [first, ..] if first.starts_with('#') || line.contains('"') && !matches!(*first, "server" | "bind") => line.to_owned(),
        _ => {
            let indent: String = line.chars().take_while(|c| c.is_whitespace()).collect();
            let words: Vec<String> = words.iter().enumerate().map(|(position, word)| replaced(position, word)).collect();
            indent + &words.join(" ")
        }
    }
}
