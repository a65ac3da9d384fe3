//! What the files of a tree hand to one another: names of a module that lead out
//! of it again, so that `from .a import run` is what `a` says that `run` is.
//!
//! Only names at the top level are followed: imports, assignments, what functions
//! return, members of classes and items of displays. A file is examined anew with
//! this table only when it imports one of these names.

use compact_str::{CompactString, format_compact};
use ruff_python_ast::Expr;
use rustc_hash::{FxHashMap, FxHashSet};

use super::model::Model;
use super::model::scope::{ScopeId, Value};
use crate::rules::dispatch;

/// How many modules one name may be handed through.
const STEPS: u32 = 8;
/// How many items of a display are looked at.
const ITEMS: usize = 64;

/// What one file hands out, and what it takes.
#[derive(Debug, Default)]
pub(crate) struct FileExports {
    /// A name, with `()` for what calling it gives and `[]` for its items, and the path it leads to.
    names: Vec<(CompactString, CompactString)>,
    /// Every name that the file binds.
    own: Vec<CompactString>,
    /// Modules of which it hands out everything.
    stars: Vec<CompactString>,
    /// The qualified paths that it imports.
    imports: Vec<CompactString>,
}

impl FileExports {
    /// Reads them off a file's model.
    pub(crate) fn of(model: &Model<'_>) -> Self {
        let module = &model.scopes[ScopeId::MODULE.index()];
        let mut exports = Self {
            stars: module.stars.clone(),
            own: module.names.keys().map(|name| CompactString::from(*name)).collect(),
            imports: model.imports.iter().map(|import| import.path.clone()).chain(by_name(model)).collect(),
            names: Vec::new(),
        };
        for (name, ids) in &module.names {
            for id in ids {
                exports.binding(model, name, &model.bindings[id.index()].bound.value);
                exports.add(name, model.bound_paths(*id));
            }
        }
        // The table of names has no order of its own.
        exports.names.sort_unstable();
        exports
    }

    fn binding<'a>(&mut self, model: &Model<'a>, name: &str, value: &Value<'a>) {
        match value {
            Value::Function(scope) => {
                for value in &model.scopes[scope.index()].returns {
                    self.add(&format_compact!("{name}()"), model.paths(value, *scope));
                }
            }
            Value::Class(class) => {
                for (member, ids) in &model.scopes[class.index()].names {
                    for id in ids {
                        let paths = model.bound_paths(*id);
                        self.add(&format_compact!("{name}.{member}"), paths.clone());
                        self.add(&format_compact!("{name}().{member}"), paths);
                    }
                }
            }
            Value::Expr(display) => {
                for item in items(display).into_iter().take(ITEMS) {
                    self.add(&format_compact!("{name}[]"), model.paths(item, ScopeId::MODULE));
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, name: &str, paths: Vec<CompactString>) {
        let worth = |path: &CompactString| !path.starts_with("builtins.") || dispatch::is_reached(path);
        self.names.extend(paths.into_iter().filter(worth).map(|path| (name.into(), path)));
    }
}

/// Modules that are imported by calls: `importlib.import_module(".a", __name__)`.
fn by_name(model: &Model<'_>) -> Vec<CompactString> {
    let mut out = Vec::new();
    for site in &model.calls {
        let called = match &*site.call.func {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => continue,
        };
        if matches!(called, "import_module" | "__import__" | "resolve_name") {
            out.extend(model.targets_of(site));
        }
    }
    out
}

fn items(display: &Expr) -> Vec<&Expr> {
    match display {
        Expr::List(list) => list.elts.iter().collect(),
        Expr::Tuple(tuple) => tuple.elts.iter().collect(),
        Expr::Set(set) => set.elts.iter().collect(),
        Expr::Dict(dict) => dict.items.iter().map(|item| &item.value).collect(),
        _ => Vec::new(),
    }
}

/// What all files of a tree hand out, by qualified path.
#[derive(Debug, Default)]
pub(crate) struct Exports {
    names: FxHashMap<CompactString, CompactString>,
    own: FxHashSet<CompactString>,
    stars: FxHashMap<CompactString, Vec<CompactString>>,
    /// Paths that, when imported, may lead to something that a rule asks for.
    heads: FxHashSet<CompactString>,
}

impl Exports {
    /// Puts the files' exports together; each comes with the name of its module.
    pub(crate) fn of<'f>(files: impl Iterator<Item = (String, &'f FileExports)>) -> Self {
        let mut all = Self::default();
        for (module, file) in files {
            for (name, path) in &file.names {
                let key = format_compact!("{module}.{name}");
                let better = !all.names.get(&key).is_some_and(|known| dispatch::is_reached(known));
                if better && *path != key {
                    all.names.insert(key, path.clone());
                }
            }
            all.own.extend(file.own.iter().map(|name| format_compact!("{module}.{name}")));
            if !file.stars.is_empty() {
                all.stars.entry(module.into()).or_default().extend(file.stars.iter().cloned());
            }
        }
        // A name may lead to a module of the tree that leads out in turn.
        for _ in 0..STEPS {
            let onward = |key: &CompactString| all.step(key).is_some_and(|next| all.heads.contains(&next));
            let leading: Vec<&CompactString> = all
                .names
                .keys()
                .filter(|key| !all.heads.contains(*key) && (all.leads_out(key) || onward(key)))
                .collect();
            let mut heads: Vec<CompactString> = Vec::new();
            for key in &leading {
                let ends = key.char_indices().filter(|(_, c)| matches!(c, '.' | '(' | '[')).map(|(at, _)| at);
                heads.extend(ends.chain([key.len()]).map(|end| CompactString::from(&key[..end])));
            }
            if leading.is_empty() {
                break;
            }
            all.heads.extend(heads);
        }
        all
    }

    fn leads_out(&self, path: &str) -> bool {
        self.follow(path) != path
    }

    /// Whether a file imports something that leads out of the tree again.
    pub(crate) fn concern(&self, file: &FileExports) -> bool {
        file.imports.iter().any(|path| {
            let path = path.strip_suffix(".*").unwrap_or(path);
            self.heads.contains(path) || self.stars.contains_key(path) || self.leads_out(path)
        })
    }

    /// The path outside the tree that a path leads to, or the path itself where it leads to none that a rule may
    /// ask for.
    pub(crate) fn follow(&self, path: &str) -> CompactString {
        let mut at = CompactString::from(path);
        for _ in 0..STEPS {
            let Some(next) = self.step(&at) else { break };
            at = next;
        }
        if dispatch::is_rooted(&at) { at } else { path.into() }
    }

    fn step(&self, path: &str) -> Option<CompactString> {
        if self.names.is_empty() && self.stars.is_empty() {
            return None;
        }
        let dots = || path.match_indices('.').map(|(at, _)| at);
        let ends: Vec<usize> = dots().chain([path.len()]).collect();
        for end in ends.into_iter().rev() {
            if let Some(target) = self.names.get(&path[..end]) {
                return Some(format_compact!("{target}{}", &path[end..]));
            }
            if self.own.contains(&path[..end]) {
                return None;
            }
        }
        let (at, stars) = dots().filter_map(|at| Some((at, self.stars.get(&path[..at])?))).next_back()?;
        let star = stars.iter().find(|star| dispatch::is_rooted(star)).or_else(|| stars.first())?;
        Some(format_compact!("{star}{}", &path[at..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(names: &[(&str, &str)], stars: &[&str]) -> FileExports {
        let own = names.iter().map(|(name, _)| CompactString::from(*name)).collect();
        let names = names.iter().map(|(name, path)| ((*name).into(), (*path).into())).collect();
        FileExports { names, own, stars: stars.iter().map(|star| (*star).into()).collect(), imports: Vec::new() }
    }

    #[test]
    fn names_lead_through_modules_and_out_of_the_tree() {
        let files = [
            ("p.a", file(&[("numbers", "os"), ("get()", "os.system"), ("own", "p.a.own")], &[])),
            ("p.b", file(&[("again", "p.a.numbers"), ("round", "p.b.trip"), ("trip", "p.b.round")], &["subprocess"])),
            ("p", file(&[], &["p.b"])),
        ];
        let exports = Exports::of(files.iter().map(|(module, file)| ((*module).to_owned(), file)));
        for (path, expected) in [
            ("p.a.numbers.system", "os.system"),
            ("p.a.get()", "os.system"),
            ("p.b.again.popen", "os.popen"),
            ("p.again.popen", "os.popen"),
            ("p.b.run", "subprocess.run"),
            ("p.a.own", "p.a.own"),
            ("p.b.round", "p.b.round"),
            ("json.loads", "json.loads"),
        ] {
            assert_eq!(exports.follow(path), expected, "{path}");
        }
        let taking = |path: &str| FileExports { imports: vec![path.into()], ..FileExports::default() };
        assert!(exports.concern(&taking("p.a")) && exports.concern(&taking("p.b.*")));
        assert!(!exports.concern(&taking("p.a.own")) && !exports.concern(&taking("json")));
    }
}
