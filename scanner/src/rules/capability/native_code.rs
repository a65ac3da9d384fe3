use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, Need, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-native-code",
        title: "Loads native code",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(114),
        bandit: &[],
        ruff: &[],
        remedy: "Declare `native_code: true` under `permissions` in plugin.yaml, or use a pure Python library.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::NATIVE, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}", site.verb(), site.path);
    check.capability(site, &Need::NativeCode, message);
}

const DOC: &str = r##"## What it finds
`ctypes`, `cffi` and other ways to call into native libraries or to write raw memory.

## Why it is dangerous
Native code is beyond what reading Python source can tell, and beyond what the interpreter can keep in bounds.

## Example
```python
import ctypes

ctypes.CDLL("libc.so.6").system(b"id")
```

## Safe form
```python
import os

os.getpid()
```

## References
- [ctypes](https://docs.python.org/3/library/ctypes.html)
- CWE-114: Process Control
"##;
