//! Advice for people and programs: what each edit does, buys and costs, and the edit itself as a unified diff of the file.

use std::fmt::Write;

use serde_json::{Value, json};
use similar::TextDiff;

use super::table::{paragraph, plain};
use crate::diag::Sources;
use crate::model::Advice;
use crate::model::advice::EditedFile;

/// How many lines of what an edit buys are shown; `-o json` has all of them.
const SHOWN: usize = 12;
/// How far the text below a title is indented.
const MARGIN: usize = 5;
/// How many unchanged lines stand around a change.
const CONTEXT: usize = 2;

/// The numbered list.
pub fn human(advice: &[Advice], sources: &Sources) -> String {
    if advice.is_empty() {
        return "  no small edit of the topology makes a failure less bad\n".to_owned();
    }
    let one = |(number, one): (usize, &Advice)| {
        let trade = if one.is_trade() { " (a trade)" } else { "" };
        let diff = diffs(one, sources);
        let lines: Vec<String> = diff.lines().map(|line| format!("{:MARGIN$}{line}", "").trim_end().to_owned()).collect();
        let title = paragraph(&format!("{number}. {}{trade}", one.title), 2);
        format!("{title}{}{}\n", plain(&rows(number, one), &[], MARGIN - 3), lines.join("\n"))
    };
    (1..).zip(advice).map(one).collect::<Vec<_>>().join("\n")
}

/// What an edit buys, makes worse and costs, and how it is carried out: each row a word and a phrase.
fn rows(number: usize, advice: &Advice) -> Vec<Vec<String>> {
    let how = if advice.is_applicable() {
        format!("carry it out with `inuretech plan --apply-advice {number}`")
    } else {
        format!("write it yourself: {} must be known", advice.missing.join(" and "))
    };
    let parts = [("buys", &advice.gain.buys), ("worsens", &advice.gain.worsens), ("costs", &advice.costs), ("edit", &vec![how])];
    parts.into_iter().flat_map(|(word, all)| listed(word, all)).collect()
}

fn listed(word: &str, all: &[String]) -> Vec<Vec<String>> {
    let more = all.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| format!("and {more} more"));
    let words = std::iter::once(word).chain(std::iter::repeat(""));
    words.zip(all.iter().take(SHOWN).chain(&more)).map(|(word, line)| vec![word.to_owned(), line.clone()]).collect()
}

fn diffs(advice: &Advice, sources: &Sources) -> String {
    advice.files.iter().map(|file| diff(file, sources)).collect()
}

/// The same as a list for a pull request, each edit folded behind its title; `escaped` makes a text harmless there.
pub(super) fn markdown(advice: &[Advice], sources: &Sources, escaped: fn(&str) -> String) -> Vec<String> {
    let one = |(number, one): (usize, &Advice)| {
        let trade = if one.is_trade() { " (a trade)" } else { "" };
        let lines: String = rows(number, one).iter().fold(String::new(), |mut lines, row| {
            let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
            let _ = writeln!(lines, "| {} |", cells.join(" | "));
            lines
        });
        let diff = diffs(one, sources);
        // A fence longer than any in the text.
        let longest = diff.split(|c: char| c != '`').map(str::len).max().unwrap_or(0);
        let fence = "`".repeat(3.max(longest + 1));
        let title = format!("{number}. {}{trade}", escaped(&one.title));
        format!("<details><summary>{title}</summary>\n\n| | |\n|---|---|\n{lines}\n{fence}diff\n{diff}{fence}\n\n</details>\n")
    };
    (1..).zip(advice).map(one).collect()
}

/// An edited file as a unified diff.
pub fn diff(file: &EditedFile, sources: &Sources) -> String {
    let name = sources.0.get(file.file).map_or("", |source| source.name.as_str());
    let diff = TextDiff::from_lines(&file.before, &file.after);
    diff.unified_diff().context_radius(CONTEXT).header(name, name).to_string()
}

/// The same for programs.
pub fn json(advice: &[Advice], sources: &Sources) -> Value {
    let name = |file: &EditedFile| sources.0.get(file.file).map_or("", |source| source.name.as_str()).to_owned();
    let one = |(number, one): (usize, &Advice)| {
        let edits = one.files.iter().map(|file| json!({"file": name(file), "diff": diff(file, sources)}));
        json!({
            "number": number,
            "title": one.title,
            "trade": one.is_trade(),
            "buys": one.gain.buys,
            "worsens": one.gain.worsens,
            "costs": one.costs,
            "applicable": one.is_applicable(),
            "missing": one.missing,
            "edits": edits.collect::<Vec<_>>(),
        })
    };
    (1..).zip(advice).map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Source;
    use crate::model::advice::Gain;

    fn advice(missing: &[&str]) -> Advice {
        Advice {
            title: "let commits wait".to_owned(),
            gain: Gain { buys: vec!["dc:msk: postgres.core from lost to recovers".to_owned()], worsens: Vec::new() },
            costs: vec!["9ms".to_owned(), "patience".to_owned()],
            files: vec![EditedFile { file: 0, before: "a: 1\nb: 2\n".to_owned(), after: "a: 1\nb: 3\n".to_owned() }],
            missing: missing.iter().map(|what| (*what).to_owned()).collect(),
        }
    }

    fn sources() -> Sources {
        Sources(vec![Source { name: "prod.yaml".to_owned(), text: "a: 1\nb: 2\n".to_owned() }])
    }

    #[test]
    fn advice_is_the_edit_that_it_is() {
        let expected = "  1. let commits wait
     buys   dc:msk: postgres.core from lost to recovers
     costs  9ms
            patience
     edit   carry it out with `inuretech plan --apply-advice 1`
     --- prod.yaml
     +++ prod.yaml
     @@ -1,2 +1,2 @@
      a: 1
     -b: 2
     +b: 3
";
        assert_eq!(human(&[advice(&[])], &sources()), expected);
        assert_eq!(
            json(&[advice(&[])], &sources())[0]["edits"][0]["diff"],
            "--- prod.yaml\n+++ prod.yaml\n@@ -1,2 +1,2 @@\n a: 1\n-b: 2\n+b: 3\n"
        );
    }

    #[test]
    fn what_only_the_user_knows_is_asked_for() {
        let one = advice(&["the second public address of msk"]);
        let text = human(std::slice::from_ref(&one), &sources());
        assert!(text.contains("write it yourself: the second public address of msk must be known"), "{text}");
        assert_eq!(json(&[one], &sources())[0]["applicable"], false);
    }
}
