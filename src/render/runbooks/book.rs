//! What a runbook is made of: parts, steps, commands and the check after each. Nothing here knows any system.

use serde::Serialize;

use crate::model::plan::Member;
use crate::model::{HostName, Path};

/// Where a step is carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The machine in one word, as `on=` names it.
    word: String,
    /// The machine as a person reads it.
    text: String,
}

impl Place {
    /// A host of the plan.
    pub fn host(host: &HostName, address: impl std::fmt::Display) -> Self {
        Self { word: host.to_string(), text: format!("**{host}** ({address})") }
    }

    /// The host of a member.
    pub fn of(member: &Member) -> Self {
        Self::host(&member.host, member.address)
    }

    /// Any of these members.
    pub fn of_any(members: &[Member]) -> Self {
        let names: Vec<&str> = members.iter().map(|member| member.host.as_str()).collect();
        Self::any("any", format!("**any of** {}", names.join(", ")))
    }

    /// Where the person sits: outside both data centres, with the rendered tree at hand.
    pub fn operator() -> Self {
        Self {
            word: "operator".to_owned(),
            text: "**your own machine** (outside both data centres, in the folder of this tree)".to_owned(),
        }
    }

    /// A machine that this file cannot name: `word` for a reader that is a program, `text` for a person.
    pub fn any(word: &str, text: impl Into<String>) -> Self {
        Self { word: word.to_owned(), text: text.into() }
    }
}

/// What proves that a step has done its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The command.
    lines: Vec<String>,
    /// What it must show, in words.
    shows: String,
    /// What a line of its output must match, as an extended regular expression.
    expect: String,
    /// Within how many seconds; it is asked again until then.
    within: u64,
}

impl Check {
    /// A command, what it must show in words, and as an extended regular expression that one line of its output matches.
    pub fn new(command: impl AsRef<str>, shows: impl Into<String>, expect: impl Into<String>) -> Self {
        Self { lines: lines(command.as_ref()), shows: shows.into(), expect: expect.into(), within: 10 }
    }

    /// How long it may take.
    #[must_use]
    pub fn within(self, seconds: u64) -> Self {
        Self { within: seconds, ..self }
    }
}

/// One thing to do at one place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What is done, as an order.
    title: String,
    /// Where.
    on: Place,
    /// Why, or what to know before.
    notes: Vec<String>,
    /// The commands; none where a person only looks.
    lines: Vec<String>,
    /// Whether the commands wait for something that only the reader knows.
    yours: bool,
    /// The check.
    check: Option<Check>,
    /// What nobody has tried on real servers, as a phrase.
    unrehearsed: Option<String>,
    /// Where in the topology it comes from.
    sources: Vec<Path>,
}

impl Step {
    /// A step without commands yet.
    pub fn new(title: impl Into<String>, on: Place) -> Self {
        Self {
            title: title.into(),
            on,
            notes: Vec::new(),
            lines: Vec::new(),
            yours: false,
            check: None,
            unrehearsed: None,
            sources: Vec::new(),
        }
    }

    /// A paragraph before the commands.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.notes.push(text.into());
        self
    }

    /// Commands, one a line.
    #[must_use]
    pub fn run(mut self, commands: impl AsRef<str>) -> Self {
        self.lines.extend(lines(commands.as_ref()));
        self
    }

    /// Commands that the reader completes: their routers, their management controllers.
    #[must_use]
    pub fn yours(self, commands: impl AsRef<str>) -> Self {
        Self { yours: true, ..self.run(commands) }
    }

    /// The check after it.
    #[must_use]
    pub fn check(self, check: Check) -> Self {
        Self { check: Some(check), ..self }
    }

    /// Says that it was never tried on real servers, and why.
    #[must_use]
    pub fn unrehearsed(self, why: impl Into<String>) -> Self {
        Self { unrehearsed: Some(why.into()), ..self }
    }

    /// A place of the topology that it comes from.
    #[must_use]
    pub fn source(mut self, path: Path) -> Self {
        self.sources.push(path);
        self
    }
}

/// Steps that belong together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is about.
    pub title: String,
    /// Paragraphs before the first step.
    pub texts: Vec<String>,
    /// The steps.
    pub steps: Vec<Step>,
}

impl Part {
    /// A part of these steps.
    pub fn new(title: impl Into<String>, steps: Vec<Step>) -> Self {
        Self { title: title.into(), texts: Vec::new(), steps }
    }

    /// A paragraph before the first step.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.texts.push(text.into());
        self
    }

    /// Whether there is nothing to read in it.
    pub const fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.steps.is_empty()
    }
}

/// A line of the table at the head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// What it is about.
    pub what: String,
    /// How it stands.
    pub state: String,
    /// What follows from that.
    pub then: String,
}

/// One runbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Book {
    /// What has happened.
    pub title: String,
    /// What this is about, in a paragraph each.
    pub lead: Vec<String>,
    /// How every system stands.
    pub rows: Vec<Row>,
    /// What the analysis says about time and loss; none where it was not asked.
    pub figures: Vec<Row>,
    /// What is done, in order.
    pub parts: Vec<Part>,
    /// What may be gone.
    pub losses: Vec<String>,
}

impl Book {
    /// The places of the topology that the steps come from, each once.
    pub fn sources(&self) -> Vec<Path> {
        let mut all: Vec<Path> =
            self.parts.iter().flat_map(|part| &part.steps).flat_map(|step| step.sources.iter().cloned()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// A runbook as its template prints it, steps numbered from 1.
#[derive(Debug, Serialize)]
pub struct Printed<'a> {
    title: &'a str,
    lead: &'a [String],
    rows: &'a [Row],
    figures: &'a [Row],
    parts: Vec<PrintedPart<'a>>,
    losses: &'a [String],
}

#[derive(Debug, Serialize)]
struct PrintedPart<'a> {
    title: &'a str,
    texts: &'a [String],
    steps: Vec<PrintedStep<'a>>,
}

#[derive(Debug, Serialize)]
struct PrintedStep<'a> {
    number: usize,
    title: &'a str,
    on: &'a Place,
    notes: &'a [String],
    lines: &'a [String],
    kind: &'static str,
    check: Option<&'a Check>,
    unrehearsed: Option<&'a str>,
}

impl<'a> From<&'a Book> for Printed<'a> {
    fn from(book: &'a Book) -> Self {
        let mut number = 0;
        let mut step = |step: &'a Step| {
            number += 1;
            PrintedStep {
                number,
                title: &step.title,
                on: &step.on,
                notes: &step.notes,
                lines: &step.lines,
                kind: if step.yours { "yours" } else { "do" },
                check: step.check.as_ref(),
                unrehearsed: step.unrehearsed.as_deref(),
            }
        };
        let part = |part: &'a Part| PrintedPart {
            title: &part.title,
            texts: &part.texts,
            steps: part.steps.iter().map(&mut step).collect(),
        };
        let parts = book.parts.iter().map(part).collect();
        Self { title: &book.title, lead: &book.lead, rows: &book.rows, figures: &book.figures, parts, losses: &book.losses }
    }
}

fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}
