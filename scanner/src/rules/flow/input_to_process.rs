use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::questions::is_terminal;
use crate::rules::sinks::{Part, SinkKind};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-input-to-process",
        title: "What a user typed is run",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(77),
        bandit: &[],
        ruff: &[],
        remedy: "Pass it as one argument of a fixed program without a shell, or choose by it from a dictionary.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(
        &[SourceKind::User],
        &[SinkKind::Execute, SinkKind::Shell, SinkKind::Process, SinkKind::Pickle],
        check,
    )],
};

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let mut flows = arrival.of(&[SourceKind::User]);
    // The command line belongs to whoever runs the program, and an argument of a fixed program is data.
    let found = flows.find(|(part, flow)| {
        !flow.weak && !flow.path.starts_with("sys.argv") && !matches!(part, Part::Argument | Part::Address)
    });
    let Some((_, flow)) = found else { return };
    let message = format!("{} {}: what {} gives", arrival.path, arrival.sink.words(), flow.path);
    let finding = super::finding(check, arrival, flow, message);
    check.report(if is_terminal(&flow.path) { finding.confidence(Confidence::Medium) } else { finding });
}

const DOC: &str = r##"## What it finds
What is typed in (`input`, standard input, a form that a web server receives) that is run as code, read by a shell, started as a program or read as a pickle. The command line is not meant, nor an argument of a fixed program. What comes from the terminal of whoever runs the program is of medium confidence.

## Why it is dangerous
Whoever types decides what runs, with all the rights of the program.

## Example
```python
import os

os.system("ping -c 1 " + input("host: "))
```

## Safe form
```python
import subprocess

subprocess.run(["ping", "-c", "1", "--", input("host: ")], check=True)
```

## References
- CWE-77: Improper Neutralization of Special Elements used in a Command
"##;
