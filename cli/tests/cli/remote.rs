//! Commands that talk to a registry, without one.

use crate::{Place, plugin};

const ID: &str = "0197c9d2-7e1a-7c3e-9f00-3a5b8c2d1e4f";

/// A port on which nothing listens: it was free, and is let go.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    format!("http://{}", listener.local_addr().expect("an address"))
}

#[test]
fn a_registry_that_does_not_answer_is_not_the_plugins_fault() {
    let place = Place::new();
    let registry = nowhere();
    let scrubbed = |args: &[&str]| {
        place.run_with(args, &[("AIRLOCK_REGISTRY", &registry)]).whole().replace(&registry, "[registry]")
    };
    insta::assert_snapshot!("status_unreachable", scrubbed(&["status", ID]));
    insta::assert_snapshot!("publish_unreachable", scrubbed(&["publish", &plugin("no-tests"), "--wait"]));
}

#[test]
fn an_address_that_is_none_is_a_mistake() {
    insta::assert_snapshot!(Place::new().run(&["status", ID, "--registry", "plugins.example.org"]).whole());
}

#[test]
fn what_has_no_name_is_not_uploaded() {
    let run = Place::new().run(&["publish", &plugin("manifest-is-a-list"), "--registry", &nowhere()]);
    assert_eq!(run.code(), 1, "{}", run.stderr());
    assert!(run.stderr().contains("nothing was uploaded"), "{}", run.stderr());
}

#[test]
fn a_missing_interpreter_is_told_with_the_way_to_get_it() {
    insta::assert_snapshot!(Place::new().run(&["runtime", "status"]).whole());
}
