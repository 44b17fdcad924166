//! Proofs over everything that is rendered: what one file says about another is true.
//!
//! They read the rendered files back and know nothing of what renderers meant: every address and port that any file names is
//! opened by another file, every reference leads to something, every connection that a pod is told of is allowed, both data
//! centres mirror each other, members of one cluster agree, and settings that no topology may change have their values.
//! What a file means by itself is judged elsewhere: by schemas here, by the components' own checkers outside.

pub mod codes;

mod cluster;
mod connections;
mod edge;
mod endpoints;
mod host_files;
mod kafka;
mod members;
mod mirror;
mod names;
mod nginx;
mod operators;
mod pods;
mod policies;
mod references;
mod scaling;
mod settings;
mod spreading;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use rayon::prelude::*;

use super::formats::{self, Socket, Sockets};
use super::kubernetes::report::Report;
use crate::diag::Finding;
use crate::model::artifact::Content;
use crate::model::{Artifact, Plan, Topology};
use cluster::Cluster;
use endpoints::Table;
use policies::Policies;

/// What the proofs read.
struct Rendered<'a> {
    topology: &'a Topology,
    plan: &'a Plan,
    files: Vec<HostFile<'a>>,
    /// What each of the files leads to.
    asks: Vec<Vec<Socket>>,
    cluster: Cluster<'a>,
    table: Table<'a>,
    policies: Policies<'a>,
    artifacts: &'a [Artifact],
}

/// A file of a host.
#[derive(Debug, Clone, Copy)]
struct HostFile<'a> {
    /// Its path below the output folder.
    path: &'a str,
    /// The host.
    host: &'a str,
    /// Its path on the host, without the first `/`.
    inside: &'a str,
    /// What it holds.
    content: &'a Content,
}

impl<'a> HostFile<'a> {
    fn of(artifact: &'a Artifact) -> Option<Self> {
        let (host, inside) = match artifact.path.strip_prefix("dns/") {
            Some(rest) => rest.split_once('/')?,
            None => artifact.on_host()?,
        };
        Some(Self { path: &artifact.path, host, inside, content: &artifact.content })
    }

    /// Its text, where it is a line format.
    fn text(&self) -> Option<&'a str> {
        match self.content {
            Content::Text(text) => Some(text),
            Content::Object(_) | Content::Yaml(_) | Content::YamlDocuments(_) | Content::Json(_) => None,
        }
    }

    /// Its document, where it is a structured one.
    fn document(&self) -> Option<&'a serde_json::Value> {
        match self.content {
            Content::Yaml(value) | Content::Json(value) => Some(value),
            Content::Object(_) | Content::YamlDocuments(_) | Content::Text(_) => None,
        }
    }

    /// The last part of its path.
    fn name(&self) -> &'a str {
        self.inside.rsplit_once('/').map_or(self.inside, |(_, name)| name)
    }
}

impl<'a> Rendered<'a> {
    /// The text files of hosts with this ending.
    fn texts(&self, ending: &'static str) -> impl Iterator<Item = (HostFile<'a>, &'a str)> + '_ {
        self.files.iter().filter(move |file| file.inside.ends_with(ending)).filter_map(|file| Some((*file, file.text()?)))
    }

    /// The structured files of hosts with this ending.
    fn documents(&self, ending: &'static str) -> impl Iterator<Item = (HostFile<'a>, &'a serde_json::Value)> + '_ {
        self.files.iter().filter(move |file| file.inside.ends_with(ending)).filter_map(|file| Some((*file, file.document()?)))
    }
}

/// The findings of a proof, each with the file that it is in.
#[derive(Debug, Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn error(&mut self, code: crate::diag::Code, file: &str, at: impl std::fmt::Display, message: impl Into<Cow<'static, str>>) {
        let mut report = Report::new(file);
        report.error(code, at, message.into());
        self.0.append(&mut report.findings);
    }
}

type Proof = fn(&Rendered<'_>, &mut Findings);

const PROOFS: &[Proof] = &[
    endpoints::check,
    edge::check,
    nginx::check,
    references::check,
    names::check,
    policies::check,
    connections::check,
    host_files::check,
    mirror::check,
    members::check,
    spreading::check,
    scaling::check,
    kafka::check,
    settings::check,
];

/// Reports what does not agree in the rendered files.
pub fn check(topology: &Topology, plan: &Plan, artifacts: &[Artifact]) -> Vec<Finding> {
    let files: Vec<HostFile<'_>> = artifacts.iter().filter_map(HostFile::of).collect();
    let cluster = Cluster::of(artifacts);
    let read = |file: &HostFile<'_>| formats::sockets(file.inside, file.content);
    let sockets: Vec<Sockets> = files.par_iter().map(read).collect();
    let (listens, asks): (Vec<_>, Vec<_>) = sockets.into_iter().map(|sockets| (sockets.listens, sockets.asks)).unzip();
    let table = Table::of(plan, files.iter().copied().zip(listens).collect(), &cluster.objects);
    let policies = Policies::of(&cluster);
    let rendered = Rendered { topology, plan, files, asks, cluster, table, policies, artifacts };
    let prove = |proof: &Proof| {
        let mut findings = Findings::default();
        proof(&rendered, &mut findings);
        findings.0
    };
    PROOFS.par_iter().flat_map_iter(prove).collect()
}
