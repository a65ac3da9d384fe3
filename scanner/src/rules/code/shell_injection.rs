use airlock_model::{Confidence, RuleMeta, Severity};

use compact_str::format_compact;
use ruff_python_ast::Expr;

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-shell-injection",
        title: "Data that is not constant reaches a shell",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(78),
        bandit: &["B602", "B605"],
        ruff: &["S602", "S605"],
        remedy: "Pass the program and its arguments as a list without `shell=True`; where a shell is a must, pass each part through `shlex.quote`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::SHELLS, shell), Hook::Reach(paths::PROCESSES, process)],
};

fn shell<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }
    let position = paths::line_position(&site.path);
    let Some(line) = site.argument("command", position).or_else(|| site.argument("cmd", position)) else { return };
    // These read a line in a shell, and start the program that a list names.
    if site.path.starts_with("anyio.") && matches!(line, Expr::List(_) | Expr::Tuple(_)) {
        return;
    }
    let origin = check.model.origin(line, site.place.scope);
    if origin.is_constant() {
        return;
    }
    let message = format!("a command line that {} reads in a shell holds {}", site.path, check.describe(&origin));
    let number = if site.path.ends_with("(shell=True)") { "602" } else { "605" };
    let mut finding = check.at_only(site.range, message, &[number]).confidence(check.certainty(&origin));
    finding.evidence.extend(check.steps(&origin));
    check.report(finding);
}

/// `subprocess` reads a shell's line only when told so.
fn process<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(flag) = site.shell_flag() else { return };
    let plainly_off = check.model.constant(flag, site.place.scope).is_some_and(|flag| !flag.value.is_true());
    if !plainly_off {
        shell(check, &Use { path: format_compact!("{}(shell=True)", site.path), ..site.clone() });
    }
}

const DOC: &str = r##"## What it finds
A command line that is not a constant and is read by a shell: `os.system`, `os.popen`, `subprocess` with `shell=True`, `subprocess.getoutput`, `asyncio.create_subprocess_shell`.

## Why it is dangerous
Whoever chooses part of the line can end the command and start another. In a plugin that a language model calls, a parameter is chosen by whoever speaks to the model.

## Example
```python
import os

def ping(host):
    os.system("ping -c 1 " + host)
```

## Safe form
```python
import subprocess

def ping(host):
    subprocess.run(["ping", "-c", "1", "--", host], check=True)
```

## References
- [shlex.quote](https://docs.python.org/3/library/shlex.html#shlex.quote)
- CWE-78: Improper Neutralization of Special Elements used in an OS Command
"##;
