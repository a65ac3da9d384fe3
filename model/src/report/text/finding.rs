//! One finding: place, rule, message, source with a caret, evidence, remedy, decision.

use unicode_width::UnicodeWidthStr as _;

use super::layout::{Ink, Page};
use crate::escape;
use crate::finding::{Finding, PolicyAction, REDACTED};
use crate::report::shows_region_alone;

/// Columns before the details of a finding.
const INDENT: usize = 4;

/// Source lines that are shown.
const MOST_LINES: usize = 5;

/// Longer source lines are cut.
const LONGEST_LINE: usize = 200;

/// Evidence that is shown.
const MOST_EVIDENCE: usize = 10;

/// Writes one finding; `with_file` names its file in the first line.
pub(super) fn write(finding: &Finding, with_file: bool, page: &mut Page) {
    let style = page.style();
    let severity = Ink::of(finding.severity).paint(finding.severity.as_str(), style);
    let rule = Ink::Strong.paint(&escape::line(&finding.rule), style);
    let place = place(finding, with_file);
    let title = escape::line(&finding.title);
    page.line(&format!("  {place}{severity} {rule} {title} (confidence {})", finding.confidence.as_str()));
    page.labelled(INDENT, "", Ink::Faint, &escape::block(&finding.message));
    source(finding, page);
    for step in finding.evidence.iter().take(MOST_EVIDENCE) {
        let at = match (&step.file, step.line) {
            (Some(file), Some(line)) => format!("{}:{line}: ", escape::line(file)),
            (Some(file), None) => format!("{}: ", escape::line(file)),
            (None, _) => String::new(),
        };
        page.labelled(INDENT, "-", Ink::Faint, &format!("{at}{}", escape::line(&step.message)));
    }
    if finding.evidence.len() > MOST_EVIDENCE {
        let more = finding.evidence.len() - MOST_EVIDENCE;
        page.labelled(INDENT, "-", Ink::Faint, &format!("and {more} more steps"));
    }
    if !finding.remedy.is_empty() {
        page.labelled(INDENT, "remedy:", Ink::Good, &escape::block(&finding.remedy));
    }
    if let Some(decision) = &finding.decision {
        let (word, ink) = match decision.action {
            PolicyAction::Note => ("note:", Ink::Faint),
            PolicyAction::Hold => ("hold:", Ink::Warn),
            PolicyAction::Reject => ("reject:", Ink::Bad),
        };
        page.labelled(INDENT, word, ink, &escape::line(&decision.because));
    }
}

fn place(finding: &Finding, with_file: bool) -> String {
    let file = finding.file.as_deref().filter(|_| with_file).map(escape::line);
    let numbers = match (finding.line, finding.column) {
        (Some(line), Some(column)) => format!("{line}:{column}"),
        (Some(line), None) => line.to_string(),
        (None, _) => String::new(),
    };
    match (file, numbers.is_empty()) {
        (Some(file), true) => format!("{file}: "),
        (Some(file), false) => format!("{file}:{numbers}: "),
        (None, true) => String::new(),
        (None, false) => format!("{numbers} "),
    }
}

/// The source lines, with carets under the part of the first that is meant.
fn source(finding: &Finding, page: &mut Page) {
    let (Some(snippet), Some(first)) = (&finding.snippet, finding.line) else { return };
    let lines: Vec<&str> = snippet.split('\n').take(MOST_LINES).collect();
    let last = u64::from(first) + lines.len() as u64;
    let gutter = last.to_string().len();
    for (number, line) in (u64::from(first)..).zip(&lines) {
        page.line(&format!("{}{number:>gutter$} | {}", " ".repeat(INDENT), shown(line.chars().take(LONGEST_LINE))));
        if number == u64::from(first)
            && let Some(carets) = carets(finding, line)
        {
            let carets = Ink::Bad.paint(&carets, page.style());
            let lead = " ".repeat(INDENT + gutter);
            page.line(&format!("{lead} | {}{carets}", " ".repeat(offset(finding, line))));
        }
    }
}

/// How wide what stands before the part that is meant is once it is shown.
fn offset(finding: &Finding, line: &str) -> usize {
    shown(line.chars().take(before(finding))).width()
}

/// The characters of the snippet's first line before the part that is meant.
fn before(finding: &Finding) -> usize {
    if shows_region_alone(finding) {
        return 0;
    }
    finding.column.map_or(0, |column| usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX))
}

fn carets(finding: &Finding, line: &str) -> Option<String> {
    finding.column?;
    // Where a secret was taken out, the columns of the source are not those of what is shown.
    if line.contains(REDACTED) {
        return None;
    }
    let skip = before(finding);
    let length = line.chars().count().min(LONGEST_LINE);
    if skip >= length {
        return None;
    }
    let inside = !shows_region_alone(finding) && finding.end_line.is_none_or(|end| Some(end) == finding.line);
    let end = finding
        .end_column
        .filter(|_| inside)
        .map_or(length, |end| usize::try_from(end.saturating_sub(1)).unwrap_or(length).clamp(skip + 1, length));
    // Signs of some scripts take two columns of a terminal, and marks that stand on a letter none.
    let width = shown(line.chars().take(end).skip(skip)).width();
    Some("^".repeat(width.max(1)))
}

/// A part of a source line, inert, with tabs as four spaces so that carets stand where they should.
fn shown(part: impl Iterator<Item = char>) -> String {
    part.map(|c| if c == '\t' { "    ".to_owned() } else { escape::line(c.encode_utf8(&mut [0; 4])) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::Span;
    use crate::report::samples::SHELL;

    #[test]
    fn carets_stand_where_they_should_under_wide_signs() {
        for (snippet, (from, to), offset, width) in [
            ("x = f(y)", (5, 9), 4, 4),
            ("名 = f(y)", (5, 9), 5, 4),
            ("x = '天気'; f()", (5, 9), 4, 6),
            ("x = '天気'; f()", (11, 14), 12, 3),
            ("e\u{301} = f(y)", (6, 10), 4, 4),
            ("\t한 = f(y)", (6, 10), 9, 4),
        ] {
            let span = Span { line: 1, column: from, end_line: 1, end_column: to };
            let finding = Finding::of(&SHELL, "found").at(span).snippet(snippet);
            let carets = carets(&finding, snippet).expect("a place");
            assert_eq!((super::offset(&finding, snippet), carets.len()), (offset, width), "{snippet}");
        }
    }

    #[test]
    fn no_caret_stands_under_a_line_out_of_which_a_secret_was_taken() {
        let span = Span { line: 1, column: 5, end_line: 1, end_column: 20 };
        let marked = |snippet: &str| carets(&Finding::of(&SHELL, "found").at(span).snippet(snippet), snippet);
        assert_eq!(marked("x = os.system(line)").as_deref(), Some("^^^^^^^^^^^^^^^"));
        assert_eq!(marked("x = os.system('key [redacted]')"), None);
    }
}
