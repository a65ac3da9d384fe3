use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-wildcard-injection",
        title: "A wildcard that file names can turn into options",
        severity: Severity::Low,
        confidence: Confidence::Medium,
        cwe: Some(155),
        bandit: &["B609"],
        ruff: &["S609"],
        remedy: "Write `./*` in place of `*`, or list the files in Python.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::SHELLS, shell), Hook::Reach(paths::PROCESSES, process)],
};

/// Programs with options that run others or change owners.
const PROGRAMS: &[&str] = &["chown", "chmod", "tar", "rsync"];

fn shell<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }
    let first = ["command", "cmd", "args"].into_iter().find_map(|name| site.argument(name, 0));
    let Some(line) = first.and_then(|line| command_line(check, line, site)) else { return };
    let mut words = line.split_whitespace();
    let program = words.find_map(|word| {
        let name = word.rsplit('/').next().unwrap_or(word);
        PROGRAMS.iter().find(|program| **program == name)
    });
    if let (Some(program), true) = (program, words.any(|word| word.starts_with('*'))) {
        let finding = check.at(site.range, format!("{program} is given * by {}", site.path));
        check.report(finding);
    }
}

/// `subprocess` expands wildcards only by a shell.
fn process<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(flag) = site.shell_flag() else { return };
    if check.truth(flag, site.place.scope) == Some(true) {
        shell(check, site);
    }
}

/// The constant words of a line, or of a list.
fn command_line<'a>(check: &Check<'_, 'a>, line: &'a Expr, site: &Use<'a>) -> Option<String> {
    match line {
        Expr::List(list) => {
            let words = list.elts.iter().filter_map(|word| check.text(word, site.place.scope));
            Some(words.collect::<Vec<_>>().join(" "))
        }
        line => check.text(line, site.place.scope).or_else(|| check.beginning(line, site.place.scope)),
    }
}

const DOC: &str = r##"## What it finds
`chown`, `chmod`, `tar` and `rsync` that a shell starts with a word that begins with `*`.

## Why it is dangerous
A file may be called `--checkpoint-action=exec=sh`. The shell puts its name where the `*` stood, and the program takes it for an option.

## Example
```python
import os

os.system("tar cf backup.tar *")
```

## Safe form
```python
import os

os.system("tar cf backup.tar ./*")
```

## References
- [GNU tar: checkpoints](https://www.gnu.org/software/tar/manual/html_section/checkpoints.html)
- CWE-155: Improper Neutralization of Wildcards or Matching Symbols
"##;
