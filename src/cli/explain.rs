//! `inuretech explain`: what a code means.

use anyhow::bail;
use clap::Args;
use inuretech::diag::{Explanation, did_you_mean};
use inuretech::pipeline;
use serde_json::{Value, json};

use super::Ended;
use super::output::Printer;

/// Explains a code: what it means, why, an example, the fix
#[derive(Debug, Args)]
pub struct Explain {
    /// A code such as `IT201`; all codes with their titles where none is given
    code: Option<String>,
}

/// Runs it.
pub fn run(command: &Explain, printer: &Printer) -> anyhow::Result<Ended> {
    let known = pipeline::explanations();
    let Some(asked) = &command.code else {
        let line = |it: &Explanation| format!("{}  {:<7}  {}\n", it.code, it.severity.to_string(), it.title);
        let human = || known.iter().map(line).collect::<String>();
        printer.result(human, || known.iter().map(json).collect())?;
        return Ok(Ended::Clean);
    };
    let code = asked.to_uppercase();
    let Some(explanation) = known.iter().find(|it| it.code.0 == code) else {
        let close = did_you_mean(&code, known.iter().map(|it| it.code.0));
        let hint = close.map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
        bail!("there is no code `{asked}`{hint} (`inuretech explain` lists them)");
    };
    printer.result(|| text(explanation), || json(explanation))?;
    Ok(Ended::Clean)
}

fn text(it: &Explanation) -> String {
    let example = if it.example.is_empty() {
        String::new()
    } else {
        let indented: Vec<String> = it.example.lines().map(|line| format!("    {line}")).collect();
        format!("Example\n\n{}\n\n", indented.join("\n"))
    };
    format!("{} ({}): {}\n\nWhy\n\n{}\n\n{example}Fix\n\n{}\n", it.code, it.severity, it.title, it.why, it.fix)
}

fn json(it: &Explanation) -> Value {
    json!({"code": it.code, "severity": it.severity, "title": it.title, "why": it.why, "example": it.example, "fix": it.fix})
}
