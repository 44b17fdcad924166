//! Templates of line formats. A template prints a typed context and never decides; an undefined name is an
//! error, and every value passes an escape of its format, which refuses what the format cannot carry, so that
//! no value of a topology can become a directive.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior, Value, value};
use serde::Serialize;

use super::RenderError;

/// A template: its path below `templates/` and its text.
#[derive(Debug, Clone, Copy)]
pub struct Template {
    /// The path below `templates/`.
    pub id: &'static str,
    /// The text.
    pub text: &'static str,
}

/// The template at a path below `templates/`, embedded.
macro_rules! template {
    ($path:literal) => {
        crate::render::template::Template {
            id: $path,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/templates/", $path)),
        }
    };
}

pub(crate) use template;

/// Renders a template with a context; the output ends with one newline.
pub fn render<T: Serialize>(template: Template, context: &T) -> Result<String, RenderError> {
    let wrong = |error: &minijinja::Error| RenderError::Template {
        id: template.id,
        reason: format!("{} (line {})", error.detail().unwrap_or("invalid"), error.line().unwrap_or(0)),
    };
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    environment.set_syntax(syntax.map_err(|error| wrong(&error))?);
    for escape in Escape::ALL {
        environment.add_filter(escape.name(), move |value: &Value| escape.value(value));
    }
    let parsed = environment.template_from_named_str(template.id, template.text).map_err(|error| wrong(&error))?;
    parsed.render(Value::from(value::Serde(context))).map_err(|error| wrong(&error))
}

/// A format, by the filter that writes a value in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// A bare word: letters, digits and `._:/@%+,=*~-` (`{{ x|word }}`); the safe choice for names, addresses and numbers.
    Word,
    /// A double-quoted string of nginx; `$` is refused, because nginx would read a variable.
    Nginx,
    /// A double-quoted string of `HAProxy`.
    Haproxy,
    /// A double-quoted string of `redis.conf`.
    Redis,
    /// A double-quoted string of a gdnsd configuration.
    Gdnsd,
    /// The value of a Java properties file.
    Property,
    /// The value of an INI file: no comment sign, no quotes, nothing to continue a line.
    Ini,
    /// A single-quoted word of a POSIX shell.
    Shell,
    /// The text of a comment: one line of printable characters.
    Comment,
    /// Free text of a topology inside a paragraph of Markdown, where it says nothing but itself.
    Markdown,
    /// A paragraph of Markdown that a renderer wrote: one line, nothing that opens a block of another kind.
    Prose,
    /// A line inside a fenced block of Markdown, which it cannot close.
    Code,
}

impl Escape {
    /// Every format.
    pub const ALL: [Self; 12] = [
        Self::Word,
        Self::Nginx,
        Self::Haproxy,
        Self::Redis,
        Self::Gdnsd,
        Self::Property,
        Self::Ini,
        Self::Shell,
        Self::Comment,
        Self::Markdown,
        Self::Prose,
        Self::Code,
    ];

    /// The name of its filter.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Word => "word",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Redis => "redis",
            Self::Gdnsd => "gdnsd",
            Self::Property => "property",
            Self::Ini => "ini",
            Self::Shell => "shell",
            Self::Comment => "comment",
            Self::Markdown => "markdown",
            Self::Prose => "prose",
            Self::Code => "code",
        }
    }

    fn value(self, value: &Value) -> Result<String, minijinja::Error> {
        let text = value.to_string();
        self.write(&text).ok_or_else(|| {
            let reason = format!("a value cannot be written as a {} value", self.name());
            minijinja::Error::new(ErrorKind::InvalidOperation, reason)
        })
    }

    /// The text in this format; `None` where the format cannot carry it.
    pub fn write(self, text: &str) -> Option<String> {
        let quoted = |special: &[char]| {
            let mut out = String::from("\"");
            for character in text.chars() {
                if special.contains(&character) {
                    out.push('\\');
                }
                out.push(character);
            }
            out.push('"');
            out
        };
        if text.chars().any(char::is_control) {
            return None;
        }
        match self {
            Self::Word => {
                let plain = |c: char| c.is_ascii_alphanumeric() || "._:/@%+,=*~-".contains(c);
                (!text.is_empty() && text.chars().all(plain)).then(|| text.to_owned())
            }
            Self::Nginx => (!text.contains('$')).then(|| quoted(&['"', '\\'])),
            Self::Haproxy => Some(quoted(&['"', '\\', '$'])),
            Self::Redis | Self::Gdnsd => text.is_ascii().then(|| quoted(&['"', '\\'])),
            Self::Property => Some(text.replace('\\', "\\\\")),
            Self::Ini => (!text.contains(['#', ';', '\'', '"', '\\', '%'])).then(|| text.to_owned()),
            Self::Shell => Some(format!("'{}'", text.replace('\'', "'\\''"))),
            Self::Comment => Some(text.to_owned()),
            Self::Markdown => Some(literal(text)),
            Self::Prose => (!text.contains("```") && !text.contains("<!--")).then(|| text.to_owned()),
            Self::Code => (!text.contains("```")).then(|| text.to_owned()),
        }
    }
}

/// Text with a backslash before everything that Markdown could read as markup.
fn literal(text: &str) -> String {
    let mut out = String::new();
    for character in text.chars() {
        if character.is_ascii_punctuation() && !",.:;'()/ ".contains(character) {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn one(text: &'static str, value: &str) -> Result<String, RenderError> {
        render(Template { id: "test", text }, &BTreeMap::from([("x", value)]))
    }

    #[test]
    fn an_undefined_name_is_an_error() {
        assert!(one("{{ y }}", "1").is_err());
    }

    #[test]
    fn no_value_becomes_a_directive() {
        assert!(one("listen {{ x|word }};", "80; include /etc/passwd").is_err());
        assert!(one("{{ x|nginx }}", "a\nb").is_err());
        assert!(one("{{ x|nginx }}", "$request_uri").is_err());
        assert_eq!(one("{{ x|nginx }}", "a\"b").unwrap(), "\"a\\\"b\"");
        assert_eq!(one("{{ x|shell }}", "it's").unwrap(), "'it'\\''s'");
        assert!(one("{{ x|ini }}", "a ; b").is_err());
        assert_eq!(one("{{ x|markdown }}", "a <b> `c` | [d]").unwrap(), r"a \<b\> \`c\` \| \[d\]");
        assert!(one("{{ x|code }}", "```").is_err());
        assert!(one("{{ x|prose }}", "a\n# b").is_err());
    }

    #[test]
    fn an_error_does_not_show_the_value() {
        let error = one("{{ x|word }}", "hidden value").unwrap_err();
        assert!(!error.to_string().contains("hidden"), "{error}");
    }
}
