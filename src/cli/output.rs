//! What is printed: results to standard output through one buffer, talk to standard error. A closed pipe is no failure.

use std::cell::RefCell;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

use anstream::ColorChoice;
use anyhow::Context;
use indicatif::{ProgressBar, ProgressStyle};
use inuretech::diag::{Finding, Place, Severity, Sources, Span};
use inuretech::report;
use serde_json::Value;

use super::settings::{Flags, Format, Output, Progress, When};

/// How much is said beside the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Talk {
    Quiet,
    Normal,
    Verbose,
}

/// Prints results and talk.
pub struct Printer {
    out: RefCell<Vec<u8>>,
    color: bool,
    error_color: bool,
    talk: Talk,
    progress: bool,
    outputs: Vec<Output>,
}

impl Printer {
    /// For these flags and the streams of this process.
    pub fn new(flags: &Flags) -> Self {
        let choose = |terminal: bool, auto: ColorChoice| match flags.color {
            When::Always => true,
            When::Never => false,
            When::Auto => terminal && auto != ColorChoice::Never,
        };
        let forced = |choice: ColorChoice| matches!(choice, ColorChoice::Always | ColorChoice::AlwaysAnsi);
        let out_choice = anstream::AutoStream::choice(&io::stdout());
        let error_choice = anstream::AutoStream::choice(&io::stderr());
        let error_terminal = io::stderr().is_terminal();
        Self {
            out: RefCell::new(Vec::new()),
            color: choose(io::stdout().is_terminal() || forced(out_choice), out_choice),
            error_color: choose(error_terminal || forced(error_choice), error_choice),
            talk: match (flags.quiet, flags.verbose) {
                (true, _) => Talk::Quiet,
                (false, true) => Talk::Verbose,
                (false, false) => Talk::Normal,
            },
            progress: error_terminal && !flags.quiet && flags.progress == Progress::Auto,
            outputs: flags.output.clone(),
        }
    }

    /// Whether results may use colour.
    pub fn color(&self) -> bool {
        self.color
    }

    /// Adds to the result.
    pub fn text(&self, text: &str) {
        self.out.borrow_mut().extend_from_slice(text.as_bytes());
    }

    /// Gives a result in every format that was asked for; one without a form for pull requests refuses that format.
    pub fn result(&self, human: impl Fn() -> String, json: impl Fn() -> Value) -> anyhow::Result<()> {
        self.results(human, json, None)
    }

    /// The same for a result that has a form for pull requests.
    pub fn result_or_markdown(
        &self,
        human: impl Fn() -> String,
        json: impl Fn() -> Value,
        markdown: impl Fn() -> String,
    ) -> anyhow::Result<()> {
        self.results(human, json, Some(&markdown))
    }

    fn results(
        &self,
        human: impl Fn() -> String,
        json: impl Fn() -> Value,
        markdown: Option<&dyn Fn() -> String>,
    ) -> anyhow::Result<()> {
        for output in &self.outputs {
            let text = match output.format {
                Format::Human => human(),
                Format::Json => pretty(&json())?,
                Format::Markdown => markdown.context("this result has no markdown form: use `-o human` or `-o json`")?(),
            };
            match &output.file {
                Some(file) => inuretech::io::write_file(file, text.as_bytes())?,
                None => self.text(&text),
            }
        }
        Ok(())
    }

    /// Prints findings for people to standard error.
    pub fn findings(&self, findings: &[Finding], sources: &Sources, locate: &dyn Fn(&Place) -> Option<Span>) {
        let shown: Vec<Finding> =
            findings.iter().filter(|it| self.talk != Talk::Quiet || it.severity != Severity::Info).cloned().collect();
        if !shown.is_empty() {
            say_raw(&report::frame::human(&shown, sources, locate, self.error_color));
        }
    }

    /// Says something about what is done.
    pub fn say(&self, text: &str) {
        if self.talk != Talk::Quiet {
            say_raw(&format!("{text}\n"));
        }
    }

    /// Says something that only `--verbose` shows.
    pub fn detail(&self, text: &str) {
        if self.talk == Talk::Verbose {
            say_raw(&format!("{text}\n"));
        }
    }

    /// A progress line on a terminal, nothing elsewhere.
    pub fn progress(&self, what: &'static str) -> ProgressBar {
        if !self.progress {
            return ProgressBar::hidden();
        }
        let bar = ProgressBar::new_spinner().with_message(what);
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(100));
        bar
    }

    /// Writes the result out.
    pub fn finish(&self) -> anyhow::Result<()> {
        let mut out = io::stdout().lock();
        out.write_all(&self.out.borrow()).and_then(|()| out.flush()).context("cannot write to standard output")
    }
}

/// Prints an error with its causes.
pub fn error(error: &anyhow::Error) {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    say_raw(&format!("error: {}\n", causes.join(": ")));
}

fn say_raw(text: &str) {
    // Talk that nobody hears is no failure.
    let _ = io::stderr().lock().write_all(text.as_bytes());
}

/// JSON with a final newline.
pub fn pretty(value: &Value) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(value)?))
}

/// Whether an error is a reader that went away.
pub fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.chain().filter_map(|cause| cause.downcast_ref::<io::Error>()).any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}

/// A path for messages.
pub fn shown(path: &Path) -> String {
    path.display().to_string()
}
