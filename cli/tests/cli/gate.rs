//! `check` and `pack`.

use crate::{Place, plugin};

#[test]
fn a_sound_plugin_is_approved() {
    insta::assert_snapshot!(Place::new().check(&[&plugin("no-tests")]).whole());
}

#[test]
fn a_dangerous_plugin_is_rejected() {
    insta::assert_snapshot!(Place::new().check(&[&plugin("hides-its-payload")]).whole());
}

#[test]
fn a_plugin_that_a_person_must_see_is_held() {
    assert_eq!(Place::new().check(&[&plugin("shells-out")]).code(), 2);
}

#[test]
fn an_archive_is_judged_as_its_folder_is() {
    let place = Place::new();
    assert_eq!(place.run(&["pack", &plugin("no-tests"), "-o", "sound.tar.gz"]).code(), 0);
    let (folder, archive) =
        (place.check(&[&plugin("no-tests"), "--format", "json"]), place.check(&["sound.tar.gz", "--format", "json"]));
    assert_eq!((folder.code(), archive.code()), (0, 0), "{}{}", folder.stderr(), archive.stderr());
    assert_eq!(folder.json()["canonical"], archive.json()["canonical"]);
    assert_eq!(folder.json()["findings"], archive.json()["findings"]);
}

#[test]
fn a_folder_is_told_without_its_secrets() {
    let place = Place::new();
    // Put together here, so that no file of this project holds what looks like a key.
    let token = format!("{}_{}", "ghp", "q7Zr2LxV9tKb4Nf8Wd1Yc6Mh3Ps5Gj0AuEiT");
    let manifest = format!(
        "name: leaky\nversion: 1.0.0\ntype: tool\ntitle: Leaky\ndescription: Has keys in it.\nauthor: {{name: Ada}}\n\
         entry_point: {token}:Tool\ncategory: {token}\n"
    );
    place.write("leaky/plugin.yaml", &manifest);
    place.write(&format!("leaky/data/{token}?.txt"), "x\n");
    for args in [
        &["check", "leaky"][..],
        &["check", "leaky", "--format", "json"],
        &["check", "leaky", "--format", "sarif"],
        &["pack", "leaky"],
    ] {
        let run = place.run(args);
        let told = format!("{}{}", run.stdout(), run.stderr());
        assert_eq!(run.code(), 1, "{told}");
        assert!(told.contains("[redacted]") && !told.contains(&token[8..]), "{told}");
    }
}

#[test]
fn what_is_no_archive_is_rejected_and_not_a_failure() {
    let place = Place::new();
    place.write("page.html", "<html>not an archive</html>");
    let run = place.check(&["page.html", "--format", "json"]);
    assert_eq!(run.code(), 1, "{}", run.stderr());
    assert_eq!(run.json()["verdict"], "reject");
}

#[test]
fn packing_gives_the_same_bytes_each_time() {
    let place = Place::new();
    insta::assert_snapshot!(place.run(&["pack", &plugin("no-tests")]).whole());
    assert_eq!(place.run(&["pack", &plugin("no-tests"), "--output", "again.tar.gz"]).code(), 0);
    let read = |name: &str| std::fs::read(place.path().join(name)).expect("written");
    assert_eq!(read("no-tests-1.0.0.tar.gz"), read("again.tar.gz"));
}

#[test]
fn what_the_registry_would_refuse_is_not_packed() {
    let place = Place::new();
    let run = place.run(&["pack", &plugin("broken-manifest"), "-o", "broken.tar.gz"]);
    assert_eq!(run.code(), 1);
    assert!(run.stderr().contains("AL-MANIFEST-"), "{}", run.stderr());
    assert!(!place.path().join("broken.tar.gz").exists());
}

#[test]
fn what_is_neither_folder_nor_file_is_not_waited_for() {
    let place = Place::new();
    let made = std::process::Command::new("mkfifo").arg(place.path().join("pipe.zip")).status().expect("mkfifo runs");
    assert!(made.success());
    for path in ["pipe.zip", "/dev/zero"] {
        let run = place.check(&[path]);
        assert_eq!(run.code(), 64, "{path}: {}", run.stderr());
        assert!(run.stderr().contains("neither a folder nor a file"), "{}", run.stderr());
    }
}

#[test]
fn what_cannot_be_read_in_a_folder_is_named() {
    let place = Place::new();
    let deep = place.folder_too_deep_to_open("plugin");
    let run = place.check(&["plugin"]);
    assert_eq!(run.code(), 3, "{}{}", run.stdout(), run.stderr());
    assert!(run.stderr().contains(&deep), "{}", run.stderr());
    assert!(run.stderr().contains("let yourself read"), "{}", run.stderr());
}

#[test]
fn a_file_without_a_folder_to_stand_in_is_refused_before_anything_is_examined() {
    let run = Place::new().check(&[&plugin("no-tests"), "--sbom", "nowhere/sbom.json"]);
    assert_eq!(run.code(), 64, "{}{}", run.stdout(), run.stderr());
    assert!(run.stdout().is_empty() && run.stderr().contains("there is no folder nowhere"), "{}", run.stderr());
}

/// The variable by which pip is found.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask for the path")]
fn path() -> String {
    std::env::var("PATH").expect("a path")
}

#[test]
fn a_package_that_cannot_be_had_is_named_with_its_remedy() {
    let place = Place::new();
    for entry in ["LICENSE", "README.md", "needs_a_package.py", "plugin.yaml"] {
        let text = std::fs::read_to_string(format!("{}/{entry}", plugin("needs-a-package"))).expect("a sample");
        place.write(&format!("needy/{entry}"), &text);
    }
    place.write("needy/tests/test_it.py", "def test_a():\n    assert 1 + 1 == 2\n");
    place.write("needy/requirements.txt", "absent-package>=1,<2\n");
    place.write("wheels/none", "");
    let cache = format!("sandbox.runtime_dir={}", crate::runtime_dir());
    let fixed = ["--format", "json", "--set", "sandbox.packages.wheelhouse=wheels", "--set", &cache];
    let cause = |allow: &str| {
        let words = ["check", "needy", "--set", allow];
        let run = place.run_with(&[&words[..], &fixed].concat(), &[("PATH", &path())]);
        assert_eq!(run.code(), 0, "by default it is no bar: {}", run.stderr());
        let tests = run.json()["tests"].clone();
        (tests["outcome"].clone(), tests["detail"]["package"].clone(), tests["detail"]["because"].clone())
    };
    let named = |because: &str| ("inconclusive".into(), "absent-package".into(), because.into());
    assert_eq!(cause("sandbox.packages.allow=attrs"), named("not_allowed"));
    assert_eq!(cause("sandbox.packages.allow=absent_package"), named("not_found"));
    assert_eq!(cause("sandbox.packages.allow="), ("passed".into(), serde_json::Value::Null, serde_json::Value::Null));
    let words = ["check", "needy", "--set", "sandbox.packages.allow=attrs", "--set", &cache];
    let text = place.run_with(&words, &[("PATH", &path())]).stdout();
    assert!(text.contains("'absent-package'") && text.contains("sandbox.packages.allow"), "{text}");
}
