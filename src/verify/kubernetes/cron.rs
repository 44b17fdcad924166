//! The syntax of a `CronJob` schedule, roughly as `robfig/cron` reads it: five fields or one of the `@` words.

/// A field: its smallest and largest number and the words that stand for numbers.
struct Field {
    least: u32,
    most: u32,
    words: &'static [&'static str],
}

const MONTHS: &[&str] = &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: &[&str] = &["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
const FIELDS: [Field; 5] = [
    Field { least: 0, most: 59, words: &[] },
    Field { least: 0, most: 23, words: &[] },
    Field { least: 1, most: 31, words: &[] },
    Field { least: 1, most: 12, words: MONTHS },
    Field { least: 0, most: 6, words: DAYS },
];

/// What is wrong with a schedule, as the end of a sentence that begins with it; `None` for a good one.
pub fn fault(schedule: &str) -> Option<&'static str> {
    if schedule.starts_with("TZ=") || schedule.starts_with("CRON_TZ=") {
        return Some("names a time zone: `timeZone` is the field for it");
    }
    if schedule.starts_with('@') {
        let known = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"].contains(&schedule);
        return (!known && !schedule.starts_with("@every ")).then_some("is not one of cron's `@` words");
    }
    let parts: Vec<&str> = schedule.split_whitespace().collect();
    if parts.len() != FIELDS.len() {
        return Some("does not have the five fields of a schedule");
    }
    let good = parts.iter().zip(&FIELDS).all(|(part, field)| part.split(',').all(|range| field.allows(range)));
    (!good).then_some("has a field that is out of its range")
}

impl Field {
    fn allows(&self, range: &str) -> bool {
        let (span, step) = range.split_once('/').map_or((range, None), |(span, step)| (span, Some(step)));
        if step.is_some_and(|step| step.parse::<u32>().map_or(true, |step| step == 0)) {
            return false;
        }
        if matches!(span, "*" | "?") {
            return true;
        }
        let (from, to) = span.split_once('-').map_or((span, span), |(from, to)| (from, to));
        let (Some(from), Some(to)) = (self.number(from), self.number(to)) else { return false };
        self.least <= from && from <= to && to <= self.most
    }

    fn number(&self, text: &str) -> Option<u32> {
        let named = self.words.iter().position(|word| text.eq_ignore_ascii_case(word));
        match named {
            Some(position) => u32::try_from(position).ok().map(|position| position + self.least),
            None => text.parse().ok(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules() {
        for good in ["* * * * *", "*/5 0-6,8 1 jan mon-FRI", "@daily", "@every 5m", "0 3 ? * 0"] {
            assert_eq!(fault(good), None, "{good}");
        }
        for bad in [
            "",
            "* * * *",
            "* * * * * *",
            "60 * * * *",
            "* 24 * * *",
            "* * 0 * *",
            "* * * 13 *",
            "* * * * 7",
            "*/0 * * * *",
            "5-1 * * * *",
            "@noon",
            "TZ=UTC * * * * *",
            "x * * * *",
        ] {
            assert!(fault(bad).is_some(), "{bad}");
        }
    }
}
