//! `patroni --validate-config` on every `patroni.yml`, and `postgres -C` on the parameters in it.
//!
//! Patroni's check connects to etcd and looks for the server's programs. In the copy, etcd is a socket of ours that
//! accepts, the programs are empty files, listen addresses are loopback, and passwords that come from the environment
//! are made up. So the check needs neither a running etcd nor a database server.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde_json::{Map, Value, json};

use super::scratch::LOOPBACK;
use super::{Job, Outcome, Tool, in_etc};
use crate::io::{FileError, at};

/// Patroni's own schema of its file.
pub const PATRONI: Tool = Tool { name: "patroni --validate-config", applies: |_, path| is_patroni(path), check: check_file };

/// The database server's own reading of every parameter.
pub const POSTGRES: Tool = Tool { name: "postgres -C", applies: |_, path| is_patroni(path), check: check_parameters };

/// The programs that Patroni looks for.
const PROGRAMS: [&str; 6] = ["pg_ctl", "initdb", "pg_controldata", "pg_basebackup", "postgres", "pg_isready"];

/// Where Patroni's file keeps parameters, the last one winning.
const PARAMETERS: [&str; 2] = ["/bootstrap/dcs/postgresql/parameters", "/postgresql/parameters"];

fn is_patroni(path: &str) -> bool {
    in_etc(path, "patroni") == Some("patroni.yml")
}

fn check_file(job: &Job<'_>) -> Result<Outcome, FileError> {
    let mut config = match serde_saphyr::from_str::<Value>(&job.text()) {
        Ok(config) => config,
        Err(error) => return Ok(Outcome::Ran { ok: false, output: error.to_string() }),
    };
    let socket = TcpListener::bind((LOOPBACK, 0)).and_then(|socket| Ok((socket.local_addr()?.port(), socket)));
    let (port, _socket) = socket.map_err(at("listen for", Path::new("patroni")))?;
    for program in PROGRAMS {
        let path = job.write(&format!("bin/{program}"), "")?;
        fs::set_permissions(&path, Permissions::from_mode(0o755)).map_err(at("set the mode of", &path))?;
    }
    stand_in(&mut config, &job.folder.display().to_string(), port);
    job.write("patroni.yml", config.to_string())?;
    job.run("patroni", &["--validate-config", "--ignore-listen-port", "patroni.yml"])
}

/// Replaces what only the real host has.
fn stand_in(config: &mut Value, folder: &str, etcd: u16) {
    for pointer in ["/etcd/hosts", "/etcd3/hosts"] {
        if let Some(hosts) = config.pointer_mut(pointer) {
            *hosts = json!([format!("{LOOPBACK}:{etcd}")]);
        }
    }
    for pointer in ["/restapi/listen", "/postgresql/listen"] {
        if let Some(Value::String(listen)) = config.pointer_mut(pointer)
            && let Some((_, port)) = listen.rsplit_once(':')
        {
            *listen = format!("{LOOPBACK}:{port}");
        }
    }
    let Some(Value::Object(postgresql)) = config.get_mut("postgresql") else { return };
    postgresql.insert("bin_dir".to_owned(), json!(format!("{folder}/bin")));
    if postgresql.contains_key("data_dir") {
        postgresql.insert("data_dir".to_owned(), json!(format!("{folder}/data")));
    }
    let Some(Value::Object(users)) = postgresql.get_mut("authentication") else { return };
    for user in users.values_mut().filter_map(Value::as_object_mut) {
        user.entry("password").or_insert_with(|| json!("stand-in"));
    }
}

fn check_parameters(job: &Job<'_>) -> Result<Outcome, FileError> {
    // A file that cannot be read is a finding of the other check.
    let Ok(config) = serde_saphyr::from_str::<Value>(&job.text()) else {
        return Ok(Outcome::NotChecked { why: "the file cannot be read".to_owned() });
    };
    let bin = config.pointer("/postgresql/bin_dir").and_then(Value::as_str);
    let program = bin.map(|bin| format!("{bin}/postgres")).filter(|path| Path::new(path).is_file());
    let program = program.unwrap_or_else(|| "postgres".to_owned());
    let wanted = bin.and_then(|bin| bin.split('/').find(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit())));
    let version = match job.run(&program, &["--version"])? {
        Outcome::Ran { ok: true, output } => output,
        other => return Ok(other),
    };
    if let Some(wanted) = wanted.filter(|wanted| !version.contains(&format!(" {wanted}."))) {
        return Ok(Outcome::NotChecked { why: format!("the file is for PostgreSQL {wanted}, here is `{version}`") });
    }
    job.write("data/postgresql.conf", "")?;
    // The first argument must be `-C`: only then does the server forgive root.
    let mut arguments: Vec<String> = ["-C", "server_version", "-D", "data"].map(str::to_owned).to_vec();
    let parameters = PARAMETERS.iter().filter_map(|pointer| config.pointer(pointer)?.as_object());
    arguments.extend(parameters.flat_map(options));
    job.run(&program, &arguments)
}

/// Parameters as options of the server.
fn options(parameters: &Map<String, Value>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    parameters.iter().flat_map(|(name, value)| ["-c".to_owned(), format!("{name}={}", text(value))]).collect()
}
