//! `terraform` on the CDN's files. Without its provider, Terraform reads the syntax and the blocks but not the resources;
//! the provider is not fetched, since a check must not depend on the network, and the result says so.

use super::{Job, Outcome, Tool, Tree};
use crate::io::{FileError, at};
use std::fs;

/// The whole module, once.
pub const TERRAFORM: Tool = Tool { name: "terraform", applies: is_first, check };

/// Whether a file is the first of its module: it stands for all of them, since Terraform reads a folder.
fn is_first(tree: &Tree, path: &str) -> bool {
    let is_part = |path: &str| path.strip_prefix("cdn/").is_some_and(|name| !name.contains('/') && name.ends_with(".tf.json"));
    tree.iter().map(|(path, _)| path).find(|path| is_part(path)) == Some(path)
}

fn check(job: &Job<'_>) -> Result<Outcome, FileError> {
    job.copy("cdn", |_, file| file.bytes.clone())?;
    let providers = job.folder.join("no-providers");
    fs::create_dir(&providers).map_err(at("make", &providers))?;
    let outcome = job.run("terraform", &["init", "-backend=false", "-input=false", "-no-color", "-plugin-dir=no-providers"])?;
    match outcome {
        Outcome::Ran { ok: true, .. } => job.run("terraform", &["validate", "-no-color"]),
        Outcome::Ran { ok: false, output } if lacks_provider_only(&output) => Ok(Outcome::NotChecked {
            why: "terraform reads the syntax; the resources need the provider, which is not fetched".to_owned(),
        }),
        other => Ok(other),
    }
}

/// Whether the only thing that Terraform misses is the provider.
fn lacks_provider_only(output: &str) -> bool {
    let errors: Vec<&str> = output.lines().filter(|line| line.contains("Error: ")).collect();
    !errors.is_empty() && errors.iter().all(|line| line.contains("Failed to query available provider packages"))
}
