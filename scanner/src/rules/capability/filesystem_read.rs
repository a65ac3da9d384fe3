use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Need, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-filesystem-read",
        title: "Reads files",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: None,
        bandit: &[],
        ruff: &[],
        remedy: "Declare `filesystem: read` under `permissions` in plugin.yaml.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::FILE_OPENERS, open), Hook::Reach(paths::FILE_READERS, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}", site.verb(), site.path);
    check.capability(site, &Need::Read, message);
}

/// `open` is a reader by its mode only.
fn open<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called && !check.opens_for_writing(site) {
        let message = format!("{} {} for reading", site.verb(), site.path);
        check.capability(site, &Need::Read, message);
    }
}

const DOC: &str = r##"## What it finds
`open` in a reading mode, `pathlib.Path.read_*`, `os.listdir`, `os.walk`, `glob` and their like.

## Why it is dangerous
A plugin that reads files can read keys and documents. Whoever installs it should know that it reads.

## Example
```python
open("notes.txt").read()
```

## Safe form
```python
# plugin.yaml
# permissions:
#   filesystem: read
```

## References
- CWE-552: Files or Directories Accessible to External Parties
"##;
