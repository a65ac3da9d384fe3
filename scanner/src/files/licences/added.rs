//! What a licence's file says besides the licence: words that no known text explains and
//! that take back what the licence grants.

use std::collections::HashSet;
use std::sync::LazyLock;

use airlock_model::escape;
use airlock_model::finding::Finding;
use airlock_model::tree::TreePath;

use super::shingles::{WORDS, hash, is_owner, words};
use super::{KNOWN, MOST_BYTES, rules};

/// Words by which a sentence takes something back.
const LIMITING: &[&str] = &[
    "not",
    "never",
    "cannot",
    "except",
    "excluding",
    "only",
    "solely",
    "prohibited",
    "prohibits",
    "forbidden",
    "restricted",
    "restriction",
    "restrictions",
    "restrictive",
    "commercial",
    "commercially",
    "noncommercial",
    "sell",
    "selling",
    "resale",
    "resell",
    "evaluation",
    "academic",
    "educational",
    "research",
    "personal",
    "internal",
    "military",
    "evil",
    "ethical",
    "revoke",
    "revoked",
    "revocable",
    "fee",
    "fees",
    "royalty",
    "royalties",
    "pay",
    "paid",
    "payment",
    "consent",
    "subscription",
    "competing",
    "compete",
    "trial",
    "expires",
    "unlawful",
];
/// Phrases that do so wherever they stand.
const PLAIN: &[&[&str]] = &[
    &["commons", "clause"],
    &["non", "commercial"],
    &["noncommercial"],
    &["commercial", "use"],
    &["commercial", "purposes"],
    &["right", "to", "sell"],
    &["evaluation", "only"],
    &["evaluation", "purposes"],
    &["not", "granted"],
    &["hereby", "not"],
    &["good", "not", "evil"],
];
/// What begins the licences of other people's code in the same file.
const NOTICES: &[&[&str]] = &[
    &["third", "party"],
    &["thirdparty"],
    &["bundled", "software"],
    &["bundled", "code"],
    &["this", "product", "includes"],
    &["this", "project", "includes"],
    &["this", "software", "includes"],
    &["portions", "of"],
    &["licenses", "of", "bundled"],
    &["vendored"],
];
/// Passages that a finding shows.
const SHOWN: usize = 5;
/// The most words of one that are shown.
const SHOWN_WORDS: usize = 40;

/// Everything that some known licence says.
static EXPLAINED: LazyLock<HashSet<u64>> =
    LazyLock::new(|| KNOWN.iter().flat_map(|known| known.shingles.iter().copied()).collect());

/// A word, and the line that it stands in, from 1.
struct Word {
    text: String,
    line: u32,
}

/// Words in a row that no licence explains.
struct Passage<'w> {
    words: &'w [Word],
    /// Whether words of a licence stand before and after it.
    within: bool,
    /// Whether it stands among the licences of other people's code.
    notice: bool,
}

/// Reports what limits the licence named `declared`, whose text is in the file.
pub(super) fn check(path: &TreePath, bytes: &[u8], declared: &str, findings: &mut Vec<Finding>) {
    let shown = escape::quoted(path.as_str());
    let finding = |message: String| Finding::of(&rules::LICENSE_ALTERED, message).in_file(path.as_str());
    if bytes.len() > MOST_BYTES {
        let message = format!("{shown} is larger than {} KB; what follows was not read.", MOST_BYTES / 1024);
        findings.push(finding(message).remedy(format!("Put the text of {declared} alone into {path}.")));
        return;
    }
    let text = String::from_utf8_lossy(bytes);
    let (all, owners) = read(&text);
    let mut limiting: Vec<(u32, String)> =
        passages(&all).iter().filter(|passage| passage.limits()).map(|passage| shown_of(passage.words)).collect();
    limiting.extend(owners.iter().filter(|line| limits_owner(line)).map(|line| shown_of(line)));
    let Some((line, first)) = limiting.first() else { return };
    let message =
        format!("{shown} is the text of {declared} with words that limit what it grants: {}.", escape::quoted(first));
    let mut found = finding(message);
    found.line = Some(*line);
    for (line, words) in limiting.iter().take(SHOWN) {
        let step = format!("the license does not have these words: {}", escape::line(words));
        found = found.evidence(Some(path.as_str()), Some(*line), step);
    }
    findings.push(found);
}

/// The words of the text, and those of each line that names an owner, which no licence has.
fn read(text: &str) -> (Vec<Word>, Vec<Vec<Word>>) {
    let (mut all, mut owners) = (Vec::new(), Vec::new());
    for (line, number) in text.lines().zip(1_u32..) {
        // What is not shown must not cut a word in two.
        let line: String = line.chars().filter(|c| !is_invisible(*c)).collect();
        let of_line = words(&line).into_iter().map(|text| Word { text, line: number });
        if is_owner(&line) {
            owners.push(of_line.collect());
        } else {
            all.extend(of_line);
        }
    }
    (all, owners)
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{feff}')
}

fn passages(all: &[Word]) -> Vec<Passage<'_>> {
    let texts: Vec<String> = all.iter().map(|word| word.text.clone()).collect();
    let mut known = vec![false; all.len()];
    for (at, window) in texts.windows(WORDS).enumerate() {
        if EXPLAINED.contains(&hash(window)) {
            known[at..at + WORDS].fill(true);
        }
    }
    let first = known.iter().position(|known| *known).unwrap_or(all.len());
    let last = known.iter().rposition(|known| *known).unwrap_or(0);
    let (mut out, mut at, mut notice) = (Vec::new(), 0, false);
    while at < all.len() {
        let length = known[at..].iter().take_while(|each| **each == known[at]).count();
        if !known[at] {
            let words = &all[at..at + length];
            // Other people's licences follow the plugin's own.
            notice |= at > first && NOTICES.iter().any(|phrase| holds(words, phrase));
            out.push(Passage { words, within: at > first && at < last, notice });
        }
        at += length;
    }
    out
}

impl Passage<'_> {
    fn limits(&self) -> bool {
        if PLAIN.iter().any(|phrase| holds(self.words, phrase)) {
            return true;
        }
        let limiting: HashSet<&str> =
            self.words.iter().map(|word| word.text.as_str()).filter(|word| LIMITING.contains(word)).collect();
        // Around a licence people explain it; within it each word counts.
        !self.notice && limiting.len() >= if self.within { 1 } else { 2 }
    }
}

fn limits_owner(line: &[Word]) -> bool {
    let limiting = line.iter().filter(|word| LIMITING.contains(&word.text.as_str())).count();
    limiting >= 2 || PLAIN.iter().any(|phrase| holds(line, phrase))
}

fn holds(words: &[Word], phrase: &[&str]) -> bool {
    words.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(word, other)| word.text == *other))
}

fn shown_of(words: &[Word]) -> (u32, String) {
    let texts: Vec<&str> = words.iter().take(SHOWN_WORDS).map(|word| word.text.as_str()).collect();
    let more = if words.len() > SHOWN_WORDS { " …" } else { "" };
    (words.first().map_or(1, |word| word.line), format!("{}{more}", texts.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> String {
        let text = spdx::text::LICENSE_TEXTS.iter().find(|(other, _)| *other == name).expect("a licence").1;
        text.replace("<year> <copyright holders>", "2026 Ada Lovelace").replace("<owner>", "Ada Lovelace")
    }

    fn shown(text: &str, declared: &str) -> Option<String> {
        let mut findings = Vec::new();
        check(&TreePath::new("LICENSE").expect("a path"), text.as_bytes(), declared, &mut findings);
        assert!(findings.len() <= 1);
        findings.first().map(|finding| finding.message.clone())
    }

    #[test]
    fn words_that_take_back_a_licence_are_told() {
        let mit = text("MIT");
        let only = "furnished to do so, for non-commercial evaluation only,";
        for (what, altered, expected) in [
            (
                "commons clause",
                format!(
                    "{mit}\n\"Commons Clause\" License Condition v1.0\n\nThe license does not grant to you the right to Sell the Software.\n"
                ),
                "commons clause",
            ),
            ("inserted", mit.replace("furnished to do so,", only), "non commercial evaluation only"),
            ("flipped", mit.replace("is hereby granted", "is hereby **not** granted"), "'not'"),
            ("hidden", mit.replace("is hereby granted", "is hereby n\u{200b}ot granted"), "not"),
            (
                "beside the owner",
                mit.replace("Ada Lovelace", "Ada Lovelace. Not for commercial use."),
                "commercial use",
            ),
            (
                "good",
                mit.replace(
                    "THE SOFTWARE IS PROVIDED",
                    "The Software shall be used for Good, not Evil.\n\nTHE SOFTWARE IS PROVIDED",
                ),
                "evil",
            ),
            ("before", format!("Free for personal use only. Companies must pay a fee.\n\n{mit}"), "personal"),
            ("behind notices", format!("{mit}\n\nThird-party notices\n\nNon-commercial use only.\n"), "non commercial"),
        ] {
            let shown = shown(&altered, "MIT").unwrap_or_else(|| panic!("{what} is not told"));
            assert!(shown.contains(expected), "{what}: {shown}");
        }
        let bsd = text("BSD-3-Clause");
        assert!(shown(&format!("{bsd}\nUse in military projects is prohibited.\n"), "BSD-3-Clause").is_some());
        assert!(shown(&"x ".repeat(MOST_BYTES), "MIT").is_some_and(|shown| shown.contains("not read")));
    }

    #[test]
    fn real_printings_of_licences_are_left_alone() {
        let (mit, apache, bsd) = (text("MIT"), text("Apache-2.0"), text("BSD-3-Clause"));
        let holder = bsd.replace("the copyright holder nor", "Lovelace Analytical Engines Ltd. nor");
        let filled = apache.replace("[yyyy] [name of copyright owner]", "2026 Ada Lovelace");
        let either = "Licensed under either of Apache License, Version 2.0 or MIT license at your option.\n\nUnless \
                      you explicitly state otherwise, any contribution intentionally submitted for inclusion in the \
                      work by you shall be dual licensed as above, without any additional terms or conditions.";
        let zlib = text("Zlib");
        let notices = format!(
            "{mit}\n\nThird-party notices\n\nThis software includes code of the Foo project, whose authors ask that \
             their names are not used in advertising, except with consent:\n\n{zlib}\n{bsd}\n"
        );
        for (what, text, declared) in [
            ("MIT", format!("# The MIT License (MIT)\n\n{mit}"), "MIT"),
            ("MIT in quotes", mit.lines().map(|line| format!("> {line}\n")).collect(), "MIT"),
            ("BSD-3-Clause", bsd.clone(), "BSD-3-Clause"),
            ("BSD-3-Clause with a name", holder, "BSD-3-Clause"),
            ("Apache-2.0", filled, "Apache-2.0"),
            ("both", format!("{either}\n\n{mit}\n\n{apache}"), "MIT"),
            ("notices", notices, "MIT"),
            ("preface", format!("This plugin is free software, not a product.\n\n{mit}"), "MIT"),
            ("credits", format!("{mit}\n\nThe icons are by Grace Hopper, under CC-BY-4.0.\n"), "MIT"),
            ("GPL-3.0", text("GPL-3.0"), "GPL-3.0"),
        ] {
            assert_eq!(shown(&text, declared), None, "{what}");
        }
    }

    #[test]
    fn each_known_licence_explains_itself() {
        for known in KNOWN.iter() {
            assert_eq!(shown(&text(known.name), known.name), None);
        }
    }
}
