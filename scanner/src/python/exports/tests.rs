//! What the table tells of small trees.

use compact_str::CompactString;
use proptest::prelude::*;

use super::tree::uncalled;
use super::{Answers, Asked, Differ, Exports, FileExports, Neighbours};
use crate::rules::dispatch;

fn file(names: &[(&str, &str)], stars: &[&str]) -> FileExports {
    let own = names.iter().map(|(name, _)| CompactString::from(*name)).collect();
    let names = names.iter().map(|(name, path)| ((*name).into(), (*path).into())).collect();
    let stars = stars.iter().map(|star| (*star).into()).collect();
    FileExports { names, own, stars, ..FileExports::default() }
}

#[test]
fn names_lead_through_modules_and_out_of_the_tree() {
    let files = [
        ("p.a", file(&[("numbers", "os"), ("get()", "os.system"), ("own", "p.a.own")], &[])),
        ("p.b", file(&[("again", "p.a.numbers"), ("round", "p.b.trip"), ("trip", "p.b.round")], &["subprocess"])),
        ("p", file(&[], &["p.b"])),
    ];
    let mut files = files.map(|(module, file)| (module.to_owned(), file));
    let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)), &[]);
    for (path, expected) in [
        ("p.a.numbers.system", "os.system"),
        ("p.a.get()", "os.system"),
        ("p.b.again.popen", "os.popen"),
        ("p.again.popen", "os.popen"),
        ("p.b.run", "subprocess.run"),
        ("p.a.own", "p.a.own"),
        ("p.b.round", "p.b.round"),
        ("json.loads", "json.loads"),
    ] {
        assert_eq!(exports.follow(path).as_deref().unwrap_or(path), expected, "{path}");
    }
    let taking = |path: &str| FileExports { imports: vec![path.into()], ..FileExports::default() };
    let concern = |path: &str| Answers::of(&exports).concern(&taking(path));
    assert!(concern("p.a") && concern("p.b.*"));
    assert!(!concern("p.a.own") && !concern("json"));
}

#[test]
fn what_is_asked_for_is_not_hidden_by_what_goes_by_its_name() {
    let files = [
        ("os", file(&[("system", "json.loads"), ("fspath", "pickle.loads"), ("remove", "subprocess.run")], &[])),
        ("requests", file(&[("get", "json.loads"), ("post", "os.system"), ("put", "requests.api.put")], &[])),
        ("requests.api", file(&[("put", "requests.api.put")], &[])),
        ("p", file(&[("run", "os.system"), ("load", "json.loads"), ("read", "pickle.loads")], &[])),
    ];
    let mut files = files.map(|(module, file)| (module.to_owned(), file));
    let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)), &[]);
    for (path, leads) in [
        ("os.system", None),
        ("os.remove", None),
        ("os.fspath", Some("pickle.loads")),
        ("requests.get", None),
        ("requests.post", None),
        ("requests.put", None),
        ("p.run", Some("os.system")),
        ("p.load", None),
        ("p.read", Some("pickle.loads")),
    ] {
        assert_eq!(exports.follow(path).as_deref(), leads, "{path}");
    }
    // Where both are asked for, it may be either.
    assert_eq!(exports.others("os.remove").ends, ["subprocess.run"]);
    assert_eq!(exports.others("requests.post").ends, ["os.system"]);
    assert!(exports.others("os.system").ends.is_empty() && exports.others("p.run").ends.is_empty());
}

#[test]
fn a_path_is_known_without_its_calls() {
    for (path, without) in
        [("p.f", None), ("p.C().f()", Some("p.C.f")), ("p.f(x).g()", Some("p.f(x).g")), ("p.f(", None)]
    {
        assert_eq!(uncalled(path).as_deref(), without, "{path}");
    }
}

#[test]
fn a_name_comes_from_the_star_that_brings_it() {
    let files = [
        ("p", file(&[], &["p.a", "p.b"])),
        ("p.a", file(&[("own", "p.a.own")], &[])),
        ("p.b", file(&[("run", "os.system"), ("decoy", "os")], &["p.c", "p.b"])),
        ("p.c", file(&[("far", "subprocess")], &[])),
        ("p.decoy", file(&[("f", "p.decoy.f")], &[])),
        ("p.module", file(&[("f", "p.module.f")], &[])),
        ("q", file(&[], &["os"])),
        ("q.system", file(&[], &[])),
    ];
    let mut files = files.map(|(module, file)| (module.to_owned(), file));
    let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)), &[]);
    for (path, leads) in [
        ("p.run", Some("os.system")),
        ("p.far.run", Some("subprocess.run")),
        ("p.own.run", None),
        // It is what the star brought until somebody imports the module.
        ("p.decoy.system", Some("os.system")),
        ("p.decoy.f", None),
        ("p.module.system", None),
        ("q.system", Some("os.system")),
    ] {
        assert_eq!(exports.follow(path).as_deref(), leads, "{path}");
    }
    assert_eq!(exports.steps("p.module.x").count(), 1, "a module is no name of a star");
}

#[test]
fn a_file_is_looked_at_again_that_took_a_path_for_what_it_is_not() {
    let files = [("p", file(&[], &["p.a"])), ("p.a", file(&[("f", "p.a.f")], &[]))];
    let mut files = files.map(|(module, file)| (module.to_owned(), file));
    let unread = Exports::unread(files.iter().map(|(module, _)| module.clone()), &[]);
    let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)), &[]);
    for (path, is_own) in [
        ("p.a.f", true),
        ("p.a.f.g", true),
        ("p.f", true),
        ("p.a.g", false),
        ("p.g", false),
        ("p.a.f()", false),
        ("p.a.f.g().h", true),
        ("p.a.g.h()", false),
    ] {
        let neighbours = Neighbours::new(&unread, "a.py");
        let likely = neighbours.is_own(path);
        assert_eq!(exports.is_own(path), is_own, "{path}");
        assert_eq!(
            Answers::of(&exports).differ(&neighbours.into_asked()) == Differ::Wholly,
            is_own != likely,
            "{path}"
        );
    }
    let before = |path: &str| Neighbours::new(&unread, "a.py").is_own(path);
    assert!(before("p.g") && !before("p.a.f()") && !before("q.f"));
}

#[test]
fn only_what_something_asks_for_is_worth_a_second_look() {
    let of = |names: &[(&str, &str)]| Exports::of(std::iter::once(("p".to_owned(), &mut file(names, &[]))), &[]);
    let again = |exports: &Exports, path: &str| {
        let mut asked = Asked::default();
        asked.paths.insert(path);
        Answers::of(exports).differ(&asked) == Differ::Wholly
    };
    let exports = of(&[("run", "os.system"), ("join", "os.path.join"), ("environ", "os.environ")]);
    assert!(again(&exports, "p.run") && again(&exports, "p.environ"));
    assert_eq!(exports.follow("p.join"), None);
    assert!(!again(&exports, "p.join") && !again(&exports, "p.other"));
}

/// A module's file: names with what they lead to, and star imports, by numbers.
type Drawn = (Vec<(usize, usize, usize)>, Vec<usize>);

const MODULES: [&str; 6] = ["p", "p.a", "p.b", "p.c", "p.b.d", "q"];
const NAMES: [&str; 6] = ["a", "f", "g", "g()", "C", "C()"];
const OUTSIDE: [&str; 6] = ["os", "os.system", "json.loads", "subprocess", "requests.get()", "nowhere.x"];

/// A path by a module's number and a name's: into the tree, or out of it.
fn drawn(module: usize, name: usize) -> String {
    match MODULES.get(module) {
        Some(module) => format!("{module}.{}", NAMES[name]),
        None => OUTSIDE[name].to_owned(),
    }
}

proptest! {
    #[test]
    fn what_leads_to_anything_is_marked(
        files in prop::collection::vec(
            (
                prop::collection::vec((0..NAMES.len(), 0..=MODULES.len(), 0..NAMES.len()), 0..5),
                prop::collection::vec(0..=MODULES.len(), 0..2),
            ),
            MODULES.len(),
        )
    ) {
        let of = |(names, stars): &Drawn| {
            let targets: Vec<String> = names.iter().map(|(_, module, name)| drawn(*module, *name)).collect();
            let names: Vec<(&str, &str)> =
                names.iter().zip(&targets).map(|((name, ..), target)| (NAMES[*name], target.as_str())).collect();
            let stars: Vec<&str> = stars.iter().map(|star| *MODULES.get(*star).unwrap_or(&"os")).collect();
            file(&names, &stars)
        };
        let mut files: Vec<(String, FileExports)> =
            MODULES.iter().zip(&files).map(|(module, file)| ((*module).to_owned(), of(file))).collect();
        let exports = Exports::of(files.iter_mut().map(|(module, file)| (module.clone(), file)), &[]);
        for module in MODULES {
            for name in NAMES.iter().chain(&["system", "d", "unknown"]) {
                for path in [format!("{module}.{name}"), format!("{module}.{name}.system"), format!("{module}.{name}.f()")] {
                    let asked = |end: &CompactString| **end != *path && dispatch::is_asked(end);
                    let leads = exports.ways(&path).ends().any(asked);
                    prop_assert!(!leads || exports.marks(&path).leads, "{path}");
                }
            }
        }
    }
}
