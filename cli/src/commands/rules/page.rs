//! A page in Markdown, laid out for a terminal.

use anstyle::Style;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};

use crate::terminal::{BOLD, FAINT};

/// What is to be typed or read literally.
const CODE: Style = anstyle::AnsiColor::Cyan.on_default();
/// Narrower terminals are written to as if they were this wide.
const LEAST_WIDTH: usize = 40;
/// Text wider than this is hard to read.
const MOST_WIDTH: usize = 100;

/// Lays the page out. The styles in it are taken out again where no terminal shows them.
pub(super) fn as_text(markdown: &str, width: usize) -> String {
    let mut page = Page { width: width.clamp(LEAST_WIDTH, MOST_WIDTH), ..Page::default() };
    for event in Parser::new_ext(markdown, Options::empty()) {
        page.event(event);
    }
    page.out
}

/// A page being laid out.
#[derive(Default)]
struct Page {
    width: usize,
    out: String,
    /// The words of the paragraph that is being read, each with its style.
    words: Vec<Word>,
    /// What stands before the first line of the paragraph.
    lead: String,
    style: Style,
    in_code: bool,
    in_item: bool,
    /// Where the link that is being read leads, and how many words there were before it.
    link: Option<(String, usize)>,
}

/// A word; `glued` where no space stands before it.
struct Word {
    text: String,
    style: Style,
    glued: bool,
}

impl Page {
    fn event(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(&tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.in_code => self.code(&text),
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text, self.style),
            Event::Code(text) => self.push(&text, CODE),
            Event::SoftBreak | Event::HardBreak => self.text(" ", self.style),
            _ => {}
        }
    }

    fn start(&mut self, tag: &Tag<'_>) {
        match tag {
            Tag::Heading { level, .. } => {
                self.blank();
                self.style = if *level == HeadingLevel::H1 { BOLD.underline() } else { BOLD };
            }
            Tag::CodeBlock(CodeBlockKind::Fenced(_) | CodeBlockKind::Indented) => {
                self.blank();
                self.in_code = true;
            }
            Tag::Item => {
                self.in_item = true;
                self.lead = "- ".to_owned();
            }
            Tag::Paragraph | Tag::List(_) if !self.in_item => self.blank(),
            Tag::Strong | Tag::Emphasis => self.style = self.style.bold(),
            Tag::Link { dest_url, .. } => self.link = Some((dest_url.to_string(), self.words.len())),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(_) => {
                self.flush();
                self.style = Style::new();
            }
            TagEnd::Paragraph => self.flush(),
            TagEnd::Item => {
                self.flush();
                self.in_item = false;
            }
            TagEnd::CodeBlock => self.in_code = false,
            TagEnd::Strong | TagEnd::Emphasis => self.style = Style::new(),
            TagEnd::Link => {
                if let Some((url, since)) = self.link.take()
                    && self.words[since..].iter().all(|word| word.text != url)
                {
                    self.text(" ", self.style);
                    self.push(&format!("<{url}>"), FAINT);
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str, style: Style) {
        let mut glued = !text.starts_with(char::is_whitespace);
        for word in text.split_whitespace() {
            self.words.push(Word { text: word.to_owned(), style, glued });
            glued = false;
        }
        // A space at the end is kept by a word that holds nothing.
        if text.ends_with(char::is_whitespace) {
            self.words.push(Word { text: String::new(), style: Style::new(), glued: false });
        }
    }

    /// Text that is never folded.
    fn push(&mut self, text: &str, style: Style) {
        self.words.push(Word { text: text.to_owned(), style, glued: true });
    }

    fn code(&mut self, text: &str) {
        for line in text.lines() {
            self.out.push_str(format!("    {CODE}{line}{CODE:#}").trim_end());
            self.out.push('\n');
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Writes the paragraph, folded between words.
    fn flush(&mut self) {
        let lead = std::mem::take(&mut self.lead);
        let hang = " ".repeat(lead.len());
        let mut line = lead;
        let mut used = line.chars().count();
        let mut at_start = true;
        let mut space = false;
        for chunk in chunks(std::mem::take(&mut self.words)) {
            let length: usize = chunk.iter().map(|word| word.text.chars().count()).sum();
            space = space || !chunk.first().is_some_and(|word| word.glued);
            if length == 0 {
                continue;
            }
            if !at_start && space && used + 1 + length > self.width {
                self.out.push_str(&line);
                self.out.push('\n');
                line.clone_from(&hang);
                used = hang.len();
            } else if !at_start && space {
                line.push(' ');
                used += 1;
            }
            for word in chunk {
                line.push_str(&format!("{0}{1}{0:#}", word.style, word.text));
            }
            used += length;
            (at_start, space) = (false, false);
        }
        if !at_start {
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }
}

/// Words with those that are glued to them.
fn chunks(words: Vec<Word>) -> Vec<Vec<Word>> {
    let mut chunks: Vec<Vec<Word>> = Vec::new();
    for word in words {
        match chunks.last_mut() {
            Some(last) if word.glued && last.last().is_some_and(|before| !before.text.is_empty()) => last.push(word),
            _ => chunks.push(vec![word]),
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(markdown: &str, width: usize) -> String {
        anstream::adapter::strip_str(&as_text(markdown, width)).to_string()
    }

    #[test]
    fn headings_paragraphs_lists_and_code_are_laid_out() {
        let page = "# A: b\n\nOne `f(x)`, two.\nThree.\n\n## What\n```python\nif x:\n    f()\n```\n\n- [site](https://example.org/)\n- CWE-1: x\n";
        assert_eq!(
            plain(page, 80),
            "A: b\n\nOne f(x), two. Three.\n\nWhat\n\n    if x:\n        f()\n\n- site <https://example.org/>\n- CWE-1: x\n"
        );
    }

    #[test]
    fn long_lines_are_folded_between_words_and_hang_under_their_item() {
        let words = "word ".repeat(12);
        let lines = plain(&format!("{words}\n\n- {words}\n"), 40);
        assert!(lines.lines().all(|line| line.chars().count() <= 40), "{lines}");
        assert!(lines.lines().skip(3).all(|line| line.starts_with("- ") || line.starts_with("  ")), "{lines}");
    }

    #[test]
    fn every_rules_page_keeps_its_words() {
        for rule in airlock_scanner::rules::all() {
            let text = plain(rule.doc, 80);
            for heading in ["What it finds", "Why it is dangerous", "Example", "Safe form", "References"] {
                assert!(text.lines().any(|line| line == heading), "{}: {heading}", rule.id);
            }
            assert!(!text.contains("```") && !text.contains("##"), "{}: {text}", rule.id);
        }
    }
}
