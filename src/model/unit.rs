//! Quantities with their units, exact integers inside.

use std::fmt;
use std::str::FromStr;

use super::text::{Malformed, text_value};

fn split(text: &str) -> Option<(u64, &str)> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    Some((number.parse().ok()?, unit))
}

fn scaled(text: &str, units: &[(&str, u64)], help: &'static str) -> Result<u64, Malformed> {
    let (number, unit) = split(text).ok_or(Malformed(help))?;
    let (_, factor) = units.iter().find(|(name, _)| *name == unit).ok_or(Malformed(help))?;
    number.checked_mul(*factor).ok_or(Malformed(help))
}

fn largest(out: &mut fmt::Formatter<'_>, value: u64, units: &[(&str, u64)]) -> fmt::Result {
    let exact = units.iter().filter(|(_, factor)| value.is_multiple_of(*factor));
    match exact.max_by_key(|(_, factor)| *factor) {
        Some((unit, factor)) if value > 0 => write!(out, "{}{unit}", value / factor),
        Some(_) | None => write!(out, "0{}", units.first().map_or("", |(unit, _)| unit)),
    }
}

/// A length of time in milliseconds. A year is 365 days.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Duration(pub u64);

const DURATION: &str = "a duration such as `30s`, `15m`, `12h`, `7d` or `1y`";
const DURATIONS: &[(&str, u64)] =
    &[("s", 1000), ("ms", 1), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000), ("y", 31_536_000_000)];

impl Duration {
    /// Whole seconds, rounded up.
    pub const fn seconds(self) -> u64 {
        self.0.div_ceil(1000)
    }

    /// Milliseconds.
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// That many seconds.
    pub const fn from_seconds(seconds: u64) -> Self {
        Self(seconds * 1000)
    }
}

impl FromStr for Duration {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        scaled(text, DURATIONS, DURATION).map(Self)
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        largest(out, self.0, DURATIONS)
    }
}

text_value!(Duration, "^[0-9]{1,9}(ms|s|m|h|d|y)$", "a duration such as `30s`, `15m`, `12h`, `7d` or `1y`", "30s");

/// A size in bytes, in binary units as Kubernetes writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Bytes(pub u64);

const BYTES: &str = "a size such as `512Mi`, `16Gi` or `2Ti`";
const SIZES: &[(&str, u64)] = &[("Ki", 1 << 10), ("Mi", 1 << 20), ("Gi", 1 << 30), ("Ti", 1 << 40)];

impl FromStr for Bytes {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        scaled(text, SIZES, BYTES).map(Self)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        largest(out, self.0, SIZES)
    }
}

impl Bytes {
    /// Whole mebibytes, rounded down.
    pub const fn mebibytes(self) -> u64 {
        self.0 >> 20
    }
}

text_value!(Bytes, "^[0-9]{1,9}(Ki|Mi|Gi|Ti)$", "a size such as `512Mi`, `16Gi` or `2Ti`", "16Gi");

/// A share in whole percent, 0 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Share(pub u8);

const SHARE: &str = "a share from `0%` to `100%`";

impl FromStr for Share {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let number = text.strip_suffix('%').and_then(|number| number.parse().ok());
        number.filter(|percent| *percent <= 100).map(Self).ok_or(Malformed(SHARE))
    }
}

impl fmt::Display for Share {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}%", self.0)
    }
}

text_value!(Share, "^(100|[0-9]{1,2})%$", "a share from `0%` to `100%`", "70%");

/// Requests in a second or a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Rate {
    /// How many.
    pub count: u32,
    /// In which time.
    pub per: RatePeriod,
}

/// The time that a [`Rate`] counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RatePeriod {
    /// A second.
    Second,
    /// A minute.
    Minute,
}

const RATE: &str = "a rate such as `50/s` or `600/m`";

impl FromStr for Rate {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        let (count, unit) = text.split_once('/').ok_or(Malformed(RATE))?;
        let per = match unit {
            "s" => RatePeriod::Second,
            "m" => RatePeriod::Minute,
            _ => return Err(Malformed(RATE)),
        };
        let count = count.parse().ok().filter(|count| *count > 0).ok_or(Malformed(RATE))?;
        Ok(Self { count, per })
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.per {
            RatePeriod::Second => "s",
            RatePeriod::Minute => "m",
        };
        write!(out, "{}/{unit}", self.count)
    }
}

text_value!(Rate, "^[1-9][0-9]{0,8}/[sm]$", "a rate such as `50/s` or `600/m`", "50/s");

/// Bits in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bandwidth(pub u64);

const BANDWIDTH: &str = "a bandwidth such as `10Gbit` or `500Mbit`";
const BANDWIDTHS: &[(&str, u64)] = &[("Mbit", 1_000_000), ("Gbit", 1_000_000_000)];

impl FromStr for Bandwidth {
    type Err = Malformed;
    fn from_str(text: &str) -> Result<Self, Malformed> {
        scaled(text, BANDWIDTHS, BANDWIDTH).map(Self)
    }
}

impl fmt::Display for Bandwidth {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        largest(out, self.0, BANDWIDTHS)
    }
}

text_value!(Bandwidth, "^[0-9]{1,6}(Mbit|Gbit)$", "a bandwidth such as `10Gbit` or `500Mbit`", "10Gbit");

/// Processor time in thousandths of a core: `4` or `500m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Cpu(pub u64);

impl fmt::Display for Cpu {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_multiple_of(1000) { write!(out, "{}", self.0 / 1000) } else { write!(out, "{}m", self.0) }
    }
}

impl serde::Serialize for Cpu {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_multiple_of(1000) { serializer.serialize_u64(self.0 / 1000) } else { serializer.collect_str(self) }
    }
}

struct CpuVisitor;

impl serde::de::Visitor<'_> for CpuVisitor {
    type Value = Cpu;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("cores such as `4` or `500m`")
    }

    fn visit_u64<E: serde::de::Error>(self, cores: u64) -> Result<Cpu, E> {
        cores.checked_mul(1000).map(Cpu).ok_or_else(|| E::custom("too many cores"))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Cpu, E> {
        let parsed = match text.strip_suffix('m') {
            Some(millis) => millis.parse().ok(),
            None => text.parse::<u64>().ok().and_then(|cores| cores.checked_mul(1000)),
        };
        parsed.map(Cpu).ok_or_else(|| E::custom("expected cores such as `4` or `500m`"))
    }
}

impl<'de> serde::Deserialize<'de> for Cpu {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CpuVisitor)
    }
}

impl schemars::JsonSchema for Cpu {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Cpu".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": ["integer", "string"], "minimum": 1, "maximum": 4096, "pattern": "^[1-9][0-9]{0,6}m?$",
            "description": "Cores (`4`) or thousandths of one (`500m`).",
            "x-help": "cores such as `4` or `500m`", "examples": [4, "500m"],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_prints_as_it_is_read() {
        for text in ["30s", "15m", "12h", "7d", "1y", "9ms"] {
            assert_eq!(text.parse::<Duration>().unwrap().to_string(), text);
        }
        for text in ["16Gi", "768Mi", "2Ti"] {
            assert_eq!(text.parse::<Bytes>().unwrap().to_string(), text);
        }
        assert_eq!("60s".parse::<Duration>().unwrap().to_string(), "1m");
        assert_eq!("50/s".parse::<Rate>().unwrap().to_string(), "50/s");
    }

    #[test]
    fn wrong_units_and_overflow_are_refused() {
        assert!("30".parse::<Duration>().is_err());
        assert!("16GB".parse::<Bytes>().is_err());
        assert!("99999999999999999999s".parse::<Duration>().is_err());
        assert!("101%".parse::<Share>().is_err());
        assert!("0/s".parse::<Rate>().is_err());
    }
}
