//! Making untrusted text inert for terminals, logs and messages.
//!
//! Control characters, terminal escapes, bidirectional overrides and other
//! invisible characters are shown as `\u{…}`, so that what a person reads is
//! what is there.

use std::fmt::Write as _;

/// Whether a character is shown as itself. Line feed and tab are not.
#[must_use]
pub fn is_plain(c: char) -> bool {
    !(c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}'
            | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}'))
}

/// Whether a character hides or reorders text where an honest text would not have it. Joiners and variation selectors
/// make up emoji and several scripts, and two marks set the direction of one sign.
#[must_use]
pub fn hides(c: char) -> bool {
    !is_plain(c) && !matches!(c, '\u{200c}'..='\u{200f}' | '\u{fe0e}' | '\u{fe0f}')
}

/// One line: every character that is not plain is escaped, line feeds too.
#[must_use]
pub fn line(text: &str) -> String {
    escape(text, |_| false)
}

/// Several lines: line feeds and tabs stay, everything else that is not plain is escaped.
#[must_use]
pub fn block(text: &str) -> String {
    escape(text, |c| matches!(c, '\n' | '\t'))
}

/// One line in quotation marks, cut after 80 characters, for use inside a message.
#[must_use]
pub fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let cut: String = text.chars().take(MOST).collect();
    let dots = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("'{}{dots}'", line(&cut))
}

fn escape(text: &str, keep: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if keep(c) || is_plain(c) {
            out.push(c);
        } else {
            match c {
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                other => {
                    let _ = write!(out, "\\u{{{:x}}}", u32::from(other));
                }
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_inert() {
        assert_eq!(line("a\u{1b}[31mb\r\nc"), "a\\u{1b}[31mb\\r\\nc");
        assert_eq!(line("x\u{202e}y\u{200b}z"), "x\\u{202e}y\\u{200b}z");
        assert_eq!(block("a\n\tb\u{7}"), "a\n\tb\\u{7}");
        assert_eq!(quoted(&"é".repeat(100)).chars().count(), 83);
    }
}
