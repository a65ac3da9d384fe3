use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-partial-path",
        title: "A program that is searched for",
        severity: Severity::Note,
        confidence: Confidence::High,
        cwe: Some(426),
        bandit: &["B607"],
        ruff: &["S607"],
        remedy: "Write the whole path, or look the program up once with `shutil.which` and check where it is.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::PROCESSES, check)],
};

/// Beginnings of what takes the name of a program.
const SEARCHERS: &[&str] = &["subprocess.", "os.exec", "os.spawn", "os.posix_spawnp", "os.startfile", "asyncio."];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let searches = SEARCHERS.iter().any(|start| site.path.starts_with(start));
    if !searches || site.how != How::Called || check.is_apart() {
        return;
    }
    // `os.spawn…` has the mode first.
    let position = usize::from(site.path.starts_with("os.spawn"));
    let named = ["args", "file", "path", "program", "cmd"].into_iter().find_map(|name| site.argument(name, position));
    let Some(program) = named.and_then(|program| name_of(check, program, site)) else { return };
    let is_whole = program.starts_with(['/', '\\', '.']) || program.get(1..2) == Some(":");
    if program.is_empty() || is_whole {
        return;
    }
    let first = program.split_whitespace().next().unwrap_or_default();
    let message = format!("{} searches for {}", site.path, airlock_model::escape::quoted(first));
    let finding = check.at(site.range, message);
    check.report(finding);
}

/// The name of the program, as far as it is written there.
fn name_of<'a>(check: &Check<'_, 'a>, program: &'a Expr, site: &Use<'a>) -> Option<String> {
    check.program(program, site.place.scope).or_else(|| match program {
        Expr::List(_) | Expr::Tuple(_) => None,
        // A name that stands for a list.
        other => check.model.constant(other, site.place.scope)?.value.item(0)?.into_text(),
    })
}

const DOC: &str = r##"## What it finds
Programs that are started by a name without a path, outside of tests.

## Why it is dangerous
The first program of that name along `PATH` runs. Whoever can write into a folder of it, or set the variable, chooses what that is.

## Example
```python
import subprocess

subprocess.run(["git", "status"])
```

## Safe form
```python
import subprocess

subprocess.run(["/usr/bin/git", "status"])
```

## References
- [shutil.which](https://docs.python.org/3/library/shutil.html#shutil.which)
- CWE-426: Untrusted Search Path
"##;
