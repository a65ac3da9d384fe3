use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, Need, Use, narrow};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-subprocess",
        title: "Starts another program",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(78),
        bandit: &["B603", "B606"],
        ruff: &["S603", "S606"],
        remedy: "Declare `subprocess: true` under `permissions` in plugin.yaml, or do the work in Python.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::PROCESSES, check), Hook::Reach(paths::SHELLS, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let position = paths::line_position(&site.path);
    let program = site.argument("args", position).or_else(|| site.argument("cmd", position));
    let program = program.and_then(|program| check.program(program, site.place.scope));
    let message = match program {
        Some(program) => format!("{} {} to start {}", site.verb(), site.path, airlock_model::escape::quoted(&program)),
        None => format!("{} {}", site.verb(), site.path),
    };
    check.capability(site, &Need::Subprocess, message);
    let number = match site.shell_flag() {
        // A shell is another matter: AL-CODE-shell and AL-CODE-shell-injection.
        _ if paths::SHELLS.contains(&&*site.path) => "",
        Some(flag) if check.truth(flag, site.place.scope) != Some(false) => "",
        _ if paths::POPENS.contains(&&*site.path) => "603",
        _ if ["os.exec", "os.spawn", "os.posix_spawn", "os.startfile"]
            .iter()
            .any(|start| site.path.starts_with(start)) =>
        {
            "606"
        }
        _ => "",
    };
    if let Some(finding) = check.found.findings.last_mut() {
        narrow(finding, &[number]);
    }
}

const DOC: &str = r##"## What it finds
Calls that start another program, by whatever name they are reached: `os.system`, `os.popen`, the `exec`, `spawn` and `posix_spawn` families, everything in `subprocess`, `asyncio.create_subprocess_*`, `pty.spawn`, and libraries whose purpose it is. Handing such a function to something that will call it counts as calling it.

## Why it is dangerous
A program that a plugin starts does what it likes, outside of anything that was examined. Whoever installs the plugin should know that it starts programs, and which.

## Example
```python
import subprocess

subprocess.run(["git", "status"])
```

## Safe form
```python
# plugin.yaml
# permissions:
#   subprocess: true
```

## References
- [subprocess: Security Considerations](https://docs.python.org/3/library/subprocess.html#security-considerations)
- CWE-78: Improper Neutralization of Special Elements used in an OS Command
"##;
