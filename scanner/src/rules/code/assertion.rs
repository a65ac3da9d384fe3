use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-assertion",
        title: "Asserts that an optimised run leaves out",
        severity: Severity::Note,
        confidence: Confidence::High,
        cwe: Some(703),
        bandit: &["B101"],
        ruff: &["S101"],
        remedy: "Where the condition guards something, write `if not …: raise …`.",
        doc: DOC,
    },
    hooks: &[Hook::File(check)],
};

/// One finding for a file: that it asserts is said once.
fn check(check: &mut Check<'_, '_>) {
    if check.is_apart() {
        return;
    }
    let asserts = &check.model.asserts;
    let Some(first) = asserts.first() else { return };
    let message = match asserts.len() {
        1 => "an assert, which python -O leaves out".to_owned(),
        count => format!("{count} asserts in this file, which python -O leaves out; this is the first"),
    };
    let finding = check.at(*first, message);
    check.report(finding);
}

const DOC: &str = r##"## What it finds
`assert` statements outside of tests and build scripts; one finding for a file, at the first of them. Bandit and Ruff report each one, in tests too; as an `assert` is rarely a guard, it is a note here.

## Why it is dangerous
`python -O` compiles asserts away. A check of permissions or of input that is written as one is then not there.

## Example
```python
def withdraw(account, amount):
    assert amount <= account.balance
    account.balance -= amount
```

## Safe form
```python
def withdraw(account, amount):
    if amount > account.balance:
        raise ValueError("the balance is too low")
    account.balance -= amount
```

## References
- [The assert statement](https://docs.python.org/3/reference/simple_stmts.html#the-assert-statement)
- CWE-703: Improper Check or Handling of Exceptional Conditions
"##;
