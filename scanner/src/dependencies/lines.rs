//! A requirements file's logical lines, cut where pip cuts them: at every character
//! that Python takes for the end of a line, joined at backslashes, without comments.

/// One logical line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// Where it begins, from 1.
    pub(super) number: u32,
    /// Its text, without comment and without white space around it; never empty.
    pub(super) text: String,
}

/// The longest logical line, in bytes; what is longer comes out cut.
pub(super) const LONGEST: usize = 64 * 1024;

/// The logical lines of a text, one after the other.
pub(super) fn logical(text: &str) -> impl Iterator<Item = Line> + '_ {
    let mut physical = physical(text).enumerate();
    std::iter::from_fn(move || {
        loop {
            let (index, first) = physical.next()?;
            let mut joined = String::new();
            let mut line = first;
            while let Some(more) = continued(line) {
                append(&mut joined, more);
                match physical.next() {
                    Some((_, next)) => line = next,
                    None => break,
                }
            }
            if continued(line).is_none() {
                // A comment ends what a backslash began.
                append(&mut joined, if is_comment(line) { " #" } else { line });
            }
            let text = uncommented(&joined).trim();
            if !text.is_empty() {
                let number = u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
                return Some(Line { number, text: text.to_owned() });
            }
        }
    })
}

fn append(joined: &mut String, more: &str) {
    let room = (LONGEST + 1).saturating_sub(joined.len());
    let mut end = more.len().min(room);
    while !more.is_char_boundary(end) {
        end -= 1;
    }
    joined.push_str(&more[..end]);
}

/// What a line adds when the next one belongs to it.
fn continued(line: &str) -> Option<&str> {
    (!is_comment(line)).then(|| line.strip_suffix('\\')).flatten()
}

fn is_comment(line: &str) -> bool {
    line.trim_start().starts_with('#')
}

/// A `#` begins a comment at the start or after white space.
fn uncommented(text: &str) -> &str {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if c == '#' && before.is_whitespace() {
            return &text[..at];
        }
        before = c;
    }
    text
}

/// Lines as Python's `str.splitlines` cuts them, which knows more ends than editors show.
fn physical(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_end = |c: char| {
            matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
        };
        let Some((at, c)) = rest.char_indices().find(|(_, c)| is_end(*c)) else {
            return Some(std::mem::take(&mut rest));
        };
        let (line, after) = (&rest[..at], &rest[at + c.len_utf8()..]);
        rest = if c == '\r' { after.strip_prefix('\n').unwrap_or(after) } else { after };
        Some(line)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<(u32, String)> {
        logical(text).map(|line| (line.number, line.text)).collect()
    }

    #[test]
    fn lines_are_joined_and_comments_go() {
        let text = "# head\n\na==1 # why\nb \\\n  --hash=x \\\n  # note\nc#d\r\ne \\";
        let expected = [(3, "a==1"), (4, "b   --hash=x"), (7, "c#d"), (8, "e")];
        assert_eq!(lines(text), expected.map(|(number, text)| (number, text.to_owned())));
    }

    #[test]
    fn line_ends_that_editors_do_not_show_end_lines() {
        for end in ["\u{b}", "\u{c}", "\u{1c}", "\u{85}", "\u{2028}", "\r"] {
            assert_eq!(lines(&format!("a # x{end}evil"))[1].1, "evil", "{end:?}");
        }
    }

    #[test]
    fn very_long_lines_are_cut() {
        let line = logical(&"a\\\n".repeat(LONGEST * 2)).next().expect("a line");
        assert_eq!(line.text.len(), LONGEST + 1);
    }
}
