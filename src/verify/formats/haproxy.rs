//! `HAProxy`: what sections bind, and the servers that they lead to, with the ports that are checked.

use super::Sockets;
use super::lines::{Line, numbered, words};

/// A section.
#[derive(Debug, Default)]
pub struct Section<'a> {
    /// Its kind and name.
    pub title: Vec<&'a str>,
    /// Its lines, as words.
    pub lines: Vec<(Line, Vec<&'a str>)>,
}

const SECTIONS: [&str; 5] = ["global", "defaults", "listen", "frontend", "backend"];

/// The sections of a file.
pub fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for (line, text) in numbered(text) {
        let words = words(text);
        if words.first().is_some_and(|word| SECTIONS.contains(word)) {
            sections.push(Section { title: words, lines: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            section.lines.push((line, words));
        }
    }
    sections
}

pub(super) fn sockets(text: &str, found: &mut Sockets) {
    let mut usual = None;
    for section in sections(text) {
        let mut checked = usual;
        for (line, words) in &section.lines {
            match words.as_slice() {
                ["bind", address, ..] => found.listen(address, line),
                ["default-server", options @ ..] => checked = check_port(options).or(checked),
                ["server", _, address, options @ ..] => {
                    if let (Some((address, _)), Some(port)) = (address.split_once(':'), check_port(options).or(checked)) {
                        found.ask(address, port, line);
                    }
                }
                _ => {}
            }
        }
        if section.title == ["defaults"] {
            usual = checked;
        }
    }
}

fn check_port<'a>(options: &[&'a str]) -> Option<&'a str> {
    let at = options.iter().position(|option| *option == "port")?;
    options.get(at + 1).copied()
}
