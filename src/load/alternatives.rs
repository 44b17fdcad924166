//! Unions: which alternative the user meant, so that its own errors are shown and not those of all the others.

use jsonschema::ValidationError;
use serde_json::Value;

use crate::diag::{Finding, did_you_mean};
use crate::model::Path;

use super::codes;
use super::explain::{Explainer, quoted, with_help};
use super::words::{branches, expected, fits, found, keys, listed, types};

/// One alternative and what is wrong with the value according to it.
type Branch<'a, 'e> = (&'a Value, &'a [ValidationError<'e>]);

impl<'s> Explainer<'s> {
    /// Adds the errors of the alternative that fits best; a list of the alternatives where none does.
    pub(super) fn alternatives(&mut self, node: &'s Value, at: &Path, value: &Value, context: &[Vec<ValidationError<'_>>]) {
        let all: Vec<Branch<'_, '_>> = branches(node).iter().zip(context.iter().map(Vec::as_slice)).collect();
        let schema = self.schema;
        let fitting: Vec<_> = all.into_iter().filter(|(branch, _)| fits(schema, branch, value)).collect();
        if let [(_, errors)] = fitting.as_slice() {
            return self.explain_all(errors);
        }
        if fitting.is_empty() {
            return self.wrong_type(node, at.clone(), value);
        }
        let lists: Option<Vec<_>> = fitting.iter().map(|(branch, _)| listed(schema, branch)).collect();
        if let Some(lists) = lists {
            return self.not_listed(at.clone(), value, &lists.concat());
        }
        match self.closest(&fitting, value) {
            Some(errors) => self.explain_all(errors),
            None => self.none_fits(node, &fitting, at, value),
        }
    }

    fn explain_all(&mut self, errors: &[ValidationError<'_>]) {
        for error in errors {
            self.explain(error);
        }
    }

    /// The errors of the alternative that knows most of the value's keys, if that is only one.
    fn closest<'a, 'e>(&self, fitting: &[Branch<'a, 'e>], value: &Value) -> Option<&'a [ValidationError<'e>]> {
        let map = value.as_object()?;
        let known = |branch: &Value| keys(self.schema, branch).iter().filter(|key| map.contains_key(**key)).count();
        let mut scored: Vec<_> = fitting.iter().map(|(branch, errors)| (known(branch), *errors)).collect();
        scored.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
        match scored.as_slice() {
            [(best, errors), (second, _), ..] if best > second => Some(errors),
            _ => None,
        }
    }

    fn none_fits(&mut self, node: &Value, fitting: &[Branch<'_, '_>], at: &Path, value: &Value) {
        let known: Vec<&str> = fitting.iter().flat_map(|(branch, _)| keys(self.schema, branch)).collect();
        let mappings = fitting.iter().all(|(branch, _)| types(self.schema, branch) == ["object"]);
        let Some(map) = value.as_object().filter(|_| mappings && !known.is_empty()) else {
            let message = format!("expected {}, found {}", expected(self.schema, node), found(value));
            return self.add(Finding::error(codes::NO_ALTERNATIVE, at.clone(), message));
        };
        let message = format!("expected a mapping with one of the keys {}", quoted(&known));
        let meant = map.keys().find_map(|key| did_you_mean(key, known.iter().copied()));
        let help = meant.filter(|meant| !map.contains_key(*meant)).map(|meant| format!("did you mean `{meant}`?"));
        self.add(with_help(Finding::error(codes::NO_ALTERNATIVE, at.clone(), message), help));
    }
}
