//! Comments by which an author sets findings of other tools aside: `# nosec` and
//! `# noqa`. Nothing in the gate asks for them; a scan at home does where its user
//! trusts the source.

use airlock_model::finding::Finding;
use ruff_text_size::Ranged as _;

use super::source::Source;
use super::{parse, pool};

/// The comments of one file that set findings aside.
#[derive(Debug, Clone, Default)]
pub struct Suppressions {
    comments: Vec<Comment>,
}

/// One such comment.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Comment {
    line: u32,
    scope: Scope,
    text: String,
}

/// What a comment sets aside on its line.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// Everything.
    All,
    /// What Bandit calls by one of these ids.
    Bandit(Vec<String>),
    /// What Ruff calls by one of these ids.
    Ruff(Vec<String>),
}

impl Suppressions {
    /// Reads the comments of a file; bytes that are not Python source have none.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        let mentioned = |word: &[u8]| bytes.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
        if !mentioned(b"nosec") && !mentioned(b"noqa") {
            return Self::default();
        }
        let Ok(text) = parse::text(bytes, u64::MAX) else { return Self::default() };
        let source = Source::new("", text);
        let ranges = pool::on_big_stack(|| parse::comments(text)).unwrap_or_default();
        let comments = ranges.into_iter().flat_map(|range| {
            let line = source.line(range.start());
            let text = source.slice(range.range());
            scopes(text).into_iter().map(move |scope| Comment { line, scope, text: text.to_owned() })
        });
        Self { comments: comments.collect() }
    }

    /// The comment that sets the finding aside, if one on its lines does.
    #[must_use]
    pub fn covering(&self, finding: &Finding) -> Option<&str> {
        let first = finding.line?;
        let last = finding.end_line.unwrap_or(first).max(first);
        let covers = |comment: &&Comment| match &comment.scope {
            Scope::All => true,
            Scope::Bandit(ids) => ids.iter().any(|id| finding.equivalents.bandit.contains(id)),
            Scope::Ruff(ids) => ids.iter().any(|id| finding.equivalents.ruff.contains(id)),
        };
        let on_its_lines = self.comments.iter().filter(|comment| (first..=last).contains(&comment.line));
        on_its_lines.filter(covers).map(|comment| comment.text.as_str()).next()
    }
}

/// What a comment says, part by part: `# nosec B602  # noqa: S602` is two.
fn scopes(comment: &str) -> Vec<Scope> {
    comment.split('#').skip(1).filter_map(|part| nosec(part).or_else(|| noqa(part))).collect()
}

/// `nosec`, alone or with words behind it that are no ids, stands for everything.
fn nosec(part: &str) -> Option<Scope> {
    let rest = after_word(part, "nosec")?;
    let words = || rest.split([',', ' ', '\t', ':', ';', '.']).filter(|word| !word.is_empty());
    let ids: Vec<String> = words().filter(|word| is_bandit_id(word)).map(str::to_ascii_uppercase).collect();
    // Bandit's tests have names as well; which one is meant is not known here, and so it covers nothing.
    let named = words().any(|word| word.contains('_'));
    Some(if ids.is_empty() && !named { Scope::All } else { Scope::Bandit(ids) })
}

/// `noqa` stands for everything, `noqa: S602, E501` for those.
fn noqa(part: &str) -> Option<Scope> {
    let rest = after_word(part, "noqa")?;
    let Some(codes) = rest.trim_start().strip_prefix(':') else { return Some(Scope::All) };
    let codes = codes.split([',', ' ', '\t']).filter(|word| !word.is_empty());
    Some(Scope::Ruff(codes.take_while(|word| is_code(word)).map(str::to_ascii_uppercase).collect()))
}

/// What follows `word` at the beginning of a comment, if the word ends there.
fn after_word<'a>(part: &'a str, word: &str) -> Option<&'a str> {
    let part = part.trim_start();
    let head = part.get(..word.len())?;
    let rest = &part[word.len()..];
    let ends = rest.chars().next().is_none_or(|next| !next.is_alphanumeric() && next != '_');
    (head.eq_ignore_ascii_case(word) && ends).then_some(rest)
}

fn is_bandit_id(word: &str) -> bool {
    is_code(word) && word.trim_end_matches(|c: char| c.is_ascii_digit()).eq_ignore_ascii_case("B")
}

/// Letters, then digits.
fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    digits.len() < word.len() && !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use airlock_model::finding::{Equivalents, Span};

    use super::*;
    use crate::rules;

    fn covered(source: &str, line: u32, end_line: u32) -> bool {
        let rule = rules::find("AL-CODE-shell-injection").expect("there is such a rule");
        let mut finding = Finding::of(rule, "x").at(Span { line, column: 1, end_line, end_column: 2 });
        finding.equivalents = Equivalents { bandit: vec!["B602".into()], ruff: vec!["S602".into()] };
        Suppressions::of(source.as_bytes()).covering(&finding).is_some()
    }

    #[test]
    fn a_comment_covers_its_own_line_and_the_ids_it_names() {
        for covering in [
            "x  # nosec",
            "x  #nosec",
            "x  # NOSEC",
            "x  # nosec: because it is constant",
            "x  # nosec B602",
            "x  # nosec B101, B602",
            "x  # nosec:b602",
            "x  # noqa",
            "x  # NoQA",
            "x  # noqa: S602",
            "x  # noqa:E501,S602",
            "x  # type: ignore # noqa: S602",
            "x  # noqa: E501 # nosec B602",
        ] {
            assert!(covered(covering, 1, 1), "{covering}");
        }
        for other in [
            "x  # nosec B101",
            "x  # nosec subprocess_popen_with_shell_equals_true",
            "x  # noqa: E501",
            "x  # noqa: S",
            "x  # noqa:",
            "x  # nosecurity",
            "x  # flake8: noqa",
            "x  # ruff: noqa",
            "'# nosec'",
            "x = '''\n# nosec\n'''",
            "y\nx  # nosec",
            "f'{a}# nosec'",
        ] {
            assert!(!covered(other, 1, 1), "{other}");
        }
    }

    #[test]
    fn a_comment_on_any_line_of_the_finding_counts() {
        let call = "f(\n    a,\n    shell=True,  # nosec B602\n)\n";
        assert!(covered(call, 1, 4));
        assert!(!covered(call, 1, 2));
    }

    #[test]
    fn bytes_that_are_not_source_set_nothing_aside() {
        assert!(Suppressions::of(b"\xff\xfe # nosec").comments.is_empty());
        assert!(Suppressions::of(b"").comments.is_empty());
        assert!(Suppressions::of(format!("{} # nosec", "(".repeat(5000)).as_bytes()).comments.is_empty());
    }
}
