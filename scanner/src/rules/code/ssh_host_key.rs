use airlock_model::{Confidence, RuleMeta, Severity};

use ruff_text_size::Ranged;

use crate::python::model::CallSite;
use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-ssh-host-key",
        title: "An SSH host that is not asked who it is",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(295),
        bandit: &["B507"],
        ruff: &["S507"],
        remedy: "Load the known hosts and keep the default policy, which refuses others.",
        doc: DOC,
    },
    hooks: &[Hook::Method(&["set_missing_host_key_policy"], check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &CallSite<'a>) {
    let Some(policy) = site.call.arguments.find_argument_value("policy", 0) else { return };
    let is_lax = |path: &str| path.contains("AutoAddPolicy") || path.contains("WarningPolicy");
    let paths = check.model.paths(policy, site.place.scope);
    if let Some(policy) = paths.into_iter().find(|path| path.starts_with("paramiko") && is_lax(path)) {
        let policy = policy.trim_end_matches("()");
        let finding = check.at(site.call.range(), format!("{policy} accepts the key of any host"));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
`set_missing_host_key_policy` of Paramiko with `AutoAddPolicy` or `WarningPolicy`.

## Why it is dangerous
Whoever stands on the way can answer in place of the host, take the password, and answer every command as he likes.

## Example
```python
import paramiko

client = paramiko.SSHClient()
client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
```

## Safe form
```python
import paramiko

client = paramiko.SSHClient()
client.load_system_host_keys()
```

## References
- [Paramiko: host keys](https://docs.paramiko.org/en/stable/api/client.html#paramiko.client.SSHClient.set_missing_host_key_policy)
- CWE-295: Improper Certificate Validation
"##;
