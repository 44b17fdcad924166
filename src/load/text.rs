//! Bytes of an input file become text: UTF-8 without a byte order mark, of a bounded size, without control characters.
//! It reads no file and knows no YAML.

use crate::diag::{Finding, Place, Source, Span};

use super::codes;

/// The largest input file in bytes: three times the largest topology that we know of, and small enough to hold as a tree.
pub const MAX_BYTES: usize = 16 * 1024 * 1024;

/// Turns the bytes of input file number `file` into a source; where it cannot, the source holds what comes before the fault,
/// so that the finding has a line to show.
pub fn decode(file: usize, name: &str, bytes: &[u8]) -> (Source, Option<Finding>) {
    let source = |text: &str| Source { name: name.to_owned(), text: text.to_owned() };
    if bytes.len() > MAX_BYTES {
        return (source(""), Some(too_large(file, name, bytes.len())));
    }
    let (text, fault) = match std::str::from_utf8(bytes) {
        Ok(text) => (text, None),
        Err(error) => {
            let (valid, rest) = bytes.split_at_checked(error.valid_up_to()).unwrap_or((bytes, &[]));
            (std::str::from_utf8(valid).unwrap_or_default(), Some(rest))
        }
    };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let end = Place::Bytes(Span { file, start: text.len(), end: text.len() });
    (source(text), fault.map(|rest| not_utf8(end, name, bytes.len() - rest.len(), rest)))
}

fn too_large(file: usize, name: &str, length: usize) -> Finding {
    let message = format!("`{name}` is too large: {length} bytes, at most {MAX_BYTES} are read");
    Finding::error(codes::TOO_LARGE, start(file), message).help("split the topology into several files, or name the right file")
}

fn not_utf8(place: Place, name: &str, offset: usize, rest: &[u8]) -> Finding {
    let byte = rest.first().copied().unwrap_or_default();
    let utf16 = offset == 0 && (rest.starts_with(&[0xff, 0xfe]) || rest.starts_with(&[0xfe, 0xff]));
    let message = if utf16 {
        format!("`{name}` is UTF-16, not UTF-8")
    } else {
        format!("`{name}` is not UTF-8: byte 0x{byte:02x} at offset {offset}")
    };
    Finding::error(codes::NOT_UTF8, place, message).help("save the file as UTF-8")
}

fn start(file: usize) -> Place {
    Place::Bytes(Span { file, start: 0, end: 0 })
}

/// The first character of the text that YAML does not allow (YAML 1.2.2, section 5.1).
pub(super) fn control_character(file: usize, text: &str) -> Option<Finding> {
    let (start, found) = text.char_indices().find(|(_, c)| !printable(*c))?;
    let place = Place::Bytes(Span { file, start, end: start + found.len_utf8() });
    let message = format!("control character U+{:04X} in the file", u32::from(found));
    Some(
        Finding::error(codes::CONTROL_CHARACTER, place, message)
            .help("delete the character; it is usually left by a copy from elsewhere"),
    )
}

fn printable(c: char) -> bool {
    match c {
        '\t' | '\n' | '\r' | '\u{85}' => true,
        '\u{feff}' | '\u{fffe}' | '\u{ffff}' => false,
        c => !c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strips_the_byte_order_mark() {
        let (source, fault) = decode(0, "a.yaml", b"\xef\xbb\xbfname: x");
        assert_eq!((source.text.as_str(), fault), ("name: x", None));
    }

    #[test]
    fn points_at_the_byte_that_is_not_utf8() {
        let (source, fault) = decode(3, "a.yaml", b"name: \xe9t\xe9");
        assert_eq!(source.text, "name: ");
        let fault = fault.unwrap();
        assert_eq!(fault.message, "`a.yaml` is not UTF-8: byte 0xe9 at offset 6");
        assert_eq!(fault.at, Place::Bytes(Span { file: 3, start: 6, end: 6 }));
        assert!(decode(0, "a", b"\xff\xfea\0").1.unwrap().message.contains("UTF-16"));
    }

    #[test]
    fn refuses_a_huge_file() {
        assert_eq!(decode(0, "a", &vec![b' '; MAX_BYTES]).1, None);
        assert_eq!(decode(0, "a", &vec![b' '; MAX_BYTES + 1]).1.unwrap().code, codes::TOO_LARGE);
    }

    #[test]
    fn finds_control_characters() {
        assert_eq!(control_character(0, "a: \"b\tc\"\r\n# д\u{85}"), None);
        let at = |text: &str| control_character(0, text).map(|finding| finding.at);
        assert_eq!(at("ab\0"), Some(Place::Bytes(Span { file: 0, start: 2, end: 3 })));
        assert_eq!(at("\u{9b}"), Some(Place::Bytes(Span { file: 0, start: 0, end: 2 })));
    }
}
