//! Which licence a text is: its words are held against those of known licences, which the
//! build made fingerprints of (docs/adr/0016-licence-texts.md).

mod added;
mod left_out;
mod shingles;

use std::collections::HashSet;
use std::sync::LazyLock;

use airlock_model::escape::quoted;
use airlock_model::finding::Finding;
use airlock_model::manifest::License;
use airlock_model::tree::TreePath;

use super::rules;
use shingles::shingles;

/// The share of a licence's words that must be there, in thousandths: a text without its
/// appendix, or with a clause in other words, is still that licence.
const ENOUGH: usize = 800;

/// How much of a file is looked at, in bytes. The longest licence that is known has 35,000.
const MOST_BYTES: usize = 256 * 1024;

/// How many licences one file is taken to hold.
const MOST: usize = 4;

/// A known licence.
struct Known {
    name: &'static str,
    /// In the order of its text.
    in_order: Vec<u64>,
    shingles: HashSet<u64>,
}

static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
    let mut rest: &'static [u8] = include_bytes!(concat!(env!("OUT_DIR"), "/licences.bin"));
    let mut known = Vec::new();
    while let Some((length, after)) = rest.split_first() {
        let (name, after) = after.split_at(usize::from(*length));
        let (count, after) = after.split_first_chunk::<4>().expect("the build wrote a count");
        let (hashes, after) = after.split_at(u32::from_le_bytes(*count) as usize * 8);
        let hash = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("eight bytes"));
        let in_order: Vec<u64> = hashes.chunks_exact(8).map(hash).collect();
        let shingles = in_order.iter().copied().collect();
        known.push(Known { name: std::str::from_utf8(name).expect("the build wrote a name"), in_order, shingles });
        rest = after;
    }
    known
});

/// The licences whose text is in `text`, by their SPDX identifiers, the one that makes up most of it first.
#[must_use]
pub fn licences(text: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(&text[..text.len().min(MOST_BYTES)]);
    let mut left: HashSet<u64> = shingles(&text).into_iter().collect();
    let mut explained: HashSet<u64> = HashSet::new();
    let mut found = Vec::new();
    while found.len() < MOST {
        let likely = KNOWN.iter().filter_map(|known| Some((likeness(known, &left, &explained)?, known)));
        let Some((_, best)) = likely.max_by_key(|(score, _)| *score) else { break };
        found.push(best.name);
        left.retain(|hash| !best.shingles.contains(hash));
        explained.extend(&best.shingles);
    }
    found
}

/// How well the text and a licence cover one another, in thousandths. What a licence has in common with one that was
/// found before says nothing: most of one GNU licence is in the next.
fn likeness(known: &Known, left: &HashSet<u64>, explained: &HashSet<u64>) -> Option<usize> {
    let own = known.shingles.iter().filter(|hash| !explained.contains(hash));
    let (mut all, mut shared) = (0, 0);
    for hash in own {
        all += 1;
        shared += usize::from(left.contains(hash));
    }
    let distinct = all * 2 >= known.shingles.len();
    (distinct && all > 0 && shared * 1000 >= all * ENOUGH).then(|| 2000 * shared / (all + left.len()))
}

/// Holds the text of the LICENSE file against what the manifest declares.
pub(crate) fn check(path: &TreePath, text: &[u8], declared: License, findings: &mut Vec<Finding>) {
    let found = licences(text);
    let word = declared.as_str();
    let shown = quoted(path.as_str());
    let finding = |rule, message: String| Finding::of(rule, message).in_file(path.as_str());
    match (found.first(), declared) {
        (Some(_), _) if found.contains(&word) => {
            added::check(path, text, word, findings);
            left_out::check(path, text, word, findings);
        }
        // `Other` stands for everything that a manifest cannot name.
        (Some(text), License::Other) if License::from_word(text).is_none() => {}
        (Some(text), _) => {
            let message = format!("{shown} is the text of {text}, and plugin.yaml declares {word}.");
            let word_of_text = License::from_word(text).unwrap_or(License::Other).as_str();
            let remedy = match declared {
                License::Other | License::Proprietary => {
                    format!("Write `license: {word_of_text}`, or put the text that applies into {path}.")
                }
                _ => format!("Write `license: {word_of_text}`, or put the text of {word} into {path}."),
            };
            findings.push(finding(&rules::LICENSE_DIFFERS, message).remedy(remedy));
        }
        (None, License::Other | License::Proprietary) => {}
        (None, _) => {
            let message = format!("{shown} does not hold the text of {word}, which plugin.yaml declares.");
            let remedy = format!("Put the whole text of {word} into {path}, or write `license: Other`.");
            findings.push(finding(&rules::LICENSE_UNRECOGNISED, message).remedy(remedy));
        }
    }
}

#[cfg(test)]
mod tests {
    use airlock_model::finding::Severity;

    use super::*;

    fn text(name: &str) -> &'static str {
        spdx::text::LICENSE_TEXTS.iter().find(|(other, _)| *other == name).expect("a licence").1
    }

    fn rules(text: &str, declared: License) -> Vec<(String, Severity)> {
        let mut findings = Vec::new();
        check(&TreePath::new("LICENSE").expect("a path"), text.as_bytes(), declared, &mut findings);
        findings.into_iter().map(|finding| (finding.rule, finding.severity)).collect()
    }

    #[test]
    fn each_known_licence_is_itself_and_no_other() {
        assert!(KNOWN.len() >= 20);
        for known in KNOWN.iter() {
            assert_eq!(licences(text(known.name).as_bytes()), [known.name]);
        }
    }

    #[test]
    fn printings_differ_and_the_licence_stays() {
        let mit = text("MIT").replace("<year> <copyright holders>", "2026 Ada Lovelace");
        let narrow =
            mit.split_whitespace().collect::<Vec<_>>().chunks(6).map(|line| line.join(" ")).collect::<Vec<_>>();
        let commented: String = mit.lines().map(|line| format!("# {line}\n")).collect();
        let markdown = format!("# The MIT License (MIT)\n\n**{}**\n", mit.replace('"', "“"));
        for (what, text) in [
            ("upper case", mit.to_uppercase()),
            ("lines of six words", narrow.join("\n")),
            ("in comments", commented),
            ("in Markdown", markdown),
            ("with a preface", format!("This plugin is free software.\n\n{mit}")),
        ] {
            assert_eq!(licences(text.as_bytes()), ["MIT"], "{what}");
        }
        let apache = text("Apache-2.0");
        let end = apache.find("END OF TERMS").expect("it is there");
        assert_eq!(licences(&apache.as_bytes()[..end]), ["Apache-2.0"], "without its appendix");
    }

    #[test]
    fn two_licences_in_one_file_are_both_found() {
        let both = format!("{}\n\n{}", text("MIT"), text("Apache-2.0"));
        assert_eq!(licences(both.as_bytes()), ["Apache-2.0", "MIT"]);
        assert_eq!(rules(&both, License::Mit), []);
        assert_eq!(rules(&both, License::Apache2), []);
        // The published text of the lesser licence holds that of the GPL, which it extends.
        assert_eq!(licences(text("LGPL-3.0").as_bytes()), ["LGPL-3.0"]);
    }

    #[test]
    fn the_text_is_held_against_the_declaration() {
        let differs = [("AL-FILES-license-differs".to_owned(), Severity::Medium)];
        let unrecognised = [("AL-FILES-license-unrecognised".to_owned(), Severity::Low)];
        for (name, declared) in [
            ("MIT", License::Mit),
            ("Apache-2.0", License::Apache2),
            ("GPL-3.0", License::Gpl3),
            ("BSD-3-Clause", License::Bsd3),
            ("Unlicense", License::Unlicense),
            ("MPL-2.0", License::Other),
        ] {
            assert_eq!(rules(text(name), declared), [], "{name}");
        }
        for (name, declared) in [
            ("Apache-2.0", License::Mit),
            ("MIT", License::Apache2),
            ("AGPL-3.0", License::Gpl3),
            ("GPL-2.0", License::Gpl3),
            ("BSD-2-Clause", License::Bsd3),
            ("MIT", License::Proprietary),
            ("MIT", License::Other),
        ] {
            assert_eq!(rules(text(name), declared), differs, "{name}");
        }
        for text in ["MIT License\n", "Licensed under the Apache License, Version 2.0.", "All rights reserved."] {
            assert_eq!(rules(text, License::Mit), unrecognised, "{text}");
            assert_eq!(rules(text, License::Proprietary), []);
            assert_eq!(rules(text, License::Other), []);
        }
    }
}
