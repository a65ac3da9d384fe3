use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::SinkKind;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-environment-to-execute",
        title: "A variable of the environment is run",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(94),
        bandit: &[],
        ruff: &[],
        remedy: "Choose among functions by the variable's value instead of running it.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(&[SourceKind::Environment], &[SinkKind::Execute, SinkKind::Shell], check)],
};

/// Variables that name a program which the user wants to be run.
const PROGRAMS: &[&str] = &["EDITOR", "VISUAL", "PAGER", "SHELL", "BROWSER", "COMSPEC", "PYTHON"];

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let names_program = |name: &str| {
        PROGRAMS.iter().any(|program| name == *program || name.ends_with(&format!("_{program}")))
            || ["_CMD", "_COMMAND"].iter().any(|end| name.ends_with(end))
    };
    let meant = |name: Option<&str>| arrival.sink == SinkKind::Shell && name.is_some_and(names_program);
    let mut flows = arrival.of(&[SourceKind::Environment]);
    let Some((_, flow)) = flows.find(|(_, flow)| !flow.weak && !meant(flow.name.as_deref())) else { return };
    let what = flow.name.as_deref().map_or_else(|| flow.path.to_string(), airlock_model::escape::quoted);
    let message = format!("{} {}: the environment's {what}", arrival.path, arrival.sink.words());
    let severity = if arrival.sink == SinkKind::Execute { Severity::High } else { Severity::Medium };
    let finding = super::finding(check, arrival, flow, message).severity(severity);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
The value of an environment variable that is run as code, or read by a shell. Variables that name the user's editor, pager, shell or browser are not meant where a shell reads them.

## Why it is dangerous
The code that runs is nowhere in the package. It is a door that whoever sets the variable can open, and one way to bring a payload in unseen.

## Example
```python
import os

exec(os.environ.get("APP_HOOK", ""))
```

## Safe form
```python
import os

HOOKS = {"none": lambda: None}

HOOKS[os.environ.get("APP_HOOK", "none")]()
```

## References
- CWE-94: Improper Control of Generation of Code
"##;
