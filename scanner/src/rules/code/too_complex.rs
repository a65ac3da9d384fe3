use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::Rule;

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-too-complex",
        title: "Python source too large or too deeply nested to examine",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(674),
        bandit: &[],
        ruff: &[],
        remedy: "Split the file or the expression; move large tables into a data file.",
        doc: DOC,
    },
    hooks: &[],
};

const DOC: &str = r#"## What it finds
A Python file over the size limit, with over 200 nested brackets, over 100 nested blocks, or an expression with over 4000 operators on top of one another; code in constants that is larger, or lies deeper within other such code, than is followed; names that lead further than they are followed: through more steps, more modules, more star imports or more ways than one file's names do, or by paths of more than 4 KiB; and data that more files hand on to one another than are looked at for it.

## Why it is dangerous
The interpreter itself refuses such nesting, so no working plugin has it. It serves to exhaust or crash whatever reads the code, scanners first of all, and what cannot be read cannot be called clean.

## Example
```python
x = ((((((((((  # …two hundred more
```

## Safe form
```python
import json
import pathlib

TABLE = json.loads(pathlib.Path(__file__).with_name("table.json").read_text())
```

## References
- CWE-674: Uncontrolled Recursion
- CWE-400: Uncontrolled Resource Consumption
"#;
