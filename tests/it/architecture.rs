//! The house keeps its walls: stages do not import each other, files and lines stay small.

use std::path::{Path, PathBuf};

use crate::common::root;

/// The stages, and what each may import besides itself, `model` and `diag`.
const ROOMS: &[(&str, &[&str])] = &[
    ("model", &[]),
    ("diag", &[]),
    ("load", &[]),
    ("check", &[]),
    ("plan", &[]),
    ("survival", &[]),
    ("advise", &[]),
    ("render", &[]),
    ("verify", &[]),
    ("diff", &[]),
    ("live", &[]),
    ("report", &[]),
    ("io", &[]),
];

/// The most lines of a source file.
const MOST_LINES: usize = 400;

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[test]
fn no_stage_imports_another() {
    let mut doors = Vec::new();
    for (room, allowed) in ROOMS {
        let folder = root().join("src").join(room);
        for file in if folder.is_dir() { sources(&folder) } else { Vec::new() } {
            let text = std::fs::read_to_string(&file).unwrap();
            for (number, line) in text.lines().enumerate() {
                for (other, _) in ROOMS {
                    let free = other == room || ["model", "diag"].contains(other) || allowed.contains(other);
                    if !free && line.contains(&format!("crate::{other}::")) && !line.trim_start().starts_with("//") {
                        doors.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
                    }
                }
            }
        }
    }
    assert!(doors.is_empty(), "{doors:#?}");
}

#[test]
fn no_file_is_too_long_and_each_says_what_it_is_for() {
    let mut faults = Vec::new();
    for folder in ["src", "tests", "benches"] {
        let folder = root().join(folder);
        for file in if folder.is_dir() { sources(&folder) } else { Vec::new() } {
            let text = std::fs::read_to_string(&file).unwrap();
            let lines = text.lines().count();
            if lines > MOST_LINES {
                faults.push(format!("{}: {lines} lines", file.display()));
            }
            if !text.starts_with("//!") {
                faults.push(format!("{}: no module documentation", file.display()));
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_template_is_used_and_every_used_one_is_there() {
    let templates = root().join("templates");
    let mut there = Vec::new();
    let mut open = vec![templates.clone()];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                there.push(path.strip_prefix(&templates).unwrap().display().to_string());
            }
        }
    }
    there.sort();
    let all: String = sources(&root().join("src/render")).iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    let unused: Vec<_> = there.iter().filter(|name| !all.contains(&format!("template!(\"{name}\")"))).collect();
    assert!(unused.is_empty(), "{unused:#?}");
    assert!(!there.is_empty());
}
