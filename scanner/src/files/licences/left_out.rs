//! What a licence's file leaves out of the licence: clauses that somebody took away.

use std::collections::HashSet;

use airlock_model::escape;
use airlock_model::finding::Finding;
use airlock_model::tree::TreePath;

use super::shingles::{WORDS, hash, shingles};
use super::{KNOWN, MOST_BYTES, rules};

/// So many words in a row are a clause; fewer are a title, an address, or words that a printing has otherwise.
const CLAUSE: usize = 16;

/// Where the terms end; how to apply them, which follows, is often left out.
const END: [&str; WORDS] = ["end", "of", "terms", "and", "conditions"];

/// Reports clauses of the licence named `declared` that its text in the file lacks.
pub(super) fn check(path: &TreePath, bytes: &[u8], declared: &str, findings: &mut Vec<Finding>) {
    let Some(known) = KNOWN.iter().find(|known| known.name == declared) else { return };
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(MOST_BYTES)]);
    let there: HashSet<u64> = shingles(&text).into_iter().collect();
    let missing = longest(&known.in_order, &there);
    if missing < CLAUSE {
        return;
    }
    let shown = escape::quoted(path.as_str());
    let message =
        format!("{shown} is the text of {declared} without a part of it: {missing} words in a row are missing.");
    let remedy = format!("Put the whole text of {declared} into {path}, or write `license: Other`.");
    findings.push(Finding::of(&rules::LICENSE_UNRECOGNISED, message).in_file(path.as_str()).remedy(remedy));
}

/// The most words in a row that are not there.
fn longest(licence: &[u64], there: &HashSet<u64>) -> usize {
    let end = hash(&END.map(str::to_owned));
    let terms = licence.split(|hash| *hash == end).next().unwrap_or(licence);
    let runs = terms.split(|hash| there.contains(hash)).map(<[u64]>::len);
    // Each group that a clause has words of is missing: those of its own, and those that reach over its edges.
    runs.max().unwrap_or(0).saturating_sub(WORDS - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(name: &str) -> &'static str {
        spdx::text::LICENSE_TEXTS.iter().find(|(other, _)| *other == name).expect("a licence").1
    }

    fn shown(text: &str, declared: &str) -> Option<String> {
        let mut findings = Vec::new();
        check(&TreePath::new("LICENSE").expect("a path"), text.as_bytes(), declared, &mut findings);
        findings.first().map(|finding| finding.message.clone())
    }

    /// The text without what stands from the one phrase to the next.
    fn without(text: &str, from: &str, to: &str) -> String {
        let start = text.find(from).expect("where it begins");
        let end = start + text[start..].find(to).expect("where it ends");
        format!("{}{}", &text[..start], &text[end..])
    }

    #[test]
    fn a_clause_that_was_taken_away_is_told() {
        let (apache, mit, gpl) = (text("Apache-2.0"), text("MIT"), text("GPL-3.0"));
        for (what, altered, declared) in [
            ("patents", without(apache, "3. Grant of Patent License", "4. Redistribution"), "Apache-2.0"),
            ("the notice", without(mit, "The above copyright notice", "THE SOFTWARE"), "MIT"),
            ("patents of the GPL", without(gpl, "11. Patents.", "12. No Surrender"), "GPL-3.0"),
        ] {
            let shown = shown(&altered, declared).unwrap_or_else(|| panic!("{what} is not told"));
            assert!(shown.contains("words in a row are missing"), "{what}: {shown}");
        }
    }

    #[test]
    fn other_printings_have_all_of_it() {
        let (apache, bsd, mit) = (text("Apache-2.0"), text("BSD-3-Clause"), text("MIT"));
        let appendix = apache.find("APPENDIX").expect("it is there");
        let holder = bsd
            .replace("the copyright holder nor", "the Regents of the University of California, Lovelace nor")
            .replace("COPYRIGHT HOLDERS AND CONTRIBUTORS", "REGENTS AND CONTRIBUTORS");
        let one_line = bsd.split_whitespace().collect::<Vec<_>>().join(" ");
        for (what, text, declared) in [
            ("without its appendix", &apache[..appendix], "Apache-2.0"),
            ("with a name", &holder, "BSD-3-Clause"),
            ("on one line", &one_line, "BSD-3-Clause"),
            ("without its title", mit.trim_start_matches("MIT License").trim(), "MIT"),
        ] {
            assert_eq!(shown(text, declared), None, "{what}");
        }
        for known in KNOWN.iter() {
            assert_eq!(shown(text(known.name), known.name), None, "{}", known.name);
        }
    }
}
