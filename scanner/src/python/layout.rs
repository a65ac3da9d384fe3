//! How files and modules stand to one another: import roots, module names, test files.

use airlock_model::stdlib::is_standard_module;
use airlock_model::{Tree, TreePath};
use rustc_hash::{FxHashMap, FxHashSet};

/// The folders that imports start from.
pub(crate) const ROOTS: [&str; 2] = ["", "src/"];

/// Whether a file is Python source that is to be examined.
pub(crate) fn is_python(path: &TreePath, bytes: &[u8]) -> bool {
    match path.extension() {
        Some(ending) if ["py", "pyw", "py3", "pyi"].iter().any(|python| ending.eq_ignore_ascii_case(python)) => true,
        Some(_) => false,
        None => names_python(bytes),
    }
}

/// Whether the first line of a file names an interpreter of Python, or a tool that runs one.
pub(crate) fn names_python(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.split(|b| *b == b'\n').next().unwrap_or_default();
    let first = &first[..first.len().min(256)];
    let names = |name: &[u8]| memchr::memmem::find(first, name).is_some();
    let runs = |tool: &[u8]| first.split(|b| b.is_ascii_whitespace() || *b == b'/').any(|word| word == tool);
    first.starts_with(b"#!")
        && (names(b"python") || names(b"pypy") || names(b"graalpy") || names(b"jython") || runs(b"uv") || runs(b"pipx"))
}

/// The paths that could hold an absolute module, in the order in which Python looks: a package hides a module of its
/// name beside it.
pub(crate) fn candidates(module: &str) -> impl Iterator<Item = String> + use<> {
    let path = module.replace('.', "/");
    ROOTS.into_iter().flat_map(move |root| [format!("{root}{path}/__init__.py"), format!("{root}{path}.py")])
}

/// The files of the tree that hold an absolute module.
pub(crate) fn module_files<'a>(tree: &'a Tree, module: &str) -> impl Iterator<Item = String> + use<'a> {
    candidates(module).filter(move |path| tree.get(path).is_some())
}

/// The modules at the import roots that the tree brings, sorted.
pub(crate) fn own_modules(tree: &Tree) -> Vec<String> {
    let tops = tree.iter().filter(|(path, _)| path.as_str().ends_with(".py")).filter_map(|(path, _)| {
        let below = path.as_str().strip_prefix("src/").unwrap_or(path.as_str());
        below.split('/').next().map(|top| top.strip_suffix(".py").unwrap_or(top).to_owned())
    });
    let mut own: Vec<String> = tops.collect();
    own.sort_unstable();
    own.dedup();
    own
}

/// The absolute module name of a file: `src/a/b.py` and `a/b/__init__.py` are `a.b`, `a.b.py` is `a:b`.
pub(crate) fn module_of(file: &str) -> String {
    let path = file.strip_prefix("src/").unwrap_or(file);
    let stem = path.strip_suffix(".py").or_else(|| path.strip_suffix(".pyw")).unwrap_or(path);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    // A name with a dot in it cannot be imported, and must not pass for two.
    if stem == "__init__" { String::new() } else { stem.replace('.', ":").replace('/', ".") }
}

/// Packages and modules below folders that imports may start from too, as in a repository of several projects: their names
/// there, and from the root, which are several where the name stands in several folders. One that stands at a root is that
/// one, and one of the standard library is hardly ever the tree's own.
pub(crate) fn nested<'p>(files: impl Iterator<Item = &'p str> + Clone) -> Vec<(&'p str, Vec<String>)> {
    let packages: FxHashSet<&str> = files.clone().filter_map(|file| file.strip_suffix("/__init__.py")).collect();
    let mut at_roots: FxHashSet<&str> = FxHashSet::default();
    let mut nested: FxHashMap<&str, Vec<String>> = FxHashMap::default();
    for file in files {
        let below = file.strip_prefix("src/").unwrap_or(file);
        let first = below.split('/').next().unwrap_or(below);
        at_roots.insert(first.strip_suffix(".py").unwrap_or(first));
        let whole = file.strip_suffix("/__init__.py").unwrap_or(file);
        if let Some((around, name)) = whole.rsplit_once('/')
            && around != "src"
            && !packages.contains(around)
        {
            let name = name.strip_suffix(".py").unwrap_or(name);
            // It cannot be imported.
            if name.contains(['.', '(', '[']) {
                continue;
            }
            nested.entry(name).or_default().push(module_of(whole));
        }
    }
    nested.retain(|name, _| !at_roots.contains(name) && !is_standard_module(name));
    let mut nested: Vec<_> = nested.into_iter().collect();
    nested.sort_unstable();
    nested
}

/// The absolute name of a module that `file` imports relatively (`level` dots) or absolutely.
pub(crate) fn absolute(file: &str, module: Option<&str>, level: u32) -> String {
    let module = module.unwrap_or_default();
    if level == 0 {
        return module.to_owned();
    }
    let own = module_of(file);
    let is_package = file.ends_with("/__init__.py") || file == "__init__.py";
    let mut parts: Vec<&str> = own.split('.').filter(|part| !part.is_empty()).collect();
    let up = level as usize - usize::from(is_package);
    parts.truncate(parts.len().saturating_sub(up));
    parts.extend(module.split('.').filter(|part| !part.is_empty()));
    parts.join(".")
}

/// Whether the file only runs when tests run.
pub(crate) fn is_test(file: &str) -> bool {
    let name = file.rsplit('/').next().unwrap_or(file);
    name == "conftest.py"
        || is_test_module(name)
        || file.split('/').rev().skip(1).any(|folder| matches!(folder, "tests" | "test" | "testing"))
}

/// Whether pytest collects a file of this name.
pub(crate) fn is_test_module(name: &str) -> bool {
    (name.starts_with("test_") && name.ends_with(".py")) || name.ends_with("_test.py")
}

/// Whether the file is run by a build or packaging tool, not by importing the plugin.
pub(crate) fn is_build_script(file: &str) -> bool {
    matches!(file, "setup.py" | "noxfile.py" | "docs/conf.py" | "doc/conf.py" | "tasks.py" | "fabfile.py")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_and_modules_correspond() {
        assert_eq!(module_of("src/a/b.py"), "a.b");
        assert_eq!(module_of("a/b/__init__.py"), "a.b");
        assert_eq!(module_of("a/os.system.py"), "a.os:system");
        assert_eq!(absolute("a/b/c.py", Some("d"), 1), "a.b.d");
        assert_eq!(absolute("a/b/__init__.py", Some("d"), 1), "a.b.d");
        assert_eq!(absolute("a/b/c.py", None, 2), "a");
        assert_eq!(absolute("c.py", Some("d.e"), 0), "d.e");
        assert_eq!(absolute("c.py", Some("d"), 9), "d");
    }

    #[test]
    fn imports_may_start_from_the_folder_around_a_package() {
        let files = [
            "app/__init__.py",
            "src/own/__init__.py",
            "one/src/tool/__init__.py",
            "one/src/tool/sub/__init__.py",
            "one/src/tool/sub/a.py",
            "one/helper.py",
            "one/util.py",
            "one/app/__init__.py",
            "one/json/__init__.py",
            "two/util.py",
            "two/own.py",
            "two/os.system.py",
            "two/stub.pyi",
        ];
        let expected =
            [("helper", &["one.helper"][..]), ("tool", &["one.src.tool"]), ("util", &["one.util", "two.util"])];
        let expected =
            expected.map(|(name, modules)| (name, modules.iter().map(|&module| module.to_owned()).collect()));
        assert_eq!(nested(files.into_iter()), expected);
    }

    #[test]
    fn test_files_are_told_by_name_and_folder() {
        assert!(is_test("tests/sub/anything.py") && is_test("a/test_b.py") && is_test("conftest.py"));
        assert!(!is_test("a/contest.py") && !is_test("latest/b.py"));
    }
}
