//! `nginx -t` on a copy of the host's files.
//!
//! `nginx -t` does more than read: it binds the listeners, resolves upstream names, opens logs and certificates, and
//! makes cache folders. In the copy therefore every listener is a port of its own on loopback, every upstream name is
//! loopback, every certificate and key is a throw-away one, included secrets are empty, and every path that nginx writes
//! to lies in the scratch folder. Lines stay lines, so the line numbers of an error hold.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::scratch::{Certificates, LOOPBACK, resolved};
use super::{File, Job, Outcome, Tool, in_etc};
use crate::io::{FileError, at};

/// nginx's own reader of its file.
pub const NGINX: Tool = Tool { name: "nginx -t", applies: |_, path| in_etc(path, "nginx") == Some("nginx.conf"), check };

/// The port of the first stand-in listener: one that needs no privilege and is seldom in use. One that is in use does
/// no harm, since `nginx -t` forgives it.
const FIRST_PORT: usize = 20_000;

/// Where Debian keeps modules, which a relative `load_module` looks for below the prefix.
const MODULES: &str = "/usr/lib/nginx/modules";

/// Where the files lie that a person fills in; in the copy they are empty.
const SECRETS: &str = "/etc/nginx/secrets/";

/// Folders that nginx makes when it starts, and where they would lie without these lines.
const WRITES: [&str; 5] = ["client_body_temp_path", "proxy_temp_path", "fastcgi_temp_path", "uwsgi_temp_path", "scgi_temp_path"];

fn check(job: &Job<'_>) -> Result<Outcome, FileError> {
    if job.runner.find("nginx").is_none() {
        return Ok(Outcome::NotFound { program: "nginx".to_owned() });
    }
    let Some(certificates) = job.certificates else { return Ok(Outcome::NotFound { program: "openssl".to_owned() }) };
    let host = job.host();
    let is_config = |path: &str| path.starts_with("etc/nginx/");
    let text = |file: &File| String::from_utf8_lossy(&file.bytes).into_owned();
    let files: Vec<(&str, String)> = job
        .tree
        .iter()
        .filter_map(|(path, file)| Some((path.strip_prefix(host)?.strip_prefix('/')?, text(file))))
        .filter(|(path, _)| is_config(path))
        .collect();
    let mut copy = Copy::new(job, certificates, &files);
    let changed: Vec<(&str, String)> = files.iter().map(|(path, text)| (*path, copy.text(path, text))).collect();
    for (path, text) in &changed {
        job.write(path, text)?;
    }
    for folder in ["/run", "/tmp"].map(|folder| job.inside(folder)).into_iter().chain(copy.folders) {
        fs::create_dir_all(&folder).map_err(at("make", Path::new(&folder)))?;
    }
    let modules = job.folder.join("etc/nginx/modules");
    if Path::new(MODULES).is_dir() && !modules.exists() {
        std::os::unix::fs::symlink(MODULES, &modules).map_err(at("make", &modules))?;
    }
    let (prefix, config) = (job.inside("/etc/nginx"), job.inside("/etc/nginx/nginx.conf"));
    job.run("nginx", &["-t", "-q", "-p", &prefix, "-c", &config, "-e", "stderr"])
}

/// Makes the copy's text.
struct Copy<'a> {
    job: &'a Job<'a>,
    certificates: &'a Certificates,
    upstreams: BTreeSet<String>,
    listeners: Vec<String>,
    folders: BTreeSet<String>,
    in_upstream: bool,
    names_pid: bool,
}

impl<'a> Copy<'a> {
    fn new(job: &'a Job<'a>, certificates: &'a Certificates, files: &[(&str, String)]) -> Self {
        let lines = || files.iter().flat_map(|(_, text)| text.lines());
        let upstream = |line: &str| Some(line.trim().strip_prefix("upstream ")?.trim_end_matches('{').trim().to_owned());
        let upstreams = lines().filter_map(upstream).collect();
        let names_pid = lines().any(|line| line.trim().starts_with("pid "));
        Self { job, certificates, upstreams, listeners: Vec::new(), folders: BTreeSet::new(), in_upstream: false, names_pid }
    }

    fn text(&mut self, path: &str, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(|line| self.line(line)).collect();
        if path == "etc/nginx/nginx.conf"
            && !self.names_pid
            && let Some(first) = lines.first_mut()
        {
            first.insert_str(0, &format!("pid {}; ", self.job.inside("/run/nginx.pid")));
        }
        lines.join("\n") + "\n"
    }

    fn line(&mut self, line: &str) -> String {
        let statement = line.split_once("; #").map_or(line, |(statement, _comment)| statement).trim();
        let words: Vec<&str> = statement.trim_end_matches(';').split_whitespace().collect();
        let [name, arguments @ ..] = words.as_slice() else { return String::new() };
        let argument = arguments.first().copied().unwrap_or_default();
        let rest = arguments.iter().skip(1).flat_map(|word| [" ", word]).collect::<String>();
        match *name {
            "upstream" => self.in_upstream = true,
            "}" => self.in_upstream = false,
            _ => {}
        }
        match *name {
            "user" | "ssl_dhparam" | "ssl_crl" => String::new(),
            "http" if statement.ends_with('{') => format!("{line} {}", self.writes()),
            "listen" => format!("listen {}{rest};", self.listener(argument)),
            "server" if self.in_upstream => format!("server {}{rest};", resolved(argument)),
            "proxy_pass" | "grpc_pass" => format!("{name} {};", self.target(argument)),
            "include" => format!("include {};", self.included(argument)),
            _ if name.ends_with("_certificate_key") => format!("{name} {};", self.certificates.key),
            _ if name.ends_with("_certificate") => format!("{name} {};", self.certificates.certificate),
            "pid" | "lock_file" | "access_log" | "error_log" | "root" => format!("{name} {}{rest};", self.moved(argument)),
            _ if name.ends_with("_temp_path") || *name == "proxy_cache_path" => format!("{name} {}{rest};", self.moved(argument)),
            _ => line.to_owned(),
        }
    }

    /// Places for everything that nginx would otherwise write to the system's own folders.
    fn writes(&self) -> String {
        let named = |name: &&&str| !self.job.text().contains(&format!("{} ", **name));
        let path = |name: &&str| format!("{name} {};", self.job.inside(&format!("/tmp/{name}")));
        let paths: Vec<String> = WRITES.iter().filter(named).map(path).collect();
        format!("access_log {}; {}", self.job.inside("/run/access.log"), paths.join(" "))
    }

    /// A port of its own for every address that the host listens on.
    fn listener(&mut self, address: &str) -> String {
        if let Some(socket) = address.strip_prefix("unix:") {
            return format!("unix:{}", self.moved(socket));
        }
        let known = self.listeners.iter().position(|listener| listener == address);
        let position = known.unwrap_or_else(|| {
            self.listeners.push(address.to_owned());
            self.listeners.len() - 1
        });
        format!("{LOOPBACK}:{}", FIRST_PORT + position)
    }

    /// An absolute path inside the scratch folder, with the folders above it.
    fn moved(&mut self, path: &str) -> String {
        if !path.starts_with('/') || path.starts_with("/dev/") {
            return path.to_owned();
        }
        let moved = self.job.inside(path);
        self.folders.extend(Path::new(&moved).parent().map(|folder| folder.display().to_string()));
        moved
    }

    /// A rendered file, one that the package brings, or in place of a secret one nothing.
    fn included(&self, path: &str) -> String {
        if path.starts_with(SECRETS) {
            return "/dev/null".to_owned();
        }
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/etc/nginx/{path}") };
        let prefix = format!("{}{}", self.job.host(), path.split('*').next().unwrap_or_default());
        let rendered = self.job.tree.iter().any(|(file, _)| file.starts_with(&prefix));
        if rendered { self.job.inside(&path) } else { path }
    }

    /// The address that requests are passed to: upstreams and variables stay.
    fn target(&self, url: &str) -> String {
        let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
        let (host, path) = rest.find('/').map_or((rest, ""), |slash| rest.split_at(slash));
        if self.upstreams.contains(host) || url.contains('$') || url.contains("unix:") {
            return url.to_owned();
        }
        let separator = if scheme.is_empty() { "" } else { "://" };
        format!("{scheme}{separator}{}{path}", resolved(host))
    }
}
