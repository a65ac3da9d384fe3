//! All Python files of a tree, in parallel: each on its own, and those that take
//! something dangerous from another file once more with what that file hands out.

use airlock_model::finding::{Finding, Span};
use airlock_model::inspection::CapabilityUse;
use airlock_model::limits::ScanLimits;
use airlock_model::manifest::Permissions;
use airlock_model::run::TestPlan;
use airlock_model::{Severity, Tree, escape};
use rayon::ThreadPool;
use rayon::prelude::*;

use super::exports::deeds::{Deed, FileDeeds};
use super::exports::{Answers, Asked, Exports, FileExports, Neighbours};
use super::layout;
use super::model::scope::ScopeId;
use super::model::{self, Model};
use super::parse::{self, ParseFault};
use super::payload;
use super::plan::{self, FilePlan};
use super::pool;
use super::source::Source;
use crate::rules::agent::promised;
use crate::rules::check::Found;
use crate::rules::code::{encoding, scanner_fault, too_complex, unparseable};
use crate::rules::dispatch;
use crate::rules::malware::typosquatted_import;
use crate::rules::marks;

/// How many files a thread takes at a time. Left to themselves, threads would take a share of the whole, and the one
/// whose files are small would wait for the others in the end.
const TOGETHER: usize = 8;

/// What to hold the code against, and how to look.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The manifest's `permissions` block, where it has one.
    pub permissions: Option<Permissions>,
    /// Sizes.
    pub limits: ScanLimits,
    /// Rule ids, or their beginnings, to report; all when empty.
    pub select: Vec<String>,
    /// Rule ids, or their beginnings, not to report.
    pub ignore: Vec<String>,
    /// Threads; 0 for as many as there are processors.
    pub jobs: usize,
}

impl Settings {
    /// Whether findings of a rule are reported.
    #[must_use]
    pub fn reports(&self, rule: &str) -> bool {
        let named = |list: &[String]| list.iter().any(|prefix| rule.starts_with(prefix.as_str()));
        (self.select.is_empty() || named(&self.select)) && !named(&self.ignore)
    }
}

/// What the Python room found out about a tree.
#[derive(Debug, Clone, Default)]
pub struct Scan {
    /// The findings, by place; [`airlock_model::fingerprint::settle`] ranks and caps them.
    pub findings: Vec<Finding>,
    /// Every use of a capability, by place.
    pub capabilities: Vec<CapabilityUse>,
    /// What the test stage needs to know; its `plugin` is left empty.
    pub plan: TestPlan,
    /// How many Python files were looked at.
    pub python_files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// What one file gave.
#[derive(Debug, Default)]
struct FileScan {
    findings: Vec<Finding>,
    capabilities: Vec<CapabilityUse>,
    plan: FilePlan,
    exports: FileExports,
    asked: Asked,
    deeds: Vec<(ScopeId, Deed)>,
}

/// Scans every Python file of a tree.
#[must_use]
pub fn scan(tree: &Tree, settings: &Settings) -> Scan {
    let files = python_files(tree);
    let scans = match pool::threads(settings.jobs) {
        Ok(threads) => threads.install(|| scan_all(&files, settings)),
        Err(error) => files.iter().map(|(path, _)| faulted(path, &error.to_string())).collect(),
    };
    together(tree, &files, scans, settings)
}

/// [`scan`] by threads that are there already; see [`threads`](pool::threads).
#[must_use]
pub fn scan_by(threads: &ThreadPool, tree: &Tree, settings: &Settings) -> Scan {
    let files = python_files(tree);
    let scans = threads.install(|| scan_all(&files, settings));
    together(tree, &files, scans, settings)
}

fn python_files(tree: &Tree) -> Vec<(&str, &[u8])> {
    let python = tree.iter().filter(|(path, bytes)| layout::is_python(path, bytes));
    python.map(|(path, bytes)| (path.as_str(), bytes)).collect()
}

/// What the files gave, as one answer.
fn together(tree: &Tree, files: &[(&str, &[u8])], scans: Vec<FileScan>, settings: &Settings) -> Scan {
    let mut scan = Scan {
        python_files: files.len() as u64,
        bytes: files.iter().map(|(_, bytes)| bytes.len() as u64).sum(),
        ..Scan::default()
    };
    let mut plans = Vec::with_capacity(scans.len());
    for file in scans {
        scan.findings.extend(file.findings.into_iter().filter(|finding| settings.reports(&finding.rule)));
        scan.capabilities.extend(file.capabilities);
        plans.push(file.plan);
    }
    let own = layout::own_modules(tree);
    scan.findings.retain(|finding| !own.iter().any(|module| typosquatted_import::is_about(finding, module)));
    scan.plan = plan::of(tree, plans);
    scan
}

/// Scans one text as if it were a Python file of this path, apart from any tree.
#[must_use]
pub fn scan_text(path: &str, text: &str, settings: &Settings) -> Vec<Finding> {
    let found = pool::on_big_stack(|| scan_file(path, text.as_bytes(), &Exports::default(), false, settings));
    let mut findings = found.unwrap_or_else(|fault| faulted(path, &fault.0)).findings;
    findings.retain(|finding| settings.reports(&finding.rule));
    findings
}

/// Each file on its own first, and then those again that import what leads out of another file.
fn scan_all(files: &[(&str, &[u8])], settings: &Settings) -> Vec<FileScan> {
    let one = |(path, bytes): &(&str, &[u8]), exports: &Exports, again: bool| {
        let scan = || scan_file(path, bytes, exports, !again, settings);
        pool::guarded(scan).unwrap_or_else(|fault| faulted(path, &fault.0))
    };
    let nested = layout::nested(files.iter().map(|(path, _)| *path));
    let alone = Exports::unread(files.iter().map(|(path, _)| layout::module_of(path)), &nested);
    let bytes = files.iter().map(|(_, bytes)| bytes.len() as u64).sum();
    // One thread makes what all need while the others begin.
    let first_look = || files.par_iter().with_max_len(TOGETHER).map(|file| one(file, &alone, false)).collect();
    let ((), mut scans): ((), Vec<FileScan>) = rayon::join(|| marks::prepare(bytes), first_look);
    let named = files.iter().zip(&mut scans).map(|((path, _), scan)| (layout::module_of(path), &mut scan.exports));
    let mut exports = Exports::of(named, &nested);
    if scans.iter().any(|scan| scan.asked.of_deeds()) {
        let read = |((path, bytes), scan): (&(&str, &[u8]), &FileScan)| {
            let deeds = pool::guarded(|| deeds(path, bytes, &scan.deeds, &alone, settings));
            (layout::module_of(path), deeds.unwrap_or_default())
        };
        let deeds: Vec<(String, FileDeeds)> = files.par_iter().zip(&scans).map(read).collect();
        exports.learn(deeds.into_iter());
    }
    let again = changed(&scans, &exports);
    let again: Vec<_> = scans.iter_mut().zip(files).zip(again).filter(|(_, again)| *again).collect();
    again.into_par_iter().with_max_len(1).for_each(|((scan, file), _)| *scan = one(file, &exports, true));
    scans
}

/// Which files are answered otherwise now that all were looked at.
fn changed(scans: &[FileScan], exports: &Exports) -> Vec<bool> {
    let share = scans.len().div_ceil(rayon::current_num_threads()).max(1);
    let shares = scans.par_chunks(share).flat_map_iter(|scans| {
        let mut answers = Answers::of(exports);
        scans.iter().map(move |scan| {
            let otherwise = exports.concern(&scan.exports) && answers.differ(&scan.asked);
            otherwise || exports.does_any(&scan.asked)
        })
    });
    shares.collect()
}

/// `hands_out` says whether the other files still have to know what this one hands out.
fn scan_file(path: &str, bytes: &[u8], exports: &Exports, hands_out: bool, settings: &Settings) -> FileScan {
    let text = match parse::text(bytes, settings.limits.source_bytes) {
        Ok(text) => text,
        Err(fault) => {
            return FileScan { findings: vec![refused(&Source::new(path, ""), &fault)], ..FileScan::default() };
        }
    };
    let source = Source::new(path, text);
    let module = match parse::module(text) {
        Ok(module) => module,
        Err(fault) => return FileScan { findings: vec![refused(&source, &fault)], ..FileScan::default() },
    };
    let neighbours = Neighbours::new(exports);
    let mut found = Found::default();
    let (plan, given, cut) = {
        let model = model::of(&source, &module, true).beside(&neighbours);
        dispatch::run(&model, settings.permissions.as_ref(), &neighbours, &mut found);
        let plan = FilePlan::of(&model);
        let takes = std::mem::take(&mut found.takes);
        let given = match hands_out {
            true => FileExports::of(&model, takes),
            false => FileExports::default(),
        };
        (plan, given, cut_short(&model))
    };
    found.findings.extend(cut);
    payload::examine(&source, &mut found, &neighbours, settings);
    FileScan {
        findings: found.findings,
        capabilities: found.capabilities,
        plan,
        exports: given,
        asked: neighbours.into_asked(),
        deeds: found.deeds,
    }
}

/// What the functions of a file do, by what the rules noted of it; nothing of one that cannot be read, which is told.
fn deeds(path: &str, bytes: &[u8], noted: &[(ScopeId, Deed)], exports: &Exports, settings: &Settings) -> FileDeeds {
    let Ok(text) = parse::text(bytes, settings.limits.source_bytes) else { return FileDeeds::default() };
    let Ok(module) = parse::module(text) else { return FileDeeds::default() };
    let (source, neighbours) = (Source::new(path, text), Neighbours::new(exports));
    FileDeeds::of(&model::of(&source, &module, true).beside(&neighbours), noted, promised)
}

/// The finding for a file whose meaning was not followed to its end.
pub(super) fn cut_short(model: &Model<'_>) -> Option<Finding> {
    let message = if model.cut {
        "the tree of this file is deeper than is examined"
    } else if model.exhausted.get() {
        "the names of this file lead through more steps than are followed"
    } else {
        return None;
    };
    Some(Finding::of(&too_complex::RULE.meta, message).severity(Severity::Medium).in_file(model.source.path))
}

/// The finding for a file that has no tree.
pub(super) fn refused(source: &Source<'_>, fault: &ParseFault) -> Finding {
    let line = |line| Span { line, column: 1, end_line: line, end_column: 1 };
    let finding = match fault {
        ParseFault::Decode(fault) => Finding::of(&encoding::RULE.meta, fault.sentence()).at(line(fault.line())),
        ParseFault::TooLarge { limit } => Finding::of(
            &too_complex::RULE.meta,
            format!("the file is larger than {limit} bytes, the most that is examined"),
        ),
        ParseFault::TooDeep(what, range) => {
            Finding::of(&too_complex::RULE.meta, what.sentence()).at(source.span(*range))
        }
        ParseFault::Syntax { message, range } => {
            let span = source.span(*range);
            Finding::of(&unparseable::RULE.meta, format!("not valid Python: {}", escape::line(message)))
                .at(span)
                .snippet(source.line_text(span.line))
        }
    };
    finding.in_file(source.path)
}

/// The finding for a file on which we failed.
fn faulted(path: &str, what: &str) -> FileScan {
    let message = format!("the scanner failed on this file: {}", escape::line(what));
    FileScan { findings: vec![Finding::of(&scanner_fault::RULE.meta, message).in_file(path)], ..FileScan::default() }
}

#[cfg(test)]
mod tests {
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
}
