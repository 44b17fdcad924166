//! The flags that every command has.

use std::ffi::OsString;
use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};

/// Flags that mean the same before and after the command.
#[derive(Debug, Clone, Args)]
pub struct Flags {
    /// A topology file; several are laid over each other from left to right, `-` is standard input
    #[arg(short = 'f', long = "file", value_name = "FILE", global = true, default_value = "inuretech.yaml")]
    pub files: Vec<PathBuf>,
    /// The folder of the rendered tree
    #[arg(long, value_name = "DIR", global = true, default_value = "out")]
    pub out: PathBuf,
    /// What to print: `human`, `json`, `markdown` for a pull request, or `json=FILE` beside it
    #[arg(short = 'o', long = "output", value_name = "FORMAT[=FILE]", global = true, default_value = "human")]
    pub output: Vec<Output>,
    /// Says nothing but findings and results
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Says more about what is done
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
    /// When to use colour
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub color: When,
    /// When to draw progress bars
    #[arg(long, value_name = "WHEN", global = true, default_value = "auto")]
    pub progress: Progress,
    /// The day on which waivers are judged, instead of today
    #[arg(long, value_name = "YYYY-MM-DD", global = true, value_parser = day)]
    pub today: Option<String>,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum When {
    /// On a terminal that takes it, unless `NO_COLOR` says otherwise.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// When to draw progress bars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Progress {
    /// On a terminal.
    Auto,
    /// Never.
    Never,
}

/// A format, and the file that takes it instead of standard output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The format.
    pub format: Format,
    /// The file.
    pub file: Option<PathBuf>,
}

/// A format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people.
    Human,
    /// For programs; it has a version.
    Json,
    /// For a pull request; only some commands have it.
    Markdown,
}

impl FromStr for Output {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = match text.split_once('=') {
            Some((format, file)) if !file.is_empty() => (format, Some(PathBuf::from(file))),
            Some(_) => return Err("the file after `=` is missing".to_owned()),
            None => (text, None),
        };
        let format = match format {
            "human" => Format::Human,
            "json" => Format::Json,
            "markdown" => Format::Markdown,
            other => return Err(format!("no format `{other}`: `human`, `json` or `markdown`")),
        };
        Ok(Self { format, file })
    }
}

fn day(text: &str) -> Result<String, String> {
    match text.parse::<jiff::civil::Date>() {
        Ok(date) if date.to_string() == text => Ok(text.to_owned()),
        Ok(_) | Err(_) => Err("not a day such as 2027-03-01".to_owned()),
    }
}

impl Flags {
    /// The day on which waivers are judged: the only place where the clock is read.
    pub fn today(&self) -> String {
        self.today.clone().unwrap_or_else(|| jiff::Zoned::now().with_time_zone(jiff::tz::TimeZone::UTC).date().to_string())
    }
}

/// Where programs are looked for.
#[expect(clippy::disallowed_methods, reason = "this is the room where the environment is read")]
pub fn search_path() -> OsString {
    std::env::var_os("PATH").unwrap_or_default()
}
