use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-file-permissions",
        title: "Lets every user write a file",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(732),
        bandit: &["B103"],
        ruff: &["S103"],
        remedy: "Give the file the mode that its owner needs, such as `0o600` or `0o644`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(MODES, check)],
};

/// What sets the mode of a file.
const MODES: &[&str] = &["os.chmod", "os.fchmod", "os.lchmod", "pathlib.Path().chmod", "pathlib.Path().lchmod"];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let position = usize::from(site.path.starts_with("os."));
    let Some(mode) = site.argument("mode", position).filter(|_| site.how == How::Called) else { return };
    let Some(mode) = check.number(mode, site.place.scope) else { return };
    let (what, severity) = if mode & 0o6000 != 0 {
        ("runs with its owner's rights, whoever starts it", Severity::Medium)
    } else if mode & 0o002 != 0 {
        ("every user may write", Severity::Low)
    } else {
        return;
    };
    let finding = check.at(site.range, format!("{} makes a file that {what}: mode {mode:#o}", site.path));
    check.report(finding.severity(severity));
}

const DOC: &str = r##"## What it finds
`os.chmod`, `pathlib.Path.chmod` and their like with a constant mode that lets every user write, or that sets the set-user-id or set-group-id bit (medium). Bandit and Ruff report `0o755` as well, and rate all of it medium or high; a program that its group may start is no finding here.

## Why it is dangerous
Another user of the machine can put his own content into the file, and whoever reads or runs it trusts the wrong person.

## Example
```python
import os

os.chmod("settings.json", 0o777)
```

## Safe form
```python
import os

os.chmod("settings.json", 0o600)
```

## References
- [os.chmod](https://docs.python.org/3/library/os.html#os.chmod)
- CWE-732: Incorrect Permission Assignment for Critical Resource
"##;
