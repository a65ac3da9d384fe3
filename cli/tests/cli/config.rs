//! Configuration: what is in force, and what is refused.

use crate::Place;

#[test]
fn what_is_in_force_says_where_it_comes_from_and_hides_secrets() {
    let place = Place::new();
    place.write("airlock.toml", "listen = \"0.0.0.0:80\"\n[storage.s3]\nsecret_access_key = \"hush\"\n");
    let environment = [
        ("AIRLOCK_CONFIG", "airlock.toml"),
        ("AIRLOCK_DATABASE__URL", "postgres://airlock:hush@db/airlock"),
        ("AIRLOCK_WORKER__STAGES", "inspect,promote"),
    ];
    let run = place.run_with(&["config", "--set", "limits.run.wall_ms=5000", "--data", "/srv/airlock"], &environment);
    assert!(!run.stdout().contains("hush"));
    insta::assert_snapshot!(run.whole());
}

#[test]
fn the_default_file_is_a_file_that_is_taken() {
    let place = Place::new();
    place.write("airlock.toml", &place.run(&["config", "--default"]).stdout());
    let run = place.run(&["config", "--config", "airlock.toml"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
}

#[test]
fn the_built_in_policy_is_a_policy_that_is_taken() {
    let place = Place::new();
    place.write("policy.toml", &place.run(&["config", "--policy"]).stdout());
    let run = place.run(&["config", "--set", "policy.file=policy.toml", "--policy"]);
    assert_eq!(run.code(), 0, "{}", run.stderr());
}

#[test]
fn an_unknown_key_names_its_place_and_the_nearest() {
    let place = Place::new();
    place.write("airlock.toml", "[limits.run]\nwall_ms = 5000\nwal_ms = 5000\n");
    insta::assert_snapshot!("unknown_key_in_a_file", place.run(&["config", "--config", "airlock.toml"]).whole());
    let run = place.run_with(&["config"], &[("AIRLOCK_DATABSE__URL", "sqlite:x")]);
    insta::assert_snapshot!("unknown_key_in_the_environment", run.whole());
}

#[test]
fn a_file_that_is_not_toml_is_refused() {
    let place = Place::new();
    place.write("airlock.toml", "listen = \n");
    insta::assert_snapshot!(place.run(&["config", "--config", "airlock.toml"]).whole());
}
