//! The real binary, from the outside: whole outputs with exit codes, paths scrubbed.

mod accounts;
mod advisories;
mod config;
mod gate;
mod remote;
mod rules;
mod sandbox;
mod scan;

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder of the test's own, and the binary to be run in it.
struct Place {
    folder: tempfile::TempDir,
}

/// What a run of the binary gave.
struct Run {
    output: Output,
    folder: PathBuf,
}

impl Place {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a folder") }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    /// Makes folders in this one so deep that the innermost cannot be opened, not even by root,
    /// and gives the name that they all have.
    fn folder_too_deep_to_open(&self, folder: &str) -> String {
        let name = "d".repeat(200);
        let deep = std::iter::repeat_n(&name, 19).fold(self.path().join(folder), |deep, name| deep.join(name));
        std::fs::create_dir_all(&deep).expect("made");
        let script = format!("cd {} && mkdir -p {name}/{name}", deep.display());
        assert!(Command::new("sh").arg("-c").arg(script).status().expect("a shell").success());
        name
    }

    fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, &[])
    }

    /// Runs `check` with the interpreter that tests share, since a place of its own has none.
    fn check(&self, args: &[&str]) -> Run {
        let cache = format!("sandbox.runtime_dir={}", runtime_dir());
        self.run(&[&["check"], args, &["--set", &cache]].concat())
    }

    /// Runs the binary with nothing of this test's own environment.
    fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Run {
        let output = Command::new(env!("CARGO_BIN_EXE_airlock"))
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .envs(environment.iter().copied())
            .stdin(Stdio::null())
            .output()
            .expect("the binary runs");
        Run { output, folder: self.path().to_owned() }
    }
}

impl Run {
    fn code(&self) -> i32 {
        self.output.status.code().expect("it ended by itself")
    }

    fn stdout(&self) -> String {
        String::from_utf8(self.output.stdout.clone()).expect("text")
    }

    fn stderr(&self) -> String {
        String::from_utf8(self.output.stderr.clone()).expect("text")
    }

    fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout())
            .unwrap_or_else(|error| panic!("{error}: {}{}", self.stdout(), self.stderr()))
    }

    /// Everything, as a snapshot keeps it.
    fn whole(&self) -> String {
        let text = format!("exit {}\n--- stdout\n{}--- stderr\n{}", self.code(), self.stdout(), self.stderr());
        let folder = self.folder.to_str().expect("text");
        let text = text.replace(folder, "[folder]").replace(env!("CARGO_PKG_VERSION"), "[version]");
        let measured =
            |line: &str| match line.trim_start().strip_prefix("engine ").and_then(|rest| rest.split_once(':')) {
                Some((engine, _)) => format!("  engine {engine}: [measured]\n"),
                None => format!("{line}\n"),
            };
        text.lines().map(measured).collect()
    }
}

/// The interpreter that the sandbox's own tests install, outside the checkout.
#[expect(clippy::disallowed_methods, reason = "tests have no configuration to ask for the cache folder")]
fn runtime_dir() -> String {
    let var = |name: &str| std::env::var(name).ok();
    let base = var("XDG_CACHE_HOME").or_else(|| var("HOME").map(|home| format!("{home}/.cache")));
    format!("{}/{}", base.expect("a home folder"), airlock_sandbox::runtime::OF_TESTS)
}

/// A sample package of the end-to-end tests.
fn plugin(name: &str) -> String {
    format!("{}/../tests/plugins/{name}/plugin", env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn help_names_every_command() {
    insta::assert_snapshot!(Place::new().run(&["--help"]).whole());
}

#[test]
fn a_mistake_on_the_command_line_exits_with_64() {
    let place = Place::new();
    insta::assert_snapshot!(place.run(&["scna", "."]).whole());
    assert_eq!(place.run(&[]).code(), 64);
    assert_eq!(place.run(&["check"]).code(), 64);
    assert_eq!(place.run(&["--version"]).code(), 0);
}

#[test]
fn a_path_that_is_not_there_is_a_mistake_too() {
    let place = Place::new();
    insta::assert_snapshot!(place.run(&["check", "nowhere"]).whole());
    assert_eq!(place.run(&["scan", "nowhere"]).code(), 64);
    assert_eq!(place.run(&["pack", "nowhere"]).code(), 64);
}

#[test]
fn the_confined_child_knows_no_other_kind() {
    assert_ne!(Place::new().run(&["__jail", "nothing"]).code(), 0);
}
