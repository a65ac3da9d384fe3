use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Need, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-dynamic-import",
        title: "Imports a module whose name is made at run time",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        cwe: Some(470),
        bandit: &[],
        ruff: &[],
        remedy: "Import by name, or choose from a dictionary of modules; otherwise declare `dynamic_code: true` under `permissions` in plugin.yaml.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(
        &[
            "builtins.__import__",
            "importlib.import_module",
            "pkgutil.resolve_name",
            "pydoc.locate",
            "zipimport.zipimporter().load_module",
            "imp.load_source",
            "imp.load_module",
            "importlib.util.spec_from_file_location",
            "importlib.machinery.SourceFileLoader",
        ],
        check,
    )],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let name = site.argument("name", 0);
    let by_path = site.path.starts_with("imp.") || site.path.contains("util.") || site.path.contains("machinery.");
    let constant = name.is_some_and(|name| check.model.constant(name, site.place.scope).is_some());
    if site.how == How::Called && constant && !by_path {
        return;
    }
    let message = format!("{} {} with a name that is made at run time", site.verb(), site.path);
    check.capability(site, &Need::DynamicCode, message);
}

const DOC: &str = r##"## What it finds
`__import__`, `importlib.import_module` and their relatives with a name that does not fold to a constant.

## Why it is dangerous
Whoever chooses the name chooses the code that runs.

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
