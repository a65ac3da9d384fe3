//! What is known about modules that are not in the tree.

use std::sync::LazyLock;

use airlock_model::stdlib::STANDARD_MODULES;
use compact_str::CompactString;
use rustc_hash::FxHashMap;

use super::object::{path_of, top_of};

/// Modules under other names.
const SAME_MODULE: &[(&str, &str)] = &[
    ("posix", "os"),
    ("nt", "os"),
    ("_io", "io"),
    ("_pyio", "io"),
    ("_pickle", "pickle"),
    ("cPickle", "pickle"),
    ("_socket", "socket"),
    ("__builtin__", "builtins"),
    ("__builtins__", "builtins"),
    ("_operator", "operator"),
    ("_functools", "functools"),
    ("_codecs", "codecs"),
    ("_ctypes", "ctypes"),
    ("_winapi", "subprocess"),
    ("_thread", "threading"),
    ("_imp", "imp"),
    ("_frozen_importlib", "importlib._bootstrap"),
];

/// Attributes of the standard library's modules that are other modules, as CPython itself
/// tells them; `data/handed_out.py` writes the list.
static ATTRIBUTES: LazyLock<FxHashMap<&str, Vec<(&str, &str)>>> = LazyLock::new(|| {
    let line = |line: &'static str| {
        let (module, given) = line.split_once(": ")?;
        let one = |one: &'static str| one.split_once('=').unwrap_or((one, one));
        // `os.path` is what the rules call it; the import system's own names are kept as well.
        let kept = |(_, target): &(&str, &str)| !target.starts_with("_frozen") && *target != "posixpath";
        Some((module, given.split(' ').map(one).filter(kept).collect()))
    };
    include_str!("../../../data/handed_out.txt").lines().filter_map(line).collect()
});

/// Whether other modules import a module and so hand it out as an attribute, in whatever version of the library:
/// `shutil.os`. Asked of each component of each path.
fn is_handed_out(name: &str) -> bool {
    matches!(
        name,
        "os" | "sys"
            | "subprocess"
            | "builtins"
            | "socket"
            | "importlib"
            | "ctypes"
            | "pickle"
            | "shutil"
            | "marshal"
            | "pty"
            | "posix"
            | "nt"
            | "codecs"
            | "base64"
            | "runpy"
            | "operator"
            | "functools"
            | "types"
            | "io"
    )
}

/// Modules that are told by their names alone, whatever module hands them out.
const COMMONLY_HANDED_OUT: &[&str] = &["os", "sys", "subprocess", "builtins"];

/// Submodules that carry such a name by right.
const BY_RIGHT: &[(&str, &str)] = &[("asyncio", "subprocess"), ("importlib", "types"), ("concurrent", "io")];

/// Functions under other names.
const SAME_FUNCTION: &[(&str, &str)] = &[
    ("io.open", "builtins.open"),
    ("os.fdopen", "builtins.open"),
    ("io.open_code", "builtins.open"),
    ("importlib.__import__", "builtins.__import__"),
    ("importlib._bootstrap.__import__", "builtins.__import__"),
    ("importlib._gcd_import", "importlib.import_module"),
    ("importlib._bootstrap._gcd_import", "importlib.import_module"),
    ("subprocess._os.system", "os.system"),
    ("multiprocessing.reduction.ForkingPickler.loads", "pickle.loads"),
    ("multiprocessing.reduction.loads", "pickle.loads"),
    ("pickle._pickle.loads", "pickle.loads"),
    ("typing.io", "io"),
];

/// What is known of a top-level module; of most there is nothing.
#[derive(Default)]
struct Top {
    /// It belongs to the standard library, by its name.
    is_standard: bool,
    /// It, or a module below it, is in [`ATTRIBUTES`].
    hands_out: bool,
    /// The module that it is another name for.
    same: Option<&'static str>,
}

/// The modules of which something is known: every path is put into one spelling, and one look here tells that there
/// is nothing to do for most.
static TOPS: LazyLock<FxHashMap<&str, Top>> = LazyLock::new(|| {
    let mut tops: FxHashMap<&str, Top> = FxHashMap::default();
    for name in STANDARD_MODULES {
        tops.entry(name).or_default().is_standard = true;
    }
    for module in ATTRIBUTES.keys() {
        tops.entry(top_of(module)).or_default().hands_out = true;
    }
    for (other, same) in SAME_MODULE {
        tops.entry(other).or_default().same = Some(same);
    }
    tops
});

/// [`SAME_FUNCTION`] by the other name.
static SAME: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| SAME_FUNCTION.iter().copied().collect());

/// Whether a path is a module of the standard library by its own name.
pub(super) fn is_standard(path: &str) -> bool {
    TOPS.get(path).is_some_and(|top| top.is_standard)
}

/// One spelling for each thing: `shutil.os.system`, `posix.system` and `os.system` are one. Nothing for a path that
/// has it.
pub(super) fn canonical(path: &str) -> Option<CompactString> {
    let first = top_of(path);
    // Nothing is known of most paths but what any module may hand out.
    if !first.starts_with('_') && !TOPS.contains_key(first) && !names_commonly_handed_out(path) {
        return None;
    }
    let mut renamed = same_path(path);
    if renamed.is_some() {
        return renamed;
    }
    // Modules hand out modules that hand out modules.
    for _ in 0..8 {
        let Some(target) = attribute_module(renamed.as_deref().unwrap_or(path)) else { break };
        renamed = Some(target);
    }
    let so_far = renamed.as_deref().unwrap_or(path);
    if let Some(start) = handed_out(so_far) {
        let part = &so_far[start..];
        renamed = Some(CompactString::from(if is_underscored(part) { &part[1..] } else { part }));
    }
    let so_far = renamed.as_deref().unwrap_or(path);
    let first = top_of(so_far);
    if let Some(same) = TOPS.get(first).and_then(|top| top.same) {
        renamed = Some(path_of(&[same, &so_far[first.len()..]]));
    }
    match SAME.get(renamed.as_deref().unwrap_or(path)) {
        Some(same) => Some(CompactString::const_new(same)),
        None => renamed,
    }
}

/// The path with an attribute that is another module in the place of what hands it out.
fn attribute_module(path: &str) -> Option<CompactString> {
    if !TOPS.get(top_of(path)).is_some_and(|top| top.hands_out) || path.contains('(') {
        return None;
    }
    for (at, _) in path.match_indices('.') {
        let Some(given) = ATTRIBUTES.get(&path[..at]) else { continue };
        let rest = &path[at + 1..];
        let name = top_of(rest);
        if let Some((_, target)) = given.iter().find(|(own, target)| *own == name && !path.starts_with(target)) {
            return Some(path_of(&[target, &rest[name.len()..]]));
        }
    }
    None
}

/// What gives a path again, of a path.
const SAME_PATH: &[&str] = &[
    ".resolve()",
    ".absolute()",
    ".expanduser()",
    ".joinpath()",
    ".with_name()",
    ".with_suffix()",
    ".with_stem()",
    ".relative_to()",
    ".readlink()",
    ".parents[]",
    ".parent",
    ".rglob()[]",
    ".glob()[]",
    ".iterdir()[]",
];

/// One spelling for paths: `pathlib.Path.home().resolve().open` is `pathlib.Path().open`.
fn same_path(path: &str) -> Option<CompactString> {
    const MADE: &[&str] = &[
        "pathlib.Path()",
        "pathlib.Path.home()",
        "pathlib.Path.cwd()",
        "pathlib.PosixPath()",
        "pathlib.WindowsPath()",
        "pathlib.PurePath()",
    ];
    if !path.starts_with("pathlib.") {
        return None;
    }
    let made = MADE.iter().find(|made| path.starts_with(**made))?;
    let mut rest = &path[made.len()..];
    while let Some(step) = SAME_PATH.iter().find(|step| rest.starts_with(**step)) {
        // `.parent` is no beginning of `.parents`.
        let after = &rest[step.len()..];
        if !after.is_empty() && !after.starts_with(['.', '[', '(']) {
            break;
        }
        rest = after;
    }
    Some(path_of(&["pathlib.Path()", rest]))
}

/// Whether a component after the first begins as a module that modules of any origin hand out.
fn names_commonly_handed_out(path: &str) -> bool {
    let bytes = path.as_bytes();
    let begins = |rest: &[u8]| COMMONLY_HANDED_OUT.iter().any(|name| rest.starts_with(name.as_bytes()));
    let letters = |at: usize| matches!(bytes.get(at), Some(b'b' | b'o' | b's'));
    bytes.iter().enumerate().any(|(at, byte)| *byte == b'.' && letters(at + 1) && begins(&bytes[at + 1..]))
}

/// Where in the path a module begins that an unrelated module hands out.
fn handed_out(path: &str) -> Option<usize> {
    let first = top_of(path);
    let standard = first.starts_with('_') || TOPS.get(first).is_some_and(|top| top.is_standard);
    let (mut at, mut before, mut found) = (first.len(), first, None);
    while at < path.len() {
        let start = at + 1;
        let part = top_of(&path[start..]);
        at = start + part.len();
        let name = if standard && is_underscored(part) { &part[1..] } else { part };
        let handed = if standard {
            is_handed_out(name) && !BY_RIGHT.contains(&(before, name))
        } else {
            COMMONLY_HANDED_OUT.contains(&name)
        };
        if handed && name != before && !before.ends_with("()") {
            found = Some(start);
        }
        before = part;
    }
    found
}

fn is_underscored(part: &str) -> bool {
    part.len() > 1 && part.starts_with('_') && !part.starts_with("__")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_any_module_hands_out_is_told_from_what_begins_alike() {
        for name in COMMONLY_HANDED_OUT {
            assert_eq!(canonical(&format!("own.part.{name}.x")).as_deref(), Some(&*format!("{name}.x")));
            assert_eq!(canonical(&format!("own.{name}")).as_deref(), Some(*name));
            assert_eq!(canonical(&format!("own.{name}tem.x")), None);
        }
        assert_eq!(canonical("own"), None);
        assert_eq!(canonical("own."), None);
    }

    #[test]
    fn one_thing_has_one_path() {
        for (path, expected) in [
            ("os.system", "os.system"),
            ("socket.socket", "socket.socket"),
            ("shutil.os.system", "os.system"),
            ("random._os.system", "os.system"),
            ("posix.system", "os.system"),
            ("logging.handlers.os.popen", "os.popen"),
            ("shutil.sys.modules", "sys.modules"),
            ("asyncio.subprocess.create_subprocess_exec", "asyncio.subprocess.create_subprocess_exec"),
            ("os.path.join", "os.path.join"),
            ("asyncio.subprocess.subprocess.Popen", "subprocess.Popen"),
            ("linecache.tokenize.sys.modules", "sys.modules"),
            ("multiprocessing.reduction.ForkingPickler.loads", "pickle.loads"),
            ("_pickle.loads", "pickle.loads"),
            ("io.open", "builtins.open"),
            ("yaml.os.system", "os.system"),
            ("django.utils._os.safe_join", "django.utils._os.safe_join"),
            ("mylib.io.read", "mylib.io.read"),
            ("pathlib.Path.home().resolve().parent.open", "pathlib.Path().open"),
            ("pathlib.Path().parents", "pathlib.Path().parents"),
        ] {
            assert_eq!(canonical(path).as_deref().unwrap_or(path), expected);
        }
    }
}
