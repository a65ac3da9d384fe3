use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Need, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-dynamic-import",
        title: "Imports in ways that hide which module it is",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        cwe: Some(470),
        bandit: &[],
        ruff: &[],
        remedy: "Import by name, or choose from a dictionary of modules; otherwise declare `dynamic_code: true` under `permissions` in plugin.yaml.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(BY_NAME, by_name), Hook::Reach(LOADERS, by_loader), Hook::Read(MACHINERY, machinery)],
};

/// What imports by a name.
const BY_NAME: &[&str] = &["builtins.__import__", "importlib.import_module", "pkgutil.resolve_name", "pydoc.locate"];

/// What loads code from a file that need not be named as a module is.
const LOADERS: &[&str] = &[
    "zipimport.zipimporter",
    "zipimport.zipimporter().load_module",
    "imp.load_source",
    "imp.load_compiled",
    "imp.load_module",
    "importlib.util.spec_from_file_location",
    "importlib.util.spec_from_loader",
    "importlib.machinery.FileFinder",
    "importlib.machinery.SourceFileLoader",
    "importlib.machinery.SourcelessFileLoader",
    "importlib._bootstrap.*",
    "importlib._bootstrap_external.*",
    "_frozen_importlib_external.*",
    "site.addsitedir",
    "site.addpackage",
];

/// What decides which files are modules.
const MACHINERY: &[&str] = &[
    "sys.meta_path",
    "sys.path_hooks",
    "sys.path_importer_cache",
    "importlib.machinery.SOURCE_SUFFIXES",
    "importlib.machinery.BYTECODE_SUFFIXES",
    "importlib.machinery.EXTENSION_SUFFIXES",
];

fn by_name<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let name = site.argument("name", 0);
    let constant = name.is_some_and(|name| check.model.constant(name, site.place.scope).is_some());
    if site.how == How::Called && constant {
        return;
    }
    let message = format!("{} {} with a name that is made at run time", site.verb(), site.path);
    check.capability(site, &Need::DynamicCode, message);
}

fn by_loader<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}, which loads code from files that need not be modules", site.verb(), site.path);
    check.capability(site, &Need::DynamicCode, message);
}

fn machinery<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}, which decides what is imported and from where", site.verb(), site.path);
    check.capability(site, &Need::DynamicCode, message);
}

const DOC: &str = r##"## What it finds
`__import__`, `importlib.import_module` and their relatives with a name that does not fold to a constant; loaders that read a module from any file (`importlib.machinery.SourceFileLoader`, `spec_from_file_location`, `zipimport`); and the tables that decide what an import finds (`sys.meta_path`, `sys.path_hooks`, `SOURCE_SUFFIXES`).

## Why it is dangerous
Whoever chooses the name chooses the code that runs, and a file that is no module is not examined as one.

## Example
```python
import importlib

def load(name):
    return importlib.import_module(name)
```

## Safe form
```python
from . import csv_reader, json_reader

READERS = {"csv": csv_reader, "json": json_reader}
```

## References
- [importlib.import_module](https://docs.python.org/3/library/importlib.html#importlib.import_module)
- CWE-470: Use of Externally-Controlled Input to Select Classes or Code
"##;
