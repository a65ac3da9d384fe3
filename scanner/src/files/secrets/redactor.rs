//! Clears what is said about a package of the secrets that were found in it: a rule that
//! shows a line of source does not know that there is a key in it.

use airlock_model::Inspection;
use airlock_model::finding::{Finding, REDACTED};
use serde_json::Value;

/// So many characters at its beginning are enough to know a secret by: more than the words that tokens of one kind all
/// begin with.
const HEAD: usize = 16;

/// So many are enough at its end.
const TAIL: usize = 8;

/// More secrets than this are not told apart from the text around them.
const MOST: usize = 2_000;

/// The secrets of one package.
#[derive(Debug, Clone, Default)]
pub struct Redactor {
    secrets: Vec<String>,
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
            if self.secrets.len() < MOST && !self.secrets.iter().any(|known| known == line) {
                self.secrets.push(line.to_owned());
            }
        }
    }

    /// Clears findings of every secret, of its beginning and of its end too: snippets are cut.
    pub fn clear(&self, findings: &mut [Finding]) {
        if self.secrets.is_empty() {
            return;
        }
        for finding in findings {
            self.text(&mut finding.message);
            self.text(&mut finding.remedy);
            finding.snippet.iter_mut().for_each(|snippet| self.text(snippet));
            finding.file.iter_mut().for_each(|file| self.text(file));
            for step in &mut finding.evidence {
                self.text(&mut step.message);
                step.file.iter_mut().for_each(|file| self.text(file));
            }
        }
    }

    /// Clears everything else that an inspection says.
    pub(crate) fn clear_inspection(&self, inspection: &mut Inspection) {
        if self.secrets.is_empty() {
            return;
        }
        self.clear(&mut inspection.findings);
        for text in [&mut inspection.readme, &mut inspection.changelog].into_iter().flatten() {
            self.text(text);
        }
        for one in &mut inspection.capabilities {
            self.text(&mut one.what);
            self.text(&mut one.file);
        }
        inspection.files.iter_mut().for_each(|file| self.text(&mut file.path));
        if let Some(manifest) = &inspection.manifest
            && let Ok(mut value) = serde_json::to_value(manifest)
        {
            self.value(&mut value);
            // A name or address that a secret stood in is no longer one; then there is nothing to show.
            inspection.manifest = serde_json::from_value(value).ok();
        }
    }

    fn value(&self, value: &mut Value) {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.value(value)),
            Value::Object(map) => map.values_mut().for_each(|value| self.value(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Clears one text.
    pub fn text(&self, text: &mut String) {
        for secret in &self.secrets {
            let head = secret.char_indices().nth(HEAD).map_or(secret.len(), |(at, _)| at);
            let tail = secret.char_indices().rev().nth(TAIL - 1).map_or(0, |(at, _)| at);
            replace(text, &secret[..head], secret);
            replace(text, &secret[tail..], &secret[tail..]);
        }
    }
}

/// Replaces each place where `part` stands, with as much of `whole` as follows there.
fn replace(text: &mut String, part: &str, whole: &str) {
    let mut from = 0;
    while let Some(start) = text[from..].find(part).map(|at| from + at) {
        let same = text[start..].chars().zip(whole.chars()).take_while(|(a, b)| a == b);
        let end = start + same.map(|(c, _)| c.len_utf8()).sum::<usize>();
        text.replace_range(start..end, REDACTED);
        from = start + REDACTED.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
            let mut text = seen.to_owned();
            redactor.text(&mut text);
            assert_eq!(text, expected);
        }
    }
}
