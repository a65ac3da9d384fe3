//! Clears what is said about a package of the secrets that were found in it: a rule that
//! shows a line of source does not know that there is a key in it.

use std::collections::BTreeSet;
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;
use airlock_model::Inspection;
use airlock_model::finding::{Finding, REDACTED};

use super::{cut, texts};

/// So many characters at its beginning are enough to know a secret by: more than the words that tokens of one kind all
/// begin with.
const HEAD: usize = 16;

/// So many are enough at its end.
const TAIL: usize = 8;

/// A longer secret is told by its parts of so many bytes, so that no text is compared with more at one place.
const PART: usize = 256;

/// More secrets than this are not told apart from the text around them.
const MOST: usize = 10_000;

/// The secrets of one package.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    secrets: BTreeSet<String>,
    /// What finds the beginnings and ends of all of them at once; made on first need.
    ends: OnceLock<Option<AhoCorasick>>,
}

impl Redactor {
    /// The secrets that texts hold which no file of the package is, for instance what its tests printed.
    #[must_use]
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut redactor = Self::default();
        texts.into_iter().for_each(|text| super::remember(text.as_bytes(), &mut redactor));
        redactor
    }

    /// Remembers a secret; of one with several lines each line.
    pub(crate) fn remember(&mut self, secret: &str) {
        for line in secret.lines().map(str::trim).filter(|line| line.len() >= HEAD) {
            let mut rest = line;
            while rest.len() > 2 * PART {
                let (part, after) = rest.split_at(rest.floor_char_boundary(PART));
                self.keep(part);
                rest = after;
            }
            self.keep(rest);
        }
    }

    fn keep(&mut self, part: &str) {
        if self.secrets.len() < MOST && !self.secrets.contains(part) {
            self.secrets.insert(part.to_owned());
            self.ends.take();
        }
    }

    /// Remembers what another one does; where there are too many, its own come first.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        other.secrets.iter().for_each(|part| self.keep(part));
        self
    }

    /// Clears findings of every secret, those among them that only their own texts hold: a rule that decodes what it
    /// reads says what no file of the package does.
    pub fn clear(self, findings: &mut [Finding]) {
        Self::of_findings(findings).and(self).blot(findings);
    }

    /// The secrets that findings' own texts hold.
    #[must_use]
    pub fn of_findings(findings: &mut [Finding]) -> Self {
        let mut own = Self::default();
        findings.iter_mut().for_each(|finding| texts::of_finding(finding, &mut |text| own.read(text)));
        own
    }

    /// Whether it remembers as many secrets as it may: which ones depends on the order in which they came.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.secrets.len() >= MOST
    }

    /// Clears findings of these secrets alone.
    pub fn blot(&self, findings: &mut [Finding]) {
        findings.iter_mut().for_each(|finding| texts::of_finding(finding, &mut |text| self.text(text)));
    }

    /// [`Self::clear`] for everything that an inspection says. What must stay exact stays so: digests, the ids of rules,
    /// and the plan of the tests, which nobody is shown.
    pub fn clear_inspection(self, inspection: &mut Inspection) {
        let mut own = Self::default();
        texts::of_inspection(inspection, &mut |text| own.read(text));
        let all = own.and(self);
        texts::of_inspection(inspection, &mut |text| all.text(text));
    }

    fn read(&mut self, text: &str) {
        super::remember(text.as_bytes(), self);
    }

    /// Clears one text of every secret, of its beginning and of its end too: snippets are cut.
    pub fn text(&self, text: &mut String) {
        let mut places: Vec<(usize, usize)> = cut::beginnings(text).map(|cut| (cut.start, cut.end)).collect();
        if let Some(ends) = self.ends() {
            let ends = ends.find_overlapping_iter(text.as_str());
            places.extend(
                ends.map(|found| (found.start(), found.end().max(found.start() + self.known(&text[found.start()..])))),
            );
        }
        if places.is_empty() {
            return;
        }
        places.sort_unstable();
        let (mut cleared, mut from) = (String::with_capacity(text.len()), 0);
        let mut places = places.into_iter().peekable();
        while let Some((start, mut end)) = places.next() {
            while let Some((_, further)) = places.next_if(|(next, _)| *next <= end) {
                end = end.max(further);
            }
            cleared.push_str(&text[from..start]);
            cleared.push_str(REDACTED);
            from = end;
        }
        cleared.push_str(&text[from..]);
        *text = cleared;
    }

    /// How many bytes at the beginning of a text are the beginning of one secret. In their order the secret that has
    /// most in common with the text stands beside it.
    fn known(&self, text: &str) -> usize {
        let before = self.secrets.range::<str, _>((Unbounded, Included(text))).next_back();
        let behind = self.secrets.range::<str, _>((Excluded(text), Unbounded)).next();
        let same = |secret: &String| {
            let same = secret.chars().zip(text.chars()).take_while(|(a, b)| a == b);
            same.map(|(c, _)| c.len_utf8()).sum()
        };
        before.into_iter().chain(behind).map(same).max().unwrap_or(0)
    }

    fn ends(&self) -> Option<&AhoCorasick> {
        let made = self.ends.get_or_init(|| {
            let ends: BTreeSet<&str> = self.secrets.iter().flat_map(|secret| ends(secret)).collect();
            (!ends.is_empty()).then(|| AhoCorasick::new(ends).expect("the secrets are bounded in number and length"))
        });
        made.as_ref()
    }
}

/// What a secret is known by: its beginning and its end.
fn ends(secret: &str) -> [&str; 2] {
    let head = secret.char_indices().nth(HEAD).map_or(secret.len(), |(at, _)| at);
    let tail = secret.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
    [&secret[..head], &secret[tail..]]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cleared(redactor: &Redactor, seen: &str) -> String {
        let mut text = seen.to_owned();
        redactor.text(&mut text);
        text
    }

    #[test]
    fn whole_cut_and_repeated_secrets_are_cleared() {
        let mut redactor = Redactor::default();
        redactor.remember("abcdefghijklmnopqrstuvwxyz");
        redactor.remember("first line of a key 1\nsecond line of a key 2");
        redactor.remember("short");
        redactor.remember("redacted secret number 1");
        for (seen, expected) in [
            ("x = abcdefghijklmnopqrstuvwxyz!", "x = [redacted]!"),
            ("abcdefghijklmnopqr…", "[redacted]…"),
            ("…stuvwxyz", "…[redacted]"),
            ("abcdefghijklmnopqrstuvwxyz abcdefghijklmnopqrstuvwxyz", "[redacted] [redacted]"),
            ("second line of a key 2", "[redacted]"),
            ("short words and abcdefg stay", "short words and abcdefg stay"),
            ("redacted secret number 1", "[redacted]"),
        ] {
            assert_eq!(cleared(&redactor, seen), expected);
        }
    }

    #[test]
    fn secrets_that_begin_alike_or_lie_in_one_another_are_cleared_whole() {
        let mut redactor = Redactor::default();
        for secret in
            ["same beginning of A1", "same beginning of A12345", "same beginning of B", "A12345 and what follows"]
        {
            redactor.remember(secret);
        }
        for (seen, expected) in [
            ("(same beginning of A12345)", "([redacted])"),
            ("(same beginning of A1 2)", "([redacted] 2)"),
            ("(same beginning of B)", "([redacted])"),
            ("(same beginning of A12345 and what follows)", "([redacted])"),
        ] {
            assert_eq!(cleared(&redactor, seen), expected);
        }
    }

    #[test]
    fn long_secrets_are_cleared_whole_and_in_part() {
        let secret: String = (0..2_000).map(|n| char::from_u32(0x3b1 + n * n % 23).expect("a letter")).collect();
        let mut redactor = Redactor::default();
        redactor.remember(&secret);
        assert_eq!(cleared(&redactor, &format!("({secret})")), "([redacted])");
        let cut: String = secret.chars().take(900).collect();
        assert_eq!(cleared(&redactor, &format!("({cut}…")), "([redacted]…");
    }
}
