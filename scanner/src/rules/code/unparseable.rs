use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::Rule;

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-unparseable",
        title: "Python source that does not parse",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(1078),
        bandit: &[],
        ruff: &[],
        remedy: "Correct the syntax error, or remove the file if nothing imports it.",
        doc: DOC,
    },
    hooks: &[],
};

const DOC: &str = r#"## What it finds
A `.py` file, or a script that names Python as its interpreter, that is not valid Python 3.

## Why it is dangerous
What cannot be parsed cannot be examined. A file that one interpreter refuses may be accepted by another version, and a registry that passed it over in silence would call unread code clean.

## Example
```python
print "hello"
```

## Safe form
```python
print("hello")
```

## References
- [The Python language reference: full grammar specification](https://docs.python.org/3/reference/grammar.html)
- CWE-1078: Inappropriate Source Code Style or Formatting
"#;
