use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_text_size::{TextRange, TextSize};

use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-hidden-characters",
        title: "Characters that make source look like something else",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(1007),
        bandit: &["B613"],
        ruff: &["PLE2502"],
        remedy: "Remove the characters; where text needs them, write them as escapes such as `\\u202e`.",
        doc: DOC,
    },
    hooks: &[Hook::File(check)],
};

/// The most places that one file reports.
const MOST: usize = 20;

fn check(check: &mut Check<'_, '_>) {
    let source = check.model.source;
    if source.is_ascii {
        return;
    }
    let text = source.text;
    let mut reported = 0;
    let mut from = 0;
    // From one line that holds more than ASCII to the next; a word ends with its line.
    while let Some(at) = beyond_ascii(&text.as_bytes()[from..]).map(|at| from + at) {
        let start = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |end| end + 1);
        let end = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end + 1);
        reported += within(check, &text[start..end], start, MOST - reported);
        if reported >= MOST {
            return;
        }
        from = end;
    }
}

/// Where the first byte beyond ASCII stands; by blocks, of which most hold none.
fn beyond_ascii(bytes: &[u8]) -> Option<usize> {
    const BLOCK: usize = 64;
    let block = bytes.chunks(BLOCK).position(|block| !block.is_ascii())? * BLOCK;
    bytes[block..].iter().position(|byte| !byte.is_ascii()).map(|at| block + at)
}

/// Reports what one line holds, which begins at `start`, and how much that is.
fn within(check: &mut Check<'_, '_>, line: &str, start: usize, most: usize) -> usize {
    let mut reported = 0;
    let mut word = Word::default();
    let mut before = '\0';
    let mut flag = 0;
    for (at, c) in line.char_indices().map(|(at, c)| (start + at, c)) {
        if c == FLAG {
            flag = at + c.len_utf8() + flag_tags(&line[at + c.len_utf8() - start..]);
        }
        if at < flag {
            before = c;
            reported += word.end(check, at);
            continue;
        }
        if let Some((what, severity)) = hidden(c) {
            // One selects a form of the letter before it; a row of them spells a text.
            let severity = if is_selector(c) && is_selector(before) { Severity::High } else { severity };
            let message = format!("holds {what}, U+{:04X}", u32::from(c));
            let range = place(at, c.len_utf8());
            let is_bidi = what.starts_with("a bidirectional");
            let finding = if is_bidi { check.at(range, message) } else { check.at_only(range, message, &[]) };
            let finding = finding.severity(severity);
            check.report(finding);
            reported += 1;
        }
        before = c;
        if c.is_alphanumeric() || c == '_' {
            word.push(at, c);
        } else {
            reported += word.end(check, at);
        }
        if reported >= most {
            return reported;
        }
    }
    reported + word.end(check, start + line.len())
}

/// The black flag, which tags make the flag of a region.
const FLAG: char = '\u{1f3f4}';

/// How many bytes the tags take that make a flag: a country's two letters and up to four of its region, as
/// small letters and digits, and the end. Anything else that is written in tags is a text that nobody sees.
fn flag_tags(rest: &str) -> usize {
    let tags: Vec<char> = rest
        .chars()
        .take(7)
        .take_while(|c| matches!(c, '\u{e0030}'..='\u{e0039}' | '\u{e0061}'..='\u{e007a}'))
        .collect();
    let whole = matches!(tags.len(), 4..=6) && rest.chars().nth(tags.len()) == Some('\u{e007f}');
    if whole { (tags.len() + 1) * 4 } else { 0 }
}

fn place(at: usize, length: usize) -> TextRange {
    let size = |n: usize| TextSize::try_from(n).unwrap_or_default();
    TextRange::at(size(at), size(length))
}

/// What an invisible character is. Those that emoji and some scripts need are a note.
fn hidden(c: char) -> Option<(&'static str, Severity)> {
    match c {
        '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => Some(("a bidirectional control", Severity::High)),
        '\u{200b}' | '\u{2060}' | '\u{feff}' | '\u{00ad}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}' | '\u{115f}'
        | '\u{1160}' => Some(("an invisible character", Severity::Medium)),
        c if is_selector(c) => Some(("a variation selector", Severity::Low)),
        '\u{e0000}'..='\u{e0fff}' => Some(("a tag character", Severity::High)),
        '\u{200e}' | '\u{200f}' | '\u{061c}' => Some(("a direction mark", Severity::Low)),
        _ => None,
    }
}

/// Whether a character selects one of the forms of the ideograph before it.
fn is_selector(c: char) -> bool {
    matches!(c, '\u{e0100}'..='\u{e01ef}')
}

/// A run of letters that may mix scripts.
#[derive(Default)]
struct Word {
    start: Option<usize>,
    latin: bool,
    alike: bool,
    other: bool,
}

impl Word {
    fn push(&mut self, at: usize, c: char) {
        self.start.get_or_insert(at);
        if c.is_ascii() {
            self.latin |= c.is_ascii_alphabetic();
            return;
        }
        let alike = is_alike(c);
        self.alike |= alike;
        self.other |= !alike;
    }

    /// Reports a word of Latin letters and look-alikes only; a word in another script is
    /// no disguise.
    fn end(&mut self, check: &mut Check<'_, '_>, at: usize) -> usize {
        let word = std::mem::take(self);
        let Some(start) = word.start.filter(|_| word.latin && word.alike && !word.other) else { return 0 };
        let range = place(start, at - start);
        let shown = airlock_model::escape::quoted(check.model.source.slice(range));
        let message = format!("the word {shown} mixes Latin letters with look-alikes of another script");
        let finding = check.at_only(range, message, &[]).severity(Severity::Medium).confidence(Confidence::Medium);
        check.report(finding);
        1
    }
}

/// Cyrillic and Greek letters that look like Latin ones.
fn is_alike(c: char) -> bool {
    "аеорсухіјѕһԁԛԝАВЕКМНОРСТХУІЈЅαοιυρνΑΒΕΖΗΙΚΜΝΟΡΤΥΧ".contains(c)
}

const DOC: &str = r##"## What it finds
Bidirectional controls, zero-width and other invisible characters in Python source, and identifiers that mix Latin letters with look-alikes of other scripts. A variation selector alone, which scripts need, is of low severity; several in a row can spell a text that nobody sees.

## Why it is dangerous
Source that is shown in another order than it runs, or a name that looks like another name, deceives whoever reads it.

## Example
```python
pаssword = "x"  # the second letter is Cyrillic
```

## Safe form
```python
password = "x"
```

## References
- [Trojan Source](https://trojansource.codes/)
- CWE-1007: Insufficient Visual Distinction of Homoglyphs Presented to User
"##;
