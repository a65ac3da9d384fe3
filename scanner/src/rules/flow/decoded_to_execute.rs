use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::SinkKind;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-decoded-to-execute",
        title: "Decoded data is run as code",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(506),
        bandit: &[],
        ruff: &[],
        remedy: "Remove it. Code belongs in files that can be read.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(&[SourceKind::Decoded], &[SinkKind::Execute], check)],
};

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let Some((_, flow)) = arrival.of(&[SourceKind::Decoded]).find(|(_, flow)| !flow.weak) else { return };
    let message = format!("{} runs what {} made", arrival.path, flow.path);
    // Where the encoded text comes from elsewhere, it cannot even be looked at.
    let brought = arrival.arrived.iter().map(|(_, flow)| flow.kind).filter(|kind| *kind != SourceKind::Decoded).min();
    let message = match brought {
        Some(kind) => format!("{message} of {}", kind.words()),
        None => message,
    };
    let finding = super::finding(check, arrival, flow, message);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
What a decoder (base 16 to 85, zlib, marshal, a cipher) made, that is run as code, however many names, functions, containers and files of the plugin it passes through before.

## Why it is dangerous
Encoded code hides from readers. Where the encoded text lies in a data file, a picture or a variable, nobody has seen the code at all.

## Example
```python
import base64

def unpack(text):
    return base64.b64decode(text)

code = unpack(open("logo.dat").read())
exec(code)
```

## Safe form
```python
import base64
import json

def unpack(text):
    return json.loads(base64.b64decode(text))
```

## References
- [MITRE ATT&CK T1140: Deobfuscate/Decode Files or Information](https://attack.mitre.org/techniques/T1140/)
- CWE-506: Embedded Malicious Code
"##;
