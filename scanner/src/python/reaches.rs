//! Where code reaches into what reports on the tests.

use airlock_model::escape;
use airlock_model::finding::Evidence;
use ruff_python_ast::{Expr, Stmt};
use ruff_text_size::Ranged;

use super::model::Model;
use super::model::object::top_of;
use super::model::scope::ScopeId;

/// Hooks of pytest that can change what is collected or reported.
const HOOKS: &[&str] = &[
    "pytest_runtest_makereport",
    "pytest_runtest_protocol",
    "pytest_runtest_logreport",
    "pytest_runtest_call",
    "pytest_runtestloop",
    "pytest_report_teststatus",
    "pytest_sessionfinish",
    "pytest_sessionstart",
    "pytest_collection_modifyitems",
    "pytest_collection_finish",
    "pytest_itemcollected",
    "pytest_ignore_collect",
    "pytest_pycollect_makeitem",
    "pytest_pyfunc_call",
    "pytest_terminal_summary",
    "pytest_cmdline_main",
    "pytest_cmdline_parse",
    "pytest_load_initial_conftests",
    "pytest_configure",
    "pytest_unconfigure",
    "pytest_exception_interact",
    "pytest_fixture_post_finalizer",
];

/// What runs the tests, and what it is made of.
const RUNNER: &[&str] = &["pytest", "_pytest", "pluggy", "unittest"];

/// Calls that steer the runner, wherever they are made.
const RUNNER_CALLS: &[&str] = &["pytest.exit", "pytest.main"];

/// Calls in test code that end the run, look into its frames, or wait for its end.
const CALLS: &[&str] = &[
    "os._exit",
    "os.abort",
    "os.kill",
    "sys._getframe",
    "sys._current_frames",
    "sys.setprofile",
    "sys.settrace",
    "inspect.currentframe",
    "inspect.stack",
    "gc.get_objects",
    "gc.get_referrers",
    "atexit.register",
    "signal.raise_signal",
];

/// Where a file reaches into what reports on the tests. The plugin's own modules run in the same interpreter, so
/// they are asked as well; what only a test has no use for is asked of tests alone.
pub(super) fn reaches(model: &Model<'_>) -> Vec<Evidence> {
    let path = model.source.path;
    let in_test = model.source.in_test;
    let step = |line, message: String| Evidence { file: Some(path.to_owned()), line: Some(line), message };
    let mut out = Vec::new();
    for import in &model.imports {
        let inner = import.path == "_pytest" || import.path.starts_with("_pytest.");
        if !import.relative && (inner || import.path.starts_with("pluggy.")) {
            let line = model.source.line(import.range.start());
            out.push(step(line, format!("imports {}", escape::line(&import.path))));
        }
    }
    for stmt in model.body {
        if let Stmt::FunctionDef(def) = stmt
            && HOOKS.contains(&def.name.as_str())
        {
            out.push(step(model.line(&def.name), format!("defines the hook {}", def.name)));
        }
    }
    let steers =
        |path: &str| RUNNER_CALLS.contains(&path) || path.starts_with("_pytest.") || (in_test && CALLS.contains(&path));
    let some = model.called().all().any(|(path, _)| steers(path));
    for (index, site) in model.calls.iter().enumerate().filter(|_| some) {
        for target in model.targets_of(index) {
            if let Some(name) = target.path().filter(|path| steers(path)) {
                out.push(step(model.source.line(site.call.start()), format!("calls {}", escape::line(name))));
            }
        }
    }
    out.extend(patches(model, in_test).into_iter().map(|(line, what)| step(line, what)));
    out.sort();
    out.dedup();
    out
}

/// Assignments to attributes of the runner's modules and, in tests, of `builtins` and places in `sys.modules`.
fn patches(model: &Model<'_>, in_test: bool) -> Vec<(u32, String)> {
    let ours = |path: &str| RUNNER.contains(&top_of(path)) && !is_own_object(path);
    let tests = |path: &str| in_test && (path == "sys.modules" || path.starts_with("builtins")) && !is_own_object(path);
    let patched = model.stores.iter().filter_map(|store| {
        let path = patched(model, store.target, store.place.scope).filter(|path| ours(path) || tests(path))?;
        Some((model.line(store.target), format!("assigns into {}", escape::line(&path))))
    });
    patched.collect()
}

/// Whether a path stands for an object that the code made for itself, such as a dictionary or a mock, and not for
/// something that the runner uses too.
fn is_own_object(path: &str) -> bool {
    let inner = path.starts_with("_pytest.") || path.starts_with("pluggy.");
    path.starts_with("unittest.mock.") || (path.contains("()") && !inner)
}

/// The path that an assignment's target is an attribute or item of.
fn patched<'a>(model: &Model<'a>, target: &'a Expr, scope: ScopeId) -> Option<String> {
    let base = match target {
        Expr::Attribute(attribute) => &*attribute.value,
        Expr::Subscript(subscript) => &*subscript.value,
        _ => return None,
    };
    model.resolve(base, scope).iter().find_map(|base| base.path()).map(str::to_owned)
}
