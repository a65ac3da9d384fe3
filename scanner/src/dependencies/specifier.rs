//! Version specifiers (PEP 440), held to numbers that can be counted with.

use std::str::FromStr as _;

use pep440_rs::{Operator, Version, VersionSpecifiers};

/// The longest list of specifiers that is read, in bytes.
const MOST: usize = 1_000;
/// No version has numbers as large; counting on from them must not overflow.
const LARGEST: u64 = 1 << 53;

/// Reads specifiers; empty or `*` stands for any version.
///
/// # Errors
/// A sentence that says what is wrong.
pub fn parse(text: &str) -> Result<VersionSpecifiers, String> {
    if text.len() > MOST {
        return Err(format!("its versions take up more than {MOST} bytes"));
    }
    if matches!(text.trim(), "" | "*") {
        return Ok(VersionSpecifiers::empty());
    }
    let specifiers = VersionSpecifiers::from_str(text).map_err(|error| first_line(&error.to_string()))?;
    match specifiers.iter().all(|one| is_tame(one.version())) {
        true => Ok(specifiers),
        false => Err("it has a number larger than any version's".to_owned()),
    }
}

/// Whether all numbers of a version can be counted on from.
#[must_use]
pub(super) fn is_tame(version: &Version) -> bool {
    let after = [version.post(), version.dev(), version.pre().map(|pre| pre.number)];
    version.epoch() < LARGEST
        && version.release().iter().all(|number| *number < LARGEST)
        && after.into_iter().flatten().all(|number| number < LARGEST)
}

/// The one version that will do, where there is only one.
pub(super) fn pinned(specifiers: &VersionSpecifiers) -> Option<String> {
    let exact = |one: &&pep440_rs::VersionSpecifier| matches!(one.operator(), Operator::Equal | Operator::ExactEqual);
    let version = specifiers.iter().find(exact)?.version();
    specifiers.contains(version).then(|| version.to_string())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches([':', '.']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pin(text: &str) -> Option<String> {
        pinned(&parse(text).expect("specifiers"))
    }

    #[test]
    fn one_version_is_a_pin_and_a_range_is_not() {
        assert_eq!(pin("==1.2.0").as_deref(), Some("1.2.0"));
        assert_eq!(pin(" == 1.2 , !=1.3 ").as_deref(), Some("1.2"));
        assert_eq!(pin("===1.2").as_deref(), Some("1.2"));
        for open in ["", "*", ">=1", "==1.*", "~=1.2", "<=1,>=1", "==1,==2"] {
            assert_eq!(pin(open), None, "{open}");
        }
    }

    #[test]
    fn numbers_beyond_counting_are_refused() {
        assert!(parse("==18446744073709551615.*").is_err());
        assert!(parse("~=1.18446744073709551615").is_err());
        assert!(parse(&format!(">={}", "1.".repeat(600))).is_err());
        assert!(parse(">=2024.12.31").is_ok());
    }
}
