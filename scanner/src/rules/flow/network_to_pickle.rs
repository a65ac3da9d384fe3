use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::SinkKind;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-network-to-pickle",
        title: "An answer from the network is read as a pickle",
        severity: Severity::Critical,
        confidence: Confidence::High,
        cwe: Some(502),
        bandit: &[],
        ruff: &[],
        remedy: "Use a format that cannot hold code: JSON, MessagePack, safetensors.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(&[SourceKind::Network], &[SinkKind::Pickle], check)],
};

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let Some((_, flow)) = arrival.of(&[SourceKind::Network]).next() else { return };
    let message = format!("{} makes objects of what {} answered", arrival.path, flow.path);
    let confidence = if flow.weak { Confidence::Medium } else { Confidence::High };
    let finding = super::finding(check, arrival, flow, message).confidence(confidence);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
Data from a network client that reaches `pickle`, `marshal`, `dill`, `joblib`, `torch.load` or another format that holds code.

## Why it is dangerous
Reading a pickle runs what its maker wants. Whoever answers the request runs code on every machine that has the plugin.

## Example
```python
import pickle
import requests

model = pickle.loads(requests.get("https://example.org/model").content)
```

## Safe form
```python
import requests

model = requests.get("https://example.org/model.json", timeout=10).json()
```

## References
- CWE-502: Deserialization of Untrusted Data
"##;
