//! Whether an entry point's module exists and defines its name, by its tree.

use std::collections::BTreeSet;

use airlock_model::Tree;
use airlock_model::limits::ScanLimits;
use ruff_python_ast::{Expr, ModModule, Stmt};

use super::layout;
use super::parse;
use super::pool;

/// What became of looking for `module:name`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntryPoint {
    /// The module exists and binds the name.
    Found,
    /// No file holds the module.
    ModuleMissing {
        /// The paths that would have held it.
        looked_at: Vec<String>,
    },
    /// The module exists and does not bind the name.
    NameMissing {
        /// The module's file.
        file: String,
        /// The names it binds, sorted.
        defined: Vec<String>,
    },
    /// The module's file is not readable as Python.
    Unparseable {
        /// The module's file.
        file: String,
    },
}

/// Looks for `name` in `module`, under the archive root and `src/`.
#[must_use]
pub fn entry_point(tree: &Tree, module: &str, name: &str) -> EntryPoint {
    pool::on_big_stack(|| find(tree, module, name)).unwrap_or_else(|_| EntryPoint::Unparseable {
        file: layout::module_files(tree, module).next().unwrap_or_else(|| module.to_owned()),
    })
}

/// Whether a text is one Python name, and no keyword.
#[must_use]
pub fn is_name(text: &str) -> bool {
    ruff_python_parser::parse_expression(text).is_ok_and(|parsed| parsed.expr().is_name_expr())
}

fn find(tree: &Tree, module: &str, name: &str) -> EntryPoint {
    let Some(file) = layout::module_files(tree, module).next() else {
        return EntryPoint::ModuleMissing { looked_at: layout::candidates(module).collect() };
    };
    let first = name.split('.').next().unwrap_or(name);
    let mut names = Names { tree, open_ended: false, defined: BTreeSet::new(), visited: BTreeSet::new() };
    if !names.read(&file) {
        return EntryPoint::Unparseable { file };
    }
    if names.open_ended || names.defined.contains(first) {
        return EntryPoint::Found;
    }
    EntryPoint::NameMissing { file, defined: names.defined.into_iter().collect() }
}

/// The names that a module binds at its top level.
struct Names<'a> {
    tree: &'a Tree,
    /// A module `__getattr__`, or a star import from outside the plugin, can supply any name.
    open_ended: bool,
    defined: BTreeSet<String>,
    visited: BTreeSet<String>,
}

impl Names<'_> {
    /// Adds the names of a file; false when it cannot be read.
    fn read(&mut self, file: &str) -> bool {
        if !self.visited.insert(file.to_owned()) {
            return true;
        }
        let Some(module) = read_module(self.tree, file) else { return false };
        self.body(&module.body, file);
        true
    }

    fn body(&mut self, body: &[Stmt], file: &str) {
        for stmt in body {
            self.stmt(stmt, file);
        }
    }

    fn stmt(&mut self, stmt: &Stmt, file: &str) {
        match stmt {
            Stmt::FunctionDef(def) => {
                self.open_ended |= def.name.as_str() == "__getattr__";
                self.add(&def.name);
            }
            Stmt::ClassDef(def) => self.add(&def.name),
            // A number or a text is nothing that a client can make a plugin of.
            Stmt::Assign(assign) if !assign.value.is_literal_expr() => {
                assign.targets.iter().for_each(|target| self.target(target));
            }
            Stmt::AnnAssign(assign) if assign.value.as_ref().is_some_and(|value| !value.is_literal_expr()) => {
                self.target(&assign.target);
            }
            Stmt::Delete(delete) => {
                for target in delete.targets.iter().filter_map(Expr::as_name_expr) {
                    self.defined.remove(target.id.as_str());
                }
            }
            Stmt::TypeAlias(alias) => self.target(&alias.name),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let bound = alias
                        .asname
                        .as_ref()
                        .map_or_else(|| alias.name.split('.').next().unwrap_or_default(), |name| name.as_str());
                    self.add(bound);
                }
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        self.star(import.module.as_deref(), import.level, file);
                    } else {
                        self.add(alias.asname.as_ref().unwrap_or(&alias.name));
                    }
                }
            }
            Stmt::If(stmt) => {
                if !is_for_type_checkers(&stmt.test) {
                    self.body(&stmt.body, file);
                }
                stmt.elif_else_clauses.iter().for_each(|clause| self.body(&clause.body, file));
            }
            Stmt::Try(stmt) => {
                self.body(&stmt.body, file);
                for handler in &stmt.handlers {
                    let ruff_python_ast::ExceptHandler::ExceptHandler(handler) = handler;
                    self.body(&handler.body, file);
                }
                self.body(&stmt.orelse, file);
                self.body(&stmt.finalbody, file);
            }
            Stmt::With(stmt) => {
                stmt.items.iter().filter_map(|item| item.optional_vars.as_deref()).for_each(|vars| self.target(vars));
                self.body(&stmt.body, file);
            }
            Stmt::For(stmt) => {
                self.target(&stmt.target);
                self.body(&stmt.body, file);
                self.body(&stmt.orelse, file);
            }
            Stmt::While(stmt) => {
                self.body(&stmt.body, file);
                self.body(&stmt.orelse, file);
            }
            Stmt::Match(stmt) => stmt.cases.iter().for_each(|case| self.body(&case.body, file)),
            _ => {}
        }
    }

    fn star(&mut self, module: Option<&str>, level: u32, file: &str) {
        let module = layout::absolute(file, module, level);
        match layout::module_files(self.tree, &module).next() {
            // What a module gave before may have been cut by the list of the one between.
            Some(file) if self.visited.contains(&file) => self.open_ended = true,
            Some(file) => {
                let around = std::mem::take(&mut self.defined);
                self.read(&file);
                let given = std::mem::replace(&mut self.defined, around);
                let exported = Exported::by(self.tree, &file);
                self.defined.extend(given.into_iter().filter(|name| exported.has(name)));
            }
            None => self.open_ended = true,
        }
    }

    fn target(&mut self, target: &Expr) {
        match target {
            Expr::Name(name) => self.add(&name.id),
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|element| self.target(element)),
            Expr::List(list) => list.elts.iter().for_each(|element| self.target(element)),
            Expr::Starred(starred) => self.target(&starred.value),
            _ => {}
        }
    }

    fn add(&mut self, name: &str) {
        self.defined.insert(name.to_owned());
    }
}

/// What a star import takes from a module.
enum Exported {
    /// The names of its `__all__`.
    Listed(Vec<String>),
    /// All but those that begin with an underscore.
    Usual,
    /// Nobody knows: its `__all__` is put together.
    Unknown,
}

impl Exported {
    fn by(tree: &Tree, file: &str) -> Self {
        let text = String::from_utf8_lossy(tree.get(file).unwrap_or_default());
        let mentions = text.matches("__all__").count();
        if mentions == 0 {
            return Self::Usual;
        }
        let Some(module) = read_module(tree, file).filter(|_| mentions == 1) else { return Self::Unknown };
        module.body.iter().find_map(listed).map_or(Self::Unknown, Self::Listed)
    }

    fn has(&self, name: &str) -> bool {
        match self {
            Self::Listed(names) => names.iter().any(|listed| listed == name),
            Self::Usual => !name.starts_with('_'),
            Self::Unknown => true,
        }
    }
}

/// The names of `__all__ = ["a", "b"]`.
fn listed(stmt: &Stmt) -> Option<Vec<String>> {
    let Stmt::Assign(assign) = stmt else { return None };
    let [Expr::Name(target)] = &*assign.targets else { return None };
    let items = match &*assign.value {
        Expr::List(list) => &list.elts,
        Expr::Tuple(tuple) => &tuple.elts,
        _ => return None,
    };
    let name = |item: &Expr| item.as_string_literal_expr().map(|text| text.value.to_str().to_owned());
    (target.id.as_str() == "__all__").then(|| items.iter().map(name).collect()).flatten()
}

/// Whether what stands behind this condition never runs: `TYPE_CHECKING` or `typing.TYPE_CHECKING`.
fn is_for_type_checkers(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

fn read_module(tree: &Tree, file: &str) -> Option<ModModule> {
    let bytes = tree.get(file)?;
    let text = parse::text(bytes, ScanLimits::default().source_bytes).ok()?;
    parse::module(text).ok()
}

#[cfg(test)]
mod tests {
    use airlock_model::TreePath;

    use super::*;

    fn tree(files: &[(&str, &str)]) -> Tree {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(TreePath::new(*path).unwrap(), text.as_bytes());
        }
        tree
    }

    #[test]
    fn names_are_found_however_they_are_bound() {
        let tree = tree(&[
            ("pkg/__init__.py", "from .tool import *\nfrom .other import Thing as Renamed\nimport a.b\n"),
            ("pkg/tool.py", "try:\n    class Tool: pass\nexcept Exception:\n    Tool = None\n(A, [B, *C]) = x\n"),
            ("src/deep/mod.py", "if True:\n    def make(): pass\n"),
            ("lazy.py", "def __getattr__(name): ...\n"),
            ("outside.py", "from elsewhere import *\n"),
        ]);
        for (module, name) in [
            ("pkg", "Tool"),
            ("pkg", "Renamed"),
            ("pkg", "a"),
            ("pkg.tool", "C"),
            ("pkg.tool", "Tool.run"),
            ("deep.mod", "make"),
            ("lazy", "Anything"),
            ("outside", "Anything"),
        ] {
            assert_eq!(entry_point(&tree, module, name), EntryPoint::Found, "{module}:{name}");
        }
    }

    #[test]
    fn a_re_exported_name_is_found() {
        for (how, init) in [
            ("by its name", "from .tool import Weather\n"),
            ("under another name", "from .tool import Forecast as Weather\n"),
            ("by an absolute import", "from pkg.tool import Weather\n"),
            ("by a star", "from .tool import *\n"),
            ("by a star through two modules", "from .between import *\n"),
            ("by a star and named in a list", "from .tool import *\n__all__ = ['Weather']\n"),
            ("named in a list", "from .tool import Weather\n__all__ = ['Weather']\n"),
            ("by an assignment", "from . import tool\nWeather = tool.Weather\n"),
        ] {
            let tree = tree(&[
                ("pkg/__init__.py", init),
                ("pkg/between.py", "from .tool import *\n"),
                ("pkg/tool.py", "__all__ = ['Weather', 'Forecast']\nclass Weather: pass\nclass Forecast: pass\n"),
            ]);
            assert_eq!(entry_point(&tree, "pkg", "Weather"), EntryPoint::Found, "{how}");
        }
        // A star takes what is listed, or what has no underscore; a list that is put together may hold anything.
        for (tool, found) in [
            ("__all__ = ['other']\nclass Weather: pass\n", false),
            ("__all__ = ('Weather',)\nclass Weather: pass\n", true),
            ("__all__ = []\n__all__ += ['Weather']\nclass Weather: pass\n", true),
            ("class Weather: pass\n", true),
            ("class _Weather: pass\n", false),
        ] {
            let tree = tree(&[("pkg/__init__.py", "from .tool import *\n"), ("pkg/tool.py", tool)]);
            let name = if tool.contains("_Weather") { "_Weather" } else { "Weather" };
            assert_eq!(entry_point(&tree, "pkg", name) == EntryPoint::Found, found, "{tool}");
        }
        // Two ways to one module, of which the first is cut.
        let tree = self::tree(&[
            ("pkg/__init__.py", "from .between import *\nfrom .tool import *\n"),
            ("pkg/between.py", "from .tool import *\n__all__ = ['x']\n"),
            ("pkg/tool.py", "class Weather: pass\n"),
        ]);
        assert_eq!(entry_point(&tree, "pkg", "Weather"), EntryPoint::Found);
        // A list of names binds none of them.
        let tree = self::tree(&[("pkg/__init__.py", "__all__ = ['Weather']\n")]);
        let defined = vec!["__all__".to_owned()];
        let missing = EntryPoint::NameMissing { file: "pkg/__init__.py".into(), defined };
        assert_eq!(entry_point(&tree, "pkg", "Weather"), missing);
    }

    #[test]
    fn what_is_missing_is_named() {
        let tree = tree(&[("pkg/tool.py", "def run(): pass\n"), ("broken.py", "def (")]);
        assert_eq!(
            entry_point(&tree, "pkg.tool", "Tool"),
            EntryPoint::NameMissing { file: "pkg/tool.py".into(), defined: vec!["run".into()] }
        );
        assert_eq!(
            entry_point(&tree, "pkg.gone", "Tool"),
            EntryPoint::ModuleMissing {
                looked_at: vec![
                    "pkg/gone/__init__.py".into(),
                    "pkg/gone.py".into(),
                    "src/pkg/gone/__init__.py".into(),
                    "src/pkg/gone.py".into()
                ]
            }
        );
        let tree = self::tree(&[
            ("p.py", "class T: pass\n"),
            ("p/__init__.py", "class U: pass\n"),
            ("q.py", "class T: pass\nT = 5\ndel T\nU: int = 5\n"),
            ("r.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p import T\n"),
        ]);
        for (module, file, defined) in
            [("p", "p/__init__.py", &["U"][..]), ("q", "q.py", &[]), ("r", "r.py", &["TYPE_CHECKING"])]
        {
            let defined = defined.iter().map(|&name| name.to_owned()).collect();
            assert_eq!(entry_point(&tree, module, "T"), EntryPoint::NameMissing { file: file.into(), defined });
        }
    }

    #[test]
    fn a_module_that_cannot_be_read_is_named() {
        let tree = tree(&[("broken.py", "def (")]);
        assert_eq!(entry_point(&tree, "broken", "x"), EntryPoint::Unparseable { file: "broken.py".into() });
    }
}
