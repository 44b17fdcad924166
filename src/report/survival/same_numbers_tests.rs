//! The terminal, the pull request and the program are told the same numbers.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{json, markdown, matrix, sample};
use crate::model::unit::Duration;

/// The time in milliseconds of each cell of a row, as a short cell says it; cells that say none are left out.
type Times = BTreeMap<(String, usize), u64>;

/// Reads `person 5m20s*`.
fn read(cell: &str) -> Option<u64> {
    let (_, time) = cell.trim_end_matches('*').split_once(' ')?;
    let mut total = 0;
    let mut number = String::new();
    let mut unit = String::new();
    for c in time.chars().chain(['0']) {
        if c.is_ascii_digit() || c == '.' {
            if !unit.is_empty() {
                let factor = match unit.as_str() {
                    "ms" => 1,
                    "s" => 1000,
                    "m" => 60_000,
                    "h" => 3_600_000,
                    other => panic!("{other}"),
                };
                let (whole, tenths) = number.split_once('.').unwrap_or((&number, "0"));
                total += whole.parse::<u64>().unwrap() * factor + tenths.parse::<u64>().unwrap() * factor / 10;
                number.clear();
                unit.clear();
            }
            number.push(c);
        } else {
            unit.push(c);
        }
    }
    Some(total)
}

fn from_rows(rows: impl Iterator<Item = Vec<String>>) -> Times {
    let mut times = Times::new();
    for row in rows {
        let (name, cells) = row.split_first().unwrap();
        times.extend(cells.iter().enumerate().filter_map(|(at, cell)| Some(((name.clone(), at), read(cell)?))));
    }
    times
}

fn human(survival: &crate::model::Survival) -> Times {
    let texts = matrix::human(survival, false, false);
    let rows = texts.iter().flat_map(|text| {
        let table = text.body.lines().skip(1).take_while(|line| !line.contains("unnoticed"));
        table.map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect())
    });
    from_rows(rows)
}

fn in_markdown(survival: &crate::model::Survival) -> Times {
    let blocks = markdown::matrix(survival);
    let cells = |row: &String| {
        row.trim().trim_matches('|').split(" | ").map(|it| it.trim_matches([' ', '`']).replace('\\', "")).collect()
    };
    from_rows(blocks.iter().flat_map(|block| block.items.iter().map(cells)))
}

/// The worst of each column, out of the JSON alone.
fn in_json(survival: &crate::model::Survival) -> Times {
    let value = json::json(survival);
    let columns: [&[&str]; 6] =
        [&["kubernetes"], &["postgres."], &["kafka."], &["edge", "geodns", "cdn"], &["services."], &["www."]];
    let order = ["goes-on", "recovers", "degraded", "needs-person", "lost"];
    let mut times = Times::new();
    for case in value["cases"].as_array().unwrap() {
        let scenarios: Vec<&str> = case["scenarios"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let name = match scenarios.as_slice() {
            ["host:msk-postgres-1", ..] => "host:msk-postgres-{1..2}",
            ["drain:msk-postgres-1", ..] => "drain:msk-postgres-{1..2}",
            [one, ..] => one,
            [] => panic!("a case without scenarios"),
        };
        for (at, prefixes) in columns.iter().enumerate() {
            let named = |cell: &&Value| {
                let mut who = cell["components"].as_array().unwrap().iter().filter_map(Value::as_str);
                who.any(|component| prefixes.iter().any(|prefix| component.starts_with(prefix)))
            };
            let of_column = case["cells"].as_array().unwrap().iter().filter(named);
            let effects = of_column.flat_map(|cell| [&cell["overall"]["reads"], &cell["overall"]["writes"]]);
            let rank = |effect: &Value| {
                let verdict = order.iter().position(|word| effect["verdict"] == *word).unwrap();
                (verdict, effect["totalMillis"].as_u64().unwrap())
            };
            if let Some((1 | 3, millis)) = effects.map(rank).max() {
                times.insert((name.to_owned(), at), millis);
            }
        }
    }
    times
}

#[test]
fn every_format_says_the_same_numbers() {
    let mut survival = sample::survival();
    for (at, millis) in [(1, 300), (2, 320_000), (3, 3_900_000), (4, 1500)] {
        survival.cases[at].cells.insert(sample::postgres(), sample::recovers(millis).into());
    }
    let expected = in_json(&survival);
    assert!(expected.len() >= 10, "{expected:?}");
    assert_eq!(human(&survival), expected);
    assert_eq!(in_markdown(&survival), expected);
    assert_eq!(Duration(320_000).short(), "5m20s");
}
