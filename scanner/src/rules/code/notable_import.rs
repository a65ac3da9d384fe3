use airlock_model::{Confidence, RuleMeta, Severity};

use rustc_hash::FxHashMap;
use std::sync::LazyLock;

use crate::rules::check::Check;
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-notable-import",
        title: "Imports a module that deserves a look",
        severity: Severity::Note,
        confidence: Confidence::High,
        cwe: Some(1104),
        bandit: &[
            "B401", "B402", "B403", "B404", "B405", "B406", "B407", "B408", "B409", "B411", "B412", "B413", "B415",
        ],
        ruff: &["S401", "S402", "S403", "S404", "S405", "S406", "S407", "S408", "S409", "S411", "S412", "S413", "S415"],
        remedy: "Nothing needs to be done for the import itself; see what the module is used for.",
        doc: DOC,
    },
    hooks: &[Hook::File(check)],
};

/// Modules, their numbers in other tools, and why they are listed.
const MODULES: &[(&str, &str, &str)] = &[
    ("telnetlib", "401", "sends passwords in the clear"),
    ("ftplib", "402", "sends passwords in the clear"),
    ("pickle", "403", "can run code when it reads"),
    ("cPickle", "403", "can run code when it reads"),
    ("dill", "403", "can run code when it reads"),
    ("shelve", "403", "can run code when it reads"),
    ("subprocess", "404", "starts other programs"),
    ("xml.etree.cElementTree", "405", "expands entities"),
    ("xml.etree.ElementTree", "405", "expands entities"),
    ("xml.sax", "406", "expands entities"),
    ("xml.dom.expatbuilder", "407", "expands entities"),
    ("xml.dom.minidom", "408", "expands entities"),
    ("xml.dom.pulldom", "409", "expands entities"),
    ("xmlrpc", "411", "expands entities of whoever answers"),
    ("wsgiref.handlers.CGIHandler", "412", "takes a proxy from whoever asks"),
    ("twisted.web.twcgi.CGIScript", "412", "takes a proxy from whoever asks"),
    ("twisted.web.twcgi.CGIDirectory", "412", "takes a proxy from whoever asks"),
    ("Crypto", "413", "is no longer maintained where it is PyCrypto"),
    ("pyghmi", "415", "speaks IPMI, which is insecure by design"),
];

/// The modules by their first component.
static BY_ROOT: LazyLock<FxHashMap<&str, Vec<usize>>> = LazyLock::new(|| {
    let mut roots: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, (module, ..)) in MODULES.iter().enumerate() {
        roots.entry(module.split('.').next().unwrap_or(module)).or_default().push(index);
    }
    roots
});

/// Each module once for a file, at its first import.
fn check(check: &mut Check<'_, '_>) {
    if check.is_apart() {
        return;
    }
    let model = check.model;
    let mut seen: Vec<usize> = Vec::new();
    for import in model.imports.iter().filter(|import| !import.relative) {
        let root = import.path.split('.').next().unwrap_or_default();
        for index in BY_ROOT.get(root).into_iter().flatten() {
            let (module, number, why) = MODULES[*index];
            let is_it = import.path.strip_prefix(module).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
            if is_it && !seen.contains(index) {
                seen.push(*index);
                let finding = check.at_only(import.range, format!("imports {module}, which {why}"), &[number]);
                check.report(finding);
            }
        }
    }
}

const DOC: &str = r##"## What it finds
Imports, outside of tests, of modules whose use often goes wrong: `telnetlib`, `ftplib`, `pickle` and its relatives, `subprocess`, the XML parsers, `xmlrpc`, CGI handlers, PyCrypto and `pyghmi`; each module once for a file. Bandit rates some of these imports high. An import alone harms nobody, so it is a note here, and the rules about the calls say the rest.

## Why it is dangerous
It need not be. The list tells a reader where to look first.

## Example
```python
import pickle
```

## Safe form
```python
import json
```

## References
- [Security Considerations](https://docs.python.org/3/library/security_warnings.html)
- CWE-1104: Use of Unmaintained Third Party Components
"##;
