//! Every list of names in the rules and in the model is found in the source, and each is either proven here, entry by
//! entry, or says who proves it. A new list that nobody speaks for fails this test.

mod of_code;
mod of_malware;
mod of_model;
mod of_rules;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::{dead, written};
use crate::python::model::object::Reached;
use crate::python::{model, parse, source::Source};
use crate::rules::rule::Hook;

/// How the entries of a list are proven.
enum How {
    /// A call that is written so is known by that very path, or lies below it.
    Path,
    /// The code, in which `CALL` stands for the path and `WORD` for the entry, is found by the rule.
    Found(&'static str, &'static str),
    /// The reason why not here.
    Not(&'static str),
}

const LISTED: &str = "each entry is called by the test beside this one";
const MARKS: &str = "each mark is looked for in a text of its own by the tests of `marks`";
const QUIET: &str = "what stands here keeps a rule quiet or narrows it; its benign twins prove it";
const DOORS: &str = "what stands here lets more be found; `tests/flow_keys` and the bad cases of flows prove it";
const PUTS: &str = "each is put behind each client in `puts`; `bad_assigned.py` of the rules about flows proves them";
const MEANING: &str = "part of how names are resolved; the disguises of `fixtures/evasion` prove it";

/// The lists, by file and name.
fn told() -> impl Iterator<Item = &'static (&'static str, &'static str, How)> {
    [of_code::LISTS, of_malware::LISTS, of_model::LISTS, of_rules::LISTS].into_iter().flatten()
}

/// The entries of each list in the source, by file and name; lists of pairs and of tables are no lists of names.
fn lists() -> BTreeMap<(String, String), Vec<String>> {
    static LIST: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"(?s)const ([A-Z_]+): &\[&str\] =\s*&\[(.*?)\];").expect("a pattern"));
    static ENTRY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r#"(?m)//.*$|"((?:[^"\\]|\\.)*)""#).expect("a pattern"));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    let mut pending = vec![root.join("rules"), root.join("python")];
    while let Some(path) = pending.pop() {
        if path.is_dir() {
            pending.extend(std::fs::read_dir(&path).expect("a folder").map(|entry| entry.expect("an entry").path()));
            continue;
        }
        let file = path.strip_prefix(&root).expect("below it").to_string_lossy().replace('\\', "/");
        if file.contains("/listed") {
            continue;
        }
        let text = std::fs::read_to_string(PathBuf::from(&path)).expect("a text");
        for list in LIST.captures_iter(&text) {
            let entries =
                ENTRY.captures_iter(&list[2]).filter_map(|entry| Some(entry.get(1)?.as_str().replace("\\\\", "\\")));
            found.insert((file.clone(), list[1].to_owned()), entries.collect());
        }
    }
    found
}

/// Whether a call or a value that is written as a path is known by it.
fn is_reached(path: &str) -> bool {
    let shown = if path.ends_with('.') { format!("{path}anything") } else { path.to_owned() };
    let (module, call) = written(&shown);
    let text = if call.contains("globals()") {
        format!("y = {call}\n{call}(x)\n")
    } else if module == "builtins" {
        format!("y = {0}\n{0}(x)\n", call.trim_start_matches("builtins."))
    } else {
        format!("import {module}\ny = {call}\n{call}(x)\n")
    };
    let source = Source::new("listed.py", &text);
    let Ok(module) = parse::module(&text) else { panic!("{text} does not parse") };
    let model = model::of(&source, &module, true);
    let is_it = |known: &str| match path.strip_suffix(".*").or_else(|| path.strip_suffix('.')) {
        Some(above) => known.strip_prefix(above).is_some_and(|rest| rest.starts_with('.')),
        None => known == path,
    };
    let called = (0..model.calls.len()).flat_map(|index| model.targets_of(index));
    let kept = model.scopes[0].names.get("y").into_iter().flatten().flat_map(|id| model.bound_paths(*id));
    called.filter_map(Reached::path).any(is_it) || kept.into_iter().any(|path| is_it(&path))
}

#[test]
fn each_list_is_spoken_for() {
    let lists = lists();
    assert!(lists.len() > 100, "{} lists", lists.len());
    let known: Vec<(&str, &str)> = told().map(|(file, name, _)| (*file, *name)).collect();
    let unknown: Vec<_> = lists.keys().filter(|(file, name)| !known.contains(&(file, name))).collect();
    assert!(unknown.is_empty(), "nobody speaks for {unknown:#?}");
    let gone: Vec<_> =
        known.iter().filter(|(file, name)| !lists.contains_key(&((*file).to_owned(), (*name).to_owned()))).collect();
    assert!(gone.is_empty(), "no longer there: {gone:#?}");
}

#[test]
fn no_entry_of_a_list_is_dead() {
    let lists = lists();
    let mut all = String::new();
    for (file, name, how) in told() {
        let entries = &lists[&((*file).to_owned(), (*name).to_owned())];
        assert!(!entries.is_empty(), "{file} {name} was not read");
        let wrong = match how {
            How::Not(reason) => {
                assert!(reason.len() > 20, "{file} {name}");
                continue;
            }
            How::Path => {
                let wrong = entries.iter().filter(|entry| !is_reached(entry));
                wrong.map(|entry| format!("{entry}: no call leads there\n")).collect()
            }
            How::Found(text, rule) if text.contains("CALL") => {
                dead(entries.iter().map(String::as_str), text, &[rule], false)
            }
            How::Found(text, rule) => words(entries, text, rule),
        };
        if !wrong.is_empty() {
            all.push_str(&format!("== {file} {name}\n{wrong}"));
        }
    }
    assert!(all.is_empty(), "\n{all}");
}

/// Words of which the code that holds them is not found.
fn words(entries: &[String], text: &str, rule: &str) -> String {
    let told =
        |word: &str| super::found(&text.replace("WORD", word)).iter().any(|finding| finding.rule.starts_with(rule));
    entries.iter().filter(|word| !told(word)).map(|word| format!("{word}\n")).collect()
}

#[test]
fn each_way_to_give_a_program_its_input_is_seen() {
    let inputs = &lists()[&("rules/sinks/lists.rs".to_owned(), "INPUTS".to_owned())];
    let fetch = "import os\nimport subprocess\nimport requests\n\ncode = requests.get('https://x.test/').text\n";
    for input in inputs {
        let call = input.replace("Popen()", "Popen(['sh'], stdin=-1)").replace("popen()", "popen('sh', 'w')");
        let found = super::found(&format!("{fetch}{call}(code)\n"));
        assert!(found.iter().any(|finding| finding.rule.starts_with("AL-FLOW-download-")), "{input}: {found:#?}");
        // What only counts lines does nothing with them.
        let count = call.replace("'sh'", "'wc'");
        let found = super::found(&format!("{fetch}{count}(code)\n"));
        assert!(found.iter().all(|finding| !finding.rule.starts_with("AL-FLOW-")), "{count}: {found:#?}");
    }
}

#[test]
fn each_module_that_imports_from_elsewhere_is_told() {
    let modules = &lists()[&("rules/malware/remote_module.rs".to_owned(), "MODULES".to_owned())];
    for module in modules {
        let found = super::found(&format!("import {}\n", module.replace(".*", ".anything")));
        assert!(found.iter().any(|finding| finding.rule == "AL-MALWARE-remote-module"), "{module}: {found:#?}");
    }
}

/// What the rules are asked about is reached at all, whichever file lists it.
#[test]
fn no_path_that_a_rule_asks_for_is_dead() {
    let mut all = String::new();
    for rule in crate::rules::python() {
        for hook in rule.hooks {
            let (Hook::Reach(paths, _) | Hook::Read(paths, _)) = hook else { continue };
            let wrong = paths.iter().filter(|path| !is_reached(path));
            wrong.for_each(|path| all.push_str(&format!("{}: {path}\n", rule.meta.id)));
        }
    }
    assert!(all.is_empty(), "\n{all}");
}
