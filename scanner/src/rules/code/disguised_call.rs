use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::object::Via;
use crate::rules::check::{Check, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-disguised-call",
        title: "A dangerous function reached in a disguise",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(506),
        bandit: &[],
        ruff: &[],
        remedy: "Write the call by its name.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(paths::SHELLS, check),
        Hook::Reach(paths::PROCESSES, check),
        Hook::Reach(paths::EVALUATORS, check),
        Hook::Reach(paths::NATIVE, check),
        Hook::Reach(paths::PICKLES, check),
    ],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let (how, severity, confidence) = match site.via {
        Via::Plain => return,
        Via::Indirect => ("by a string or an interpreter's table", Severity::Medium, Confidence::Medium),
        Via::Computed => ("by a name that is put together at run time", Severity::High, Confidence::High),
        Via::Decoded => ("by a name that is decoded at run time", Severity::Critical, Confidence::High),
    };
    let message = format!("{} is reached {how}", site.path);
    let finding = check.at(site.range, message).severity(severity).confidence(confidence);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
A function that starts programs, runs code, loads native code or reads pickles, reached by a string instead of its name: `getattr` with a name put together or decoded at run time, `sys.modules`, `__dict__`, `vars`, `globals`, `__import__`.

## Why it is dangerous
Honest code writes `os.system`. A name that is spelt in pieces or decoded serves to keep the call from readers and from scanners.

## Example
```python
import os

getattr(os, "sys" + "tem")("id")
```

## Safe form
```python
import subprocess

subprocess.run(["id"])
```

## References
- CWE-506: Embedded Malicious Code
"##;
