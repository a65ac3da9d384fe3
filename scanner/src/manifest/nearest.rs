//! The nearest right form of a wrong value.

use airlock_model::PluginName;
use airlock_model::PluginVersion;
use airlock_model::manifest::FilesystemAccess;
use unicode_normalization::UnicodeNormalization as _;

/// Longer words are not compared; the comparison is quadratic.
const LONGEST: usize = 64;

/// Old or foreign keys and what they are called here.
const KEYS: &[(&str, &str)] = &[
    ("configuration", "config"),
    ("dependencies", "requirements.dependencies"),
    ("entrypoint", "entry_point"),
    ("keywords", "tags"),
    ("kind", "type"),
    ("licence", "license"),
    ("main", "entry_point"),
    ("python_requires", "requirements.python"),
    ("summary", "description"),
    ("url", "homepage"),
];

/// The key that was likely meant.
pub(super) fn key(seen: &str, known: impl Iterator<Item = &'static str>) -> Option<String> {
    let known: Vec<&str> = known.collect();
    if let Some((_, here)) = KEYS.iter().find(|(foreign, _)| *foreign == seen) {
        let first = here.split('.').next().unwrap_or(here);
        if known.contains(here) || (here.contains('.') && known.contains(&first)) {
            return Some((*here).to_owned());
        }
    }
    closest(seen, &known, 0.85).map(str::to_owned)
}

/// Whether `seen` is likely a misspelling of `meant`.
pub(super) fn is_misspelt(seen: &str, meant: &str) -> bool {
    KEYS.iter().any(|(foreign, here)| *foreign == seen && *here == meant) || closest(seen, &[meant], 0.85).is_some()
}

/// The word of a list that was likely meant.
pub(super) fn word(seen: &str, allowed: &[&'static str]) -> Option<&'static str> {
    closest(seen, allowed, 0.75)
}

/// How much of the file system was likely meant; whoever writes may read.
pub(super) fn access(seen: &str) -> Option<&'static str> {
    let folded: String = seen.to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(LONGEST).collect();
    match folded.as_str() {
        "r" | "ro" | "readonly" | "reads" => Some("read"),
        "w" | "rw" | "wr" | "readwrite" | "writeread" | "readandwrite" | "full" | "all" | "any" | "true" | "yes"
        | "on" => Some("write"),
        "no" | "off" | "false" | "nothing" | "nil" => Some("none"),
        _ => closest(seen, FilesystemAccess::WORDS, 0.75),
    }
}

fn closest<'w>(seen: &str, words: &[&'w str], least: f64) -> Option<&'w str> {
    if seen.chars().count() > LONGEST {
        return None;
    }
    let folded = seen.trim().to_lowercase().replace(['-', ' '], "_");
    words
        .iter()
        .map(|word| (strsim::jaro_winkler(&folded, &word.to_lowercase().replace('-', "_")), *word))
        .filter(|(score, _)| *score >= least)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, word)| word)
}

/// The licence that clients can read and that was likely meant; `Other` when none is near.
pub(super) fn license(seen: &str) -> &'static str {
    let folded: String = seen.to_lowercase().chars().filter(char::is_ascii_alphanumeric).take(LONGEST).collect();
    let within = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    if within(&["lgpl", "agpl", "lesser", "affero", "gpl2", "gplv2", "mitno", "mit0"]) {
        return "Other";
    }
    if within(&["apache", "asl2"]) {
        return if folded.contains('1') { "Other" } else { "Apache-2.0" };
    }
    if within(&["gpl", "gnugeneral"]) {
        return "GPL-3.0";
    }
    if within(&["bsd"]) {
        return if within(&["2clause", "bsd2", "0bsd", "4clause"]) { "Other" } else { "BSD-3-Clause" };
    }
    if within(&["unlicense", "publicdomain"]) {
        return "Unlicense";
    }
    if within(&["proprietary", "commercial", "closed", "allrights"]) {
        return "Proprietary";
    }
    if folded == "mit" || within(&["mitlicen", "expat"]) { "MIT" } else { "Other" }
}

/// A plugin name as near as possible to what was written.
pub(super) fn name(seen: &str) -> Option<PluginName> {
    let mut name = String::new();
    for c in seen.nfkc().take(256).flat_map(char::to_lowercase) {
        match look(c) {
            c @ ('a'..='z' | '0'..='9') => name.push(c),
            c if (c == '-' || c == '_' || c == '.' || c == '/' || c.is_whitespace()) && !name.ends_with('-') => {
                name.push('-');
            }
            _ => {}
        }
    }
    let name: String = name.trim_matches('-').chars().take(64).collect();
    let name = name.trim_end_matches('-');
    let candidates = [name.to_owned(), format!("{name}-plugin"), format!("plugin-{name}")];
    if name.is_empty() {
        return None;
    }
    candidates.iter().find_map(|candidate| candidate.parse().ok())
}

/// The Latin letter that a letter of another script is mistaken for.
const fn look(c: char) -> char {
    match c {
        'а' | 'α' | 'ɑ' => 'a',
        'е' | 'ё' | 'є' => 'e',
        'о' | 'ο' | 'σ' => 'o',
        'р' | 'ρ' => 'p',
        'с' | 'ϲ' => 'c',
        'у' | 'γ' => 'y',
        'х' | 'χ' => 'x',
        'і' | 'ı' | 'ι' => 'i',
        'ѕ' => 's',
        'ј' => 'j',
        'ԁ' => 'd',
        'ɡ' => 'g',
        'һ' => 'h',
        'к' | 'κ' => 'k',
        'м' => 'm',
        'т' | 'τ' => 't',
        'ѵ' | 'ν' => 'v',
        'ѡ' | 'ω' => 'w',
        other => other,
    }
}

/// A version as near as possible to what was written, which may be in another grammar.
pub(super) fn version(seen: &str) -> Option<PluginVersion> {
    let text = seen.trim();
    if text.len() > LONGEST {
        return None;
    }
    let text = text.split('+').next().unwrap_or(text);
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text).trim_start_matches(['=', ' ']);
    if let Ok(version) = text.parse() {
        return Some(version);
    }
    let read: pep440_rs::Version = text.parse().ok()?;
    let mut release: Vec<u64> = read.release().iter().copied().take(3).collect();
    release.resize(3, 0);
    let mut written = format!("{}.{}.{}", release[0], release[1], release[2]);
    if let Some(pre) = read.pre() {
        let kind = match pre.kind {
            pep440_rs::PrereleaseKind::Alpha => "alpha",
            pep440_rs::PrereleaseKind::Beta => "beta",
            pep440_rs::PrereleaseKind::Rc => "rc",
        };
        written.push_str(&format!("-{kind}.{}", pre.number));
    } else if let Some(number) = read.dev() {
        written.push_str(&format!("-dev.{number}"));
    }
    written.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_mended() {
        let cases = [
            ("Weather_Tool", Some("weather-tool")),
            ("weather--tool-", Some("weather-tool")),
            ("ｗｅａｔｈｅｒ", Some("weather")),
            ("wеаthеr", Some("weather")),
            ("3d-model", Some("plugin-3d-model")),
            ("json", Some("json-plugin")),
            ("search", Some("search-plugin")),
            ("../../etc", Some("etc")),
            ("…", None),
            ("\u{202e}", None),
        ];
        for (seen, mended) in cases {
            assert_eq!(name(seen).as_ref().map(PluginName::as_str), mended, "{seen:?}");
        }
        assert_eq!(name(&"x".repeat(300)).map(|name| name.as_str().len()), Some(64));
    }

    #[test]
    fn versions_are_mended() {
        let cases = [
            ("1", Some("1.0.0")),
            ("v1.2", Some("1.2.0")),
            ("01.2.3", Some("1.2.3")),
            ("1.0.0a1", Some("1.0.0-alpha.1")),
            ("2.0rc2", Some("2.0.0-rc.2")),
            ("1.0.0+linux", Some("1.0.0")),
            (" 1.0.0\n", Some("1.0.0")),
            ("one", None),
        ];
        for (seen, mended) in cases {
            assert_eq!(version(seen).map(|version| version.to_string()).as_deref(), mended, "{seen:?}");
        }
    }

    #[test]
    fn kinds_of_access_are_mended() {
        for (seen, mended) in [
            ("rw", Some("write")),
            ("Read-Write", Some("write")),
            ("all", Some("write")),
            ("ro", Some("read")),
            ("read only", Some("read")),
            ("wirte", Some("write")),
            ("off", Some("none")),
            ("sometimes", None),
        ] {
            assert_eq!(access(seen), mended, "{seen:?}");
        }
    }

    #[test]
    fn licences_are_mended() {
        let cases = [
            ("Apache 2.0", "Apache-2.0"),
            ("apache", "Apache-2.0"),
            ("mit", "MIT"),
            ("MIT License", "MIT"),
            ("GPLv3", "GPL-3.0"),
            ("GPL-3.0-or-later", "GPL-3.0"),
            ("LGPL-3.0", "Other"),
            ("BSD", "BSD-3-Clause"),
            ("BSD-2-Clause", "Other"),
            ("proprietary", "Proprietary"),
            ("WTFPL", "Other"),
        ];
        for (seen, mended) in cases {
            assert_eq!(license(seen), mended, "{seen:?}");
        }
    }
}
