//! Cases as rows and components as columns, the worst first: what the matrix of every format has in common.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::names;
use super::words::Short;
use crate::model::Survival;
use crate::model::survival::{Case, Cell, Class, Component, Scenario, Shift};

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
    pub(super) case: &'a Case,
    /// The scenarios in short.
    pub(super) name: String,
    /// The worst of each column.
    pub(super) cells: Vec<Short>,
}

/// The rows of one kind of scenarios.
pub(super) struct Section<'a> {
    pub(super) title: &'static str,
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
        (Class::Single, "Survival"),
        (Class::Combined, "Several failures at once"),
        (Class::Maintenance, "Maintenance: one machine drained"),
    ];
    let columns = columns(survival);
    let singles = singles(survival);
    titles.into_iter().filter_map(|(class, title)| section(survival, class, title, (&columns, &singles))).collect()
}

type Singles<'a> = BTreeMap<Scenario, &'a Case>;

fn section<'a>(
    survival: &'a Survival,
    class: Class,
    title: &'static str,
    (columns, singles): (&[Column], &Singles<'_>),
) -> Option<Section<'a>> {
    let mut section = Section { title, rows: Vec::new(), unnoticed: Vec::new(), no_worse: 0 };
    let of_class = survival.cases.iter().filter(|case| case.class() == class);
    for case in of_class {
        if case.goes_on() {
            section.unnoticed.extend(&case.scenarios);
        } else if class == Class::Combined && adds_nothing(case, singles) {
            section.no_worse += case.scenarios.len();
        } else {
            section.rows.push(row(case, columns));
        }
    }
    // The sort is stable: equally bad cases stay in the order in which faults are enumerated.
    section.rows.sort_by_key(|row| Reverse(row.case.rank()));
    let empty = section.rows.is_empty() && section.unnoticed.is_empty() && section.no_worse == 0;
    (!empty).then_some(section)
}

fn row<'a>(case: &'a Case, columns: &[Column]) -> Row<'a> {
    let cell = |column: &Column| {
        let cells: Vec<&Cell> = case.all().filter(|(it, _)| Column::of(it) == *column).map(|(_, cell)| cell).collect();
        let loses = cells.iter().any(|cell| cell.loses());
        cells.into_iter().max_by_key(|cell| cell.rank()).map(|cell| Short::of(cell.overall.worst(), loses))
    };
    let nothing = || Short::of(&crate::model::survival::Effect::goes_on(), false);
    let cells = columns.iter().map(|column| cell(column).unwrap_or_else(nothing)).collect();
    Row { case, name: names::row(&case.scenarios), cells }
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
        let names: Vec<(&str, Vec<&str>)> =
            sections.iter().map(|it| (it.title, it.rows.iter().map(|row| row.name.as_str()).collect())).collect();
        let single = vec!["dc:msk", "link", "dc:spb", "host:msk-postgres-{1..2}"];
        assert_eq!(names, [("Survival", single), ("Maintenance: one machine drained", vec!["drain:msk-postgres-{1..2}"])]);
        assert_eq!(sections[0].unnoticed.len(), 5);
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
        assert_eq!(pairs.rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["dc:spb + host:msk-postgres-1"]);
        assert_eq!(pairs.no_worse, 1);
    }
}
