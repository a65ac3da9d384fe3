use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::Rule;

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-scanner-fault",
        title: "A fault of the scanner left this file unexamined",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: None,
        bandit: &[],
        ruff: &[],
        remedy: "Nothing is wrong with the plugin by this finding; a person looks at the file, and the operator is told.",
        doc: DOC,
    },
    hooks: &[],
};

const DOC: &str = r#"## What it finds
A file on which the scanner itself failed. It says nothing about the file other than that it was not examined to its end.

## Why it is dangerous
A file that makes a scanner fail may have been written to do so. It costs this one plugin a person's look and nobody else anything.

## Example
There is none that is known; each one found becomes a test.

## Safe form
Nothing in the plugin needs to change.

## References
- CWE-755: Improper Handling of Exceptional Conditions
"#;
