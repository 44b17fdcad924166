//! One run over a topology: its files are read, loaded and analysed once, and every command begins from that.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;

use anyhow::Context;
use inuretech::diag::{Finding, Place, Source, Sources, Span};
use inuretech::io::sources::{self as files, Input, InputError};
use inuretech::load::Rejected;
use inuretech::model::{Name, Path, Plan, Survival};
use inuretech::pipeline::{self, Analysis, Loaded, NAMED_FILE, Rendered};
use inuretech::render;
use inuretech::{load, report};
use serde_json::{Value, json};

use super::output::Printer;
use super::settings::Flags;

/// A topology that was understood, with what was found about it so far.
pub struct Session {
    /// The input texts.
    pub sources: Sources,
    /// The topology.
    pub loaded: Loaded,
    /// Where everything goes.
    pub plan: Plan,
    /// What every single failure does.
    pub survival: Survival,
    /// Every finding so far.
    pub findings: Vec<Finding>,
    /// The texts of the files that the topology names.
    pub files: BTreeMap<String, String>,
}

/// A topology that was not understood.
pub struct Refused {
    /// The input texts.
    pub sources: Sources,
    /// Why.
    pub rejected: Rejected,
}

/// Either of the two.
pub type Opened = Result<Box<Session>, Box<Refused>>;

/// Reads, loads and analyses the topology of the command line.
pub fn open(flags: &Flags, printer: &Printer) -> anyhow::Result<Opened> {
    let inputs = match files::read(&flags.files, io::stdin().lock()) {
        Err(InputError::TooLarge(name)) => return Ok(Err(Box::new(too_large(name)))),
        inputs => advise(inputs, &flags.files)?,
    };
    for input in &inputs {
        printer.detail(&format!("read {}: {} bytes", input.name, input.bytes.len()));
    }
    let folder = inputs.first().map_or_else(PathBuf::new, |input| input.folder.clone());
    let beside = move |name: &str| files::read_beside(&folder, name).map_err(|error| error.to_string());
    Ok(analyse(inputs, &beside, &flags.today()))
}

/// A new user has no file of the default name yet: that is told apart from a file that was named and is not there.
fn advise(inputs: Result<Vec<Input>, InputError>, named: &[PathBuf]) -> anyhow::Result<Vec<Input>> {
    let default = named.len() == 1 && named.first().is_some_and(|file| file.as_os_str() == "inuretech.yaml");
    let missing = matches!(&inputs, Err(InputError::File(error)) if error.source.kind() == io::ErrorKind::NotFound);
    if default && missing {
        return inputs.context("no topology: name one with `-f FILE`, or write one with `inuretech init > inuretech.yaml`");
    }
    Ok(inputs?)
}

/// A file that was not read to its end, as a finding about it.
fn too_large(name: String) -> Refused {
    let message = format!("`{name}` is too large: at most {} MB are read in all", files::MAX_BYTES >> 20);
    let start = Place::Bytes(Span { file: 0, start: 0, end: 0 });
    let finding = Finding::error(load::codes::TOO_LARGE, start, message).help("name the right file");
    let sources = Sources(vec![Source { name, text: String::new() }]);
    Refused { sources, rejected: Rejected { findings: vec![finding], tree: None } }
}

/// Loads and analyses these inputs; `beside` reads a file that the topology names.
pub fn analyse(inputs: Vec<Input>, beside: &dyn Fn(&str) -> Result<Vec<u8>, String>, today: &str) -> Opened {
    let mut sources = Sources::default();
    let mut findings = Vec::new();
    for (position, input) in inputs.into_iter().enumerate() {
        let (source, finding) = load::decode_text(position, &input.name, &input.bytes);
        sources.0.push(source);
        findings.extend(finding);
    }
    if !findings.is_empty() {
        return Err(Box::new(Refused { sources, rejected: Rejected { findings, tree: None } }));
    }
    let loaded = match pipeline::load(&sources) {
        Ok(loaded) => loaded,
        Err(rejected) => return Err(Box::new(Refused { sources, rejected })),
    };
    let (files, missing) = named_files(&loaded, beside);
    let Analysis { plan, survival, mut findings } = pipeline::analyse(&loaded.topology, today);
    findings.extend(missing);
    Ok(Box::new(Session { sources, loaded, plan, survival, findings, files }))
}

fn named_files(loaded: &Loaded, beside: &dyn Fn(&str) -> Result<Vec<u8>, String>) -> (BTreeMap<String, String>, Vec<Finding>) {
    let mut texts = BTreeMap::new();
    let mut findings = Vec::new();
    let mut refuse = |at: Path, reason: &str| findings.push(Finding::error(NAMED_FILE, at, reason.to_owned()));
    for (name, at) in loaded.named_files() {
        match beside(&name).map(String::from_utf8) {
            Ok(Ok(text)) => {
                texts.insert(name, text);
            }
            Ok(Err(_)) => refuse(at, &format!("`{name}` is not UTF-8 text")),
            Err(reason) => refuse(at, &reason),
        }
    }
    (texts, findings)
}

impl Session {
    /// The bytes that a place means.
    pub fn locate(&self, place: &Place) -> Option<Span> {
        self.loaded.locate(place)
    }

    /// Whether a finding stops what comes next.
    pub fn blocked(&self) -> bool {
        self.findings.iter().any(Finding::blocks)
    }

    /// What renderers read.
    pub fn input(&self) -> render::Input<'_> {
        render::Input { topology: &self.loaded.topology, plan: &self.plan, survival: &self.survival, files: &self.files }
    }

    /// Renders and verifies; what is found is added. `None` where something stops it.
    pub fn build(&mut self) -> Option<Rendered> {
        if self.blocked() {
            return None;
        }
        match pipeline::build(&self.input()) {
            Ok(mut rendered) => {
                self.findings.append(&mut rendered.findings);
                Some(rendered)
            }
            Err(finding) => {
                self.findings.push(*finding);
                None
            }
        }
    }

    /// Prints every finding.
    pub fn print_findings(&self, printer: &Printer) {
        printer.findings(&self.findings, &self.sources, &|place| self.locate(place));
    }

    /// Every finding as JSON.
    pub fn findings_json(&self) -> Value {
        report::json::findings(&self.findings, &self.sources, &|place| self.locate(place))
    }
}

impl Refused {
    /// Prints why.
    pub fn print(&self, printer: &Printer) -> anyhow::Result<()> {
        printer.findings(&self.rejected.findings, &self.sources, &|place| self.rejected.locate(place));
        let locate = |place: &Place| self.rejected.locate(place);
        let json =
            || json!({"formatVersion": 1, "findings": report::json::findings(&self.rejected.findings, &self.sources, &locate)});
        let places = report::markdown::Places { sources: &self.sources, locate: &locate };
        let markdown = || report::markdown::refused(self.name().as_deref(), &self.rejected.findings, places);
        printer.result_or_markdown(String::new, json, markdown)
    }

    /// The name of the platform, where the text could be read so far.
    fn name(&self) -> Option<String> {
        let document = self.rejected.tree.as_ref()?.to_value();
        let name: Name = document.get("name")?.as_str()?.parse().ok()?;
        Some(name.to_string())
    }
}
