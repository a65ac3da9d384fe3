//! Popular packages that harm nobody: what is found in them at high severity and above is
//! on the reviewed list, each with its reason, and nothing refuses one of them but the
//! library that the test runner itself loads.

mod alarms;

use airlock_model::verdict::Verdict;

/// So many packages there are at least.
const LEAST: usize = 30;

/// What the default policy refuses: the library that test runners load their plugins with. Any other package that
/// brings a module of its name stands in its place.
const REFUSED: &[&str] = &["pluggy"];

#[test]
fn what_is_found_in_popular_packages_has_been_reviewed() {
    let packages = alarms::packages();
    let mut scanned: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut pinned = alarms::pinned();
    scanned.sort_unstable();
    pinned.sort_unstable();
    assert!(pinned.len() >= LEAST, "{} packages are pinned", pinned.len());
    assert_eq!(scanned, pinned, "every pinned package is scanned, and no other");
    assert!(packages.iter().all(|package| package.python_files > 0), "each has Python files");

    let differences = alarms::differences(&packages, &alarms::reviewed());
    assert!(differences.is_empty(), "{} differences\n{}", differences.len(), differences.join("\n"));

    let refused = packages.iter().filter(|package| package.verdict == Verdict::Reject);
    let refused: Vec<&str> = refused.map(|package| package.name.as_str()).collect();
    assert_eq!(refused, REFUSED, "what the default policy refuses");
}
