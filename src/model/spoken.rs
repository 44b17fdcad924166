//! Times as people say them: `53 s`, `5 min 20 s`, `45 min`, `2 h`. The topology's own notation (`30s`, `15m`) is that of
//! [`Duration`]'s `Display`; this one is for reports and messages, the same in every one of them.

use super::unit::Duration;

const SECOND: u64 = 1000;
const TENTHS: u64 = 10;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// From this many hours on a time is said in days.
const DAYS_FROM: u64 = 2 * DAY;

impl Duration {
    /// For sentences: `300 ms`, `1.5 s`, `53 s`, `5 min 20 s`, `2 h`, `7 d`. Times are upper bounds, so they are rounded
    /// up: to tenths of a second below ten seconds, to seconds above.
    pub fn spoken(self) -> String {
        self.parts().into_iter().map(|part| format!("{} {}", part.number, part.unit)).collect::<Vec<_>>().join(" ")
    }

    /// For narrow cells, the same number: `300ms`, `1.5s`, `5m20s`, `2h`.
    pub fn short(self) -> String {
        let unit = |unit: &'static str| if unit == "min" { "m" } else { unit };
        self.parts().into_iter().flat_map(|part| [part.number, unit(part.unit).to_owned()]).collect()
    }

    fn parts(self) -> Vec<Part> {
        if self.0 < SECOND && self.0 > 0 {
            return vec![Part { number: self.0.to_string(), unit: "ms" }];
        }
        let tenths = self.0.div_ceil(SECOND / TENTHS);
        if tenths < 10 * TENTHS {
            let number = match (tenths / TENTHS, tenths % TENTHS) {
                (seconds, 0) => seconds.to_string(),
                (seconds, tenth) => format!("{seconds}.{tenth}"),
            };
            return vec![Part { number, unit: "s" }];
        }
        let mut left = self.seconds().saturating_mul(SECOND);
        let mut parts = Vec::new();
        for (size, unit) in [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")] {
            let count = left / size;
            if count == 0 || (unit == "d" && left < DAYS_FROM) {
                continue;
            }
            left -= count * size;
            parts.push(Part { number: count.to_string(), unit });
        }
        parts
    }
}

struct Part {
    number: String,
    unit: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_said_as_people_do() {
        for (millis, spoken, short) in [
            (0, "0 s", "0s"),
            (300, "300 ms", "300ms"),
            (1500, "1.5 s", "1.5s"),
            (9999, "10 s", "10s"),
            (53_001, "54 s", "54s"),
            (59_999, "1 min", "1m"),
            (320_000, "5 min 20 s", "5m20s"),
            (60_001, "1 min 1 s", "1m1s"),
            (45 * MINUTE, "45 min", "45m"),
            (2 * HOUR, "2 h", "2h"),
            (HOUR + MINUTE, "1 h 1 min", "1h1m"),
            (24 * HOUR, "24 h", "24h"),
            (7 * DAY, "7 d", "7d"),
        ] {
            assert_eq!((Duration(millis).spoken(), Duration(millis).short()), (spoken.to_owned(), short.to_owned()));
        }
        assert!(Duration(u64::MAX).spoken().contains(" d "));
    }
}
