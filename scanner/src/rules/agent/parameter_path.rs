use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};
use airlock_model::manifest::FilesystemAccess;
use ruff_python_ast::Expr;

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-parameter-path",
        title: "A tool opens whatever path it is given",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(22),
        bandit: &[],
        ruff: &[],
        remedy: "Join the name to a folder of the plugin's own, resolve it, and refuse what lies outside.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(paths::FILE_OPENERS, check),
        Hook::Reach(paths::FILE_READERS, check),
        Hook::Reach(paths::FILE_WRITERS, check),
    ],
};

/// The expression that names the file.
fn path_of<'a>(site: &Use<'a>) -> Option<&'a Expr> {
    let call = site.call?;
    if site.path.starts_with("pathlib.") {
        let Expr::Attribute(method) = &*call.func else { return None };
        return Some(&*method.value);
    }
    if site.path.starts_with("tempfile.") || site.path.contains("ZipFile()") || site.path.starts_with("tarfile.open()")
    {
        return None;
    }
    call.arguments.args.first()
}

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }
    let Some((_, tool)) = check.model.tool_around(site.place.scope) else { return };
    let Some(data) = path_of(site) else { return };
    let Some(parameter) = check.model.origin(data, site.place.scope).parameter.filter(|name| tool.has_parameter(name))
    else {
        return;
    };
    if tool.checks_paths {
        return;
    }
    let writes = paths::FILE_WRITERS.contains(&site.path.as_str())
        || (paths::FILE_OPENERS.contains(&site.path.as_str()) && check.opens_for_writing(site));
    let declared = check.permissions.is_some_and(|permissions| permissions.filesystem == Some(FilesystemAccess::Write));
    let shown = airlock_model::escape::quoted(&parameter);
    let finding = check.at(site.range, format!("{} goes wherever the tool's parameter {shown} leads", site.path));
    check.report(if writes && !declared { finding.severity(Severity::Medium) } else { finding });
}

const DOC: &str = r##"## What it finds
A path that a tool's parameter decides, reaching a function that opens, lists, writes or removes files, in a tool that does not look at where it leads. Reading is of low severity; writing is of medium severity, unless the manifest declares `filesystem: write`.

## Why it is dangerous
A parameter is chosen by the model, and the model by whoever gets words before it. With `../` or an absolute path every file of the user is within reach.

## Example
```python
@tool
def remove(path: str) -> None:
    """Removes a note."""
    import os
    os.remove(path)
```

## Safe form
```python
import pathlib

NOTES = pathlib.Path("notes")

@tool
def remove(name: str) -> None:
    """Removes a note."""
    path = (NOTES / name).resolve()
    if not path.is_relative_to(NOTES.resolve()):
        raise ValueError("outside of the notes")
    path.unlink()
```

## References
- CWE-22: Improper Limitation of a Pathname to a Restricted Directory
"##;
