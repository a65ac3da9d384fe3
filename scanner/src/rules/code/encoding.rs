use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::Rule;

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-encoding",
        title: "Python source in an encoding that hides what it says",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(838),
        bandit: &[],
        ruff: &[],
        remedy: "Save the file as UTF-8 and remove the encoding cookie.",
        doc: DOC,
    },
    hooks: &[],
};

const DOC: &str = r#"## What it finds
Python source that is not UTF-8 or ASCII: an encoding cookie that names anything else, a byte order mark of UTF-16 or UTF-32, bytes that are not UTF-8, or a NUL byte.

## Why it is dangerous
The cookie decides what the interpreter reads. Under `utf-7`, `unicode_escape` or a codec that the plugin registers itself, a comment can be code, so a reader and a scanner that take the bytes for UTF-8 see something else than what runs.

## Example
```python
# coding: unicode_escape
# \u000aimport os; os.system("id")
```

## Safe form
```python
# The default encoding of Python source is UTF-8; no cookie is needed.
```

## References
- [PEP 263: Defining Python Source Code Encodings](https://peps.python.org/pep-0263/)
- CWE-838: Inappropriate Encoding for Output Context
"#;
