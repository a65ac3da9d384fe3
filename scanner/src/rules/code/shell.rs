use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_text_size::Ranged;

use crate::python::model::CallSite;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-shell",
        title: "A command line that a shell reads",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(78),
        bandit: &["B602", "B604", "B605"],
        ruff: &["S602", "S604", "S605"],
        remedy: "Pass the program and its arguments as a list, without `shell=True`.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(paths::SHELLS, shell),
        Hook::Reach(paths::PROCESSES, process),
        Hook::Keyword(&["shell"], other),
    ],
};

fn shell<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    constant(check, site, "605");
}

fn process<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(flag) = site.shell_flag() else { return };
    if check.truth(flag, site.place.scope) != Some(false) {
        constant(check, site, "602");
    }
}

/// A line that is no constant is AL-CODE-shell-injection.
fn constant<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>, number: &str) {
    if site.how != How::Called {
        return;
    }
    let position = paths::line_position(&site.path);
    let line = ["command", "cmd", "args"].into_iter().find_map(|name| site.argument(name, position));
    if line.is_some_and(|line| check.model.origin(line, site.place.scope).is_constant()) {
        let finding = check.at_only(site.range, format!("{} has a shell read a constant line", site.path), &[number]);
        check.report(finding);
    }
}

/// `shell=True` for a function of another library.
fn other<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let scope = site.place.scope;
    let flag = site.call.arguments.find_keyword("shell").map(|keyword| &keyword.value);
    if flag.and_then(|flag| check.truth(flag, scope)) != Some(true) {
        return;
    }
    let targets = check.model.targets(site.call, scope);
    let is_known = |path: &str| paths::PROCESSES.contains(&path) || paths::SHELLS.contains(&path);
    if !targets.iter().any(|target| target.path().is_some_and(is_known)) {
        let finding = check.at_only(site.call.range(), "a call is given shell=True", &["604"]);
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
A constant command line that is read by a shell (`os.system`, `os.popen`, `subprocess` with `shell=True`), and `shell=True` given to any other function. Lines that are not constant are AL-CODE-shell-injection.

## Why it is dangerous
A constant line cannot be turned into another. But the shell expands variables and searches `PATH`, and the next change may put a parameter into the line.

## Example
```python
import os

os.system("ls -l | sort")
```

## Safe form
```python
import subprocess

subprocess.run(["/bin/ls", "-l"], check=True)
```

## References
- [subprocess: Security Considerations](https://docs.python.org/3/library/subprocess.html#security-considerations)
- CWE-78: Improper Neutralization of Special Elements used in an OS Command
"##;
