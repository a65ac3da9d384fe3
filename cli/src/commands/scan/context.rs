//! Whole lines of source around what was found, for people to read.

use airlock_model::escape;
use airlock_model::finding::Finding;

/// Lines that are shown.
const MOST_LINES: usize = 3;
/// Longer lines are left as the rule showed them.
const LONGEST_LINE: usize = 160;

/// Shows the lines of a finding in full, where its snippet is a part of them. A
/// snippet that is not, because a secret in it was blotted out, stays as it is.
pub(super) fn widen(finding: &mut Finding, bytes: &[u8]) {
    let (Some(line), Some(column), Some(snippet)) = (finding.line, finding.column, finding.snippet.as_deref()) else {
        return;
    };
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let count = snippet.split('\n').count().min(MOST_LINES);
    let lines: Vec<&str> = text.lines().skip(line.saturating_sub(1) as usize).take(count).collect();
    let Some(first) = lines.first() else { return };
    if lines.iter().any(|line| {
        line.chars().count() > LONGEST_LINE || escape::line(line.trim_matches('\t')) != line.trim_matches('\t')
    }) {
        return;
    }
    let from: String = first.chars().skip(column.saturating_sub(1) as usize).collect();
    let shown = snippet.split('\n').next().unwrap_or_default();
    if !shown.is_empty() && from.starts_with(shown) {
        finding.snippet = Some(lines.join("\n"));
    }
}

#[cfg(test)]
mod tests {
    use airlock_model::finding::Span;
    use airlock_scanner::rules;

    use super::*;

    fn widened(text: &str, span: Span, snippet: &str) -> String {
        let rule = rules::find("AL-CODE-shell-injection").expect("there is such a rule");
        let mut finding = Finding::of(rule, "found").at(span).snippet(snippet);
        widen(&mut finding, text.as_bytes());
        finding.snippet.expect("it had one")
    }

    #[test]
    fn the_lines_are_shown_in_full_where_the_snippet_is_part_of_them() {
        let one = Span { line: 2, column: 5, end_line: 2, end_column: 9 };
        assert_eq!(widened("a\nb = f(x)\n", one, "f(x)"), "b = f(x)");
        assert_eq!(widened("\u{feff}a\n    f(x) + 1\n", one, "f(x)"), "    f(x) + 1");
        let three = Span { line: 1, column: 5, end_line: 3, end_column: 2 };
        assert_eq!(widened("x = f(\n    y\n)\n", three, "f(\n    y\n)"), "x = f(\n    y\n)");
    }

    #[test]
    fn what_the_rule_changed_stays_as_it_is() {
        let span = Span { line: 1, column: 7, end_line: 1, end_column: 20 };
        assert_eq!(widened("key = 'sk-12345678'\n", span, "'sk-…'"), "'sk-…'");
        assert_eq!(widened("x\u{1b} = f(y)\n", Span { column: 6, ..span }, "f(y)"), "f(y)");
        assert_eq!(widened("", span, "f(y)"), "f(y)");
        let long = format!("{} f(y)\n", "x".repeat(500));
        assert_eq!(widened(&long, Span { column: 502, ..span }, "f(y)"), "f(y)");
    }
}
