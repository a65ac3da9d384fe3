//! One requirement as PEP 508 writes it: a name, extras, versions or an address,
//! and a marker. Linear in its text, with a bound on its depth.

use airlock_model::escape;
use airlock_model::inventory::normalised;
use pep440_rs::VersionSpecifiers;

use super::{marker, specifier};

/// The longest requirement that is read, in bytes.
const MOST: usize = 8 * 1024;
/// The longest name, as indexes allow it.
const MOST_NAME: usize = 128;

/// A requirement taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parsed {
    /// Normalised.
    pub(super) name: String,
    /// Normalised, sorted.
    pub(super) extras: Vec<String>,
    /// As written, without white space and parentheses around it.
    pub(super) specifier: String,
    pub(super) specifiers: VersionSpecifiers,
    /// A URL or a path.
    pub(super) url: Option<String>,
    pub(super) marker: Option<String>,
}

/// Takes a requirement apart; the error says what is wrong, escaped.
pub(super) fn parse(text: &str) -> Result<Parsed, String> {
    if text.len() > MOST {
        return Err(format!("it is longer than {MOST} bytes"));
    }
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.".contains(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    check_name(name, text)?;
    let (extras, rest) = extras(unspaced(rest))?;
    let rest = unspaced(rest);
    let parsed = |specifier: &str, specifiers, url, marker| Parsed {
        name: normalised(name),
        extras,
        specifier: specifier.split_whitespace().collect::<Vec<_>>().join(" "),
        specifiers,
        url,
        marker,
    };
    if let Some(rest) = rest.strip_prefix('@') {
        let rest = unspaced(rest);
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (url, rest) = rest.split_at(end);
        if url.is_empty() {
            return Err("there is no address after '@'".to_owned());
        }
        let marker = marker_of(rest.trim_start())?;
        return Ok(parsed("", VersionSpecifiers::empty(), Some(url.to_owned()), marker));
    }
    let (versions, rest) = versions(rest)?;
    if !versions.is_ascii() {
        return Err(format!("{} has characters that no version has", escape::quoted(versions)));
    }
    let specifiers = specifier::parse(versions)
        .map_err(|error| format!("{} is no version specifier: {}", escape::quoted(versions), escape::line(&error)))?;
    if versions.trim() == "*" {
        return Err("'*' is no version specifier of a package; leave it out for any version".to_owned());
    }
    let marker = marker_of(rest)?;
    Ok(parsed(versions, specifiers, None, marker))
}

/// Without the white space that may stand between parts: other kinds of it are no white space here.
fn unspaced(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

fn check_name(name: &str, text: &str) -> Result<(), String> {
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    match () {
        () if name.is_empty() && text.is_empty() => Err("it is empty".to_owned()),
        () if !ends_well(name.chars().next()) => Err(format!(
            "a name begins with a letter or a digit, not with {}",
            escape::quoted(&text.chars().take(1).collect::<String>())
        )),
        () if !ends_well(name.chars().last()) => {
            Err(format!("the name {} ends with '-', '_' or '.'", escape::quoted(name)))
        }
        () if name.len() > MOST_NAME => Err(format!("a name has at most {MOST_NAME} characters")),
        () => Ok(()),
    }
}

fn extras(text: &str) -> Result<(Vec<String>, &str), String> {
    let Some(rest) = text.strip_prefix('[') else { return Ok((Vec::new(), text)) };
    let (list, rest) = rest.split_once(']').ok_or("the list of extras does not end with ']'")?;
    let mut extras = Vec::new();
    if !list.trim().is_empty() {
        for extra in list.split(',').map(str::trim) {
            let plain = extra.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
            let ends = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
            if !plain || !ends(extra.chars().next()) || !ends(extra.chars().last()) {
                return Err(format!("{} is no name of an extra", escape::quoted(extra)));
            }
            extras.push(normalised(extra));
        }
    }
    extras.sort();
    extras.dedup();
    Ok((extras, rest))
}

/// The versions, in parentheses or not, and what follows them.
fn versions(text: &str) -> Result<(&str, &str), String> {
    if let Some(rest) = text.strip_prefix('(') {
        let (versions, rest) = rest.split_once(')').ok_or("the versions do not end with ')'")?;
        return Ok((versions.trim_matches([' ', '\t']), rest));
    }
    let end = text.find(';').unwrap_or(text.len());
    let (versions, rest) = text.split_at(end);
    Ok((versions.trim_matches([' ', '\t']), rest))
}

fn marker_of(text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let Some(marker) = text.strip_prefix(';') else {
        return Err(format!("{} cannot stand after the versions", escape::quoted(text)));
    };
    marker::check(marker)?;
    Ok(Some(marker.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// The requirement that was likely meant.
pub(super) fn nearest(text: &str) -> Option<String> {
    if text.len() > 256 {
        return None;
    }
    let text = text.trim();
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || "-_.[],".contains(c))).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let (versions, marker) = rest.split_once(';').map_or((rest, ""), |(versions, marker)| (versions, marker));
    let versions = versions.trim().trim_matches(['"', '\'']).trim();
    let bare = versions
        .trim_start_matches(['=', '^', '~', '>', '<', '@', ':', ' ', '"', '\''])
        .trim_end_matches(".x")
        .trim_end_matches(".*");
    let mut forms = Vec::new();
    if versions.starts_with('^') {
        let major: Option<u64> = bare.split('.').next().and_then(|part| part.parse().ok());
        forms.extend(major.map(|major| format!(">={bare},<{}", major.saturating_add(1))));
    } else if versions.starts_with('~') {
        forms.push(format!("~={bare}"));
    } else if versions.starts_with("=>") {
        forms.push(format!(">={bare}"));
    } else if versions.starts_with("=<") {
        forms.push(format!("<={bare}"));
    }
    if versions == "*" {
        forms.push(String::new());
    }
    if versions.starts_with(['=', '!', '<', '>', '~']) {
        forms.push(versions.split_whitespace().collect::<Vec<_>>().join(","));
    }
    forms.push(format!("=={bare}"));
    forms.push(String::new());
    let marker = if marker.trim().is_empty() { String::new() } else { format!("; {}", marker.trim()) };
    let candidates = forms.iter().flat_map(|form| [format!("{name}{form}{marker}"), format!("{name}{form}")]);
    candidates.into_iter().find(|candidate| parse(candidate).is_ok() && candidate != text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String, String, Option<String>, Option<String>) {
        let parsed = parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        (parsed.name, parsed.extras.join(","), parsed.specifier, parsed.url, parsed.marker)
    }

    #[test]
    fn requirements_are_taken_apart() {
        let none = || (None, None);
        let of = |name: &str, extras: &str, versions: &str, (url, marker): (Option<&str>, Option<&str>)| {
            (name.to_owned(), extras.to_owned(), versions.to_owned(), url.map(str::to_owned), marker.map(str::to_owned))
        };
        assert_eq!(parts("requests"), of("requests", "", "", none()));
        assert_eq!(parts("Zope.Interface>=5"), of("zope-interface", "", ">=5", none()));
        assert_eq!(parts("a [B_c, d] (>=1,<2)"), of("a", "b-c,d", ">=1,<2", none()));
        assert_eq!(parts("a>=1 ; python_version<'3'"), of("a", "", ">=1", (None, Some("python_version<'3'"))));
        assert_eq!(
            parts("a @ https://h/a.whl ; os_name=='x'"),
            of("a", "", "", (Some("https://h/a.whl"), Some("os_name=='x'")))
        );
        assert_eq!(parts("a@git+https://h/a.git#egg=b"), of("a", "", "", (Some("git+https://h/a.git#egg=b"), None)));
    }

    #[test]
    fn what_is_no_requirement_names_its_fault_and_the_nearest_form() {
        for (text, near) in [
            ("requests=1.0", Some("requests==1.0")),
            ("requests=>1.0", Some("requests>=1.0")),
            ("requests^2.1", Some("requests>=2.1,<3")),
            ("requests >=1 <2", Some("requests>=1,<2")),
            ("requests 1.0", Some("requests==1.0")),
            ("requests: '1.0'", Some("requests==1.0")),
            ("requests==1.x", Some("requests==1")),
            ("requests*", Some("requests")),
            ("requests; python >= 3", Some("requests")),
            ("", None),
            ("-x", None),
            ("[a]", None),
        ] {
            assert!(parse(text).is_err(), "{text}");
            assert_eq!(nearest(text).as_deref(), near, "{text}");
        }
        assert!(parse(&format!("a>={}", "1".repeat(MOST))).is_err());
    }
}
