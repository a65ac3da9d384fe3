//! What the test stage needs to know: which tests there are and which packages
//! they need.

use std::collections::BTreeSet;

use airlock_model::Tree;
use airlock_model::finding::Evidence;
use airlock_model::run::TestPlan;
use airlock_model::stdlib::{is_standard_module, needed_feature};
use ruff_python_ast::{Expr, Stmt, StmtClassDef};

use super::layout;
use super::model::scope::ScopeId;
use super::model::{CallSite, Model};
use super::reaches::reaches;

/// What one file adds to the plan.
#[derive(Debug, Clone, Default)]
pub(crate) struct FilePlan {
    inventory: Vec<String>,
    imports: Vec<String>,
    calls: BTreeSet<String>,
    reaches: Vec<Evidence>,
}

/// A method of event loops, whatever the expression that gives the loop.
const RUN_IN_EXECUTOR: &str = "run_in_executor";

impl FilePlan {
    /// Reads the plan off a file's model.
    pub(crate) fn of(model: &Model<'_>) -> Self {
        let path = model.source.path;
        let mut plan = Self { imports: imports(model), calls: calls(model), ..Self::default() };
        if model.source.in_test {
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

/// The qualified names of functions that need a feature and that the file calls, or has something stand in for.
fn calls(model: &Model<'_>) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for site in &model.calls {
        if let Expr::Attribute(attribute) = &*site.call.func
            && attribute.attr.as_str() == RUN_IN_EXECUTOR
        {
            out.insert(format!("asyncio.{RUN_IN_EXECUTOR}"));
        }
        out.extend(stood_in_for(model, site).into_iter().filter(|path| needed_feature(path).is_some()));
    }
    let needing = model.called().all().filter(|(path, _)| needed_feature(path).is_some());
    out.extend(needing.map(|(path, _)| path.to_string()));
    out
}

/// What `monkeypatch.setattr` and `mock.patch` put something else in the place of, which has to be there for that.
fn stood_in_for<'a>(model: &Model<'a>, site: &CallSite<'a>) -> Vec<String> {
    let called = match &*site.call.func {
        Expr::Name(name) => name.id.as_str(),
        Expr::Attribute(attribute) => attribute.attr.as_str(),
        _ => return Vec::new(),
    };
    if !matches!(called, "setattr" | "delattr" | "patch" | "object") {
        return Vec::new();
    }
    match &*site.call.arguments.args {
        // A module of the plugin may stand before: `mock.patch("plugin.main.os.kill")`.
        [Expr::StringLiteral(path), ..] => {
            let mut parts = path.value.to_str().rsplitn(3, '.');
            let (name, module) = (parts.next(), parts.next());
            module.zip(name).map(|(module, name)| format!("{module}.{name}")).into_iter().collect()
        }
        [module, Expr::StringLiteral(name), ..] => {
            let modules = model.resolve(module, site.place.scope);
            let paths = modules.iter().filter_map(|module| module.path());
            paths.map(|path| format!("{path}.{}", name.value.to_str())).collect()
        }
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
