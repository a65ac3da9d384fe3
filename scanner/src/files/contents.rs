//! Files that nobody can read before they run: native code, byte code, archives,
//! and code under a name that hides it.

use airlock_model::escape::quoted;
use airlock_model::finding::{Capability, Finding, Permission, Severity};
use airlock_model::tree::{Tree, TreePath};

use super::magic::{self, Magic};
use super::rules;

/// Endings that say openly that a file is native code.
const NATIVE_ENDINGS: &[&str] = &["so", "dylib", "dll", "pyd", "exe", "bin", "o", "a", "lib", "wasm", "node"];
/// Endings that an interpreter or a system loads as native code, whatever the file is.
const LIBRARY_ENDINGS: &[&str] = &["so", "dylib", "dll", "pyd", "exe"];
/// Formats of documents and data that are zips inside.
const DOCUMENT_ENDINGS: &[&str] =
    &["docx", "xlsx", "pptx", "odt", "ods", "odp", "epub", "npz", "parquet", "keras", "pptm", "xlsm"];
/// Endings whose content the scanner reads as Python.
const PYTHON_ENDINGS: &[&str] = &["py", "pyw", "py3", "pyi"];

/// Checks one file.
pub(crate) fn check(tree: &Tree, path: &TreePath, bytes: &[u8], native: Permission, findings: &mut Vec<Finding>) {
    let ending = path.extension().unwrap_or("").to_lowercase();
    if matches!(ending.as_str(), "pyc" | "pyo") {
        findings.push(bytecode(tree, path));
        return;
    }
    match magic::of(bytes) {
        Some(Magic::Native(what)) => findings.push(binary(path, &ending, what, native)),
        Some(Magic::Bytecode) => {
            let message = format!("{} is compiled Python under another ending.", quoted(path.as_str()));
            findings.push(Finding::of(&rules::DISGUISED_BINARY, message).in_file(path.as_str()));
        }
        Some(Magic::Archive(what)) => findings.push(nested(path, bytes, &ending, what)),
        None if !PYTHON_ENDINGS.contains(&ending.as_str()) && crate::python::names_python(bytes) => {
            let message = format!("{} is a Python script without the ending .py.", quoted(path.as_str()));
            findings.push(Finding::of(&rules::UNSCANNED_SCRIPT, message).in_file(path.as_str()));
        }
        None if LIBRARY_ENDINGS.contains(&ending.as_str()) => {
            findings.push(binary(path, &ending, "named as native code, of a form that is not known", native));
        }
        None => {}
    }
}

/// Byte code is fine beside its source, and unreadable without.
fn bytecode(tree: &Tree, path: &TreePath) -> Finding {
    let source = path.as_str().rsplit_once('.').map(|(stem, _)| format!("{stem}.py"));
    let has_source = source.as_deref().is_some_and(|source| tree.get(source).is_some());
    let finding = |message: String| Finding::of(&rules::BYTECODE, message).in_file(path.as_str());
    if has_source {
        finding(format!("{} lies beside its source and is never needed.", quoted(path.as_str())))
            .severity(Severity::Low)
    } else {
        finding(format!("{} is compiled Python without its source.", quoted(path.as_str())))
    }
}

fn binary(path: &TreePath, ending: &str, what: &str, native: Permission) -> Finding {
    let open = NATIVE_ENDINGS.contains(&ending) || ending.is_empty() || path.file_name().contains(".so.");
    if !open {
        let message = format!("{} is {what} under the ending of something else.", quoted(path.as_str()));
        return Finding::of(&rules::DISGUISED_BINARY, message).in_file(path.as_str());
    }
    let message = format!("{} is {what}.", quoted(path.as_str()));
    let mut finding = Finding::of(&rules::NATIVE_BINARY, message).in_file(path.as_str());
    finding = finding.capability(Capability::NativeCode);
    finding.permission = Some(native);
    if native == Permission::Declared { finding.severity(Severity::Note) } else { finding }
}

fn nested(path: &TreePath, bytes: &[u8], ending: &str, what: &str) -> Finding {
    let message = format!("{} is {what}; what is in it was not examined.", quoted(path.as_str()));
    let finding = Finding::of(&rules::NESTED_ARCHIVE, message).in_file(path.as_str());
    let document = DOCUMENT_ENDINGS.contains(&ending) && !magic::zip_holds_code(bytes);
    if document { finding.severity(Severity::Low) } else { finding }
}
