//! Which versions are vulnerable, as sets of versions in their ecosystem's order.

use std::fmt::Debug;
use std::ops::Bound;

use airlock_scanner::dependencies::parse_specifier;
use pep440_rs::{Version as PyVersion, VersionSpecifier, VersionSpecifiers, release_specifiers_to_ranges};
use semver::Version as SemVer;
use version_ranges::Ranges;

use super::record::pep440;
use super::{Affected, Ecosystem, Event};
use airlock_model::advisory::Exposure;

/// Whether a text is a version of an ecosystem.
pub(super) fn is_version(ecosystem: Ecosystem, text: &str) -> bool {
    match ecosystem {
        Ecosystem::PyPi => pep440(text).is_some(),
        Ecosystem::Airlock => SemVer::parse(text).is_ok(),
    }
}

/// How much of what is asked for is vulnerable; nothing when none of it is, or when what is asked for cannot be read.
pub(super) fn exposure(affected: &Affected, specifier: &str, pinned: Option<&str>) -> Option<Exposure> {
    match affected.ecosystem {
        Ecosystem::PyPi => {
            let vulnerable = vulnerable(affected, pep440);
            if let Some(version) = pinned.and_then(pep440) {
                // A local version is its public one with something of one's own.
                let public = version.clone().without_local();
                let hit = vulnerable.contains(&version) || vulnerable.contains(&public);
                return hit.then_some(Exposure::Every);
            }
            compared(&vulnerable, &package_range(parse_specifier(specifier).ok()?))
        }
        Ecosystem::Airlock => {
            let vulnerable = vulnerable(affected, |text| SemVer::parse(text).ok());
            if let Some(version) = pinned.and_then(|text| SemVer::parse(text).ok()) {
                return vulnerable.contains(&version).then_some(Exposure::Every);
            }
            compared(&vulnerable, &plugin_range(specifier)?)
        }
    }
}

/// The lowest version above `version` (or at all) that mends it.
pub(super) fn fixed(affected: &Affected, version: Option<&str>) -> Option<String> {
    let fixes = affected.ranges.iter().flatten().filter_map(|event| match event {
        Event::Fixed(version) => Some(version.as_str()),
        _ => None,
    });
    match affected.ecosystem {
        Ecosystem::PyPi => lowest(fixes, version, pep440),
        Ecosystem::Airlock => lowest(fixes, version, |text| SemVer::parse(text).ok()),
    }
}

/// The higher of two versions.
pub(super) fn higher(ecosystem: Ecosystem, a: String, b: String) -> String {
    let a_is_higher = match ecosystem {
        Ecosystem::PyPi => pep440(&a) >= pep440(&b),
        Ecosystem::Airlock => SemVer::parse(&a).ok() >= SemVer::parse(&b).ok(),
    };
    if a_is_higher { a } else { b }
}

fn lowest<'a, V: Ord>(
    fixes: impl Iterator<Item = &'a str>,
    above: Option<&str>,
    parse: impl Fn(&str) -> Option<V>,
) -> Option<String> {
    let above = above.and_then(&parse);
    let fixes = fixes.filter_map(|text| Some((parse(text)?, text)));
    let fixes = fixes.filter(|(version, _)| above.as_ref().is_none_or(|above| version > above));
    // Without a version to start from, only the last fix mends every line of development.
    match above {
        Some(_) => fixes.min_by(|a, b| a.0.cmp(&b.0)),
        None => fixes.max_by(|a, b| a.0.cmp(&b.0)),
    }
    .map(|(_, text)| text.to_owned())
}

fn vulnerable<V: Ord + Clone + Debug>(affected: &Affected, parse: impl Fn(&str) -> Option<V>) -> Ranges<V> {
    let listed = affected.versions.iter().filter_map(|text| parse(text)).map(Ranges::singleton);
    let ranges = affected.ranges.iter().map(|events| of_events(events, &parse));
    ranges.chain(listed).fold(Ranges::empty(), |all, one| all.union(&one))
}

/// The versions between each begin and the end that follows it.
fn of_events<V: Ord + Clone + Debug>(events: &[Event], parse: impl Fn(&str) -> Option<V>) -> Ranges<V> {
    // In order; where one version ends a range and begins another, the end comes first.
    let mut ordered: Vec<(Option<V>, u8, &Event)> = Vec::new();
    for event in events {
        let (text, rank) = match event {
            Event::Fixed(text) => (text, 0),
            Event::Introduced(text) => (text, 1),
            Event::LastAffected(text) => (text, 2),
        };
        // The very first version there is comes before all that can be parsed.
        let version = if text == "0" { None } else { parse(text) };
        if version.is_some() || text == "0" {
            ordered.push((version, rank, event));
        }
    }
    ordered.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    let mut all = Ranges::empty();
    let mut begin: Option<Bound<V>> = None;
    for (version, _, event) in ordered {
        let end = match (event, version) {
            (Event::Introduced(_), version) => {
                begin = begin.or(Some(version.map_or(Bound::Unbounded, Bound::Included)));
                continue;
            }
            (Event::Fixed(_), Some(version)) => Bound::Excluded(version),
            (Event::LastAffected(_), Some(version)) => Bound::Included(version),
            (Event::Fixed(_) | Event::LastAffected(_), None) => continue,
        };
        if let Some(begin) = begin.take() {
            all = all.union(&Ranges::from_range_bounds((begin, end)));
        }
    }
    match begin {
        Some(begin) => all.union(&Ranges::from_range_bounds((begin, Bound::Unbounded))),
        None => all,
    }
}

fn compared<V: Ord + Clone + Debug>(vulnerable: &Ranges<V>, allowed: &Ranges<V>) -> Option<Exposure> {
    if allowed.is_empty() || vulnerable.is_disjoint(allowed) {
        return None;
    }
    if allowed.subset_of(vulnerable) {
        return Some(Exposure::Every);
    }
    let lowest = allowed.iter().next().map(|(low, _)| low);
    match lowest {
        Some(Bound::Included(version)) if vulnerable.contains(version) => Some(Exposure::Lowest),
        _ => Some(Exposure::Some),
    }
}

/// The versions of a package that specifiers allow. Pre-releases count only where one is named: nobody is given
/// another without asking for it.
fn package_range(specifiers: VersionSpecifiers) -> Ranges<PyVersion> {
    if specifiers.iter().any(VersionSpecifier::any_prerelease) {
        Ranges::from(specifiers)
    } else {
        release_specifiers_to_ranges(specifiers)
    }
}

/// From a version to the range that an operator makes of it.
type Way = fn(SemVer) -> Ranges<SemVer>;

/// The versions of a plugin that a form of its manifest allows.
fn plugin_range(form: &str) -> Option<Ranges<SemVer>> {
    let form = form.trim();
    let parse = |text: &str| SemVer::parse(text.trim()).ok();
    let until = |from: SemVer, major: u64, minor: u64| Ranges::from_range_bounds(from..SemVer::new(major, minor, 0));
    let ways: [(&str, Way); 5] = [
        (">=", Ranges::higher_than),
        ("<=", Ranges::lower_than),
        (">", Ranges::strictly_higher_than),
        ("<", Ranges::strictly_lower_than),
        ("=", Ranges::singleton),
    ];
    if matches!(form, "" | "*") {
        return Some(Ranges::full());
    }
    if let Some((rest, way)) = ways.iter().find_map(|(sign, way)| Some((form.strip_prefix(sign)?, way))) {
        return parse(rest).map(way);
    }
    if let Some(version) = form.strip_prefix('^').and_then(parse) {
        let major = version.major.checked_add(1)?;
        return Some(until(version, major, 0));
    }
    if let Some(version) = form.strip_prefix('~').and_then(parse) {
        let (major, minor) = (version.major, version.minor.checked_add(1)?);
        return Some(until(version, major, minor));
    }
    let numbers: Option<Vec<u64>> = form.strip_suffix(".*")?.split('.').map(|part| part.parse().ok()).collect();
    match numbers?.as_slice() {
        [major] => Some(until(SemVer::new(*major, 0, 0), major.checked_add(1)?, 0)),
        [major, minor] => Some(until(SemVer::new(*major, *minor, 0), *major, minor.checked_add(1)?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn affected(ecosystem: Ecosystem, ranges: Vec<Vec<Event>>, versions: &[&str]) -> Affected {
        let versions = versions.iter().map(|&text| text.to_owned()).collect();
        Affected { ecosystem, name: "x".into(), ranges, versions }
    }

    fn from(version: &str) -> Event {
        Event::Introduced(version.into())
    }

    fn fix(version: &str) -> Event {
        Event::Fixed(version.into())
    }

    fn pinned(affected: &Affected, version: &str) -> bool {
        exposure(affected, &format!("=={version}"), Some(version)) == Some(Exposure::Every)
    }

    #[test]
    fn versions_are_ordered_as_pep_440_orders_them() {
        let one = affected(Ecosystem::PyPi, vec![vec![from("0"), fix("1.10")]], &[]);
        for version in ["0", "1.9", "1.10rc1", "1.2.post4", "1.2+local", "1.10.dev1"] {
            assert!(pinned(&one, version), "{version}");
        }
        for version in ["1.10", "1.10.0", "1.10.post1", "2", "1!0.1"] {
            assert!(!pinned(&one, version), "{version}");
        }
    }

    #[test]
    fn ranges_begin_and_end_where_their_events_say() {
        let events =
            vec![fix("2.1"), from("2.0"), fix("1.5"), from("1.0"), from("3.0"), Event::LastAffected("3.2".into())];
        let one = affected(Ecosystem::PyPi, vec![events], &["5.0"]);
        for version in ["1.0", "1.4", "2.0", "3.0", "3.2", "5.0", "5.0.0"] {
            assert!(pinned(&one, version), "{version}");
        }
        for version in ["0.9", "1.5", "1.9", "2.1", "3.2.1", "5.0.1"] {
            assert!(!pinned(&one, version), "{version}");
        }
        let open = affected(Ecosystem::PyPi, vec![vec![from("4")]], &[]);
        assert!(pinned(&open, "99") && !pinned(&open, "3"));
        let same = affected(Ecosystem::PyPi, vec![vec![from("1"), fix("2"), from("2"), fix("3")]], &[]);
        assert!(pinned(&same, "2") && !pinned(&same, "3"));
    }

    #[test]
    fn a_range_is_exposed_by_what_it_allows() {
        let one = affected(Ecosystem::PyPi, vec![vec![from("1.0"), fix("2.0")]], &[]);
        for (specifier, exposed) in [
            (">=2.0", None),
            ("<1.0", None),
            ("==2.*", None),
            (">=1.0,<2.0", Some(Exposure::Every)),
            ("~=1.4", Some(Exposure::Every)),
            ("==1.*,!=1.0.*", Some(Exposure::Every)),
            (">=1.2", Some(Exposure::Lowest)),
            (">=0.5", Some(Exposure::Some)),
            ("", Some(Exposure::Some)),
            ("<3", Some(Exposure::Some)),
            (">3,<2", None),
            ("nonsense", None),
        ] {
            assert_eq!(exposure(&one, specifier, None), exposed, "{specifier}");
        }
    }

    #[test]
    fn plugins_are_ordered_as_semver_orders_them() {
        let one = affected(Ecosystem::Airlock, vec![vec![from("1.0.0"), fix("1.4.2")]], &[]);
        for (form, exposed) in [
            ("^1.4.0", Some(Exposure::Lowest)),
            ("~1.3.0", Some(Exposure::Every)),
            ("~1.4.2", None),
            ("1.3.*", Some(Exposure::Every)),
            ("1.*", Some(Exposure::Lowest)),
            ("2.*", None),
            ("*", Some(Exposure::Some)),
            (">=1.4.2", None),
            ("<1.0.0", None),
        ] {
            assert_eq!(exposure(&one, form, None), exposed, "{form}");
        }
        assert_eq!(exposure(&one, "=1.4.1", Some("1.4.1")), Some(Exposure::Every));
        assert_eq!(exposure(&one, "=1.4.2", Some("1.4.2")), None);
    }

    #[test]
    fn the_fix_is_the_next_one_above() {
        let one = affected(Ecosystem::PyPi, vec![vec![from("1"), fix("1.5"), from("2"), fix("2.3")]], &[]);
        assert_eq!(fixed(&one, Some("1.2")).as_deref(), Some("1.5"));
        assert_eq!(fixed(&one, Some("2.0")).as_deref(), Some("2.3"));
        assert_eq!(fixed(&one, None).as_deref(), Some("2.3"));
        assert_eq!(fixed(&one, Some("3")), None);
        assert_eq!(higher(Ecosystem::PyPi, "1.9".into(), "1.10".into()), "1.10");
    }
}
