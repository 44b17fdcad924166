//! How many findings there are, in one line.

use crate::diag::{Finding, Severity};

/// Such as `2 errors, 1 warning`.
pub(super) fn summary(findings: &[Finding]) -> String {
    let count = |severity| findings.iter().filter(|finding| finding.waived.is_none() && finding.severity == severity).count();
    let waived = findings.iter().filter(|finding| finding.waived.is_some()).count();
    let plural = |count: usize, word: &str| match count {
        0 => None,
        1 => Some(format!("1 {word}")),
        _ => Some(format!("{count} {word}s")),
    };
    let parts = [
        plural(count(Severity::Error), "error"),
        plural(count(Severity::Warning), "warning"),
        plural(count(Severity::Info), "remark"),
        (waived > 0).then(|| format!("{waived} waived")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    if parts.is_empty() { "no findings".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Code;
    use crate::model::Path;

    #[test]
    fn counts_by_severity() {
        let code = Code("IT200");
        let mut waived = Finding::error(code, Path::root(), "w");
        waived.waived = Some("known".to_owned());
        let error = Finding::error(code, Path::root(), "e");
        let findings = [error.clone(), error, Finding::warning(code, Path::root(), "w"), waived];
        assert_eq!(summary(&findings), "2 errors, 1 warning, 1 waived");
        assert_eq!(summary(&[]), "no findings");
    }
}
