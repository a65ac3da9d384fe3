//! The requirements block: interpreter, framework, other plugins, system packages.

use std::collections::BTreeMap;
use std::str::FromStr as _;

use airlock_model::escape;
use airlock_model::finding::{Finding, Span};
use airlock_model::manifest::Requirements;
use airlock_model::manifest::fields::{REQUIREMENTS, keys};
use pep440_rs::{Version, VersionSpecifiers};

use super::faults::Faults;
use super::fields::{self, Block, Lines, Null};
use super::{dependency, rules};

const KNOWN: &[&str] = &keys(&REQUIREMENTS);
const FORM: &str = "requirements: {python: \">=3.10\"}";

/// Reads the requirements; `own` is the plugin's own name.
pub(super) fn read(root: &Block<'_>, own: &str, faults: &mut Faults<'_>) -> Requirements {
    let defaults = Requirements::default();
    let Some(block) = root.block("requirements", Null::Odd, KNOWN, FORM, faults) else {
        note_prerelease(&defaults.agenticraft, root.span, faults);
        return defaults;
    };
    let python = specifier(&block, "python", faults).map_or(defaults.python, |(text, place)| {
        warn_of_no_python(&text, place, faults);
        text
    });
    let (agenticraft, place) = specifier(&block, "agenticraft", faults).unwrap_or((defaults.agenticraft, block.span));
    note_prerelease(&agenticraft, place, faults);
    let requirements = Requirements {
        python,
        agenticraft,
        dependencies: dependency::read_all(&block, own, faults),
        system: system(&block, faults),
    };
    block.note_unknown(faults);
    requirements
}

fn specifier(block: &Block<'_>, key: &str, faults: &mut Faults<'_>) -> Option<(String, Span)> {
    let text = block.text(key, Null::Odd, Lines::Grammar, faults)?;
    let path = block.path(key);
    let valid = !text.text.trim().is_empty() && VersionSpecifiers::from_str(text.text).is_ok();
    if valid {
        text.must_be_text(&path, faults);
    } else {
        let shown = escape::quoted(text.text);
        let message = format!(
            "`{path}` is {shown}, which is no version specifier; allowed are ==, !=, >=, <=, >, <, ~=, === and a version, joined by commas"
        );
        let near = nearest(text.text).unwrap_or_else(|| if key == "python" { ">=3.10" } else { ">=0.2.0a0" }.into());
        faults.say(&rules::SPECIFIER, text.span, message, format!("Write `{key}: \"{near}\"`."));
    }
    Some((text.owned(), text.span))
}

/// The specifier that says the same in PEP 440.
fn nearest(text: &str) -> Option<String> {
    let text = text.trim().trim_start_matches(['v', 'V']);
    if text.len() > 128 {
        return None;
    }
    let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut candidates = vec![spaced.replace(" >", ",>").replace(" <", ",<").replace(" !", ",!").replace(",,", ",")];
    if let Some(version) = spaced.strip_prefix('^') {
        let major: u64 = version.trim().split('.').next()?.parse().ok()?;
        candidates.push(format!(">={},<{}", version.trim(), major.checked_add(1)?));
    }
    if let Some(version) = spaced.strip_prefix('~').filter(|version| !version.starts_with('=')) {
        candidates.push(format!("~={}", version.trim()));
    }
    if let Some(version) = spaced.strip_prefix('=').filter(|version| !version.starts_with('=')) {
        candidates.push(format!("=={}", version.trim()));
    }
    candidates.push(candidates.first().map(|first| repaired(first)).unwrap_or_default());
    candidates
        .push(candidates.iter().rev().find(|one| one.starts_with("~=")).map(|one| repaired(one)).unwrap_or_default());
    candidates.push(format!(">={}", spaced.trim_end_matches(['+', ' ']).trim_end_matches(".x").trim_end_matches(".*")));
    // No text at all is a specifier to the reader, and is what is refused here.
    candidates.into_iter().find(|candidate| !candidate.is_empty() && VersionSpecifiers::from_str(candidate).is_ok())
}

/// Clauses with the versions that their operators take: `~=` needs two numbers, and none but `==` and `!=` a `.*`
/// (PEP 440, "Compatible release" and "Version matching").
fn repaired(specifiers: &str) -> String {
    let clause = |clause: &str| {
        let clause = clause.trim();
        let at = clause.find(|c: char| !matches!(c, '~' | '=' | '<' | '>' | '!')).unwrap_or(clause.len());
        let (operator, version) = clause.split_at(at);
        if !matches!(operator, "~=" | "<" | ">" | "<=" | ">=") {
            return clause.to_owned();
        }
        let version = version.trim().trim_end_matches(".*").trim_end_matches(".x");
        // The first number that is not the epoch.
        let start = version.find('!').map_or(0, |mark| mark + 1);
        let end = version[start..].find(|c: char| !c.is_ascii_digit()).map_or(version.len(), |end| start + end);
        if operator == "~=" && end > start && !version[end..].starts_with('.') {
            return format!("~={}.0{}", &version[..end], &version[end..]);
        }
        format!("{operator}{version}")
    };
    specifiers.split(',').filter(|one| !one.trim().is_empty()).map(clause).collect::<Vec<_>>().join(",")
}

/// Warns of a range without a Python in it: each version from 3.0 to 3.30 is held against it, with as many releases of
/// each, which is more than there have been of any.
fn warn_of_no_python(specifier: &str, span: Span, faults: &mut Faults<'_>) {
    const MOST: u64 = 30;
    // A longer one is no honest range, and would be long in the asking.
    let specifiers = Some(specifier).filter(|text| !text.trim().is_empty() && text.len() <= 256);
    let Some(specifiers) = specifiers.and_then(|text| VersionSpecifiers::from_str(text).ok()) else { return };
    let mut pythons = (0..=MOST).flat_map(|minor| (0..=MOST).map(move |micro| [3, minor, micro])).chain([[2, 7, 18]]);
    if !pythons.any(|python| specifiers.contains(&Version::new(python))) {
        let message = format!("`requirements.python` is {}, which no Python satisfies", escape::quoted(specifier));
        faults.add(span, Finding::of(&rules::NO_PYTHON, message));
    }
}

/// Tells a publisher whose specifier leaves out the framework's current pre-release.
fn note_prerelease(specifier: &str, span: Span, faults: &mut Faults<'_>) {
    let Ok(specifiers) = VersionSpecifiers::from_str(specifier) else { return };
    let takes = |text: &str| Version::from_str(text).is_ok_and(|version| specifiers.contains(&version));
    if takes("0.2.0") && !takes("0.2.0a0") {
        let message = format!(
            "`requirements.agenticraft` {} allows 0.2.0 and leaves out its current pre-release 0.2.0-alpha",
            escape::quoted(specifier)
        );
        let span = Span { end_line: span.line, end_column: span.end_column.max(span.column + 1), ..span };
        faults.add(span, Finding::of(&rules::FRAMEWORK_PRERELEASE, message));
    }
}

fn system(block: &Block<'_>, faults: &mut Faults<'_>) -> BTreeMap<String, String> {
    let mut system = BTreeMap::new();
    let form = "system: {ffmpeg: \">=4\"}";
    let Some(node) = block.value("system", Null::Odd, faults) else { return system };
    let Some(entries) = node.entries() else {
        fields::wrong_type(&block.path("system"), node, "a mapping of names to versions", form, faults);
        return system;
    };
    for entry in entries {
        let path = format!("{}.{}", block.path("system"), escape::line(&entry.key));
        fields::hidden(&entry.key, &path, entry.key_span, Lines::One, faults);
        if entry.value.is_null() {
            fields::wrong_type(&path, &entry.value, "text", "ffmpeg: \"*\"", faults);
        } else if let Some(text) = fields::text_of(&entry.value, &path, Lines::One, faults) {
            system.insert(entry.key.clone(), text.owned());
        }
    }
    system
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specifiers_of_other_tools_are_translated() {
        for (seen, near) in [
            ("^3.10", Some(">=3.10,<4")),
            ("~3.10", Some("~=3.10")),
            ("=3.10", Some("==3.10")),
            ("3.10", Some(">=3.10")),
            ("3.10+", Some(">=3.10")),
            ("3.x", Some(">=3")),
            (">=3.10 <4", Some(">=3.10,<4")),
            ("~=3", Some("~=3.0")),
            ("~= 3", Some("~=3.0")),
            ("~3", Some("~=3.0")),
            ("~=1!3a1", Some("~=1!3.0a1")),
            ("~=3.*", Some("~=3.0")),
            ("~=3.10.*", Some("~=3.10")),
            (">=3.8,~=3", Some(">=3.8,~=3.0")),
            (">=3.10.*", Some(">=3.10")),
            (">=3.10.x,<4", Some(">=3.10,<4")),
            (">=3.10,", Some(">=3.10")),
            ("~=", None),
            ("latest", None),
            ("", None),
            (" ", None),
            ("v", None),
        ] {
            assert_eq!(nearest(seen).as_deref(), near, "{seen}");
        }
    }
}
