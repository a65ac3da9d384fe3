use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::{Expr, ExprCall};
use ruff_text_size::Ranged;

use crate::python::model::{CallSite, Place};
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-archive-extract",
        title: "An archive unpacked without a filter",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        cwe: Some(22),
        bandit: &["B202"],
        ruff: &["S202"],
        remedy: "Pass `filter=\"data\"`, which refuses members that would land outside of the folder.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(KNOWN, known), Hook::Method(&["extractall"], unknown)],
};

/// Archives that are known as such.
const KNOWN: &[&str] = &[
    "tarfile.open().extractall",
    "tarfile.TarFile().extractall",
    "tarfile.TarFile.open().extractall",
    "tarfile.TarFile.gzopen().extractall",
    "tarfile.TarFile.bz2open().extractall",
    "tarfile.TarFile.xzopen().extractall",
];

fn known<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if let Some(call) = site.call.filter(|_| site.how == How::Called) {
        examine(check, call, site.place);
    }
}

/// What a parameter holds cannot be told; in a file that imports `tarfile` it is taken for one.
fn unknown<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let targets = check.model.targets(site.call, site.place.scope);
    if targets.iter().all(|target| target.path().is_none()) && check.imports("tarfile") {
        examine(check, site.call, site.place);
    }
}

fn examine<'a>(check: &mut Check<'_, 'a>, call: &'a ExprCall, place: Place) {
    let argument = |name| call.arguments.find_keyword(name).map(|keyword| &keyword.value);
    if let Some(filter) = argument("filter") {
        let is_safe = |name: &str| name == "data" || name == "tar" || name.ends_with("_filter");
        let named = check.text(filter, place.scope);
        let paths = check.model.paths(filter, place.scope);
        // A filter of the plugin's own is taken for one that does its work.
        if named.as_deref().map_or(paths.is_empty(), is_safe) || paths.iter().any(|path| is_safe(path)) {
            return;
        }
    }
    let chooses = argument("members").is_some_and(|members| matches!(members, Expr::Call(_)));
    let origin = check.model.origin(&call.func, place.scope);
    let severity = if chooses || origin.is_constant() { Severity::Low } else { Severity::Medium };
    let message = format!("extractall without a filter; the archive comes from {}", check.describe(&origin));
    let mut finding = check.at(call.range(), message).severity(severity);
    finding.evidence.extend(check.steps(&origin));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
`tarfile.TarFile.extractall` without `filter="data"`, `filter="tar"` or a filter function. Where the name of the archive is a constant, or `members` is chosen by a function, it is low.

## Why it is dangerous
A member may be called `../../.bashrc`, or be a link that the next member is written through. Unpacking then writes files wherever its maker likes. Python filters by itself from 3.14 on.

## Example
```python
import tarfile

def unpack(path, folder):
    with tarfile.open(path) as archive:
        archive.extractall(folder)
```

## Safe form
```python
import tarfile

def unpack(path, folder):
    with tarfile.open(path) as archive:
        archive.extractall(folder, filter="data")
```

## References
- [tarfile: Extraction filters](https://docs.python.org/3/library/tarfile.html#extraction-filters)
- CWE-22: Improper Limitation of a Pathname to a Restricted Directory
"##;
