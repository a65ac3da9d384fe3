use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::ExprCall;
use ruff_text_size::Ranged;

use crate::python::model::{CallSite, Place};
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-remote-command",
        title: "A command line for another machine",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        cwe: Some(78),
        bandit: &["B601"],
        ruff: &["S601"],
        remedy: "Send a constant command, and pass what varies through `shlex.quote`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(SENDERS, known), Hook::Method(&["exec_command"], unknown)],
};

/// What sends a command line.
const SENDERS: &[&str] = &[
    "paramiko.exec_command",
    "paramiko.SSHClient().exec_command",
    "paramiko.client.SSHClient().exec_command",
    "paramiko.Transport().open_session().exec_command",
    "paramiko.SSHClient().get_transport().open_session().exec_command",
    "fabric.Connection().run",
    "fabric.Connection().sudo",
    "asyncssh.connect().run",
];

fn known<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if let Some(call) = site.call.filter(|_| site.how == How::Called) {
        examine(check, call, site.place);
    }
}

/// A client that came as a parameter, in a file that imports Paramiko.
fn unknown<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let targets = check.model.targets(site.call, site.place.scope);
    if targets.iter().all(|target| target.path().is_none()) && check.imports("paramiko") {
        examine(check, site.call, site.place);
    }
}

fn examine<'a>(check: &mut Check<'_, 'a>, call: &'a ExprCall, place: Place) {
    let Some(command) = call.arguments.find_argument_value("command", 0) else { return };
    let origin = check.model.origin(command, place.scope);
    let message = format!("a command line for another machine holds {}", check.describe(&origin));
    let mut finding = check.at(call.range(), message);
    if origin.is_constant() {
        finding = finding.severity(Severity::Note);
    }
    finding.evidence.extend(check.steps(&origin));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
`exec_command` of Paramiko, and the like of Fabric and AsyncSSH, with a command that is not a constant. A constant command is a note.

## Why it is dangerous
The other machine reads the line in a shell. Whoever chooses part of it can end the command and start another there.

## Example
```python
import paramiko

def size(client: paramiko.SSHClient, folder):
    return client.exec_command("du -s " + folder)
```

## Safe form
```python
import shlex

import paramiko

def size(client: paramiko.SSHClient, folder):
    return client.exec_command("du -s -- " + shlex.quote(folder))
```

## References
- [shlex.quote](https://docs.python.org/3/library/shlex.html#shlex.quote)
- CWE-78: Improper Neutralization of Special Elements used in an OS Command
"##;
