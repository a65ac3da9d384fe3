use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Need, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-filesystem-write",
        title: "Writes, moves or removes files",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: None,
        bandit: &[],
        ruff: &[],
        remedy: "Declare `filesystem: write` under `permissions` in plugin.yaml.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::FILE_OPENERS, open), Hook::Reach(paths::FILE_WRITERS, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if is_in_memory(check, site) {
        return;
    }
    let message = format!("{} {}", site.verb(), site.path);
    check.capability(site, &Need::Write, message);
}

/// A database that no file holds.
fn is_in_memory<'a>(check: &Check<'_, 'a>, site: &Use<'a>) -> bool {
    let database = site.argument("database", 0).filter(|_| site.path == "sqlite3.connect");
    database.and_then(|name| check.model.key(name, site.place.scope)).is_some_and(|(name, _)| name == ":memory:")
}

/// `open` is a writer by its mode only.
fn open<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called && check.opens_for_writing(site) {
        let message = format!("{} {} for writing", site.verb(), site.path);
        check.capability(site, &Need::Write, message);
    }
}

const DOC: &str = r##"## What it finds
`open` in a writing mode, `pathlib.Path.write_*`, `touch`, `mkdir`, `unlink` and their like, `os.remove`, `os.rename` and their like, `shutil`, archives being unpacked.

## Why it is dangerous
A plugin that writes files can change other programs, shell profiles and keys. Whoever installs it should know that it writes.

## Example
```python
open("out.txt", "w").write("x")
```

## Safe form
```python
# plugin.yaml
# permissions:
#   filesystem: write
```

## References
- CWE-732: Incorrect Permission Assignment for Critical Resource
"##;
