use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_python_ast::Expr;
use ruff_text_size::Ranged;

use crate::python::model::Literal;
use crate::rules::check::{Check, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-temporary-path",
        title: "A temporary file at a place that others know",
        severity: Severity::Note,
        confidence: Confidence::Medium,
        cwe: Some(377),
        bandit: &["B108", "B306"],
        ruff: &["S108", "S306"],
        remedy: "Use `tempfile.mkstemp`, `tempfile.NamedTemporaryFile` or `tempfile.mkdtemp`.",
        doc: DOC,
    },
    hooks: &[Hook::Literal("/tmp".len(), literal), Hook::Reach(&["tempfile.mktemp", "os.tempnam", "os.tmpnam"], name)],
};

/// Folders that every user may write into.
const FOLDERS: &[&str] = &["/tmp", "/var/tmp", "/dev/shm"];

fn literal<'a>(check: &mut Check<'_, 'a>, literal: &Literal<'a>) {
    let Expr::StringLiteral(string) = literal.expr else { return };
    let text = string.value.to_str();
    let is_inside =
        |folder: &&&str| text.strip_prefix(**folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if !text.starts_with('/') || literal.is_statement || check.is_apart() {
        return;
    }
    let Some(folder) = FOLDERS.iter().find(is_inside) else { return };
    let finding = check.at_only(literal.expr.range(), format!("a fixed path in {folder}"), &["108"]);
    check.report(finding);
}

fn name<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let message = format!("{} {}, which gives a name and makes no file", site.verb(), site.path);
    let finding = check.at_only(site.range, message, &["306"]);
    check.report(finding.severity(Severity::Low).confidence(Confidence::High));
}

const DOC: &str = r##"## What it finds
Literal paths in `/tmp`, `/var/tmp` and `/dev/shm` outside of tests (a note; Bandit and Ruff rate them medium), and `tempfile.mktemp`, `os.tempnam` and `os.tmpnam`, which give the name of a file that does not exist yet (low).

## Why it is dangerous
Whoever knows the name can make the file first, or put a link there, and so read what is written or have another file written over.

## Example
```python
import tempfile

name = tempfile.mktemp()
open(name, "w").write("x")
```

## Safe form
```python
import tempfile

with tempfile.NamedTemporaryFile("w") as file:
    file.write("x")
```

## References
- [tempfile.mktemp](https://docs.python.org/3/library/tempfile.html#tempfile.mktemp)
- CWE-377: Insecure Temporary File
"##;
