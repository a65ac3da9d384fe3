//! Popular packages raise no alarm that nobody has looked at.

mod alarms;

#[test]
fn what_is_found_in_harmless_packages_is_what_was_reviewed() {
    let packages = alarms::packages();
    let mut names: Vec<&str> = packages.iter().map(|package| package.name.as_str()).collect();
    let mut pinned = alarms::pinned();
    names.sort_unstable();
    pinned.sort_unstable();
    assert_eq!(names, pinned, "what was fetched is not what tests/false-alarms/requirements.txt names");
    assert!(names.len() >= 30, "too few packages to say anything: {names:?}");
    assert!(packages.iter().all(|package| package.python_files > 0), "a package without Python proves nothing");
    let differences = alarms::differences(&packages, &alarms::reviewed());
    assert!(
        differences.is_empty(),
        "{}\n\nLook at each, mend the rule where it is wrong, then run scripts/false-alarms --write and give reasons in {}",
        differences.join("\n"),
        alarms::list_file().display()
    );
}

#[test]
fn a_list_that_is_not_true_is_refused() {
    let one = alarms::Reviewed {
        package: "p".into(),
        rule: "AL-CODE-x".into(),
        file: "a.py".into(),
        line: 1,
        code: "f()".into(),
        fingerprint: "aa".into(),
        reason: "the text is a constant of the package's own".into(),
    };
    let found = |grave: Vec<alarms::Reviewed>| {
        vec![alarms::Package { name: "p".into(), python_files: 1, count: Default::default(), grave }]
    };
    let listed = [one.clone()];
    assert_eq!(alarms::differences(&found(vec![one.clone()]), &listed), [""; 0]);
    assert_eq!(alarms::differences(&found(vec![one.clone()]), &[]).len(), 1, "one that is new");
    assert_eq!(alarms::differences(&found(Vec::new()), &listed).len(), 1, "one that is gone");
    let other = alarms::Reviewed { fingerprint: "bb".into(), ..one.clone() };
    assert_eq!(alarms::differences(&found(vec![other]), &listed).len(), 2, "one that has changed");
    let unseen = [alarms::Reviewed { reason: alarms::TO_REVIEW.into(), ..one.clone() }];
    assert_eq!(alarms::differences(&found(vec![one]), &unseen).len(), 1, "one that nobody looked at");
}
