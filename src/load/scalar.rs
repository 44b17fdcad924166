//! What an unquoted YAML scalar means: the core schema of YAML 1.2.2 (section 10.3.2), where `yes`, `on` and `12:30` are texts.
//! Two forms that the core schema accepts are refused, because other readers take them for another number.

use super::tree::Kind;

/// Why an unquoted scalar is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// `0644`: decimal in YAML 1.2, octal in YAML 1.1.
    LeadingZero,
    /// An infinity, not a number, or a whole number of more than 64 bits.
    Unrepresentable,
}

/// Reads an unquoted scalar.
pub(super) fn resolve(text: &str) -> Result<Kind, Refused> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Ok(Kind::Null),
        "true" | "True" | "TRUE" => return Ok(Kind::Bool(true)),
        "false" | "False" | "FALSE" => return Ok(Kind::Bool(false)),
        _ => {}
    }
    if text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        number(text)
    } else {
        Ok(Kind::String(text.to_owned()))
    }
}

fn number(text: &str) -> Result<Kind, Refused> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Err(Refused::Unrepresentable);
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return i64::from_str_radix(digits, radix).map(Kind::Int).map_err(|_| Refused::Unrepresentable);
        }
    }
    if all_digits(unsigned) {
        if unsigned.len() > 1 && unsigned.starts_with('0') {
            return Err(Refused::LeadingZero);
        }
        return text.parse().map(Kind::Int).map_err(|_| Refused::Unrepresentable);
    }
    if !is_float(unsigned) {
        return Ok(Kind::String(text.to_owned()));
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(Kind::Float(value)),
        Ok(_) | Err(_) => Err(Refused::Unrepresentable),
    }
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mantissa_fits =
        if whole.is_empty() { all_digits(fraction) } else { all_digits(whole) && (fraction.is_empty() || all_digits(fraction)) };
    mantissa_fits && exponent.is_none_or(all_digits)
}

fn all_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_core_schema() {
        for text in [
            "yes",
            "no",
            "on",
            "off",
            "y",
            "0x",
            "0o8",
            "1_000",
            "12:30:45",
            "1.2.3",
            "1e",
            "e1",
            ".",
            "-",
            "+-1",
            "10.0.0.0/8",
            "-.e1",
            "2026-01-02",
        ] {
            assert_eq!(resolve(text), Ok(Kind::String(text.to_owned())), "{text}");
        }
        for text in ["", "~", "null", "Null", "NULL"] {
            assert_eq!(resolve(text), Ok(Kind::Null), "{text}");
        }
        for (text, value) in [("0", 0), ("-19", -19), ("+7", 7), ("0o14", 12), ("0x3A", 58)] {
            assert_eq!(resolve(text), Ok(Kind::Int(value)), "{text}");
        }
        for (text, value) in [("1.", 1.0), ("-.5", -0.5), ("+12e03", 12000.0), ("-2E+05", -2e5), ("1.10", 1.1)] {
            assert_eq!(resolve(text), Ok(Kind::Float(value)), "{text}");
        }
    }

    #[test]
    fn refuses_what_others_read_differently() {
        for text in ["0644", "-007", "00"] {
            assert_eq!(resolve(text), Err(Refused::LeadingZero), "{text}");
        }
        for text in [".inf", "-.INF", ".nan", "1e999", "9223372036854775808", "0xffffffffffffffffff"] {
            assert_eq!(resolve(text), Err(Refused::Unrepresentable), "{text}");
        }
    }
}
