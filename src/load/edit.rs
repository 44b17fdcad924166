//! An [`Edit`] carried out in the text that a person wrote: a value is replaced where it stands, a new key is written at
//! the end of its mapping as that mapping is written, and every other byte stays. What cannot be done so is refused:
//! values that anchors share, and collections that would have to be replaced together with their comments.
//!
//! It does not judge the result; the caller loads it and compares it with what [`carry_out`] makes of the document.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::parse::parse;
use super::surgery::Surgeon;
use super::tree::{Kind, Node, Style};
use crate::diag::{Finding, Sources};
use crate::model::advice::EditedFile;
use crate::model::edit::{Change, Edit, Operation, Written};
use crate::model::{Path, Step};

/// Why an edit cannot be carried out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// The value stands in several places.
    #[error("`{0}` is written once with an anchor and used in several places: write it out first")]
    Shared(Path),
    /// A collection, or a text over several lines, would be replaced.
    #[error("`{0}` is more than a single value: change it by hand")]
    Whole(Path),
    /// A key cannot be added to what is no mapping, nor an item to what is no list.
    #[error("`{0}` has not the shape that the edit expects: change it by hand")]
    Shape(Path),
    /// There is no file.
    #[error("there is no file to edit")]
    NoFile,
}

/// The input files, parsed once for any number of edits.
pub struct Editor<'s> {
    files: Vec<(&'s str, Node)>,
}

/// What is to happen at and below one value.
enum Patch<'e> {
    Change(&'e Change),
    Keys(Vec<Member<'e>>),
}

/// What is to happen to one key.
struct Member<'e> {
    key: &'e str,
    after: Option<&'static str>,
    patch: Patch<'e>,
}

impl<'s> Editor<'s> {
    /// Parses every file.
    pub fn new(sources: &'s Sources) -> Result<Self, Vec<Finding>> {
        let parsed = |(file, source): (usize, &'s crate::diag::Source)| Ok((source.text.as_str(), parse(file, &source.text)?));
        Ok(Self { files: sources.0.iter().enumerate().map(parsed).collect::<Result<_, Vec<Finding>>>()? })
    }

    /// The files that an edit changes, each value in the last file that declares it, each new key in the last file that
    /// declares the most of its path.
    pub fn apply(&self, edit: &Edit) -> Result<Vec<EditedFile>, Refused> {
        let mut patches: BTreeMap<usize, Patch<'_>> = BTreeMap::new();
        for operation in edit.operations() {
            let patch = patches.entry(self.file_of(operation)?).or_insert_with(|| Patch::Keys(Vec::new()));
            patch.insert(operation.at.steps(), operation)?;
        }
        let carried = |(file, patch): (usize, Patch<'_>)| {
            let (text, root) = self.files.get(file).ok_or(Refused::NoFile)?;
            let mut surgeon = Surgeon::new(text);
            operate(&mut surgeon, root, &patch, &Path::root())?;
            Ok(EditedFile { file, before: (*text).to_owned(), after: surgeon.finish() })
        };
        patches.into_iter().map(carried).collect()
    }

    fn file_of(&self, operation: &Operation) -> Result<usize, Refused> {
        let deepest = self.files.iter().enumerate().max_by_key(|(file, (_, root))| (depth(root, &operation.at), *file));
        deepest.map(|(file, _)| file).ok_or(Refused::NoFile)
    }
}

/// How many steps of a path are written here.
fn depth(root: &Node, path: &Path) -> usize {
    let mut node = root;
    for (depth, step) in path.steps().iter().enumerate() {
        match node.child(step) {
            Some((_, child)) => node = child,
            None => return depth,
        }
    }
    path.steps().len()
}

impl<'e> Patch<'e> {
    fn insert(&mut self, steps: &'e [Step], operation: &'e Operation) -> Result<(), Refused> {
        let (Self::Keys(members), Some((Step::Key(key), rest))) = (&mut *self, steps.split_first()) else {
            return Err(Refused::Shape(operation.at.clone()));
        };
        let position = members.iter().position(|member| member.key == key).unwrap_or(members.len());
        if position == members.len() {
            members.push(Member { key, after: operation.after, patch: Patch::Keys(Vec::new()) });
        }
        let Some(member) = members.get_mut(position) else { return Ok(()) };
        if rest.is_empty() {
            member.patch = Patch::Change(&operation.change);
            return Ok(());
        }
        member.patch.insert(rest, operation)
    }

    /// The value where nothing is written yet.
    fn written(&self) -> Written {
        match self {
            Self::Change(Change::Set(value)) => value.clone(),
            Self::Change(Change::Append(value)) => Written::List(vec![value.clone()]),
            Self::Keys(members) => Written::map(members.iter().map(|member| (member.key, member.patch.written()))),
        }
    }
}

/// Carries a patch out at a value that is written.
fn operate(surgeon: &mut Surgeon<'_>, node: &Node, patch: &Patch<'_>, at: &Path) -> Result<(), Refused> {
    let style = node.form.style;
    match (patch, &node.kind) {
        _ if style == Style::Shared => Err(Refused::Shared(at.clone())),
        (Patch::Change(Change::Append(item)), Kind::Seq(items)) => {
            surgeon.append(node.form, items, item);
            Ok(())
        }
        (Patch::Keys(members), Kind::Map(entries)) => {
            let mut added = Vec::new();
            for member in members {
                let below = at.key(member.key);
                match entries.iter().find(|entry| entry.key == member.key) {
                    Some(entry) if entry.value.kind == Kind::Null && entry.value.form.style != Style::Shared => {
                        surgeon.fill(entry, &member.patch.written(), style);
                    }
                    Some(entry) => operate(surgeon, &entry.value, &member.patch, &below)?,
                    None => added.push((member.key, member.after, member.patch.written())),
                }
            }
            surgeon.add(node.form, entries, &added);
            Ok(())
        }
        (Patch::Change(Change::Set(value)), Kind::Bool(_) | Kind::Int(_) | Kind::Float(_) | Kind::String(_) | Kind::Null) => {
            if surgeon.replace(node.form, value) {
                Ok(())
            } else {
                Err(Refused::Whole(at.clone()))
            }
        }
        (Patch::Change(Change::Set(_)), Kind::Seq(_) | Kind::Map(_)) => Err(Refused::Whole(at.clone())),
        (Patch::Change(Change::Append(_)) | Patch::Keys(_), _) => Err(Refused::Shape(at.clone())),
    }
}

/// The same edit on the document: what the edited text must mean.
pub fn carry_out(document: &mut Value, edit: &Edit) {
    for operation in edit.operations() {
        let mut place = &mut *document;
        for step in operation.at.steps() {
            let Step::Key(key) = step else { return };
            if !place.is_object() {
                *place = Value::Object(Map::new());
            }
            let Value::Object(map) = place else { return };
            place = map.entry(key.clone()).or_insert(Value::Null);
        }
        match (&operation.change, place) {
            (Change::Set(value), place) => *place = json(value),
            (Change::Append(value), Value::Array(items)) => items.push(json(value)),
            (Change::Append(value), place) => *place = Value::Array(vec![json(value)]),
        }
    }
}

fn json(value: &Written) -> Value {
    match value {
        Written::Number(number) => Value::from(*number),
        Written::Text(text) => Value::from(text.as_str()),
        Written::List(items) => items.iter().map(json).collect(),
        Written::Map(entries) => Value::Object(entries.iter().map(|(key, value)| (key.clone(), json(value))).collect()),
    }
}

#[cfg(test)]
#[path = "edit_tests.rs"]
mod tests;
