//! Walks an object beside its schema and reports what the schema does not allow.
//!
//! Strict: a field that no schema names is a fault, as it is for server-side apply. The branches of `allOf`, `anyOf`, `oneOf` and
//! `not` only constrain values, as in a structural schema; they neither name nor forbid fields. CEL rules are not evaluated.

use serde_json::{Map, Value};

use super::codes::{MISSING_FIELD, REPEATED_ENTRY, UNKNOWN_FIELD, WRONG_FORM, WRONG_TYPE};
use super::report::{Pointer, Report};
use super::schema::{Document, ListType, Schema, Type};
use super::value;
use crate::diag::did_you_mean;

/// Reports where a value does not fit a schema of a document.
pub fn walk(document: &Document, schema: &Schema, value: &Value, report: &mut Report<'_>) {
    Walker { document, report }.value(schema, value, Pointer::ROOT, true);
}

struct Walker<'a, 'r> {
    document: &'a Document,
    report: &'a mut Report<'r>,
}

impl<'a> Walker<'a, '_> {
    fn value(&mut self, schema: &'a Schema, value: &Value, at: Pointer<'_>, strict: bool) {
        if let Some(target) = schema.reference.and_then(|position| self.document.definitions.get(position)) {
            self.value(target, value, at, strict);
        }
        if value.is_null() && schema.nullable {
            return;
        }
        if let Some(expected) = wrong_type(schema, value) {
            self.report.error(WRONG_TYPE, at, format!("{} where {expected} belongs", type_name(value)));
            return;
        }
        value::check(schema, value, at, self.report);
        self.junctors(schema, value, at);
        match value {
            Value::Object(fields) => self.object(schema, fields, at, strict),
            Value::Array(items) => self.list(schema, items, at, strict),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn object(&mut self, schema: &'a Schema, fields: &Map<String, Value>, at: Pointer<'_>, strict: bool) {
        for name in schema.required.iter().filter(|name| !fields.contains_key(*name)) {
            self.report.error(MISSING_FIELD, at, format!("the field `{name}` is missing"));
        }
        for (name, value) in fields {
            let inside = schema.properties.get(name).or(schema.additional_properties.as_deref());
            match inside {
                Some(inside) => self.value(inside, value, at.key(name), strict),
                None if strict && closed(schema) && !(schema.embedded && is_object_header(name)) => {
                    let near = did_you_mean(name, schema.properties.keys().map(String::as_str));
                    let help = near.map(|near| format!("did you mean `{near}`?"));
                    self.report.error_help(UNKNOWN_FIELD, at.key(name), format!("there is no field `{name}` here"), help);
                }
                None => {}
            }
        }
    }

    fn list(&mut self, schema: &'a Schema, items: &[Value], at: Pointer<'_>, strict: bool) {
        if let Some(inside) = schema.items.as_deref() {
            for (position, item) in items.iter().enumerate() {
                self.value(inside, item, at.index(position), strict);
            }
        }
        if items.len() > 1 && matches!(schema.list_type, Some(ListType::Set | ListType::Map)) {
            self.repeated(schema, items, at);
        }
    }

    fn repeated(&mut self, schema: &Schema, items: &[Value], at: Pointer<'_>) {
        let mut inside = schema.items.as_deref();
        while let Some(position) = inside.and_then(|schema| schema.reference) {
            inside = self.document.definitions.get(position);
        }
        for (position, item) in items.iter().enumerate() {
            let mut earlier = items.iter().take(position);
            if earlier.any(|earlier| same_entry(schema, inside, earlier, item)) {
                let message = format!("{} stands twice in this list", identity(schema, inside, item));
                self.report.error(REPEATED_ENTRY, at.index(position), message);
            }
        }
    }

    fn junctors(&mut self, schema: &'a Schema, value: &Value, at: Pointer<'_>) {
        for branch in &schema.all_of {
            self.value(branch, value, at, false);
        }
        if !schema.any_of.is_empty() && !schema.any_of.iter().any(|branch| self.holds(branch, value)) {
            self.report.error(WRONG_FORM, at, format!("none of the allowed forms{}", alternatives(&schema.any_of)));
        }
        if !schema.one_of.is_empty() {
            let held = schema.one_of.iter().filter(|branch| self.holds(branch, value)).count();
            if held != 1 {
                let message =
                    format!("{held} of the forms that exclude each other, where one belongs{}", alternatives(&schema.one_of));
                self.report.error(WRONG_FORM, at, message);
            }
        }
        if schema.not.as_deref().is_some_and(|branch| self.holds(branch, value)) {
            self.report.error(WRONG_FORM, at, "a value that is ruled out here");
        }
    }

    fn holds(&self, schema: &'a Schema, value: &Value) -> bool {
        if value.as_object().is_some_and(|fields| schema.required.iter().any(|name| !fields.contains_key(name))) {
            return false;
        }
        let mut report = Report::new("");
        Walker { document: self.document, report: &mut report }.value(schema, value, Pointer::ROOT, false);
        report.findings.is_empty()
    }
}

/// Whether two items of a list are one entry: equal in a set, with equal keys in a map.
fn same_entry(list: &Schema, inside: Option<&Schema>, one: &Value, other: &Value) -> bool {
    if list.list_type == Some(ListType::Set) {
        return one == other;
    }
    list.list_keys.iter().all(|key| key_of(inside, one, key) == key_of(inside, other, key))
}

/// A key field of an item, or what its absence stands for.
fn key_of<'v>(inside: Option<&'v Schema>, item: &'v Value, key: &str) -> Option<&'v Value> {
    item.get(key).or_else(|| inside?.properties.get(key)?.default.as_ref())
}

/// An item in words: its key fields, or all of it in a set.
fn identity(list: &Schema, inside: Option<&Schema>, item: &Value) -> String {
    let word = |value: &Value| value.as_str().map_or_else(|| format!("`{value}`"), |text| format!("`{text}`"));
    if list.list_type == Some(ListType::Set) {
        return word(item);
    }
    let keys = list.list_keys.iter().filter_map(|key| Some(format!("{key} {}", word(key_of(inside, item, key)?))));
    keys.collect::<Vec<_>>().join(", ")
}

/// Whether fields that the schema does not name are faults; a mapping that names none at all can only be empty.
fn closed(schema: &Schema) -> bool {
    schema.kind == Some(Type::Object) && !schema.open
}

fn is_object_header(name: &str) -> bool {
    matches!(name, "apiVersion" | "kind" | "metadata")
}

/// The fields that the branches ask for, where they ask for nothing else than fields.
fn alternatives(branches: &[Schema]) -> String {
    let names: Vec<String> = branches.iter().flat_map(|branch| &branch.required).map(|name| format!("`{name}`")).collect();
    if names.is_empty() { String::new() } else { format!(": {}", names.join(", ")) }
}

/// What belongs where this value stands, unless the value is of the right type.
fn wrong_type(schema: &Schema, value: &Value) -> Option<&'static str> {
    if schema.int_or_string {
        return (!value.is_i64() && !value.is_u64() && !value.is_string()).then_some("an integer or a string");
    }
    let (fits, name) = match schema.kind? {
        Type::Object => (value.is_object(), "a mapping"),
        Type::Array => (value.is_array(), "a list"),
        Type::String => (value.is_string(), "a string"),
        Type::Integer => (value.is_i64() || value.is_u64(), "an integer"),
        Type::Number => (value.is_number(), "a number"),
        Type::Boolean => (value.is_boolean(), "true or false"),
    };
    (!fits).then_some(name)
}

fn type_name(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(flag) => format!("`{flag}`"),
        Value::Number(number) => format!("the number {number}"),
        Value::String(text) => format!("the string `{text}`"),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "a mapping".to_owned(),
    }
}
