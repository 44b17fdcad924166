//! The words for verdicts, times and losses: short ones for the cells of a matrix, whole ones for lists.

use crate::model::survival::{Effect, Leaders, Loss, Verdict};
use crate::model::unit::Duration;

/// What a cell of the matrix says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Short {
    verdict: Verdict,
    word: &'static str,
    time: Option<String>,
    loses: bool,
}

impl Short {
    /// For an effect, and whether acknowledged data may be lost with it.
    pub(super) fn of(effect: &Effect, loses: bool) -> Self {
        let (word, timed) = match effect.verdict {
            Verdict::GoesOn => ("ok", false),
            Verdict::Recovers => ("auto", true),
            Verdict::Degraded => ("degraded", false),
            Verdict::NeedsPerson => ("person", true),
            Verdict::Lost => ("lost", false),
        };
        let time = effect.time.total();
        let time = (timed && time > Duration(0)).then(|| time.short());
        Self { verdict: effect.verdict, word, time, loses }
    }

    /// On one line.
    pub(super) fn text(&self) -> String {
        self.lines(usize::MAX).concat()
    }

    /// On one line, or with the time below the word where that would be wider than `width`.
    pub(super) fn lines(&self, width: usize) -> Vec<String> {
        let star = if self.loses { "*" } else { "" };
        match &self.time {
            None => vec![format!("{}{star}", self.word)],
            Some(time) if self.word.len() + 1 + time.len() + star.len() <= width => {
                vec![format!("{} {time}{star}", self.word)]
            }
            Some(time) => vec![self.word.to_owned(), format!("{time}{star}")],
        }
    }

    /// A text of this cell in its colour: the worse, the redder.
    pub(super) fn paint(&self, text: &str) -> String {
        let code = match self.verdict {
            Verdict::GoesOn if self.loses => "33",
            Verdict::GoesOn => "2",
            Verdict::Recovers => "32",
            Verdict::Degraded => "33",
            Verdict::NeedsPerson => "31",
            Verdict::Lost => "1;31",
        };
        format!("\u{1b}[{code}m{text}\u{1b}[0m")
    }

    /// Whether acknowledged data may be lost.
    pub(super) fn loses(&self) -> bool {
        self.loses
    }
}

/// `needs a person (45 min)`.
pub(super) fn effect(effect: &Effect) -> String {
    let time = effect.time.total();
    if time == Duration(0) { effect.verdict.to_string() } else { format!("{} ({})", effect.verdict, time.spoken()) }
}

/// `nothing`, `up to 5 s`, `everything`.
pub(super) fn loss(loss: &Loss) -> String {
    match loss {
        Loss::Nothing => "nothing".to_owned(),
        Loss::UpTo(time) => format!("up to {}", time.total().spoken()),
        Loss::Everything => "everything".to_owned(),
    }
}

/// Where leaders stand in the worst case.
pub(super) const fn leaders(leaders: Leaders) -> &'static str {
    match leaders {
        Leaders::Home => "with leaders in the preferred data centre",
        Leaders::Away => "with leaders in the standby data centre",
        Leaders::Witness => "with leaders of quorums at the witness, those with data in the preferred data centre",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::survival::{Estimate, Term};

    #[test]
    fn a_cell_is_broken_only_where_it_must_be() {
        let time = Estimate::of([Term { what: "a wait", time: Duration::from_seconds(2700), source: "test" }]);
        let person = Short::of(&Effect::needs_person(time.clone(), "no quorum", None), true);
        assert_eq!(person.text(), "person 45m*");
        assert_eq!(person.lines(8), ["person", "45m*"]);
        assert_eq!(Short::of(&Effect::recovers(time, ""), false).lines(8), ["auto 45m"]);
        assert_eq!(Short::of(&Effect::lost("gone"), false).lines(1), ["lost"]);
    }
}
