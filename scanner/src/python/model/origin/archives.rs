//! Copies that are made of files by their names: of one file, of a whole folder, and into an archive.

use ruff_python_ast::{Expr, ExprCall, Operator};

use super::facts::{Facts, FileName, Store, file_name};
use super::secret_file::secret_file;
use super::source::SourceKind;
use crate::python::model::Model;
use crate::python::model::object::parted;
use crate::python::model::scope::{ScopeId, Value};

/// What opens an archive, whose name is the first argument.
const OPENERS: &[&str] = &[
    "tarfile.open",
    "tarfile.TarFile",
    "tarfile.TarFile.open",
    "zipfile.ZipFile",
    "zipfile.PyZipFile",
    "pyzipper.AESZipFile",
    "pyzipper.ZipFile",
    "py7zr.SevenZipFile",
];
/// How many copies of copies one file's contents are followed through.
const COPIES: u32 = 4;

/// What becomes of the argument of an archive's method.
enum Adds {
    /// The file or the folder of that name goes in.
    Named,
    /// It is what goes in.
    Contents,
}

/// A method that puts something into an archive, by the path that a call reaches, and the argument that it puts in.
fn adds(path: &str) -> Option<(Adds, &'static str, usize)> {
    let (object, method) = parted(path)?;
    if !OPENERS.contains(&object.strip_suffix("()")?) {
        return None;
    }
    Some(match method {
        "add" => (Adds::Named, "name", 0),
        "write" | "writeall" | "writepy" => (Adds::Named, "filename", 0),
        "addfile" => (Adds::Contents, "fileobj", 1),
        "writestr" => (Adds::Contents, "data", 1),
        "writef" => (Adds::Contents, "bio", 0),
        _ => return None,
    })
}

/// The endings of the names that `shutil.make_archive` makes.
fn ending(format: &str) -> Option<&'static str> {
    Some(match format {
        "zip" => ".zip",
        "tar" => ".tar",
        "gztar" => ".tar.gz",
        "bztar" => ".tar.bz2",
        "xztar" => ".tar.xz",
        "zstdtar" => ".tar.zst",
        _ => return None,
    })
}

impl<'a> Facts<'a> {
    /// Notes what a call copies; `false` where it is none that copies.
    pub(super) fn copied(&mut self, model: &Model<'a>, path: &str, call: &'a ExprCall, scope: ScopeId) -> bool {
        let argument = |name, position| call.arguments.find_argument_value(name, position);
        match path {
            "shutil.copy" | "shutil.copy2" | "shutil.copyfile" | "shutil.move" | "os.rename" | "os.replace" => {
                if let (Some(from), Some(to)) = (argument("src", 0), argument("dst", 1)) {
                    self.written(model, to, from, scope, true);
                }
            }
            "shutil.copytree" | "distutils.dir_util.copy_tree" => {
                if let (Some(from), Some(to)) = (argument("src", 0), argument("dst", 1)) {
                    self.written(model, to, from, scope, true);
                    self.trees |= !self.stores.is_empty();
                }
            }
            "shutil.make_archive" => {
                let format = argument("format", 1);
                for folder in [argument("root_dir", 2), argument("base_dir", 3)].into_iter().flatten() {
                    if let Some(base) = argument("base_name", 0) {
                        self.made(model, base, format, folder, scope);
                    }
                }
            }
            path => {
                let Some((how, name, position)) = adds(path) else { return false };
                let Expr::Attribute(method) = &*call.func else { return true };
                let Some(data) = argument(name, position) else { return true };
                for (file, inner, in_memory) in opened(model, &method.value, scope) {
                    let Some(file) = file_name(model, file, inner) else { continue };
                    let is_copy = matches!(how, Adds::Named);
                    self.keep(Store { file, data, scope, is_copy, in_memory });
                }
            }
        }
        true
    }

    /// `shutil.make_archive(base, format, folder)`, which adds an ending to the name.
    fn made(&mut self, model: &Model<'a>, base: &'a Expr, format: Option<&'a Expr>, folder: &'a Expr, scope: ScopeId) {
        let Some(mut file) = file_name(model, base, scope) else { return };
        if let FileName::Text(text) = &mut file {
            let format = format.and_then(|format| model.constant(format, scope)?.value.into_text());
            text.push_str(format.as_deref().and_then(ending).unwrap_or(".zip"));
        }
        self.keep(Store { file, data: folder, scope, is_copy: true, in_memory: false });
    }
}

/// The names of the files that an open archive can be, and whether that is a buffer in memory.
fn opened<'a>(model: &Model<'a>, archive: &'a Expr, scope: ScopeId) -> Vec<(&'a Expr, ScopeId, bool)> {
    let mut found = Vec::new();
    let mut consider = |expr: &'a Expr, scope: ScopeId| {
        let Expr::Call(call) = expr else { return };
        if !model.resolve(&call.func, scope).iter().any(|reached| reached.path().is_some_and(|p| OPENERS.contains(&p)))
        {
            return;
        }
        let named = |names: &[&str]| names.iter().find_map(|name| call.arguments.find_keyword(name));
        if let Some(buffer) = named(&["fileobj"]) {
            found.push((&buffer.value, scope, true));
        } else if let Some(file) = call.arguments.args.first().or_else(|| Some(&named(&["name", "file"])?.value)) {
            found.push((file, scope, true));
        }
    };
    consider(archive, scope);
    if let Expr::Name(name) = archive {
        for id in model.lookup(&name.id, scope).into_iter().flatten() {
            let bound = &model.bindings[id.index()].bound;
            if let Value::Expr(expr) = bound.value {
                consider(expr, bound.scope);
            }
        }
    }
    found
}

/// The secret files that a file holds copies of, by the names of what was copied there; `tell` is given each.
pub(super) fn secrets_in<'a>(
    model: &Model<'a>,
    file: &'a Expr,
    scope: ScopeId,
    depth: u32,
    tell: &mut dyn FnMut(SourceKind, String, &'a Expr),
) {
    let facts = model.facts();
    let names = names_of(model, file, scope);
    // What is copied again may be a folder, with all that was copied into it.
    let folder = names.first().filter(|_| depth > 0);
    let is_meant = |name: &FileName| names.contains(name) || folder.is_some_and(|folder| is_below(name, folder));
    for store in facts.stores.iter().filter(|store| store.is_copy && is_meant(&store.file)) {
        match secret_file(&model.literals_in(store.data, store.scope)) {
            Some((kind, name)) => tell(kind, name, store.data),
            // A copy of a copy.
            None if depth < COPIES => secrets_in(model, store.data, store.scope, depth + 1, tell),
            None => {}
        }
    }
}

impl Model<'_> {
    /// The secret file that was copied to a file of that name, whatever the case of its letters.
    pub(crate) fn copied_to(&self, file: &str) -> Option<(SourceKind, String)> {
        let mut found = None;
        for store in self.facts().stores.iter().filter(|store| store.is_copy) {
            let FileName::Text(name) = &store.file else { continue };
            if !name.eq_ignore_ascii_case(file) {
                continue;
            }
            match secret_file(&self.literals_in(store.data, store.scope)) {
                Some(secret) => return Some(secret),
                None => secrets_in(self, store.data, store.scope, 1, &mut |kind, name, _| found = Some((kind, name))),
            }
        }
        found
    }
}

/// Whether a file is in a folder, by their names.
fn is_below(file: &FileName, folder: &FileName) -> bool {
    let (FileName::Text(file), FileName::Text(folder)) = (file, folder) else { return false };
    file.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

/// The names by which a file may have been written: its own, and those of the folders that it is in, where whole
/// folders are copied.
fn names_of<'a>(model: &Model<'a>, file: &'a Expr, scope: ScopeId) -> Vec<FileName> {
    let mut names: Vec<FileName> = file_name(model, file, scope).into_iter().collect();
    if !model.facts().trees {
        return names;
    }
    let mut at = file;
    // Folders in folders; eight are plenty.
    for _ in 0..8 {
        at = match at {
            Expr::Call(call) => match &*call.func {
                Expr::Attribute(method) if matches!(method.attr.as_str(), "join" | "Path" | "str") => {
                    let Some(first) = call.arguments.args.first() else { break };
                    first
                }
                _ => break,
            },
            Expr::BinOp(op) if matches!(op.op, Operator::Div | Operator::Add) => &op.left,
            _ => break,
        };
        names.extend(file_name(model, at, scope));
    }
    for text in model.literals_in(file, scope) {
        let ends = text.match_indices('/').map(|(end, _)| end).filter(|end| *end > 0).chain([text.len()]);
        names.extend(ends.map(|end| FileName::Text(text[..end].to_owned())));
    }
    names
}
