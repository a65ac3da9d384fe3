//! `user`, `token` and `migrate`: the database itself.

use crate::Place;

#[test]
fn users_are_added_once() {
    let place = Place::new();
    let add = ["user", "add", "alice", "--role", "publisher", "--data", "kept"];
    insta::assert_snapshot!("user_added", place.run(&add).whole());
    insta::assert_snapshot!("user_there_already", place.run(&add).whole());
    assert_eq!(place.run(&["user", "list", "--data", "kept"]).stdout().split_whitespace().next(), Some("alice"));
    insta::assert_snapshot!("no_such_role", place.run(&["user", "add", "bob", "--role", "owner"]).whole());
}

#[test]
fn a_token_stands_alone_on_standard_output_and_can_be_revoked() {
    let place = Place::new();
    assert_eq!(place.run(&["migrate", "--data", "kept"]).code(), 0);
    insta::assert_snapshot!("no_such_user", place.run(&["token", "new", "alice", "--data", "kept"]).whole());
    assert_eq!(place.run(&["user", "add", "alice", "--role", "admin", "--data", "kept"]).code(), 0);
    let made = place.run(&["token", "new", "alice", "--data", "kept", "--scope", "read", "--days", "1"]);
    let token = made.stdout();
    assert_eq!((made.code(), made.stderr().as_str()), (0, ""));
    assert!(token.starts_with("airlock_") && token.ends_with('\n') && token.trim().len() == 8 + 32 + 1 + 64, "{token}");
    let revoked = place.run(&["token", "revoke", token.trim(), "--data", "kept"]);
    assert_eq!(revoked.code(), 0, "{}", revoked.stderr());
    assert!(!revoked.stdout().contains(token.trim()), "the secret is not repeated");
    let unknown = "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f";
    assert_eq!(place.run(&["token", "revoke", unknown, "--data", "kept"]).code(), 1);
}

#[test]
fn a_folder_that_holds_no_registry_stays_without_one() {
    let place = Place::new();
    insta::assert_snapshot!("no_registry", place.run(&["token", "new", "alice", "--data", "kpet"]).whole());
    let unknown = "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f";
    for command in [["token", "revoke", unknown, "--data", "kpet"].as_slice(), &["user", "list", "--data", "kpet"]] {
        assert_eq!(place.run(command).code(), 1, "{command:?}");
    }
    assert!(!place.path().join("kpet").exists(), "nothing is made");
    // A folder of something else is left as it is.
    std::fs::create_dir(place.path().join("other")).expect("a folder");
    assert_eq!(place.run(&["token", "new", "alice", "--data", "other"]).code(), 1);
    assert_eq!(std::fs::read_dir(place.path().join("other")).expect("a folder").count(), 0);
}

#[test]
fn migrating_twice_is_migrating_once() {
    let place = Place::new();
    for _ in 0..2 {
        assert_eq!(place.run(&["migrate", "--data", "kept"]).stdout(), "the schema is up to date\n");
    }
}

#[cfg(unix)]
#[test]
fn the_data_folder_is_only_its_owners() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    assert_eq!(place.run(&["migrate", "--data", "kept"]).code(), 0);
    let mode = std::fs::metadata(place.path().join("kept")).expect("made").permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
}
