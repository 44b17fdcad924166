//! Differences from what runs, for people: the object, where it comes from, and each field with what it is and would become.
//! Values come masked; here only their control characters are taken away, so that no value can move the cursor.

use std::fmt::Write;

use similar::TextDiff;

use super::lines::Lines;
use crate::diag::{Place, Sources, Span};
use crate::model::change::{ChangeSet, Difference, FieldChange, FieldKind, MASK, ObjectChange, Owner, Shown, Verb};
use crate::model::live::{Fidelity, Target};

/// Values of more characters are shown on lines of their own.
const LONG: usize = 80;

/// Which cluster is compared with.
pub fn headline(target: &Target) -> String {
    let context = target.context.as_ref().map_or_else(|| "in the cluster".to_owned(), |context| format!("context {context}"));
    plain(&format!("comparing with {} ({context})", target.url))
}

/// The whole report; the last line is the summary.
pub fn human(changes: &ChangeSet, sources: &Sources, locate: &dyn Fn(&Place) -> Option<Span>, color: bool) -> String {
    let writer = Writer { lines: Lines::new(sources), locate, color };
    let mut out = String::new();
    for object in &changes.objects {
        writer.object(&mut out, object);
    }
    let offline = |object: &&ObjectChange| matches!(object.difference, Difference::Add { fidelity: Fidelity::Offline });
    let unasked = changes.objects.iter().filter(offline).count();
    if unasked > 0 {
        let _ = writeln!(out, "{unasked} not asked of the server: their namespace or kind comes with the same change");
    }
    out.push_str(&summary(changes));
    out
}

fn summary(changes: &ChangeSet) -> String {
    let count = |verb| changes.count(verb);
    let (add, change, remove) = (count(Verb::Add), count(Verb::Change), count(Verb::Remove));
    format!("Diff: {add} to add, {change} to change, {remove} to remove, {} unknown\n", count(Verb::Unknown))
}

struct Writer<'a> {
    lines: Lines<'a>,
    locate: &'a dyn Fn(&Place) -> Option<Span>,
    color: bool,
}

impl Writer<'_> {
    fn object(&self, out: &mut String, object: &ObjectChange) {
        let symbol = match object.verb() {
            Verb::Add => '+',
            Verb::Change => '~',
            Verb::Remove => '-',
            Verb::Unknown => '?',
        };
        let line = format!("{symbol} {}{}", plain(&object.id.to_string()), self.origin(object));
        let _ = writeln!(out, "{}", self.paint(symbol, &line));
        match &object.difference {
            Difference::Add { .. } | Difference::Remove => {}
            Difference::Unknown(failure) => {
                let _ = writeln!(out, "    {}: {}", failure.reason, plain(&failure.message));
            }
            Difference::Change { fields, .. } => fields.iter().for_each(|field| self.field(out, field)),
        }
    }

    /// The place in the topology and its line.
    fn origin(&self, object: &ObjectChange) -> String {
        let Some(path) = object.sources.first() else { return String::new() };
        let span = (self.locate)(&Place::Value(path.clone()));
        match span.and_then(|span| self.lines.spot(&span)) {
            Some(spot) => format!("  {path}  {}:{}", spot.file, spot.line),
            None => format!("  {path}"),
        }
    }

    fn field(&self, out: &mut String, field: &FieldChange) {
        let symbol = match field.kind {
            FieldKind::Added => '+',
            FieldKind::Removed => '-',
            FieldKind::Changed | FieldKind::Reordered => '~',
            FieldKind::LiveOnly => '!',
        };
        let path = plain(&field.path.to_string());
        let (values, block) = values(field);
        let note = note(field);
        let _ = writeln!(out, "{}", self.paint(symbol, &format!("    {symbol} {path}:{values}{note}")));
        for line in block {
            let _ = writeln!(out, "        {}", self.paint(line.chars().next().unwrap_or(' '), &line));
        }
    }

    fn paint(&self, symbol: char, text: &str) -> String {
        let code = match symbol {
            '+' => "32",
            '-' => "31",
            '~' => "33",
            '?' | '!' => "35",
            _ => return text.to_owned(),
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

/// The values of a field: behind its path, or as lines below it.
fn values(field: &FieldChange) -> (String, Vec<String>) {
    if let (Some(Shown::Plain(before)), Some(Shown::Plain(after))) = (&field.before, &field.after)
        && let (Some(before), Some(after)) = (before.as_str(), after.as_str())
        && (before.contains('\n') || after.contains('\n'))
    {
        return (String::new(), unified(before, after));
    }
    let (before, after) = (field.before.as_ref().map(text), field.after.as_ref().map(text));
    let short = before.iter().chain(&after).all(|text| text.chars().count() <= LONG);
    match (before, after) {
        (Some(before), Some(after)) if short => (format!(" {before} -> {after}"), Vec::new()),
        (Some(one), None) | (None, Some(one)) if short => (format!(" {one}"), Vec::new()),
        (before, after) => {
            let lines = before.map(|text| format!("- {text}")).into_iter().chain(after.map(|text| format!("+ {text}")));
            (String::new(), lines.collect())
        }
    }
}

fn unified(before: &str, after: &str) -> Vec<String> {
    if before == after {
        return vec!["only what is masked differs".to_owned()];
    }
    let diff = TextDiff::from_lines(before, after);
    diff.unified_diff().context_radius(2).to_string().lines().map(plain).collect()
}

fn text(value: &Shown) -> String {
    match value {
        Shown::Plain(value) => plain(&value.to_string()),
        Shown::Masked => MASK.to_owned(),
    }
}

/// What a reader must know besides the values.
fn note(field: &FieldChange) -> String {
    let owners: Vec<String> = field.owners.iter().map(owner).collect();
    let by = owners.join("; ");
    match field.kind {
        FieldKind::LiveOnly => format!("  (only in the cluster, {by})"),
        FieldKind::Reordered if by.is_empty() => "  (order)".to_owned(),
        FieldKind::Reordered => format!("  (order, {by})"),
        FieldKind::Added | FieldKind::Removed | FieldKind::Changed if by.is_empty() => String::new(),
        FieldKind::Added | FieldKind::Removed | FieldKind::Changed => format!("  ({by})"),
    }
}

fn owner(owner: &Owner) -> String {
    let when = owner.time.as_ref().map_or_else(String::new, |time| format!(" at {time}"));
    plain(&format!("set by {}{when}", owner.manager))
}

/// A text without what a terminal would obey.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::Path;
    use crate::model::change::{FieldPath, Segment};
    use crate::model::live::ObjectId;

    fn changed(before: serde_json::Value, after: serde_json::Value) -> ChangeSet {
        let owner = Owner { manager: "kubectl-scale".to_owned(), operation: "Update".to_owned(), time: Some("T".to_owned()) };
        let path = FieldPath(vec![Segment::Key("spec".to_owned()), Segment::Key("x".to_owned())]);
        let (before, after) = (Some(Shown::Plain(before)), Some(Shown::Plain(after)));
        let fields = vec![FieldChange { path, kind: FieldKind::Changed, before, after, owners: vec![owner] }];
        let id =
            ObjectId::of(&json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "apps"}}));
        let difference = Difference::Change { manager: "inuretech".to_owned(), fields };
        let object = ObjectChange { id, difference, sources: vec![Path::of(["services", "a"])] };
        let target = Target { url: "https://k8s.example".to_owned(), context: None };
        ChangeSet { target, objects: vec![object], same: 0 }
    }

    fn report(changes: &ChangeSet) -> String {
        human(changes, &Sources::default(), &|_| None, false)
    }

    #[test]
    fn a_field_says_what_it_is_and_would_become_and_who_set_it() {
        let expected = "~ apps/Deployment a (apps)  services.a\n    ~ spec.x: 5 -> 3  (set by kubectl-scale at T)\n\
            Diff: 0 to add, 1 to change, 0 to remove, 0 unknown\n";
        assert_eq!(report(&changed(json!(5), json!(3))), expected);
    }

    #[test]
    fn texts_of_several_lines_are_compared_by_line() {
        let text = report(&changed(json!("a\nb\nc\n"), json!("a\nx\nc\n")));
        assert!(text.contains("        -b\n        +x\n"), "{text}");
        assert!(!text.contains("-a"), "{text}");
    }

    #[test]
    fn no_value_moves_the_cursor() {
        let text = report(&changed(json!("a\n\u{1b}[2J\u{9b}"), json!("b\u{7}\n")));
        assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
    }
}
