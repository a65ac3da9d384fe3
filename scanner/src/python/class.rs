//! What a name of a module stands for: a class with the methods that the plugin's own
//! source shows, or something else.

use std::collections::{BTreeMap, BTreeSet};

use airlock_model::Tree;
use ruff_python_ast::{Expr, Stmt, StmtClassDef};
use ruff_text_size::Ranged;

use super::source::Source;
use super::{layout, parse, pool};

/// Modules and classes that are followed from one name.
const MOST_STEPS: usize = 40;

/// The largest source that is read for this, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Defined {
    /// A class.
    Class {
        /// The file that defines it.
        file: String,
        /// The line it begins in.
        line: u32,
        /// Its methods and other names, those of its bases inside the plugin among them.
        methods: BTreeSet<String>,
        /// Bases that are not inside the plugin, as dotted names; `?` where no name can be told.
        outside: BTreeSet<String>,
    },
    /// A function, a value, or what is not to be told.
    Other,
}

/// Looks for the definition of `name` in `module`, through re-exports inside the plugin.
#[must_use]
pub fn defined(tree: &Tree, module: &str, name: &str) -> Defined {
    pool::on_big_stack(|| Search { tree, steps: 0 }.find(module, name)).unwrap_or(Defined::Other)
}

struct Search<'a> {
    tree: &'a Tree,
    steps: usize,
}

/// The names that a module imports: local name to dotted name.
type Imports = BTreeMap<String, String>;

impl Search<'_> {
    fn find(&mut self, module: &str, name: &str) -> Defined {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            return Defined::Other;
        }
        let Some(file) = layout::module_files(self.tree, module).next() else { return Defined::Other };
        let Some(bytes) = self.tree.get(&file) else { return Defined::Other };
        let Ok(text) = parse::text(bytes, MOST_BYTES) else { return Defined::Other };
        let Ok(parsed) = parse::module(text) else { return Defined::Other };
        let mut top = Top { file: &file, classes: BTreeMap::new(), imports: Imports::new(), others: BTreeSet::new() };
        top.body(&parsed.body);
        if top.others.contains(name) {
            return Defined::Other;
        }
        if let Some(class) = top.classes.get(name) {
            let line = Source::new(&file, text).span(class.name.range()).line;
            let (mut methods, mut outside) = (BTreeSet::new(), BTreeSet::new());
            self.class(class, &top, &mut methods, &mut outside);
            return Defined::Class { file, line, methods, outside };
        }
        match top.imports.get(name).and_then(|dotted| dotted.rsplit_once('.')) {
            Some((module, name)) => {
                let (module, name) = (module.to_owned(), name.to_owned());
                self.find(&module, &name)
            }
            None => Defined::Other,
        }
    }

    fn class(
        &mut self,
        class: &StmtClassDef,
        top: &Top<'_>,
        methods: &mut BTreeSet<String>,
        outside: &mut BTreeSet<String>,
    ) {
        self.steps += 1;
        if self.steps > MOST_STEPS {
            outside.insert("?".to_owned());
            return;
        }
        members(&class.body, methods);
        for base in class.bases() {
            let Some(dotted) = dotted(base) else {
                outside.insert("?".to_owned());
                continue;
            };
            if let Some(here) = top.classes.get(&dotted).filter(|here| here.range() != class.range()) {
                self.class(here, top, methods, outside);
                continue;
            }
            let dotted = top.resolved(&dotted);
            if matches!(dotted.as_str(), "object" | "abc.ABC" | "typing.Generic" | "typing.Protocol") {
                continue;
            }
            let found = dotted.rsplit_once('.').map_or(Defined::Other, |(module, name)| self.find(module, name));
            match found {
                Defined::Class { methods: theirs, outside: further, .. } => {
                    methods.extend(theirs);
                    outside.extend(further);
                }
                Defined::Other => drop(outside.insert(dotted)),
            }
        }
    }
}

/// The names that a class's body binds.
fn members(body: &[Stmt], names: &mut BTreeSet<String>) {
    for stmt in body {
        match stmt {
            Stmt::FunctionDef(def) => drop(names.insert(def.name.to_string())),
            Stmt::Assign(assign) => names.extend(assign.targets.iter().filter_map(dotted)),
            Stmt::AnnAssign(assign) => names.extend(dotted(&assign.target)),
            Stmt::If(stmt) => {
                members(&stmt.body, names);
                stmt.elif_else_clauses.iter().for_each(|clause| members(&clause.body, names));
            }
            _ => {}
        }
    }
}

/// What a module binds at its top level.
struct Top<'a> {
    file: &'a str,
    classes: BTreeMap<String, &'a StmtClassDef>,
    imports: Imports,
    others: BTreeSet<String>,
}

impl<'a> Top<'a> {
    fn body(&mut self, body: &'a [Stmt]) {
        for stmt in body {
            match stmt {
                Stmt::ClassDef(class) => drop(self.classes.insert(class.name.to_string(), class)),
                Stmt::FunctionDef(def) => drop(self.others.insert(def.name.to_string())),
                Stmt::Assign(assign) => self.others.extend(assign.targets.iter().filter_map(dotted)),
                Stmt::Import(import) => {
                    for alias in &import.names {
                        let name = alias.name.to_string();
                        let (local, dotted) = match &alias.asname {
                            Some(local) => (local.to_string(), name),
                            None => {
                                let first = name.split('.').next().unwrap_or_default().to_owned();
                                (first.clone(), first)
                            }
                        };
                        self.imports.insert(local, dotted);
                    }
                }
                Stmt::ImportFrom(import) => {
                    let module = layout::absolute(self.file, import.module.as_deref(), import.level);
                    for alias in &import.names {
                        let local = alias.asname.as_ref().unwrap_or(&alias.name).to_string();
                        self.imports.insert(local, format!("{module}.{}", alias.name));
                    }
                }
                Stmt::If(stmt) => {
                    self.body(&stmt.body);
                    stmt.elif_else_clauses.iter().for_each(|clause| self.body(&clause.body));
                }
                // What is tried first is what is meant; the handlers supply stand-ins.
                Stmt::Try(stmt) => self.body(&stmt.body),
                _ => {}
            }
        }
    }

    /// A dotted name with its first part replaced by what it was imported as.
    fn resolved(&self, dotted: &str) -> String {
        let (first, rest) = dotted.split_once('.').unwrap_or((dotted, ""));
        match self.imports.get(first) {
            Some(module) if rest.is_empty() => module.clone(),
            Some(module) => format!("{module}.{rest}"),
            None => dotted.to_owned(),
        }
    }
}

/// A name, or names joined by dots; of a subscript what is subscripted.
fn dotted(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Name(name) => Some(name.id.to_string()),
        Expr::Attribute(attribute) => Some(format!("{}.{}", dotted(&attribute.value)?, attribute.attr)),
        Expr::Subscript(subscript) => dotted(&subscript.value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use airlock_model::TreePath;

    use super::*;

    fn of(files: &[(&str, &str)], module: &str, name: &str) -> Option<(Vec<String>, Vec<String>)> {
        let mut tree = Tree::new();
        for (path, text) in files {
            tree.insert(TreePath::new(*path).unwrap(), text.as_bytes());
        }
        match defined(&tree, module, name) {
            Defined::Class { methods, outside, .. } => {
                Some((methods.into_iter().collect(), outside.into_iter().collect()))
            }
            Defined::Other => None,
        }
    }

    #[test]
    fn classes_are_followed_through_bases_and_exports() {
        let base = "from agenticraft import BaseTool\nclass Base(BaseTool):\n    async def arun(self): ...\n";
        let tool = "from .base import Base\nimport typing as t\nclass Tool(Base, t.Generic[int]):\n    run = None\n";
        let files =
            [("p/__init__.py", "from p.tool import Tool as Renamed\n"), ("p/tool.py", tool), ("p/base.py", base)];
        let expected = (vec!["arun".to_owned(), "run".to_owned()], vec!["agenticraft.BaseTool".to_owned()]);
        assert_eq!(of(&files, "p", "Renamed"), Some(expected.clone()));
        assert_eq!(of(&files, "p.tool", "Tool"), Some(expected));
    }

    #[test]
    fn what_cannot_be_told_is_said_to_be_outside() {
        let text = "class A(make()): pass\nclass B(B): pass\nclass C(x.Y): pass\ndef f(): pass\ng = f\n";
        let outside = |name: &str| of(&[("m.py", text)], "m", name).map(|(_, outside)| outside);
        assert_eq!(outside("A"), Some(vec!["?".to_owned()]));
        assert_eq!(outside("B"), Some(vec!["B".to_owned()]));
        assert_eq!(outside("C"), Some(vec!["x.Y".to_owned()]));
        assert_eq!((outside("f"), outside("g"), outside("gone")), (None, None, None));
    }

    #[test]
    fn circles_end() {
        let files = [("a.py", "from b import B\nclass A(B): pass\n"), ("b.py", "from a import A\nclass B(A): pass\n")];
        assert!(of(&files, "a", "A").is_some());
        assert_eq!(of(&[("a.py", "from a import X\n")], "a", "X"), None);
    }
}
