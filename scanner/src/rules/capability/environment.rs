use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Need, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CAPABILITY-environment",
        title: "Reads or changes environment variables",
        severity: Severity::Low,
        confidence: Confidence::High,
        cwe: Some(526),
        bandit: &[],
        ruff: &[],
        remedy: "Declare the names under `permissions: environment` in plugin.yaml.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(&["os.getenv", "os.getenvb", "os.putenv", "os.unsetenv", "os.environ.*", "os.environb.*"], check),
        Hook::Read(&["os.environ", "os.environb"], check),
        Hook::Import(&["os.environ", "os.environb"], check),
    ],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let name = site.argument("key", 0).and_then(|name| check.model.key(name, site.place.scope)).map(|(name, _)| name);
    let name = name.or_else(|| check.subscript_key(site));
    let verb = if check.changes_element(site) { "changes" } else { site.verb() };
    let message = match &name {
        Some(name) => format!("{verb} {}, variable {}", site.path, airlock_model::escape::quoted(name)),
        // A method call on the table is reported as the call.
        None if site.how == How::Read && check.is_method_call(site) => return,
        None => format!("{verb} {}", site.path),
    };
    check.capability(site, &Need::Environment(name.as_deref()), message);
}

const DOC: &str = r##"## What it finds
`os.environ`, `os.getenv`, `os.putenv` and their relatives, by whatever name they are reached.

## Why it is dangerous
Environment variables hold keys and passwords. Whoever installs the plugin should know which it reads.

## Example
```python
import os

key = os.environ["SERVICE_KEY"]
```

## Safe form
```python
# plugin.yaml
# permissions:
#   environment: ["SERVICE_KEY"]
```

## References
- CWE-526: Cleartext Storage of Sensitive Information in an Environment Variable
"##;

#[cfg(test)]
mod tests {
    use airlock_model::{Tree, TreePath};

    use super::*;
    use crate::python::{Settings, scan};

    #[test]
    fn setting_a_variable_is_no_reading() {
        for (line, message) in [
            ("os.environ['X'] = '1'", "changes os.environ, variable 'X'"),
            ("os.environ['X'] += '1'", "changes os.environ, variable 'X'"),
            ("del os.environ['X']", "changes os.environ, variable 'X'"),
            ("os.environ[name()] = '1'", "changes os.environ"),
            ("x = os.environ['X']", "reads os.environ, variable 'X'"),
            ("x = os.environ['X'] == '1'", "reads os.environ, variable 'X'"),
            ("x = f\"{os.environ['X']=}\"", "reads os.environ, variable 'X'"),
            ("f(x=os.environ['X'])", "reads os.environ, variable 'X'"),
        ] {
            let mut tree = Tree::new();
            let text = format!("import os\n{line}\n");
            tree.insert(TreePath::new("p/__init__.py").expect("a plain path"), text.as_bytes());
            let found = scan(&tree, &Settings::default()).findings.into_iter().filter(|one| one.rule == RULE.meta.id);
            let messages: Vec<String> = found.map(|one| one.message).collect();
            assert_eq!(messages, [message], "{line}");
        }
    }
}
