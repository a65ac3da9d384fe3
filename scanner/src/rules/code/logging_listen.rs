use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-logging-listen",
        title: "A logging configuration that comes over the network",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(94),
        bandit: &["B612"],
        ruff: &["S612"],
        remedy: "Pass `verify=` with a function that checks a signature, or read the configuration from a file.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(&["logging.config.listen"], check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how == How::Called && site.argument("verify", 1).is_none() {
        let finding = check.at(site.range, format!("{} takes what anyone sends", site.path));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
`logging.config.listen` without `verify`.

## Why it is dangerous
Parts of a logging configuration are evaluated as Python. Every program of the machine can send one to the open port, and so run code in this process.

## Example
```python
import logging.config

server = logging.config.listen(9999)
```

## Safe form
```python
import logging.config

logging.config.fileConfig("logging.ini")
```

## References
- [logging.config.listen](https://docs.python.org/3/library/logging.config.html#logging.config.listen)
- CWE-94: Improper Control of Generation of Code
"##;
