//! What a plan is compared with: the topology of a git revision, or the rendered tree on disk.

use std::path::Path;

use anyhow::Context;
use clap::Args;
use inuretech::io::sources::Input;
use inuretech::io::tree::{Stale, Why};
use inuretech::io::{git, tree};
use inuretech::model::tree::Tree;
use inuretech::pipeline::Rendered;
use inuretech::report::changes::{Changes, compare};

use crate::cli::output::shown;
use crate::cli::session::{self, Session};
use crate::cli::settings::Flags;

/// What the plan is compared with.
#[derive(Debug, Args)]
pub struct BaseFlags {
    /// Compares with the topology at this git revision instead of the rendered tree, failures included
    #[arg(long, value_name = "REV")]
    base: Option<String>,
    /// Fails with exit code 1 if anything changes
    #[arg(long)]
    pub exit_code: bool,
}

/// The topology of a revision, and what it renders to.
pub struct Base {
    revision: String,
    /// The topology, its plan and what its failures do.
    pub session: Box<Session>,
    tree: Tree,
}

impl Base {
    /// What it is, as a phrase.
    pub fn title(&self) -> String {
        format!("revision {}", self.revision)
    }
}

impl BaseFlags {
    /// Reads, analyses and renders the topology of the revision; `None` where none was named.
    pub fn open(&self, flags: &Flags) -> anyhow::Result<Option<Base>> {
        self.base.as_ref().map(|revision| at_revision(revision, flags)).transpose()
    }
}

/// What changes against the revision, or else against the tree on disk.
pub fn changes(base: Option<&Base>, rendered: &Rendered, flags: &Flags) -> anyhow::Result<Changes> {
    if let Some(base) = base {
        return Ok(compare(Some(&base.tree), &rendered.tree, &base.title()));
    }
    let stale = tree::compare(&rendered.tree, &flags.out)?;
    Ok(on_disk(stale, shown(&flags.out)))
}

/// The same as [`compare`], for a tree that lies on disk.
fn on_disk(stale: Vec<Stale>, against: String) -> Changes {
    let mut changes = Changes { against, added: Vec::new(), changed: Vec::new(), removed: Vec::new() };
    for file in stale {
        match file.why {
            Why::Missing => changes.added.push(file.path),
            Why::Outdated | Why::Edited => changes.changed.push(file.path),
            Why::Leftover | Why::Unknown => changes.removed.push(file.path),
        }
    }
    changes
}

fn at_revision(revision: &str, flags: &Flags) -> anyhow::Result<Base> {
    let input = |file: &std::path::PathBuf| -> anyhow::Result<Input> {
        let bytes = git::show(revision, file)?;
        let folder = file.parent().map(Path::to_path_buf).unwrap_or_default();
        Ok(Input { name: format!("{revision}:{}", file.display()), bytes, folder })
    };
    let inputs: Vec<Input> = flags.files.iter().map(input).collect::<anyhow::Result<_>>()?;
    let folder = inputs.first().map(|input| input.folder.clone()).unwrap_or_default();
    let beside = |name: &str| git::show(revision, &folder.join(name)).map_err(|error| error.to_string());
    let mut session = session::analyse(inputs, &beside, &flags.today())
        .map_err(|refused| anyhow::anyhow!("{} findings", refused.rejected.findings.len()))
        .with_context(|| format!("the topology at revision `{revision}` is not valid"))?;
    // What was wrong with the old topology is not this run's business, as long as it can be rendered.
    session.findings.clear();
    let rendered = session.build().with_context(|| format!("the topology at revision `{revision}` cannot be rendered"))?;
    Ok(Base { revision: revision.to_owned(), session, tree: rendered.tree })
}
