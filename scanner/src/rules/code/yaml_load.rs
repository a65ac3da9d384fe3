use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-yaml-load",
        title: "YAML read by a loader that can make any object",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(502),
        bandit: &["B506"],
        ruff: &["S506"],
        remedy: "Use `yaml.safe_load`, or pass `Loader=yaml.SafeLoader`.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(
        &[
            "yaml.load",
            "yaml.load_all",
            "yaml.unsafe_load",
            "yaml.unsafe_load_all",
            "yaml.full_load",
            "yaml.full_load_all",
        ],
        check,
    )],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if let Some(loader) = site.argument("Loader", 1) {
        let loaders = check.model.resolve(loader, site.place.scope);
        let is_safe = |path: &str| path.ends_with("SafeLoader") || path.ends_with("BaseLoader");
        if !loaders.is_empty() && loaders.iter().all(|loader| loader.path().is_none_or(is_safe)) {
            return;
        }
    }
    let finding = check.at(site.range, format!("{} {} without a safe loader", site.verb(), site.path));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
`yaml.load` and `yaml.load_all` without a safe loader, and `yaml.unsafe_load`, `yaml.full_load`.

## Why it is dangerous
With an unsafe loader a document can call any function: `!!python/object/apply:os.system`.

## Example
```python
import yaml

def read(text):
    return yaml.load(text, Loader=yaml.Loader)
```

## Safe form
```python
import yaml

def read(text):
    return yaml.safe_load(text)
```

## References
- [PyYAML: loading YAML](https://pyyaml.org/wiki/PyYAMLDocumentation)
- CWE-502: Deserialization of Untrusted Data
"##;
