//! Poetry's version constraints, in the words of PEP 440.

use super::specifier;

/// What Poetry's constraint says in PEP 440, alternatives aside; nothing when it says nothing.
pub(super) fn from_poetry(constraint: &str) -> Option<String> {
    if constraint.len() > 500 {
        return None;
    }
    if constraint.contains("||") || constraint.contains(" | ") {
        // Alternatives have no form of their own; they count as any version.
        let all: Option<Vec<String>> =
            constraint.split('|').filter(|part| !part.trim().is_empty()).map(from_poetry).collect();
        return all.map(|_| String::new());
    }
    let mut parts = constraint.replace(", ", ",");
    for sign in ["=", ">", "<", "^", "~"] {
        parts = parts.replace(&format!("{sign} "), sign);
    }
    let parts = parts.split([',', ' ']).map(str::trim).filter(|part| !part.is_empty());
    let all: Option<Vec<String>> = parts.map(one_of_poetry).collect();
    let joined = all?.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(",");
    specifier::parse(&joined).ok().map(|_| joined)
}

fn one_of_poetry(part: &str) -> Option<String> {
    let numbers = |text: &str| -> Option<Vec<u64>> {
        text.split('.').map(|number| number.parse::<u64>().ok().filter(|number| *number < 1 << 53)).collect()
    };
    let up_to = |mut version: Vec<u64>, at: usize| {
        version.truncate(at + 1);
        *version.get_mut(at)? += 1;
        Some(version.iter().map(u64::to_string).collect::<Vec<_>>().join("."))
    };
    if part == "*" {
        return Some(String::new());
    }
    if let Some(version) = part.strip_prefix('^') {
        let release = numbers(version.split(['-', 'a', 'b', 'r']).next()?)?;
        let at = release.iter().position(|number| *number > 0).unwrap_or(release.len() - 1);
        return Some(format!(">={version},<{}", up_to(release, at)?));
    }
    if let Some(version) = part.strip_prefix('~').filter(|rest| !rest.starts_with('=')) {
        let release = numbers(version)?;
        let at = release.len().saturating_sub(1).min(1);
        return Some(format!(">={version},<{}", up_to(release, at)?));
    }
    let exact = |version: &str| format!("=={version}");
    match part.chars().next()? {
        c if c.is_ascii_digit() => Some(exact(part)),
        '=' if !part.starts_with("==") => Some(exact(&part[1..])),
        _ => Some(part.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_of_poetry_become_specifiers() {
        for (seen, said) in [
            ("^1.2.3", Some(">=1.2.3,<2")),
            ("^0.2.3", Some(">=0.2.3,<0.3")),
            ("^0.0.3", Some(">=0.0.3,<0.0.4")),
            ("^0", Some(">=0,<1")),
            ("~1.2.3", Some(">=1.2.3,<1.3")),
            ("~1", Some(">=1,<2")),
            ("~=1.2", Some("~=1.2")),
            ("*", Some("")),
            ("1.2.*", Some("==1.2.*")),
            ("1.2.3", Some("==1.2.3")),
            (">=1.2, <2", Some(">=1.2,<2")),
            (">=1.2 <2", Some(">=1.2,<2")),
            (">= 1.2 < 2", Some(">=1.2,<2")),
            ("^2 || ^3", Some("")),
            ("latest", None),
            ("^x", None),
        ] {
            assert_eq!(from_poetry(seen).as_deref(), said, "{seen}");
        }
    }
}
