//! What a text must hold for a pattern to match in it, looked for all at once.

use super::Needs;
use crate::words::{Case, Words};

/// The needs of a row of patterns.
pub(super) struct Needles {
    search: Words,
    /// For each word the rows that it is in.
    rows: Vec<u64>,
    /// For each pattern the rows of which a word must be there.
    wanted: Vec<u64>,
}

impl Needles {
    pub(super) fn new(patterns: impl Iterator<Item = Needs>) -> Self {
        let (mut words, mut rows, mut wanted): (Vec<&'static str>, Vec<u64>, Vec<u64>) = Default::default();
        let mut known: Vec<&[&str]> = Vec::new();
        for needs in patterns {
            let mut mask = 0;
            for row in needs {
                // Patterns share rows.
                let number = known.iter().position(|other| other == row).unwrap_or_else(|| {
                    known.push(row);
                    known.len() - 1
                });
                mask |= 1_u64 << number;
                for word in *row {
                    match words.iter().position(|other| other == word) {
                        Some(at) => rows[at] |= 1 << number,
                        None => {
                            words.push(word);
                            rows.push(1 << number);
                        }
                    }
                }
            }
            wanted.push(mask);
        }
        Self { search: Words::new(Case::Either, words.into_iter()), rows, wanted }
    }

    /// The patterns, by number, whose needs a text meets.
    pub(super) fn met(&self, text: &str) -> impl Iterator<Item = usize> {
        let all = u64::MAX;
        // Letters that Unicode counts as other cases of `k` and `s`, which the search does not.
        let folds = !text.is_ascii() && text.contains(['\u{212a}', '\u{17f}']);
        let mut there = if folds { all } else { 0 };
        if !folds {
            self.search.each(text.as_bytes(), |found| there |= self.rows[found.word]);
        }
        let met = move |mask: &u64| mask & there == *mask;
        self.wanted.iter().enumerate().filter(move |(_, mask)| met(mask)).map(|(number, _)| number)
    }
}

/// The shortest run that is taken for an encoded text.
const RUN: usize = 48;

/// Runs of the letters of base 64, with the signs that fill them up, and where they begin.
pub(super) fn encoded_runs(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let bytes = text.as_bytes();
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut from = 0;
    std::iter::from_fn(move || {
        // Every long run covers one of the places that are so far apart.
        while let Some(probe) = bytes.get(from + RUN - 1) {
            if !is_letter(probe) {
                from += RUN;
                continue;
            }
            let at = from + RUN - 1;
            let start = at - bytes[from..at].iter().rev().take_while(|byte| is_letter(byte)).count();
            let end = at + bytes[at..].iter().take_while(|byte| is_letter(byte)).count();
            if end - start < RUN {
                from = end;
                continue;
            }
            let filled = end + bytes[end..].iter().take(2).take_while(|byte| **byte == b'=').count();
            from = filled;
            return Some((start, &text[start..filled]));
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_wherever_they_begin() {
        for lead in 0..100 {
            let text = format!("{}{}== {} {}", " ".repeat(lead), "A".repeat(48), "b".repeat(47), "C/+1".repeat(30));
            let runs: Vec<(usize, usize)> = encoded_runs(&text).map(|(start, run)| (start, run.len())).collect();
            assert_eq!(runs, [(lead, 50), (lead + 99, 120)], "{lead}");
        }
    }

    #[test]
    fn a_pattern_is_tried_where_each_of_its_rows_has_a_word() {
        const WORDS: [&[&[&str]]; 2] = [&[&["one", "two"], &["three"]], &[&["two"]]];
        let needles = Needles::new(WORDS.into_iter());
        let met = |text: &str| needles.met(text).collect::<Vec<_>>();
        assert_eq!(met("ONE and Three"), [0]);
        assert_eq!(met("twothree"), [0, 1]);
        assert_eq!(met("three"), [0; 0]);
        assert_eq!(met("\u{17f}"), [0, 1]);
    }
}
