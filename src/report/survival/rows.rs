//! Cases as rows and components as columns, the worst first: what the matrix of every format has in common.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::details::{self, Details};
use super::names;
use super::words::Short;
use crate::model::Survival;
use crate::model::survival::{Case, Cell, Class, Component, Rank, Scenario, Shift};

/// Kinds of components, in the order of the columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Column {
    Kubernetes,
    Postgres,
    Kafka,
    Redis,
    S3,
    Edge,
    Services,
    Routes,
}

impl Column {
    const fn of(component: &Component) -> Self {
        match component {
            Component::Kubernetes => Self::Kubernetes,
            Component::Postgres(_) => Self::Postgres,
            Component::Topic(..) => Self::Kafka,
            Component::Redis(_) => Self::Redis,
            Component::S3(_) => Self::S3,
            Component::Edge | Component::GeoDns | Component::Cdn => Self::Edge,
            Component::Service(_) => Self::Services,
            Component::Route(..) => Self::Routes,
        }
    }

    /// Its heading.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Kubernetes => "kubernetes",
            Self::Postgres => "postgres",
            Self::Kafka => "kafka",
            Self::Redis => "redis",
            Self::S3 => "s3",
            Self::Edge => "edge+dns",
            Self::Services => "services",
            Self::Routes => "routes",
        }
    }
}

/// One row.
pub(super) struct Row<'a> {
    /// Its scenarios: of one case, or of several that a reader cannot tell apart.
    pub(super) scenarios: Vec<&'a Scenario>,
    /// The worst of each column.
    pub(super) cells: Vec<Short>,
    /// What is behind it, where that is worse than a recovery.
    pub(super) details: Option<Details>,
    rank: Rank,
}

impl Row<'_> {
    /// The scenarios in short.
    pub(super) fn name(&self) -> String {
        names::row(self.scenarios.iter().copied())
    }
}

/// The rows of one kind of scenarios.
pub(super) struct Section<'a> {
    pub(super) title: &'static str,
    /// What its scenarios are: one, and many.
    pub(super) nouns: [&'static str; 2],
    pub(super) rows: Vec<Row<'a>>,
    /// Scenarios that nobody notices.
    pub(super) unnoticed: Vec<&'a Scenario>,
    /// Failures at once that do no more than the worse of them alone.
    pub(super) no_worse: usize,
}

/// The columns that this topology has.
pub(super) fn columns(survival: &Survival) -> Vec<Column> {
    let all: BTreeSet<Column> = survival.cases.iter().flat_map(|case| case.cells.keys()).map(Column::of).collect();
    all.into_iter().collect()
}

/// Single failures, several at once, and maintenance; those that there are.
pub(super) fn sections(survival: &Survival) -> Vec<Section<'_>> {
    let titles = [
        (Class::Single, "Survival", ["failure", "failures"]),
        (Class::Combined, "Several failures at once", ["combination", "combinations"]),
        (Class::Maintenance, "Maintenance: one machine drained", ["drain", "drains"]),
    ];
    let columns = columns(survival);
    let singles = singles(survival);
    let known = Known { columns: &columns, singles: &singles };
    let section = |(class, title, nouns)| {
        let section = Section { title, nouns, rows: Vec::new(), unnoticed: Vec::new(), no_worse: 0 };
        let section = filled(section, survival, class, &known);
        let empty = section.rows.is_empty() && section.unnoticed.is_empty() && section.no_worse == 0;
        (!empty).then_some(section)
    };
    titles.into_iter().filter_map(section).collect()
}

type Singles<'a> = BTreeMap<Scenario, &'a Case>;

/// What every section needs of the whole analysis.
struct Known<'a> {
    columns: &'a [Column],
    singles: &'a Singles<'a>,
}

fn filled<'a>(mut section: Section<'a>, survival: &'a Survival, class: Class, known: &Known<'_>) -> Section<'a> {
    let of_class = survival.cases.iter().filter(|case| case.class() == class);
    for case in of_class {
        if case.goes_on() {
            section.unnoticed.extend(&case.scenarios);
        } else if class == Class::Combined && adds_nothing(case, known.singles) {
            section.no_worse += case.scenarios.len();
        } else {
            let row = row(case, known.columns);
            match section.rows.iter_mut().find(|known| known.cells == row.cells && known.details == row.details) {
                Some(known) => known.scenarios.extend(row.scenarios),
                None => section.rows.push(row),
            }
        }
    }
    // The sort is stable: equally bad cases stay in the order in which faults are enumerated.
    section.rows.sort_by_key(|row| Reverse(row.rank));
    section
}

fn row<'a>(case: &'a Case, columns: &[Column]) -> Row<'a> {
    let cell = |column: &Column| {
        let cells: Vec<&Cell> = case.all().filter(|(it, _)| Column::of(it) == *column).map(|(_, cell)| cell).collect();
        let loses = cells.iter().any(|cell| cell.loses());
        cells.into_iter().max_by_key(|cell| cell.rank()).map(|cell| Short::of(cell.overall.worst(), loses))
    };
    let nothing = || Short::of(&crate::model::survival::Effect::goes_on(), false);
    let cells = columns.iter().map(|column| cell(column).unwrap_or_else(nothing)).collect();
    Row { scenarios: case.scenarios.iter().collect(), cells, details: details::of(case), rank: case.rank() }
}

fn singles(survival: &Survival) -> Singles<'_> {
    let cases = survival.cases.iter().filter(|case| case.class() != Class::Combined);
    cases.flat_map(|case| case.scenarios.iter().map(move |scenario| (scenario.clone(), case))).collect()
}

/// Whether each component comes through as well as with one of the failures alone.
fn adds_nothing(case: &Case, singles: &Singles<'_>) -> bool {
    let Some(scenario) = case.scenarios.first() else { return false };
    let alone: Option<Vec<&Case>> = scenario.faults().map(|it| singles.get(&Scenario::of(it.clone())).copied()).collect();
    let Some(alone) = alone else { return false };
    let covered = |component: &Component, cell: &Cell| {
        let known = alone.iter().filter_map(|case| case.cells.get(component));
        known.into_iter().any(|known| known.shift(cell) != Shift::Worse)
    };
    case.all().all(|(component, cell)| covered(component, cell))
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn the_worst_comes_first_and_equals_keep_their_order() {
        let survival = sample::survival();
        let sections = sections(&survival);
        let names: Vec<(&str, Vec<String>)> =
            sections.iter().map(|it| (it.title, it.rows.iter().map(Row::name).collect())).collect();
        let single = ["dc:msk", "link", "dc:spb", "host:msk-postgres-{1..2}"].map(str::to_owned).to_vec();
        let drain = vec!["drain:msk-postgres-{1..2}".to_owned()];
        assert_eq!(names, [("Survival", single), ("Maintenance: one machine drained", drain)]);
        assert_eq!(sections[0].unnoticed.len(), 5);
    }

    #[test]
    fn cases_that_say_the_same_share_a_row() {
        let mut survival = sample::survival();
        survival.cases.push(sample::case(&[sample::host("spb-postgres-1")], &[(sample::postgres(), sample::recovers(53_000))]));
        let sections = sections(&survival);
        assert_eq!(sections[0].rows[3].name(), "host:msk-postgres-{1..2} and 1 more", "its name is too long to list both");
    }

    #[test]
    fn a_class_that_the_topology_lacks_has_no_column() {
        let titles: Vec<&str> = columns(&sample::survival()).into_iter().map(Column::title).collect();
        assert_eq!(titles, ["kubernetes", "postgres", "kafka", "edge+dns", "services", "routes"]);
    }

    #[test]
    fn a_pair_that_adds_nothing_is_counted_only() {
        let mut survival = sample::survival();
        survival.cases.extend(sample::pairs());
        let sections = sections(&survival);
        let pairs = sections.iter().find(|it| it.title == "Several failures at once").unwrap();
        assert_eq!(pairs.rows.iter().map(Row::name).collect::<Vec<_>>(), ["dc:spb + host:msk-postgres-1"]);
        assert_eq!(pairs.no_worse, 1);
    }
}
