//! What the test stage needs to know: which tests there are, which packages they
//! need, and where test code reaches into what reports on it.

use std::collections::BTreeSet;

use airlock_model::finding::Evidence;
use airlock_model::run::TestPlan;
use airlock_model::stdlib::is_standard_module;
use airlock_model::{Tree, escape};
use ruff_python_ast::{ExceptHandler, Expr, Stmt, StmtClassDef};
use ruff_text_size::Ranged;

use super::layout;
use super::model::Model;
use super::model::resolve::scope_of;
use super::model::scope::ScopeId;

/// What one file adds to the plan.
#[derive(Debug, Default)]
pub(crate) struct FilePlan {
    inventory: Vec<String>,
    imports: Vec<String>,
    calls: BTreeSet<String>,
    reaches: Vec<Evidence>,
}

/// Functions that need threads or processes, in modules that are mostly imported
/// for something else. A sandbox may lack both, and the host then looks here
/// whether the tree can have met the lack.
const NEED_FEATURES: &[&str] = &[
    "asyncio.create_subprocess_exec",
    "asyncio.create_subprocess_shell",
    "asyncio.to_thread",
    "os.execv",
    "os.execve",
    "os.execvp",
    "os.fork",
    "os.forkpty",
    "os.popen",
    "os.posix_spawn",
    "os.posix_spawnp",
    "os.spawnl",
    "os.spawnv",
    "os.system",
];

/// A method of event loops, whatever the expression that gives the loop.
const RUN_IN_EXECUTOR: &str = "run_in_executor";

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

impl FilePlan {
    /// Reads the plan off a file's model.
    pub(crate) fn of(model: &Model<'_>) -> Self {
        let path = model.source.path;
        let mut plan = Self { imports: imports(model), calls: calls(model), ..Self::default() };
        if layout::is_test(path) {
            let name = path.rsplit('/').next().unwrap_or(path);
            if layout::is_test_module(name) {
                plan.collect(model);
            }
        }
        plan.reaches = reaches(model);
        plan
    }

    fn collect(&mut self, model: &Model<'_>) {
        let path = model.source.path;
        for stmt in flattened(model.body) {
            match stmt {
                Stmt::FunctionDef(def) if def.name.starts_with("test") => {
                    self.inventory.push(format!("{path}::{}", def.name));
                }
                Stmt::ClassDef(class) if is_collected(model, class) => {
                    for stmt in flattened(&class.body) {
                        if let Stmt::FunctionDef(def) = stmt
                            && def.name.starts_with("test")
                        {
                            self.inventory.push(format!("{path}::{}::{}", class.name, def.name));
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// Statements with those of `if` and `try` blocks among them.
fn flattened(body: &[Stmt]) -> Vec<&Stmt> {
    let mut out = Vec::new();
    let mut pending: Vec<&Stmt> = body.iter().rev().collect();
    while let Some(stmt) = pending.pop() {
        match stmt {
            Stmt::If(inner) => pending.extend(inner.body.iter().rev()),
            Stmt::Try(inner) => pending.extend(inner.body.iter().rev()),
            Stmt::With(inner) => pending.extend(inner.body.iter().rev()),
            other => out.push(other),
        }
    }
    out
}

/// Whether pytest collects a class: `Test*` without `__init__`, or a `TestCase`.
fn is_collected<'a>(model: &Model<'a>, class: &'a StmtClassDef) -> bool {
    let bases = class.bases().iter().flat_map(|base| model.resolve(base, ScopeId::MODULE));
    let is_case = |path: &str| path.starts_with("unittest.") && path.ends_with("TestCase");
    if bases.into_iter().any(|base| base.path().is_some_and(is_case)) {
        return true;
    }
    let has_init = class
        .body
        .iter()
        .any(|stmt| matches!(stmt, Stmt::FunctionDef(def) if matches!(def.name.as_str(), "__init__" | "__new__")));
    class.name.starts_with("Test") && !has_init
}

/// The top-level names of absolute imports.
fn imports(model: &Model<'_>) -> Vec<String> {
    let names = model.imports.iter().filter(|import| !import.relative);
    names
        .filter_map(|import| import.path.split('.').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The qualified names of [`NEED_FEATURES`] that the file calls.
fn calls(model: &Model<'_>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for site in &model.calls {
        if let Expr::Attribute(attribute) = &*site.call.func
            && attribute.attr.as_str() == RUN_IN_EXECUTOR
        {
            out.insert(format!("asyncio.{RUN_IN_EXECUTOR}"));
        }
        for target in model.targets(site.call, site.place.scope) {
            out.extend(target.path().filter(|path| NEED_FEATURES.contains(path)).map(str::to_owned));
        }
    }
    out
}

/// Where a file reaches into what reports on the tests. The plugin's own modules run in the same interpreter, so
/// they are asked as well; what only a test has no use for is asked of tests alone.
fn reaches(model: &Model<'_>) -> Vec<Evidence> {
    let path = model.source.path;
    let in_test = layout::is_test(path);
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
    for site in &model.calls {
        for target in model.targets(site.call, site.place.scope) {
            let steers = |path: &str| RUNNER_CALLS.contains(&path) || path.starts_with("_pytest.");
            if let Some(name) = target.path().filter(|path| steers(path) || (in_test && CALLS.contains(path))) {
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
    let mut out = Vec::new();
    let mut pending: Vec<(&Stmt, ScopeId)> = model.body.iter().map(|stmt| (stmt, ScopeId::MODULE)).collect();
    while let Some((stmt, scope)) = pending.pop() {
        match stmt {
            Stmt::FunctionDef(def) => {
                let inner = scope_of(&def.node_index).unwrap_or(scope);
                pending.extend(def.body.iter().map(|stmt| (stmt, inner)));
            }
            Stmt::ClassDef(def) => {
                let inner = scope_of(&def.node_index).unwrap_or(scope);
                pending.extend(def.body.iter().map(|stmt| (stmt, inner)));
            }
            Stmt::Assign(assign) => {
                let paths = assign.targets.iter().filter_map(|target| Some((target, patched(model, target, scope)?)));
                out.extend(paths.map(|(target, path)| (model.line(target), path)));
            }
            other => pending.extend(blocks(other).into_iter().flatten().map(|stmt| (stmt, scope))),
        }
    }
    let ours = |path: &str| RUNNER.contains(&path.split('.').next().unwrap_or_default());
    let tests = |path: &str| in_test && (path == "sys.modules" || path.starts_with("builtins"));
    out.retain(|(_, path)| ours(path) || tests(path));
    out.into_iter().map(|(line, path)| (line, format!("assigns into {}", escape::line(&path)))).collect()
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

/// The blocks of a statement that is neither a function nor a class.
fn blocks(stmt: &Stmt) -> Vec<&[Stmt]> {
    match stmt {
        Stmt::If(inner) => {
            let clauses = inner.elif_else_clauses.iter().map(|clause| &*clause.body);
            clauses.chain([&*inner.body]).collect()
        }
        Stmt::Try(inner) => {
            let handlers = inner.handlers.iter().map(|ExceptHandler::ExceptHandler(handler)| &*handler.body);
            handlers.chain([&*inner.body, &*inner.orelse, &*inner.finalbody]).collect()
        }
        Stmt::With(inner) => vec![&inner.body],
        Stmt::For(inner) => vec![&inner.body, &inner.orelse],
        Stmt::While(inner) => vec![&inner.body, &inner.orelse],
        Stmt::Match(inner) => inner.cases.iter().map(|case| &*case.body).collect(),
        _ => Vec::new(),
    }
}

/// Puts the files' parts together and removes what the plugin itself or the standard
/// library holds.
pub(crate) fn of(tree: &Tree, files: Vec<FilePlan>) -> TestPlan {
    let own: BTreeSet<String> = tree
        .iter()
        .filter_map(|(path, _)| {
            let path = path.as_str();
            let path = path.strip_prefix("src/").unwrap_or(path);
            let first = path.split('/').next()?;
            path.ends_with(".py").then(|| first.strip_suffix(".py").unwrap_or(first).to_owned())
        })
        .collect();
    // Test folders without `__init__.py` are import roots of their own under pytest.
    let beside: BTreeSet<String> = tree
        .iter()
        .filter(|(path, _)| layout::is_test(path.as_str()))
        .filter_map(|(path, _)| path.file_name().strip_suffix(".py").map(str::to_owned))
        .collect();
    let mut plan = TestPlan::default();
    let (mut imports, mut calls) = (BTreeSet::new(), BTreeSet::new());
    for file in files {
        plan.inventory.extend(file.inventory);
        plan.reaches_into_runner.extend(file.reaches);
        imports.extend(file.imports);
        calls.extend(file.calls);
    }
    let foreign = |name: &String| !own.contains(name) && !beside.contains(name);
    plan.standard_calls = calls.into_iter().collect();
    plan.standard_imports =
        imports.iter().filter(|name| is_standard(name)).filter(|name| foreign(name)).cloned().collect();
    plan.imports = imports.into_iter().filter(|name| !is_standard(name)).filter(foreign).collect();
    plan
}

/// Whether a top-level module is the standard library's; private names are taken for
/// its own, because no package on an index has one.
fn is_standard(name: &str) -> bool {
    is_standard_module(name) || name.starts_with('_')
}
