//! Amounts such as `500m`, `2` and `1.5Gi`, as `k8s.io/apimachinery/pkg/api/resource` reads them.

use std::cmp::Ordering;

use serde_json::Value;

/// An amount: a decimal number and what it is multiplied with.
#[derive(Debug, Clone, Copy)]
pub struct Quantity {
    number: f64,
}

impl Quantity {
    /// Reads a string or a number; `None` for what is no amount.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Self::parse(text),
            Value::Number(number) => number.as_f64().map(|number| Self { number }),
            Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// Whether it is below nothing.
    pub fn is_negative(self) -> bool {
        self.number < 0.0
    }

    fn parse(text: &str) -> Option<Self> {
        let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
        let digits = unsigned.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(unsigned.len());
        let (mantissa, suffix) = unsigned.split_at_checked(digits)?;
        if !mantissa.bytes().any(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let size: f64 = mantissa.parse().ok()?;
        let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
        Some(Self { number: sign * size * multiplier(suffix)? })
    }
}

impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.partial_cmp(other) == Some(Ordering::Equal)
    }
}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let tolerance = f64::EPSILON * 8.0 * self.number.abs().max(other.number.abs());
        if (self.number - other.number).abs() <= tolerance {
            Some(Ordering::Equal)
        } else {
            self.number.partial_cmp(&other.number)
        }
    }
}

fn multiplier(suffix: &str) -> Option<f64> {
    let binary = |power: i32| 1024_f64.powi(power);
    Some(match suffix {
        "" => 1.0,
        "n" => 1e-9,
        "u" => 1e-6,
        "m" => 1e-3,
        "k" => 1e3,
        "M" => 1e6,
        "G" => 1e9,
        "T" => 1e12,
        "P" => 1e15,
        "E" => 1e18,
        "Ki" => binary(1),
        "Mi" => binary(2),
        "Gi" => binary(3),
        "Ti" => binary(4),
        "Pi" => binary(5),
        "Ei" => binary(6),
        exponent => 10_f64.powi(exponent.strip_prefix(['e', 'E'])?.parse().ok()?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_the_api_server_reads() {
        for good in ["0", "1", "1.", ".5", "+1", "-1", "100m", "1.5Gi", "1e3", "1E-3", "12E", "5k"] {
            assert!(Quantity::of(&json!(good)).is_some(), "{good}");
        }
        for bad in ["", ".", "lots", "5 cores", "1 Gi", "1GB", "1ki", "1K", "1.2.3", "0x1", "1mi", "1e", "--1"] {
            assert!(Quantity::of(&json!(bad)).is_none(), "{bad}");
        }
        assert!(Quantity::of(&json!(true)).is_none());
    }

    #[test]
    fn compares_amounts_of_different_suffixes() {
        let of = |text: &str| Quantity::of(&json!(text)).unwrap();
        assert!(of("1024Mi") == of("1Gi"));
        assert!(of("0.1") == of("100m"));
        assert!(of("1G") < of("1Gi"));
        assert!(of("1500m") > of("1"));
    }
}
