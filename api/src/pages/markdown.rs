//! Markdown that strangers wrote, as HTML that does nothing.

use std::collections::{HashMap, HashSet};
use std::sync::OnceLock;

use airlock_model::escape;
use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{Options, Parser, html};

/// The most that is rendered, in bytes; a longer text is cut there.
const MOST: usize = 256 * 1024;

/// Renders Markdown. Raw HTML, images, styles, ids and classes are dropped, links lead out without
/// a referrer, and characters that hide or move text are shown as their codes.
pub(super) fn inert(markdown: &str) -> String {
    let mut end = markdown.len().min(MOST);
    while !markdown.is_char_boundary(end) {
        end -= 1;
    }
    // Emoji are joined and coloured by characters that are invisible and here harmless.
    let text = markdown[..end].replace("\r\n", "\n").replace(['\u{fe0f}', '\u{200d}'], "");
    let text = escape::block(&text);
    let parser = Parser::new_ext(&text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let mut rendered = String::new();
    html::push_html(&mut rendered, parser);
    cleaner().clean(&rendered).to_string()
}

fn cleaner() -> &'static Builder<'static> {
    static CLEANER: OnceLock<Builder<'static>> = OnceLock::new();
    CLEANER.get_or_init(|| {
        let tags = [
            "a",
            "b",
            "blockquote",
            "br",
            "code",
            "del",
            "em",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "hr",
            "i",
            "li",
            "ol",
            "p",
            "pre",
            "strong",
            "table",
            "tbody",
            "td",
            "th",
            "thead",
            "tr",
            "ul",
        ];
        let mut builder = Builder::default();
        builder
            .tags(HashSet::from(tags))
            .tag_attributes(HashMap::from([("a", HashSet::from(["href", "title"]))]))
            .generic_attributes(HashSet::new())
            .url_schemes(HashSet::from(["http", "https", "mailto"]))
            .url_relative(UrlRelative::Deny)
            .link_rel(Some("nofollow noopener noreferrer ugc"));
        builder
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_markdown_is_rendered() {
        let html = inert("# Title\n\nA *word*, `code` and a [link](https://example.com/).\n\n| a |\n|---|\n| b |\n");
        for part in
            ["<h1>Title</h1>", "<em>word</em>", "<code>code</code>", "href=\"https://example.com/\"", "<td>b</td>"]
        {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn hostile_markdown_does_nothing() {
        let hostile = "<script>alert(1)</script><img src=x onerror=alert(1)><style>*{}</style>\
            <iframe src=//x></iframe><svg onload=alert(1)><a href=\"javascript:alert(1)\" onclick=x style=y id=z class=w>t</a>\n\n\
            [a](javascript:alert(1)) [b](data:text/html,x) [c](/api/v1/x) ![d](https://x.example/pixel.png)\n\n\
            <form action=/x><input></form> x\u{202e}y\u{200b}z\u{1b}[31m";
        let html = inert(hostile);
        for bad in [
            "<script",
            "alert(1)<",
            "<img",
            "onerror",
            "<style",
            "<iframe",
            "<svg",
            "javascript:",
            "data:text",
            "onclick",
            "style=",
            "class=",
            "id=",
            "<form",
            "<input",
            "/api/v1",
            "\u{202e}",
            "\u{200b}",
            "\u{1b}",
        ] {
            assert!(!html.contains(bad), "{bad:?}: {html}");
        }
        assert!(html.contains("\\u{202e}"), "{html}");
    }

    #[test]
    fn a_huge_text_is_cut() {
        assert!(inert(&"é".repeat(MOST)).len() < 2 * MOST);
    }
}
