//! What `explain` says about the findings of the file itself: its text, its YAML, its agreement with the schema.
//! To add one: a constant with the next number, an entry in the table, and an example that the tests see fail with it.

use crate::diag::{Code, Explanation, Severity};

/// The bytes are not UTF-8.
pub const NOT_UTF8: Code = Code("IT101");
/// The file or its number of values is beyond the limits.
pub const TOO_LARGE: Code = Code("IT102");
/// The text is not YAML.
pub const SYNTAX: Code = Code("IT103");
/// Indentation with a tab.
pub const TAB: Code = Code("IT104");
/// The same key twice in one mapping.
pub const DUPLICATE_KEY: Code = Code("IT105");
/// More than one YAML document in the file.
pub const SEVERAL_DOCUMENTS: Code = Code("IT106");
/// Nothing in the file.
pub const EMPTY: Code = Code("IT107");
/// An alias without its anchor, of itself, or of too much data.
pub const ALIAS: Code = Code("IT108");
/// Too many levels.
pub const TOO_DEEP: Code = Code("IT109");
/// A character that YAML does not allow.
pub const CONTROL_CHARACTER: Code = Code("IT110");
/// A YAML tag.
pub const TAG: Code = Code("IT111");
/// The merge key `<<`.
pub const MERGE_KEY: Code = Code("IT112");
/// A whole number with leading zeros.
pub const OCTAL: Code = Code("IT113");
/// A number that is not finite or too large.
pub const NUMBER: Code = Code("IT114");
/// A key that is no text.
pub const KEY: Code = Code("IT115");
/// A key that the schema does not know.
pub const UNKNOWN_KEY: Code = Code("IT116");
/// A required key that is not there.
pub const MISSING_KEY: Code = Code("IT117");
/// A value of the wrong type.
pub const WRONG_TYPE: Code = Code("IT118");
/// A value that is not in the list of allowed ones.
pub const NOT_ALLOWED: Code = Code("IT119");
/// A text or name of the wrong form.
pub const BAD_FORM: Code = Code("IT120");
/// A number outside its range.
pub const RANGE: Code = Code("IT121");
/// Too few or too many items.
pub const COUNT: Code = Code("IT122");
/// The same item twice in a list.
pub const REPEATED: Code = Code("IT123");
/// A value that is none of several alternatives.
pub const NO_ALTERNATIVE: Code = Code("IT124");
/// A value that the schema accepts and the reader does not.
pub const DECODE: Code = Code("IT125");

const fn error(code: Code, title: &'static str, why: &'static str, example: &'static str, fix: &'static str) -> Explanation {
    Explanation { code, severity: Severity::Error, title, why, example, fix }
}

/// Every code of this stage.
pub const CODES: &[Explanation] = &[
    error(
        NOT_UTF8,
        "the file is not UTF-8",
        "YAML is Unicode text (YAML 1.2.2, section 5.2). Guessing another encoding would change names silently.",
        "",
        "Save the file as UTF-8.",
    ),
    error(
        TOO_LARGE,
        "the file is too large",
        "Files over 16 MiB or a million values are refused, so that a wrong file name or a hostile file cannot exhaust memory.",
        "",
        "Name the right file, or split the topology and give its parts as overlays.",
    ),
    error(
        SYNTAX,
        "the text is not YAML",
        "Nothing after the fault can be understood, so later findings appear once it is repaired.",
        "datacenters: [msk, spb\n",
        "Close the bracket or quote, or put a text with `: ` or ` #` in it in quotes.",
    ),
    error(
        TAB,
        "a tab in the indentation",
        "YAML forbids tabs in indentation, because their width is not defined (YAML 1.2.2, section 6.1).",
        "link:\n\trtt: 9ms\n",
        "Indent with spaces.",
    ),
    error(
        DUPLICATE_KEY,
        "the same key twice",
        "Keys are unique (YAML 1.2.2, section 3.2.1.1); many readers keep the last one silently, and half of a file is lost.",
        "link:\n  rtt: 9ms\n  rtt: 12ms\n",
        "Delete one of them, or rename it.",
    ),
    error(
        SEVERAL_DOCUMENTS,
        "more than one document",
        "A topology is one document; it would not be clear whether a second one replaces or extends the first.",
        "name: shop\n---\nname: other\n",
        "Keep one document in a file. Several files given on the command line are laid one over the other.",
    ),
    error(
        EMPTY,
        "the file holds no topology",
        "An empty file is usually the wrong file.",
        "# nothing yet\n",
        "Write the topology, or name the right file.",
    ),
    error(
        ALIAS,
        "an alias that cannot be expanded",
        "An alias copies the value of its anchor. It needs the anchor before it, outside itself, and copies are limited, \
         because a few lines can stand for gigabytes.",
        "services:\n  graph: *defaults\n",
        "Define the anchor first, or write the values out.",
    ),
    error(
        TOO_DEEP,
        "nested too deep",
        "A topology needs about ten levels; 128 are read, so that no later step can run out of stack.",
        "",
        "Look for brackets that were not meant.",
    ),
    error(
        CONTROL_CHARACTER,
        "a control character",
        "YAML allows no control characters except tab and line breaks (YAML 1.2.2, section 5.1); they break other parsers.",
        "name: \"shop\\0\"\n",
        "Delete the character; it usually comes from a copy out of a terminal or a document.",
    ),
    error(
        TAG,
        "a tag",
        "Tags such as `!env` mean something only to the program that defines them; this one defines none.",
        "domain: !env DOMAIN\n",
        "Delete the tag. Put a value in quotes to make it a text.",
    ),
    error(
        MERGE_KEY,
        "a merge key",
        "The merge key `<<` was dropped from YAML 1.2, and readers differ about which value wins.",
        "services:\n  graph:\n    <<: {replicas: 3}\n",
        "Write the keys out, use an alias for a whole value, or put what differs in an overlay file.",
    ),
    error(
        OCTAL,
        "a number with leading zeros",
        "`0644` is 644 in YAML 1.2 and 420 in YAML 1.1, which Kubernetes tools still follow.",
        "mode: 0644\n",
        "Quote it if it is a text, write `0o644` if it is octal, or leave the zeros out.",
    ),
    error(
        NUMBER,
        "a number that cannot be kept",
        "Infinities, not-a-number and whole numbers of more than 64 bits have no exact form in the rendered files.",
        "objectives: {rto: .inf}\n",
        "Write a finite number, or quote it if it is a text.",
    ),
    error(
        KEY,
        "a key that is no text",
        "Lists, mappings, aliases and nothing at all cannot name a part of the topology.",
        "services:\n  [a, b]: {}\n",
        "Write `key: value` with a plain key.",
    ),
    error(
        UNKNOWN_KEY,
        "an unknown key",
        "An ignored key would be a setting that you believe in and that nothing applies.",
        "nmae: shop\n",
        "Correct the spelling, or delete the key.",
    ),
    error(
        MISSING_KEY,
        "a required key is missing",
        "Without it the platform cannot be laid out, and no default would be right for everybody.",
        "link: {paths: 2}\n",
        "Add the key.",
    ),
    error(
        WRONG_TYPE,
        "a value of the wrong type",
        "YAML decides the type by how a value is written: `1.10` is a number, `yes` is a text, `[a]` is a list.",
        "enforce: yes\n",
        "Write the value as the message says; quotes make a text of anything.",
    ),
    error(
        NOT_ALLOWED,
        "not one of the allowed values",
        "The key takes a fixed set of values.",
        "run: kubernets\n",
        "Use one of the values that the message lists.",
    ),
    error(
        BAD_FORM,
        "a text of the wrong form",
        "Durations, sizes, rates, names and addresses have one way to be written, so that they are read the same everywhere.",
        "memory: 16 gigs\n",
        "Write it in the form that the message shows.",
    ),
    error(
        RANGE,
        "a number outside its range",
        "The system that reads the number would refuse it or misbehave.",
        "count: 0\n",
        "Use a number within the range.",
    ),
    error(
        COUNT,
        "too few or too many items",
        "The list or mapping has a fixed or least number of items.",
        "racks: []\n",
        "Add or remove items.",
    ),
    error(
        REPEATED,
        "the same item twice",
        "The list is a set: a repeated item has no meaning, and is usually a copy that was not edited.",
        "racks: [a, a]\n",
        "Delete one of them, or correct it.",
    ),
    error(
        NO_ALTERNATIVE,
        "none of the alternatives",
        "The key can be written in several ways, and the value is like none of them.",
        "config: {fil: app.yaml}\n",
        "Write it in one of the ways that the message lists.",
    ),
    error(
        DECODE,
        "a value that cannot be read",
        "The value passes the published schema but not the stricter reading of the program.",
        "",
        "Correct the value as the message says.",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Source, Sources};
    use crate::load::{Schema, read};

    /// A schema that knows the keys of the examples.
    fn schema() -> Schema {
        let document = serde_json::json!({"type": "object", "additionalProperties": false, "properties": {
            "name": {"type": "string"}, "enforce": {"type": "boolean"}, "run": {"enum": ["kubernetes", "hosts"]},
            "memory": {"type": "string", "pattern": "^[0-9]+Gi$"}, "count": {"type": "integer", "minimum": 1},
            "link": {"type": "object", "required": ["rtt"]},
            "racks": {"type": "array", "minItems": 1, "uniqueItems": true},
            "config": {"oneOf": [
                {"type": "object", "properties": {"file": {}}, "required": ["file"], "additionalProperties": false},
                {"type": "object", "properties": {"text": {}}, "required": ["text"], "additionalProperties": false}]}}});
        Schema::compile(document).unwrap()
    }

    #[test]
    fn every_example_has_its_fault() {
        let schema = schema();
        for explanation in CODES.iter().filter(|explanation| !explanation.example.is_empty()) {
            let sources = Sources(vec![Source { name: "x".to_owned(), text: explanation.example.to_owned() }]);
            let found: Vec<_> = read(&sources, &schema).unwrap_err().findings.iter().map(|finding| finding.code).collect();
            assert_eq!(found, [explanation.code], "{}", explanation.example);
        }
    }

    #[test]
    fn codes_are_numbered_without_a_gap() {
        for (position, explanation) in CODES.iter().enumerate() {
            assert_eq!(explanation.code.0, format!("IT{}", 101 + position));
        }
    }
}
