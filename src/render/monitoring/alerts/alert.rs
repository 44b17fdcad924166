//! An alert with the cases that prove it: what Prometheus loads, and what `promtool` tests.

use std::collections::BTreeMap;

use serde::Serialize;

/// How much an alert matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Wakes somebody.
    Critical,
    /// Waits for the morning.
    Warning,
    /// Nobody is told: it goes to the dead man's switch only.
    None,
}

impl Severity {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::None => "none",
        }
    }
}

/// An alert.
#[derive(Debug, Clone)]
pub struct Alert {
    /// Its name.
    pub name: &'static str,
    /// The query that yields what is wrong.
    pub expr: String,
    /// Minutes for which it must be wrong.
    pub minutes: u32,
    severity: Severity,
    labels: BTreeMap<&'static str, String>,
    summary: String,
    description: String,
    runbook: String,
    /// What proves it.
    pub cases: Vec<Case>,
}

/// Series, and which alerts they raise.
#[derive(Debug, Clone)]
pub struct Case {
    series: Vec<(String, String)>,
    raised: Vec<BTreeMap<&'static str, String>>,
}

/// How many minutes pass before the time that an alert needs begins: as long as the longest window of a query.
const LEAD_MINUTES: u32 = 35;
/// How many samples a series has, one a minute.
const SAMPLES: u32 = 120;

/// A series that stays the same.
pub fn steady(series: impl Into<String>, value: impl std::fmt::Display) -> (String, String) {
    (series.into(), format!("{value}x{SAMPLES}"))
}

/// A series that begins at 0 and grows by this much each minute.
pub fn rising(series: impl Into<String>, step: impl std::fmt::Display) -> (String, String) {
    (series.into(), format!("0+{step}x{SAMPLES}"))
}

impl Alert {
    /// A critical alert that needs no time.
    pub fn new(name: &'static str, expr: impl Into<String>) -> Self {
        Self {
            name,
            expr: expr.into(),
            minutes: 0,
            severity: Severity::Critical,
            labels: BTreeMap::new(),
            summary: String::new(),
            description: String::new(),
            runbook: String::new(),
            cases: Vec::new(),
        }
    }

    /// Waits for the morning.
    pub fn warning(mut self) -> Self {
        self.severity = Severity::Warning;
        self
    }

    /// Nobody is told.
    pub fn silent_severity(mut self) -> Self {
        self.severity = Severity::None;
        self
    }

    /// Must be wrong for so many minutes.
    pub const fn after(mut self, minutes: u32) -> Self {
        self.minutes = minutes;
        self
    }

    /// Carries a label.
    pub fn label(mut self, name: &'static str, value: impl std::fmt::Display) -> Self {
        self.labels.insert(name, value.to_string());
        self
    }

    /// What people read: what is wrong, what it means, and what to do first.
    pub fn says(mut self, summary: &str, description: impl Into<String>, runbook: &str) -> Self {
        self.summary = summary.into();
        self.description = description.into();
        self.runbook = runbook.into();
        self
    }

    /// These series raise it, with these labels of the query.
    pub fn fires<const S: usize, const L: usize>(
        mut self,
        series: [(String, String); S],
        labels: [(&'static str, &str); L],
    ) -> Self {
        let labels = labels.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        self.cases.push(Case { series: series.into(), raised: vec![labels] });
        self
    }

    /// These series do not raise it.
    pub fn quiet<const S: usize>(mut self, series: [(String, String); S]) -> Self {
        self.cases.push(Case { series: series.into(), raised: Vec::new() });
        self
    }

    /// As Prometheus loads it.
    pub fn rule(&self) -> Rule {
        Rule {
            alert: self.name,
            expr: self.expr.clone(),
            r#for: format!("{}m", self.minutes),
            labels: self.all_labels(&BTreeMap::new()),
            // A label of the rule is not among those of the query, which is what a text can ask for.
            annotations: self.annotations(&self.labels),
        }
    }

    /// As `promtool` tests it.
    pub fn tests(&self) -> Vec<Test> {
        let test = |case: &Case| Test {
            interval: "1m",
            input_series: case
                .series
                .iter()
                .map(|(series, values)| Series { series: series.clone(), values: values.clone() })
                .collect(),
            expected: vec![Expectation {
                eval_time: format!("{}m", LEAD_MINUTES + self.minutes),
                alertname: self.name,
                exp_alerts: case.raised.iter().map(|labels| self.raised(labels)).collect(),
            }],
        };
        self.cases.iter().map(test).collect()
    }

    fn raised(&self, labels: &BTreeMap<&'static str, String>) -> Raised {
        let exp_labels = self.all_labels(labels);
        Raised { exp_annotations: self.annotations(&exp_labels), exp_labels }
    }

    fn all_labels(&self, labels: &BTreeMap<&'static str, String>) -> BTreeMap<&'static str, String> {
        let mut all = labels.clone();
        all.extend(self.labels.clone());
        all.insert("severity", self.severity.as_str().to_owned());
        all
    }

    /// The texts, with labels put where they are asked for.
    fn annotations(&self, labels: &BTreeMap<&'static str, String>) -> BTreeMap<&'static str, String> {
        let filled = |text: &str| {
            labels.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("{{{{ $labels.{name} }}}}"), value))
        };
        BTreeMap::from([
            ("summary", filled(&self.summary)),
            ("description", filled(&self.description)),
            ("runbook", filled(&self.runbook)),
        ])
    }
}

/// A rule as Prometheus loads it.
#[derive(Debug, Clone, Serialize)]
pub struct Rule {
    alert: &'static str,
    expr: String,
    r#for: String,
    labels: BTreeMap<&'static str, String>,
    annotations: BTreeMap<&'static str, String>,
}

#[cfg(test)]
impl Rule {
    /// What tells it from others.
    pub fn identity(&self) -> String {
        format!("{} {:?}", self.alert, self.labels)
    }
}

/// A group of tests that share series.
#[derive(Debug, Clone, Serialize)]
pub struct Test {
    interval: &'static str,
    input_series: Vec<Series>,
    #[serde(rename = "alert_rule_test")]
    expected: Vec<Expectation>,
}

#[derive(Debug, Clone, Serialize)]
struct Series {
    series: String,
    values: String,
}

#[derive(Debug, Clone, Serialize)]
struct Expectation {
    eval_time: String,
    alertname: &'static str,
    exp_alerts: Vec<Raised>,
}

#[derive(Debug, Clone, Serialize)]
struct Raised {
    exp_labels: BTreeMap<&'static str, String>,
    exp_annotations: BTreeMap<&'static str, String>,
}
