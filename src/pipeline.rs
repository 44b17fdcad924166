//! The hall: the only module that opens the doors between the stages. Each function reads like the sentence in the
//! crate's documentation, and nothing here touches a disk; the network is touched by [`compare_live`] alone.

mod advice;

use std::collections::BTreeSet;

use crate::check::waive::{waive, waive_regressions};
use crate::check::{Facts, check, regressions as worse};
use crate::diag::{Code, Explanation, Finding, Place, Severity, Sources, Span};
use crate::load::{self, Document, Rejected, Schema};
use crate::model::live::{Failure, Target};
use crate::model::survival::{Change, Scenario};
use crate::model::tree::Tree;
use crate::model::{Artifact, ChangeSet, Path, Plan, Survival, Topology};
pub use advice::{Known, advise};

use crate::{diff, live, plan, render, survival, verify};

/// A file that the topology names cannot be read.
pub const NAMED_FILE: Code = Code("IT192");
/// Something in the topology cannot be rendered.
pub const NOT_RENDERED: Code = Code("IT193");

/// The codes of this file.
pub const CODES: &[Explanation] = &[
    Explanation {
        code: NAMED_FILE,
        severity: Severity::Error,
        title: "a file that the topology names cannot be read",
        why: "Configuration files are named relative to the first topology file and become part of what is rendered, so each has to be there, below that folder, and be UTF-8 text of at most 16 MB.",
        example: "services:\n  core-app:\n    config:\n      app.yaml: {file: config/missing.yaml}\n",
        fix: "Write the path relative to the topology file, without `..`, and commit the file beside it.",
    },
    Explanation {
        code: NOT_RENDERED,
        severity: Severity::Error,
        title: "something cannot be rendered",
        why: "A patch that does not apply, or a value that the format of a file cannot carry (a line break, a quote, a variable sign), would change the meaning of that file.",
        example: "services:\n  core-app:\n    patches: [{kind: Deployment, op: remove, path: /spec/nothing}]\n",
        fix: "Correct the patch or the value that the message names.",
    },
];

/// A topology that was understood.
#[derive(Debug)]
pub struct Loaded {
    /// The merged document, to find lines.
    pub document: Document,
    /// The resolved topology.
    pub topology: Topology,
}

impl Loaded {
    /// The bytes that a place means.
    pub fn locate(&self, place: &Place) -> Option<Span> {
        self.document.tree.locate(place)
    }

    /// The files that the topology names, with the place of each name.
    pub fn named_files(&self) -> Vec<(String, Path)> {
        let named = |(name, service): (&crate::model::Name, &crate::model::topology::Service)| {
            let at = Path::of(["services", name.as_str(), "config"]);
            let files = service.config.iter().filter_map(move |(key, file)| Some((file.file.clone()?, at.key(key).key("file"))));
            files.collect::<Vec<_>>()
        };
        self.topology.services.iter().flat_map(named).collect()
    }
}

/// Text to topology: parsed, merged, checked against the schema, resolved.
pub fn load(sources: &Sources) -> Result<Loaded, Rejected> {
    let schema = Schema::compile(load::language::schema()).map_err(|error| Rejected {
        findings: vec![Finding::error(load::codes::DECODE, Path::root(), error.to_string())],
        tree: None,
    })?;
    load_with(sources, &schema)
}

/// The same with a schema at hand.
fn load_with(sources: &Sources, schema: &Schema) -> Result<Loaded, Rejected> {
    let mut document = load::read(sources, schema)?;
    load::resolve::resolve(&mut document.value);
    match load::decode(&document.value) {
        Ok(topology) => Ok(Loaded { document, topology }),
        Err(findings) => Err(Rejected { findings, tree: Some(document.tree) }),
    }
}

/// What a topology amounts to.
#[derive(Debug)]
pub struct Analysis {
    /// Where everything goes.
    pub plan: Plan,
    /// What every single failure and every drain does.
    pub survival: Survival,
    /// Every finding about either.
    pub findings: Vec<Finding>,
}

/// Topology to plan and survival, with every finding; `today` (`YYYY-MM-DD`) decides which waivers hold.
pub fn analyse(topology: &Topology, today: &str) -> Analysis {
    let plan = plan::plan(topology);
    let survival = survival::analyse(topology, &plan, &survival::scenarios::single(topology, &plan));
    let findings = check(&Facts { topology, plan: &plan, survival: &survival });
    Analysis { findings: waive(findings, &topology.waivers, today), plan, survival }
}

/// What these failures do: those that a user asks about besides the single ones of [`Analysis`].
pub fn survive(topology: &Topology, plan: &Plan, scenarios: &[Scenario]) -> Survival {
    survival::analyse(topology, plan, scenarios)
}

/// A finding for each component that survives less than in an older topology, unless it is waived.
pub fn regressions(topology: &Topology, changes: &[Change<'_>], today: &str) -> Vec<Finding> {
    waive_regressions(worse::regressions(changes), &topology.waivers, today)
}

/// What is rendered.
#[derive(Debug)]
pub struct Rendered {
    /// Every file, as it is written.
    pub tree: Tree,
    /// How many of the files are Kubernetes objects.
    pub objects: usize,
    /// What is wrong with the files.
    pub findings: Vec<Finding>,
}

/// Plan to files: rendered, verified, written out in memory.
pub fn build(input: &render::Input<'_>) -> Result<Rendered, Box<Finding>> {
    let artifacts = artifacts(input)?;
    let findings = verify::verify(input.topology, input.plan, &artifacts);
    let objects = artifacts.iter().filter(|artifact| artifact.as_object().is_some()).count();
    let tree = render::write::tree(artifacts)
        .map_err(|error| Box::new(Finding::error(NOT_RENDERED, Path::root(), error.to_string())))?;
    Ok(Rendered { tree, objects, findings })
}

/// The artifacts themselves, for those who look at objects rather than at files.
pub fn artifacts(input: &render::Input<'_>) -> Result<Vec<Artifact>, Box<Finding>> {
    render::render(input).map_err(|error| not_rendered(&error))
}

/// Artifacts to differences from a cluster, with a finding for what could not be compared; `say` hears which cluster it is.
pub fn compare_live(
    artifacts: &[Artifact],
    settings: &live::Settings,
    say: &dyn Fn(&Target),
) -> Result<(ChangeSet, Vec<Finding>, u64), Failure> {
    let objects: Vec<_> = artifacts.iter().filter_map(Artifact::as_object).cloned().collect();
    let scrubbed = |failure: Failure| Failure { message: diff::scrub(&failure.message), ..failure };
    let snapshot = live::read(settings, &objects, say).map_err(scrubbed)?;
    let requests = snapshot.requests;
    let changes = diff::differences(artifacts, snapshot);
    let findings = live::codes::findings(&changes);
    Ok((changes, findings, requests))
}

/// The labels that select every object of a platform.
pub fn selector(topology: &Topology) -> String {
    let (key, value) = render::meta::MANAGED_BY;
    format!("{key}={value},{}={}", render::meta::PART_OF, topology.name)
}

fn not_rendered(error: &render::RenderError) -> Box<Finding> {
    let at = match error {
        render::RenderError::Patch { at, .. } | render::RenderError::File { at, .. } => at.clone(),
        render::RenderError::Template { .. } | render::RenderError::Document(_) => Path::root(),
    };
    Box::new(Finding::error(NOT_RENDERED, at, error.to_string()))
}

/// What `explain` knows, sorted by code.
pub fn explanations() -> Vec<Explanation> {
    let mut all: Vec<Explanation> = Vec::new();
    all.extend_from_slice(load::codes::CODES);
    all.extend_from_slice(crate::check::waive::CODES);
    all.extend_from_slice(worse::CODES);
    all.extend_from_slice(CODES);
    all.extend(crate::check::RULES.iter().copied().flatten().map(|rule| rule.explanation));
    all.extend(verify::CODES.iter().copied().flatten());
    all.extend_from_slice(crate::io::tools::EXPLANATIONS);
    all.extend_from_slice(live::codes::CODES);
    all.sort_by_key(|explanation| explanation.code);
    let mut seen = BTreeSet::new();
    all.retain(|explanation| seen.insert(explanation.code));
    all
}
