//! What a schema says about one value without looking below it: closed sets, bounds, patterns and formats.

use serde_json::Value;

use super::codes::{BAD_CRON, BAD_LABEL, BAD_NAME, BAD_PORT, BAD_QUANTITY, NOT_ALLOWED, WRONG_FORM};
use super::report::{Pointer, Report};
use super::schema::{Format, Schema};
use super::{cron, names, quantity::Quantity};
use crate::diag::{Code, did_you_mean};

/// Reports where a value of the right type is none of the values that its schema allows.
pub fn check(schema: &Schema, value: &Value, at: Pointer<'_>, report: &mut Report<'_>) {
    if !schema.allowed.is_empty() && !schema.allowed.contains(value) {
        let known: Vec<&str> = schema.allowed.iter().filter_map(Value::as_str).collect();
        let near = value.as_str().and_then(|word| did_you_mean(word, known.iter().copied()));
        let help = near.map_or_else(|| format!("use one of: {}", known.join(", ")), |near| format!("did you mean `{near}`?"));
        report.error_help(NOT_ALLOWED, at, format!("{value} is not one of the allowed values"), Some(help));
    }
    if let Some(format) = schema.format {
        check_format(format, value, at, report);
    }
    match value {
        Value::String(text) => check_text(schema, text, at, report),
        Value::Number(number) => check_bounds(schema, number.as_f64().unwrap_or_default(), at, report),
        Value::Array(items) => check_size(items.len(), (schema.min_items, schema.max_items), "items", at, report),
        Value::Object(fields) => check_size(fields.len(), (schema.min_properties, schema.max_properties), "fields", at, report),
        Value::Null | Value::Bool(_) => {}
    }
}

fn check_text(schema: &Schema, text: &str, at: Pointer<'_>, report: &mut Report<'_>) {
    if schema.min_length.is_some() || schema.max_length.is_some() {
        check_size(text.chars().count(), (schema.min_length, schema.max_length), "characters", at, report);
    }
    if let Some(pattern) = schema.pattern.as_ref().filter(|pattern| !pattern.matches(text)) {
        report.error(WRONG_FORM, at, format!("`{text}` does not match `{}`", pattern.text));
    }
}

fn check_bounds(schema: &Schema, number: f64, at: Pointer<'_>, report: &mut Report<'_>) {
    if let Some(minimum) = schema.minimum.filter(|minimum| number < *minimum || (schema.exclusive_minimum && number <= *minimum))
    {
        let least = if schema.exclusive_minimum { "more than" } else { "at least" };
        report.error(WRONG_FORM, at, format!("{number} is too small: it must be {least} {minimum}"));
    }
    if let Some(maximum) = schema.maximum.filter(|maximum| number > *maximum) {
        report.error(WRONG_FORM, at, format!("{number} is too large: it must be at most {maximum}"));
    }
}

fn check_size(size: usize, (min, max): (Option<usize>, Option<usize>), what: &str, at: Pointer<'_>, report: &mut Report<'_>) {
    if let Some(min) = min.filter(|min| size < *min) {
        report.error(WRONG_FORM, at, format!("{size} {what}, and at least {min} must be here"));
    }
    if let Some(max) = max.filter(|max| size > *max) {
        report.error(WRONG_FORM, at, format!("{size} {what}, and at most {max} may be here"));
    }
}

fn check_format(format: Format, value: &Value, at: Pointer<'_>, report: &mut Report<'_>) {
    let text = value.as_str();
    let (code, fault): (Code, Option<&str>) = match format {
        Format::Quantity => {
            (BAD_QUANTITY, Quantity::of(value).is_none().then_some("is not an amount such as `500m`, `2` or `1.5Gi`"))
        }
        Format::Int32 => {
            let fits = value.as_i64().is_none_or(|number| i32::try_from(number).is_ok());
            (WRONG_FORM, (!fits).then_some("does not fit in 32 bits"))
        }
        Format::DateTime => (WRONG_FORM, text.filter(|text| !is_time(text)).map(|_| "is not an RFC 3339 time")),
        Format::Ipv4 => (WRONG_FORM, not::<std::net::Ipv4Addr>(text).then_some("is not an IPv4 address")),
        Format::Ipv6 => (WRONG_FORM, not::<std::net::Ipv6Addr>(text).then_some("is not an IPv6 address")),
        Format::Cidr => (WRONG_FORM, not::<ipnet::IpNet>(text).then_some("is not a network such as `10.0.0.0/8`")),
        Format::Byte => (WRONG_FORM, text.filter(|text| !is_base64(text)).map(|_| "is not base64")),
        Format::Percentage => (WRONG_FORM, text.filter(|text| !is_percentage(text)).map(|_| "is not a percentage such as `25%`")),
        Format::PortName => (BAD_PORT, text.and_then(names::port_name)),
        Format::DnsLabel => (BAD_NAME, text.and_then(names::label)),
        Format::DnsSubdomain => (BAD_NAME, text.and_then(names::subdomain)),
        Format::LabelKey => (BAD_LABEL, text.and_then(names::label_key)),
        Format::LabelValue => (BAD_LABEL, text.and_then(names::label_value)),
        Format::ConfigKey => (WRONG_FORM, text.and_then(names::config_key)),
        Format::EnvName => (BAD_NAME, text.and_then(names::environment)),
        Format::Cron => (BAD_CRON, text.and_then(cron::fault)),
        Format::Other => return,
    };
    if let Some(fault) = fault {
        report.error(code, at, format!("{} {fault}", in_words(value)));
    }
}

fn in_words(value: &Value) -> String {
    value.as_str().map_or_else(|| format!("`{value}`"), |text| format!("`{text}`"))
}

fn not<T: std::str::FromStr>(text: Option<&str>) -> bool {
    text.is_some_and(|text| text.parse::<T>().is_err())
}

fn is_percentage(text: &str) -> bool {
    text.strip_suffix('%').is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether a text is base64 with padding (RFC 4648).
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    text.len().is_multiple_of(4) && text.len() - digits.len() <= 2 && digits.bytes().all(good)
}

/// The shape `2026-01-02T03:04:05`, then a fraction, then `Z` or an offset.
fn is_time(text: &str) -> bool {
    let shape = |(byte, form): (u8, u8)| if form == b'0' { byte.is_ascii_digit() } else { byte == form };
    let zone = text.get(19..).map(|rest| rest.trim_start_matches(|c: char| c == '.' || c.is_ascii_digit()));
    text.len() > 19
        && text.bytes().zip(*b"0000-00-00T00:00:00").all(shape)
        && zone.is_some_and(|zone| zone == "Z" || (zone.len() == 6 && zone.starts_with(['+', '-'])))
}
