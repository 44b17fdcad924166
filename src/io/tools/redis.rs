//! Redis has no check of its own: the server is started on a loopback socket, asked whether it is up, and stopped.
//!
//! In the copy it follows nobody, listens on nothing but loopback, keeps its data in the scratch folder, and reads
//! throw-away certificates; a sentinel watches loopback.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

use super::scratch::{LOOPBACK, resolved};
use super::{Job, Outcome, Tool, has_extension, in_etc};
use crate::io::{FileError, at};

/// The server itself, for data members and for sentinels.
pub const REDIS: Tool = Tool {
    name: "redis-server",
    applies: |_, path| in_etc(path, "redis").is_some_and(|name| !name.contains('/') && has_extension(name, "conf")),
    check,
};

/// How long the server may take to answer one question.
const ANSWER: Duration = Duration::from_millis(500);

fn check(job: &Job<'_>) -> Result<Outcome, FileError> {
    let sentinel = job.file.bytes.starts_with(b"sentinel ") || job.text().contains("\nsentinel ");
    let text = job.text();
    let lines = text.lines().map(|line| stand_in(line, job)).collect::<Result<Vec<_>, _>>()?;
    let conf = job.write("redis.conf", lines.join("\n") + "\n")?.display().to_string();
    let socket = job.folder.join("s");
    let (socket_text, folder) = (socket.display().to_string(), job.folder.display().to_string());
    let (port, bus_port) = (free_port()?, free_port()?);
    let mut arguments = vec![conf.as_str(), "--bind", LOOPBACK, "--port", &port, "--dir", &folder, "--unixsocket", &socket_text];
    arguments.extend(["--logfile", "", "--daemonize", "no", "--supervised", "no", "--pidfile", ""]);
    if text.lines().any(|line| line.split_whitespace().eq(["cluster-enabled", "yes"])) {
        arguments.extend(["--cluster-port", &bus_port]);
    }
    if sentinel {
        arguments.push("--sentinel");
    } else {
        arguments.extend(["--save", ""]);
    }
    let arguments: Vec<&std::ffi::OsStr> = arguments.into_iter().map(std::ffi::OsStr::new).collect();
    job.runner.probe("redis-server", &arguments, job.folder, &|| answers(&socket))
}

/// One line as the copy has it.
fn stand_in(line: &str, job: &Job<'_>) -> Result<String, FileError> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let made = job.certificates;
    Ok(match words.as_slice() {
        ["replicaof" | "slaveof" | "dir" | "logfile" | "pidfile" | "unixsocket" | "unixsocketperm" | "tls-port", ..]
        | ["tls-ca-cert-dir" | "tls-dh-params-file", _]
        | ["sentinel", "announce-ip" | "known-replica" | "known-sentinel", ..] => String::new(),
        [name @ ("tls-cert-file" | "tls-client-cert-file" | "tls-ca-cert-file"), _] => {
            made.map(|made| format!("{name} {}", made.certificate)).unwrap_or_default()
        }
        [name @ ("tls-key-file" | "tls-client-key-file"), _] => {
            made.map(|made| format!("{name} {}", made.key)).unwrap_or_default()
        }
        ["tls-replication" | "tls-cluster", _] => made.map(|_| line.to_owned()).unwrap_or_default(),
        [name @ ("aclfile" | "include"), path] => {
            let name_in_copy = path.trim_matches('"').trim_start_matches('/');
            let rendered = job.tree.get(&format!("{}/{name_in_copy}", job.host())).map(|file| file.bytes.clone());
            format!("{name} {}", job.write(name_in_copy, rendered.unwrap_or_default())?.display())
        }
        ["sentinel", "monitor", group, address, rest @ ..] => {
            format!("sentinel monitor {group} {} {}", resolved(address), rest.join(" "))
        }
        _ => line.to_owned(),
    })
}

/// Whether a server answers on its socket, if only that it wants a password.
fn answers(socket: &Path) -> bool {
    let Ok(mut stream) = UnixStream::connect(socket) else { return false };
    let mut first = [0];
    let asked = stream.set_read_timeout(Some(ANSWER)).and_then(|()| stream.write_all(b"PING\r\n"));
    asked.and_then(|()| stream.read_exact(&mut first)).is_ok()
}

/// A port that nobody listens on.
fn free_port() -> Result<String, FileError> {
    let port = TcpListener::bind((LOOPBACK, 0)).and_then(|socket| socket.local_addr());
    Ok(port.map_err(at("listen for", Path::new("redis-server")))?.port().to_string())
}
