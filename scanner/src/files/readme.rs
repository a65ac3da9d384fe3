//! Whether a README says anything: not empty, not a template that nobody filled in, and
//! text that can be shown.

use std::sync::LazyLock;

use airlock_model::escape::quoted;
use airlock_model::finding::{Finding, Severity, Span};
use airlock_model::inspection::TextFormat;
use airlock_model::tree::TreePath;
use regex::Regex;

use super::rules;

/// How much is looked at, in bytes; a template shows early.
const MOST_BYTES: usize = 64 * 1024;

/// What templates leave behind when nobody fills them in.
static LEFT_OVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)\{\{[ -]*(?:cookiecutter|copier|project|package|plugin|module|author|repo)[a-z_.]*[^{}]*\}\}",
        r"|\{%[^%]*(?:cookiecutter|copier)[^%]*%\}",
        r"|lorem ipsum dolor",
        r"|one paragraph of project description goes here",
        r"|<(?:your|project|plugin|package|author)[ _-](?:name|title|description|email|url)>",
        r"|\[(?:your|project|plugin|package|author)[ _-](?:name|title|description|email|url)\](?:[^(\[]|$)",
        r"|\byour[_-](?:project|plugin|package)[_-]name\b",
    ))
});

/// What is shown as nothing, or says nothing: comments, tags, images with or without a link, link definitions.
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?s)<!--.*?-->|<[a-zA-Z/][^<>]*>|\[!\[[^\]]*\]\([^)]*\)\]\([^)]*\)|!\[[^\]]*\]\([^)]*\)|(?m:^\[[^\]]+\]:.*$)",
    )
});

/// Words that stand where text is to come.
static TO_COME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?i)^\W*(?:todo|tbd|tba|fixme|wip|coming soon|work in progress|to be written)\b.{0,60}$")
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a test compiles every pattern")
}

/// Checks a README that is not blank.
pub(crate) fn check(path: &TreePath, bytes: &[u8], findings: &mut Vec<Finding>) {
    let shown = quoted(path.as_str());
    let bytes = &bytes[..bytes.len().min(MOST_BYTES)];
    let finding = |message: String| Finding::of(&rules::TEMPLATE_README, message).in_file(path.as_str());
    // The end of what is looked at may cut a character.
    if std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_some()) || bytes.contains(&0) {
        let message = format!("{shown} is not UTF-8 text; readers see replacement characters in it.");
        findings.push(finding(message).remedy("Save the README as UTF-8."));
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    if let Some(found) = LEFT_OVER.find(&text) {
        let line = u32::try_from(text[..found.start()].matches('\n').count() + 1).unwrap_or(u32::MAX);
        let message =
            format!("{shown} still holds {} of the template that it was made from.", quoted(found.as_str().trim()));
        let at = Span { line, column: 1, end_line: line, end_column: 1 };
        findings.push(finding(message).at(at).severity(Severity::Medium));
    } else if !says_something(&text, TextFormat::of(path.as_str())) {
        let message = format!("{shown} has a title and nothing below it that says what the plugin does.");
        findings.push(finding(message));
    }
}

/// What reStructuredText shows as nothing or as a picture: a comment, a target, a substitution or an image, each with
/// the indented lines below it, and where a substitution is put in.
static BARE_RST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?m)^\.\.(?:[ \t]+(?:_|\[|\||(?:image|figure|contents|sectnum|meta|target-notes)::).*",
        // A comment is what names no directive.
        r"|[ \t]+(?:[^:\n]|:[^:\n])*|)$(?:\n(?:[ \t].*|[ \t]*$))*",
        r"|\|[^|\s](?:[^|\n]*[^|\s])?\|_{0,2}",
        r"|^[ \t]*:[A-Za-z-]+:[ \t]*$",
    ))
});

/// Whether anything stands below the headings.
fn says_something(text: &str, format: TextFormat) -> bool {
    let bare = match format {
        TextFormat::Rst => BARE_RST.replace_all(text, ""),
        TextFormat::Markdown | TextFormat::Plain => BARE.replace_all(text, ""),
    };
    let lines: Vec<&str> = bare.lines().map(str::trim).collect();
    // reStructuredText takes any mark.
    let is_line = |c: char| match format {
        TextFormat::Rst => c.is_ascii_punctuation(),
        TextFormat::Markdown | TextFormat::Plain => matches!(c, '=' | '-' | '~' | '^' | '*' | '#'),
    };
    let underlined = |at: usize| lines.get(at + 1).is_some_and(|next| next.len() >= 3 && next.chars().all(is_line));
    lines.iter().enumerate().any(|(at, line)| {
        let heading = line.starts_with('#') && format != TextFormat::Rst || line.starts_with(".. ") || underlined(at);
        !heading && !TO_COME.is_match(line) && line.chars().any(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn severity(text: &str) -> Option<Severity> {
        severity_in("README.md", text)
    }

    fn severity_in(name: &str, text: &str) -> Option<Severity> {
        let mut findings = Vec::new();
        check(&TreePath::new(name).expect("a path"), text.as_bytes(), &mut findings);
        assert!(findings.len() <= 1);
        findings.first().map(|finding| finding.severity)
    }

    #[test]
    fn templates_and_bare_titles_are_told() {
        for text in [
            "# {{ cookiecutter.project_name }}\n\nA plugin.\n",
            "# {{project_name}}\n",
            "# Weather\n\nLorem ipsum dolor sit amet.\n",
            "# Weather\n\n{% if cookiecutter.docs %}x{% endif %}\n",
            "# Weather\n\nOne Paragraph of project description goes here\n",
            "# <your name>\n\ntext\n",
            "# Weather\n\npip install your-plugin-name\n",
            "# Weather\n\nby [Your Name]\n",
        ] {
            assert_eq!(severity(text), Some(Severity::Medium), "{text}");
        }
        for text in [
            "# Weather\n",
            "Weather\n=======\n",
            "# Weather\n\n## Usage\n\n## License\n",
            "# Weather\n\nTODO\n",
            "# Weather\n\nTODO: write this\n\nComing soon!\n",
            "# Weather\n\n[![build](https://a.example/b.svg)](https://a.example)\n![logo](logo.png)\n",
            "# Weather\n\n<!-- says what it does -->\n",
            "<h1>\n</h1>\n",
        ] {
            assert_eq!(severity(text), Some(Severity::Low), "{text}");
        }
    }

    #[test]
    fn readmes_that_say_something_pass() {
        for text in [
            "# Weather\n\nTells the weather.\n",
            "Tells the weather.",
            "Weather\n=======\n\nTells the weather.\n",
            "# Weather\n\nTells it.\n\n## TODO\n\n- TODO: forecasts\n",
            "# Vorlagen\n\nFills `{{ name }}` into Jinja templates: `{{ user.name }}` becomes Ada.\n",
            "# Links\n\nSee [your name](https://a.example) and [project name][1].\n",
            "天気を教えます。\n",
        ] {
            assert_eq!(severity(text), None, "{text}");
        }
    }

    #[test]
    fn restructured_text_is_read_as_such() {
        let rst = |text: &str| severity_in("README.rst", text);
        for text in [
            "Weather\n=======\n",
            "=======\nWeather\n=======\n\nUsage\n+++++\n",
            "Weather\n=======\n\n.. image:: https://a.example/b.svg\n   :target: https://a.example\n   :alt: build\n",
            "Weather\n=======\n\n|build| |docs|\n\n.. |build| image:: https://a.example/b.svg\n.. |docs| image:: c.svg\n",
            "Weather\n=======\n\n.. says what it does\n   and how\n\n   and why\n",
            "Weather\n=======\n\n..\n   says what it does\n\n.. _home: https://a.example\n",
            "Weather\n=======\n\n.. contents:: What is here\n\nTODO: write this\n",
            ":orphan:\n\nWeather\n-------\n",
        ] {
            assert_eq!(rst(text), Some(Severity::Low), "{text}");
        }
        for text in [
            "Weather\n=======\n\nTells the weather.\n",
            "Weather\n=======\n\n.. comment\n\nTells the weather.\n",
            "Weather\n=======\n\n.. note::\n\n   Tells the weather.\n",
            "Weather\n=======\n\n|name| tells the weather.\n\n.. |name| replace:: It\n",
            "Tells the weather of # places.\n",
        ] {
            assert_eq!(rst(text), None, "{text}");
        }
        let template = "{{ cookiecutter.project_name }}\n====\n\nText.\n";
        assert_eq!(rst(template), Some(Severity::Medium));
        assert_eq!(severity_in("README.txt", template), Some(Severity::Medium));
        assert_eq!(severity_in("README.txt", "Weather\n=======\n"), Some(Severity::Low));
        assert_eq!(severity_in("README.txt", "Weather\n=======\n\nTells it.\n"), None);
    }

    #[test]
    fn what_is_no_text_is_told() {
        let mut findings = Vec::new();
        check(&TreePath::new("README.md").expect("a path"), b"# Gr\xfc\xdfe\n\nText\n", &mut findings);
        assert_eq!(findings.len(), 1);
        assert!(findings[0].message.contains("UTF-8"));
    }
}
